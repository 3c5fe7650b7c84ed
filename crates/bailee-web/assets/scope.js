import { dialog } from "./dialog.js";
import { button } from "./parts.js";

/** @param {any} page @param {any} row @param {any} props */
export function scopeButton(page, row, props) {
  return button({ key: "scope", ...props }, row.scope === "all" ? "Scope: All agents" : `Scope: ${row.profile_ids.length} agents`);
}

/** @param {any} options */
export function scopeDialog({ onclose }) {
  return dialog({ key: "scope", title: "Scope", onclose }, button({ onclick: onclose }, "Close"));
}
