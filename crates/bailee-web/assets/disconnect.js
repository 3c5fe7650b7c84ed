// The question before an account is disconnected, and what became of it.

import { accountOf } from "./actions.js";
import { nameOf, short } from "./agents.js";
import { dialog } from "./dialog.js";
import { button, h } from "./dom.js";

/**
 * @param {import("./integrations.js").Integrations} page
 * @param {{ provider: any, row: any }} open
 * @param {() => void} onclose
 */
export function disconnectDialog(page, { provider, row }, onclose) {
  const go = () => {
    onclose();
    disconnect(page, provider, row);
  };
  return dialog(
    { key: "disconnect", title: page.t("disconnect_title", provider), onclose },
    h("p", null, h("bdi", { class: "strong" }, accountOf(row))),
    ...affected(page, row).map((line) => h("p", null, line)),
    h("p", null, page.t(provider.connect === "oauth" ? "disconnect_revokes" : "disconnect_erases", provider)),
    h(
      "div",
      { class: "row end" },
      button({ autofocus: true, onclick: onclose }, page.t("cancel")),
      button({ class: "danger primary", onclick: go }, page.t("disconnect")),
    ),
  );
}

/** Who loses what. @param {import("./integrations.js").Integrations} page @param {any} row @returns {string[]} */
function affected(page, row) {
  const access = page.state.access.get(row.id);
  if (!access) return [];
  const losing = access.profiles.filter((/** @type {any} */ one) => one.granted && one.tools.length > 0);
  const lost = new Set(losing.flatMap((/** @type {any} */ one) => one.tools));
  const tools = access.profiles.length > 0 ? [...lost] : access.tools.map((/** @type {any} */ tool) => tool.name);
  const agents = losing.map((/** @type {any} */ one) => nameOf(page.state.profiles, one.id));
  const threads = access.threads.map((/** @type {any} */ one) => one.name ?? page.t("thread_nameless"));
  const { language } = page;
  return [
    tools.length > 0
      ? page.t("disconnect_tools", { count: tools.length, names: language.list(tools) })
      : page.t("disconnect_no_tools"),
    agents.length > 0 && page.t("disconnect_agents", { names: short(language, agents) }),
    threads.length > 0 && page.t("disconnect_threads", { names: short(language, threads) }),
  ].filter((line) => typeof line === "string");
}

/** @param {import("./integrations.js").Integrations} page @param {any} provider @param {any} row */
function disconnect(page, provider, row) {
  return page.run(row.id, "disconnect", async () => {
    const { revocation } = await page.client.disconnect(row);
    // Where it cannot be revoked, the user has the same to do. What was entered here was granted nowhere else.
    const left = provider.connect === "form" ? "revoked" : "failed";
    const outcome = revocation === "unsupported" ? left : revocation;
    const { list, state } = page;
    page.update({
      data: { ...list, integrations: list.integrations.filter((one) => one.id !== row.id) },
      notes: { ...state.notes, [provider.provider]: outcome },
    });
    page.say(page.t(`disconnected_${outcome}`, provider));
    page.emit("disconnected", { provider: provider.provider });
    await page.focusCard(provider.provider);
    await page.load();
  });
}
