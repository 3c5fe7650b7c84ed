// The card of a provider.

import { account } from "./account.js";
import { connect } from "./actions.js";
import { button, h } from "./dom.js";
import { note, outward } from "./parts.js";
import { head } from "./verdict.js";

/**
 * @param {import("./integrations.js").Integrations} page
 * @param {any} provider
 */
export function card(page, provider) {
  const key = provider.provider;
  const all = page.list.integrations.filter((/** @type {any} */ row) => row.provider === key);
  const rows = all.filter((/** @type {any} */ row) => row.lifecycle !== "disconnecting");
  const leaving = rows.length < all.length;
  const several = provider.several || rows.length > 1;
  const only = several ? null : rows[0];
  return h(
    "article",
    { class: "card stack tight", part: "card", key, "aria-labelledby": `name-${key}` },
    h("div", { class: "spread" }, title(provider), only ? head(page, only) : connecting(page, provider, rows)),
    describe(page, provider, only),
    outcome(page, provider, leaving),
    only && account(page, provider, only, null),
    several && rows.length > 0 && list(page, provider, rows),
  );
}

/** @param {any} provider */
function title({ provider, name }) {
  return h(
    "div",
    { class: "row" },
    h("span", { class: "avatar", "aria-hidden": "true" }, name.charAt(0)),
    h("h2", { id: `name-${provider}`, tabindex: "-1" }, name),
  );
}

/**
 * Connect, or another one.
 *
 * @param {import("./integrations.js").Integrations} page @param {any} provider @param {any[]} rows
 */
function connecting(page, provider, rows) {
  if (provider.gone) return null;
  const busy = page.state.busy[provider.provider] === "connect";
  const text = page.t(busy ? "connecting" : rows.length > 0 ? "connect_another" : "connect");
  const props = {
    class: rows.length > 0 ? null : "primary",
    "aria-disabled": busy ? "true" : null,
    "aria-describedby": `name-${provider.provider}`,
    onclick: () => connect(page, provider),
  };
  return button(props, text);
}

/** What it is for, and how far it goes. @param {any} page @param {any} provider @param {any} row */
function describe(page, provider, row) {
  const { description } = provider;
  if (!description) return provider.gone && h("p", { class: "muted" }, page.t("gone"));
  const access = page.state.access.get(row?.id)?.access ?? provider.access;
  return h("p", { class: "muted" }, page.t(`describe_${access ?? "none"}`, { description }));
}

/** What became of the grant that was there. @param {any} page @param {any} provider @param {boolean} leaving */
function outcome(page, provider, leaving) {
  const was = leaving ? "pending" : page.state.notes[provider.provider];
  if (was === "pending") return note({ key: "outcome" }, h("p", null, page.t("disconnecting_note", provider)));
  if (was !== "failed") return null;
  const { account_url: url } = provider;
  return note(
    { key: "outcome" },
    h("p", null, page.t("disconnected_failed", provider)),
    url && h("p", null, outward(url, page.t("manage_at", provider))),
  );
}

/** @param {any} page @param {any} provider @param {any[]} rows */
function list(page, provider, rows) {
  const items = rows.map((row) => {
    const heading = `account-${row.id}`;
    return h("li", { key: row.id }, account(page, provider, row, heading));
  });
  return h("ul", { role: "list", class: "lines", key: "rows" }, ...items);
}
