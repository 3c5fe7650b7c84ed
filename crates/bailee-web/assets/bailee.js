// All elements. Loading this file defines them.

import "./callback.js";
import "./integrations.js";
import "./scope_element.js";
import "./tasks.js";
import "./threads.js";
import "./warning.js";

export { Client, Problem } from "./client.js";
export { scopeButton, scopeDialog, scopeLabel } from "./scope.js";
