// How well an account is, in words.

import { h } from "./dom.js";
import { icon } from "./element.js";
import { note } from "./parts.js";

const SIGNS = /** @type {const} */ ({ Valid: "check", Invalid: "cross", Unknown: "question" });

/** The badge of a row, and since when it is so. @param {any} page @param {any} row */
export function head(page, row) {
  return h("div", { class: "row", key: "head" }, badge(page, row), checked(page, row));
}

/** @param {any} page @param {any} row */
function badge(page, { enabled, status }) {
  if (!enabled) return h("span", { class: "badge muted", part: "badge" }, page.t("off"));
  const sign = SIGNS[/** @type {keyof typeof SIGNS} */ (status)];
  return h("span", { class: `badge ${status.toLowerCase()}`, part: "badge" }, icon(sign), page.t(`status_${status}`));
}

/** @param {any} page @param {any} row */
function checked(page, row) {
  const busy = page.state.busy[row.id] === "validate";
  if (!busy && !row.validated_at) return null;
  const ago = busy ? "" : page.language.ago(row.validated_at);
  return h("span", { class: "muted small" }, page.t(busy ? "checking" : "checked", { ago }));
}

/** Why it is not well. @param {any} page @param {any} provider @param {any} row */
export function reason(page, provider, row) {
  const key = `reason_${row.status_reason}`;
  if (row.status === "Valid" || !page.language.has(key)) return null;
  const day = page.language.day(row.validated_at ?? row.updated_at);
  const kind = row.status === "Invalid" ? "danger" : "";
  return note({ class: kind, key: "reason" }, h("p", null, page.t(key, { ...provider, day })));
}
