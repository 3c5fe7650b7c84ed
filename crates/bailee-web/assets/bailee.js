// All elements. Loading this file defines them.

import { Callback } from "./callback.js";
import { Integration, Integrations } from "./integrations.js";
import { Widget } from "./widget.js";

export { Client, Problem } from "./client.js";

const ELEMENTS = {
  "bailee-callback": Callback,
  "bailee-integration": Integration,
  "bailee-integrations": Integrations,
  "bailee-widget": Widget,
};

for (const [name, element] of Object.entries(ELEMENTS)) {
  if (!customElements.get(name)) customElements.define(name, element);
}
