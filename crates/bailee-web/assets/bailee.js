// All elements. Loading this file defines them.

export { Client, Problem } from "./client.js";
