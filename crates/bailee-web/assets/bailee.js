// All elements. Loading this file defines them.

export { Client, Problem } from "./client.js";
export { scopeButton, scopeDialog, scopeLabel } from "./scope.js";
import "./threads.js";
