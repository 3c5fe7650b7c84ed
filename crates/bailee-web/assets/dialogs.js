// The one dialog that the list shows.

import { disconnectDialog } from "./disconnect.js";
import { joinDialog, settingsDialog } from "./form.js";
import { linkDialog, secretDialog } from "./link.js";
import { scopeDialog } from "./scope.js";

/** @param {import("./integrations.js").Integrations} page */
export function dialogs(page) {
  const open = page.state.dialog;
  if (!open) return null;
  const onclose = () => page.update({ dialog: null });
  switch (open.kind) {
    case "disconnect":
      return disconnectDialog(page, open, onclose);
    case "form":
      return joinDialog(page, open, onclose);
    case "settings":
      return settingsDialog(page, open, onclose);
    case "link":
      return linkDialog(page, open, onclose);
    case "secret":
      return secretDialog(page, open, () => {
        onclose();
        page.connected(open.provider);
      });
    default:
      return scope(page, open.row, onclose);
  }
}

/** @param {import("./integrations.js").Integrations} page @param {any} row @param {() => void} onclose */
function scope(page, row, onclose) {
  const { access, profiles } = page.state;
  const onsaved = (/** @type {any} */ saved) => {
    if (saved) page.replace(saved);
    page.load();
  };
  const options = { element: page, integration: row, access: access.get(row.id), profiles, onsaved, onclose };
  return scopeDialog(options);
}
