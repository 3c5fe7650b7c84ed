// What was done in a thread, and what was refused.

import { button, h } from "./dom.js";

/** The words that belong to a call that was let through. */
const LET = ["ok", "started", "tool_error", "unknown"];

/** The last calls of a thread. @param {import("./threads.js").ThreadElement} element */
export function calls(element) {
  const entries = element.state.calls;
  const refresh = async () => {
    await element.readCalls();
    element.tell(element.t("refreshed"));
  };
  return h(
    "section",
    { class: "card stack tight", part: "card", "aria-labelledby": "calls" },
    h(
      "div",
      { class: "spread" },
      h("h3", { id: "calls" }, element.t("calls")),
      button({ onclick: refresh }, element.t("refresh_calls")),
    ),
    entries === null && h("p", { key: "failed", class: "note danger" }, element.t("calls_failed")),
    entries?.length === 0 && h("p", { key: "none", class: "muted" }, element.t("calls_none")),
    entries?.length > 0 && [
      used(element, entries),
      h("ol", { key: "list", class: "lines" }, entries.map(call(element))),
    ],
  );
}

/** @param {import("./element.js").Element} element @param {any[]} entries */
function used(element, entries) {
  const last = entries.find(({ outcome }) => LET.includes(outcome));
  return last && h("p", { key: "used" }, element.t("last_used", { ago: element.language.ago(last.at) }));
}

/** @param {import("./element.js").Element} element @returns {(entry: any) => HTMLElement} */
function call(element) {
  return ({ id, at, tool, outcome, refusal }) => {
    const why = refusal ?? (outcome === "rate_limited" ? outcome : null);
    const key = `refusal_${why}`;
    const kind = outcome === "ok" ? "valid" : LET.includes(outcome) ? "unknown" : "invalid";
    return h(
      "li",
      { key: id, class: "row small" },
      h("time", { datetime: at, class: "muted" }, element.language.time(at)),
      tool && h("code", { key: "tool" }, tool),
      h("span", { class: `badge ${kind}`, part: "badge" }, element.t(`call_${outcome}`)),
      why && h("span", { key: "why" }, element.language.has(key) ? element.t(key) : why),
    );
  };
}
