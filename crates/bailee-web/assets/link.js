// What is shown once after an account was joined, and links to open so that a chat knows whose it is.

import { dialog } from "./dialog.js";
import { button, h } from "./dom.js";
import { outward } from "./parts.js";

/** How often the list is asked whether the account is there, in milliseconds. */
const CALM = 4_000;

/** @typedef {import("./integrations.js").Integrations} Page */

/**
 * A link to a chat, which connects the account when the user says the word there.
 *
 * @param {Page} page @param {{ provider: any, row?: any, link: any, over?: boolean }} open @param {() => void} onclose
 */
export function linkDialog(page, open, onclose) {
  const { provider, row, link } = open;
  watch(page, open);
  const own = () => page.update({ dialog: { kind: "form", provider, row } });
  return dialog(
    { key: "link", title: page.t("link_title", provider), onclose },
    h("p", null, page.t(open.over ? "error_link_invalid" : "link_text", provider)),
    h("p", null, !open.over && outward(link.url, page.t("link_open", provider))),
    h(
      "div",
      { class: "row end" },
      provider.form && button({ onclick: own }, page.t("link_own")),
      button({ onclick: onclose }, page.t("close")),
    ),
  );
}

/** The dialogs that are watched already. @type {WeakSet<object>} */
const watched = new WeakSet();

/**
 * Looks for the account until it is there, the link expires or the dialog is gone.
 *
 * @param {Page} page @param {any} open
 */
function watch(page, open) {
  if (watched.has(open.link)) return;
  watched.add(open.link);
  const seen = versions(page, open.provider);
  const here = () => page.isConnected && page.state.dialog?.link === open.link;
  const look = async () => {
    if (!here()) return;
    if (Date.parse(open.link.expires_at) <= Date.now()) return page.update({ dialog: { ...open, over: true } });
    if (document.visibilityState === "visible") await page.load();
    if (!here()) return;
    if ([...versions(page, open.provider)].every((version) => seen.has(version))) return void setTimeout(look, CALM);
    page.update({ dialog: null });
    page.connected(open.provider);
  };
  setTimeout(look, CALM);
}

/** The rows of a provider as they are. @param {Page} page @param {any} provider */
function versions(page, { provider }) {
  const rows = page.list.integrations.filter((row) => row.provider === provider);
  return new Set(rows.map((/** @type {any} */ row) => `${row.id} ${row.version}`));
}

/**
 * What the user needs at the other end, and what is to be opened there.
 *
 * @param {Page} page
 * @param {{ provider: any, secret: string | null, link: any, copied?: boolean }} open
 * @param {() => void} onclose
 */
export function secretDialog(page, open, onclose) {
  const { provider, secret, link, copied } = open;
  const copy = async () => {
    await navigator.clipboard.writeText(secret ?? "");
    page.update({ dialog: { ...open, copied: true } });
  };
  // What is behind a modal dialog is not read out.
  const said = h("span", { role: "status" }, copied && page.t("copied"));
  return dialog(
    { key: "secret", title: page.t("secret_title", provider), onclose },
    secret && [
      h("p", null, page.t("secret_text")),
      h("p", null, h("code", null, secret)),
      h("div", { class: "row" }, "clipboard" in navigator && button({ onclick: copy }, page.t("copy")), said),
    ],
    link && h("p", null, outward(link.url, page.t("link_open", provider))),
    h("div", { class: "row end" }, button({ class: "primary", onclick: onclose }, page.t("done"))),
  );
}
