// All elements. Loading this file defines them.

import "./callback.js";
import "./integrations.js";
import "./scope_element.js";
import "./tasks.js";
import "./threads.js";
import "./warning.js";
import "./widget.js";

export { Client, Problem } from "./client.js";
export { english } from "./en.js";
export { scopeButton, scopeDialog, scopeLabel } from "./scope.js";
