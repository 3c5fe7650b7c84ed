// A connected account on the card of its provider.

import { accountOf, connect, makeDefault, sendTest, turn, validate } from "./actions.js";
import { button, h } from "./dom.js";
import { labelOf, note, unfold } from "./parts.js";
import { scopeButton } from "./scope.js";
import { head, reason } from "./verdict.js";

/** What a button says while it works; the badge says that it is checked. @type {Record<string, string>} */
const BUSY = { default: "saving", disconnect: "disconnecting", reconnect: "connecting", test: "sending" };

/**
 * @param {import("./integrations.js").Integrations} page
 * @param {any} provider
 * @param {any} row
 * @param {string | null} heading the id of its own heading, where the card has several
 */
export function account(page, provider, row, heading) {
  const by = heading ? `name-${provider.provider} ${heading}` : `name-${provider.provider}`;
  return h(
    "div",
    { class: "stack tight", key: row.id },
    heading
      ? h("div", { class: "spread" }, h("h3", { id: heading }, h("bdi", null, accountOf(row))), head(page, row))
      : h("p", { class: "row" }, h("bdi", { class: "strong" }, accountOf(row)), identity(page, provider, row)),
    heading && identity(page, provider, row),
    reason(page, provider, row),
    row.enabled && lacking(page, provider, row, by),
    settings(page, provider, row),
    actions(page, provider, row, by),
    row.enabled && reach(page, provider, row, by),
  );
}

/**
 * The immutable id where the label is another, and what else tells it apart.
 *
 * @param {any} page @param {any} provider @param {any} row
 */
function identity(page, provider, row) {
  const { oauth_user_id: id, account_label: label } = row;
  return h(
    "span",
    { class: "row muted small" },
    label && label !== id && h("span", null, page.t("account_id", { id })),
    row.is_default && many(page, provider) && h("span", { class: "badge", part: "badge" }, page.t("is_default")),
  );
}

/** @param {any} page @param {any} provider */
function many(page, provider) {
  return page.list.integrations.filter((/** @type {any} */ row) => row.provider === provider.provider).length > 1;
}

/** @param {any} page @param {any} provider @param {any} row @param {string} by */
function lacking(page, provider, row, by) {
  const tools = page.state.access.get(row.id)?.lacking ?? [];
  if (tools.length === 0) return null;
  const names = page.language.list(tools.map((/** @type {any} */ tool) => tool.name));
  const grant = { "aria-describedby": by, onclick: () => connect(page, provider, row) };
  return note(
    { key: "lacking" },
    h("p", null, page.t("lacking", { count: tools.length, names })),
    !provider.gone && h("div", null, button(grant, page.t("grant"))),
  );
}

/** What was entered once, as far as it may be shown. @param {any} page @param {any} provider @param {any} row */
function settings(page, provider, row) {
  const { config = {} } = row;
  const known = { ...(provider.connect === "form" && provider.form.properties), ...provider.settings?.properties };
  const names = Object.keys(known).filter((name) => name in config || known[name].writeOnly);
  const pairs = names.map((name) =>
    h(
      "div",
      { class: "row" },
      h("dt", { class: "muted" }, labelOf(page, name, known[name])),
      h("dd", null, saved(page, config[name] ?? "••••")),
    ),
  );
  return pairs.length > 0 && h("dl", { class: "small", key: "settings" }, ...pairs);
}

/** @param {any} page @param {any} value @returns {string} */
function saved(page, value) {
  if (Array.isArray(value)) return page.language.list(value.map(String));
  const text = String(value);
  if (!text.startsWith("••••")) return text;
  return text.length > 4 ? page.t("saved_ends", { end: text.slice(4) }) : page.t("saved");
}

/** @param {any} page @param {any} provider @param {any} row @param {string} by */
function actions(page, provider, row, by) {
  const busy = page.state.busy[row.id];
  /** @param {string} verb @param {() => void} onclick @param {string} [kind] */
  const action = (verb, onclick, kind) => {
    const props = { key: verb, class: kind, "aria-describedby": by, "aria-disabled": busy ? "true" : null, onclick };
    return button(props, page.t(busy === verb ? (BUSY[verb] ?? verb) : verb));
  };
  const broken = row.status === "Invalid" || row.lifecycle === "needs_reconnect";
  const again = action("reconnect", () => connect(page, provider, row), broken ? "primary" : undefined);
  const check = action("validate", () => validate(page, provider, row));
  const ask = () => !busy && page.update({ dialog: { kind: "disconnect", provider, row } });
  const live = row.enabled && !provider.gone;
  return h(
    "div",
    { class: "row", key: "actions" },
    live && (broken ? [again, check] : [check, again]),
    live && provider.notifies && action("test", () => sendTest(page, provider, row)),
    live && provider.settings && action("edit", () => page.update({ dialog: { kind: "settings", provider, row } })),
    live && many(page, provider) && !row.is_default && action("default", () => makeDefault(page, row)),
    action("disconnect", ask, "danger"),
    onOff(page, provider, row, by),
  );
}

/** @param {any} page @param {any} provider @param {any} row @param {string} by */
function onOff(page, provider, row, by) {
  const onchange = (/** @type {any} */ event) => turn(page, provider, row, event.target.checked);
  const props = { type: "checkbox", role: "switch", checked: row.enabled, onchange, "aria-describedby": by };
  return h("label", { class: "choice", key: "on" }, h("input", props), h("span", null, page.t("on")));
}

/** Who may use it, and what for. @param {any} page @param {any} provider @param {any} row @param {string} by */
function reach(page, provider, row, by) {
  const tools = page.state.access.get(row.id)?.tools ?? [];
  const onopen = () => page.update({ dialog: { kind: "scope", provider, row } });
  return h(
    "div",
    { class: "row", key: "reach" },
    scopeButton({ element: page, integration: row, profiles: page.state.profiles, onopen, describedby: by }),
    tools.length > 0 &&
      unfold(page.t("tools", { count: tools.length }), h("ul", { class: "tools" }, ...tools.map(tool(page)))),
  );
}

/** @param {any} page */
function tool(page) {
  return (/** @type {any} */ { name, title, effect }) =>
    h("li", null, title ?? name, " ", h("span", { class: "muted small" }, page.t(`effect_${effect}`)));
}
