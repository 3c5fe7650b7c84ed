// The one dialog that the list shows.

import { accountOf } from "./actions.js";
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
      return scope(page, open, onclose);
  }
}

/**
 * @param {import("./integrations.js").Integrations} page
 * @param {{ provider: any, row: any }} open
 * @param {() => void} onclose
 */
function scope(page, { provider, row }, onclose) {
  const { access, profiles } = page.state;
  const integration = page.list.integrations.find((one) => one.id === row.id) ?? row;
  const onsaved = (/** @type {any} */ saved) => {
    page.replace(saved);
    page.load();
  };
  const name = provider.several ? `${provider.name} · ${accountOf(row)}` : provider.name;
  const onreload = () => page.load();
  const seen = { access: access.get(row.id), profiles };
  return scopeDialog({ element: page, integration, ...seen, name, onsaved, onreload, onclose });
}
