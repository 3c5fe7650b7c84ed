// The one dialog that the list shows.

import { accountOf } from "./actions.js";
import { disconnectDialog } from "./disconnect.js";
import { joinDialog, settingsDialog } from "./form.js";
import { linkDialog, secretDialog } from "./link.js";
import { scopeDialog } from "./scope.js";

/** @type {Record<string, (page: any, open: any, onclose: () => void) => import("./dom.js").Child>} */
const KINDS = {
  disconnect: disconnectDialog,
  form: joinDialog,
  link: linkDialog,
  scope,
  secret: secretDialog,
  settings: settingsDialog,
};

/** @param {import("./integrations.js").Integrations} page */
export function dialogs(page) {
  const open = page.state.dialog;
  if (!open) return null;
  const onclose = () => {
    page.update({ dialog: null });
    if (open.kind === "secret") page.connected(open.provider);
  };
  return KINDS[open.kind](page, open, onclose);
}

/**
 * @param {import("./integrations.js").Integrations} page
 * @param {{ provider: any, row: any }} open
 * @param {() => void} onclose
 */
function scope(page, { provider, row }, onclose) {
  const { access, profiles } = page.state;
  const integration = page.list.integrations.find((one) => one.id === row.id) ?? row;
  const name = provider.several ? `${provider.name} · ${accountOf(row)}` : provider.name;
  const onreload = () => page.load();
  const onsaved = onreload;
  const seen = { access: access.get(row.id), profiles };
  return scopeDialog({ element: page, integration, ...seen, name, onsaved, onreload, onclose });
}
