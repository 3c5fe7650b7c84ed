// Small pieces that several elements show.

import { h } from "./dom.js";
import { icon } from "./element.js";

/** A list that unfolds. @param {string} title @param {...import("./dom.js").Child} children */
export function unfold(title, ...children) {
  return h("details", { key: "unfold" }, h("summary", null, title, icon("chevron")), ...children);
}

/**
 * A remark that stays.
 *
 * @param {{ class?: string, key?: string }} props @param {...import("./dom.js").Child} children
 */
export function note({ class: kind = "", key }, ...children) {
  return h("div", { class: `note stack tight ${kind}`, key }, ...children);
}

/** A link to another site. @param {string} href @param {...import("./dom.js").Child} children */
export function outward(href, ...children) {
  return h("a", { href, target: "_blank", rel: "noopener noreferrer" }, ...children);
}

/**
 * A word of a schema for people: `from_name` → `From name`.
 *
 * @param {import("./element.js").Element} element @param {string} word
 */
export function spelled(element, word) {
  if (element.language.has(`word_${word}`)) return element.t(`word_${word}`);
  const text = word.replaceAll("_", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/**
 * The name of a property for people.
 *
 * @param {import("./element.js").Element} element @param {string} name @param {any} property
 */
export function labelOf(element, name, property) {
  return property.title ?? spelled(element, name);
}
