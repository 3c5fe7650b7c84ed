// Elements as functions, and their update in place: what has focus keeps it, and nothing is ever parsed as markup.

const SVG = new Set(["svg", "path", "circle"]);
const KEY = Symbol("key");
const LIVE = Symbol("live");

/**
 * @typedef {Node | string | number | false | null | undefined | Child[]} Child
 * @typedef {Record<string, any>} Props
 */

/**
 * Makes an element. Properties that begin with `on` are listeners, `key` tells siblings apart, `checked` and `value` are
 * set on the element, `true` is an attribute without value, `false` and null are no attribute.
 *
 * @param {string} tag
 * @param {Props | null} [props]
 * @param {...Child} children
 * @returns {HTMLElement}
 */
export function h(tag, props, ...children) {
  const node = /** @type {any} */ (
    SVG.has(tag) ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag)
  );
  node[LIVE] = {};
  for (const [name, value] of Object.entries(props ?? {})) {
    if (name === "key") node[KEY] = value;
    else if (name.startsWith("on") || name === "checked" || name === "value") node[LIVE][name] = node[name] = value;
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value != null) node.setAttribute(name, String(value));
  }
  node.append(...nodes(children));
  return node;
}

/** A button that hosts can style. @param {Props} props @param {...Child} children */
export function button(props, ...children) {
  return h("button", { type: "button", part: "button", ...props }, ...children);
}

/**
 * Makes the children of `parent` what is wanted, and keeps those that can stay.
 *
 * @param {Node} parent
 * @param {...Child} wanted
 */
export function render(parent, ...wanted) {
  reconcile(parent, nodes(wanted));
}

/** @param {Child} children @returns {Node[]} */
function nodes(children) {
  if (Array.isArray(children)) return children.flatMap(nodes);
  if (children == null || children === false) return [];
  return [children instanceof Node ? children : document.createTextNode(String(children))];
}

/** @param {Node} parent @param {any[]} wanted */
function reconcile(parent, wanted) {
  const keyed = new Map();
  for (const child of /** @type {any} */ (parent.childNodes)) if (child[KEY] != null) keyed.set(child[KEY], child);
  /** @type {any} */
  let at = parent.firstChild;
  for (const node of wanted) {
    const old = node[KEY] != null ? keyed.get(node[KEY]) : at;
    const stays = old && old[KEY] === node[KEY] && old.nodeName === node.nodeName;
    if (!stays) {
      parent.insertBefore(node, at);
      continue;
    }
    if (old === at) at = at.nextSibling;
    else parent.insertBefore(old, at);
    become(old, node);
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

/** @param {any} old @param {any} node */
function become(old, node) {
  if (!node[LIVE]) {
    if (old.data !== node.data) old.data = node.data;
    return;
  }
  for (const { name } of [...old.attributes]) if (!node.hasAttribute(name) && name !== "open") old.removeAttribute(name);
  for (const { name, value } of node.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  const [before, after] = [old[LIVE] ?? {}, node[LIVE]];
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    // What a person typed stays until something else is asked for; a switch shows what is so.
    if (before[name] !== after[name] || name === "checked") old[name] = after[name] ?? null;
  }
  old[LIVE] = after;
  if (!old.shadowRoot) reconcile(old, [...node.childNodes]);
}
