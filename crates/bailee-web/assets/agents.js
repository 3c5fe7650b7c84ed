// The owner's agents, by their names.

import { h } from "./dom.js";

/** How many names are said in one sentence. */
const MOST = 5;

/** @typedef {{ id: string, name: string, avatar_url: string | null }} Profile */

/** @param {Profile[]} profiles @param {string} id */
export function nameOf(profiles, id) {
  return profiles.find((profile) => profile.id === id)?.name ?? id;
}

/** A list in words that stays short. @param {import("./messages.js").Language} language @param {string[]} items */
export function short(language, items) {
  if (items.length <= MOST) return language.list(items);
  const shown = items.slice(0, MOST - 1);
  return language.list([...shown, language.text("more", { count: items.length - shown.length })]);
}

/**
 * The agents to choose from.
 *
 * @param {{ element: import("./element.js").Element, profiles: Profile[] }} options
 * @param {{ search: string, error: string, chosen: Set<string>, broken: Set<string> }} draft
 */
export function agentList({ element, profiles }, draft) {
  const word = draft.search.trim().toLocaleLowerCase();
  const found = profiles.filter(({ name }) => name.toLocaleLowerCase().includes(word));
  const oninput = (/** @type {Event} */ event) => {
    draft.search = /** @type {HTMLInputElement} */ (event.target).value;
    element.update();
  };
  const search = h("input", { type: "search", autocomplete: "off", value: draft.search, oninput });
  return h(
    "div",
    {
      key: "agents",
      class: "agents field",
      role: "group",
      "aria-label": element.t("scope_choose_some"),
      "aria-describedby": "agents-error",
    },
    h("label", { class: "field" }, element.t("scope_search"), search),
    h(
      "ul",
      { class: "scroll" },
      found.map((profile) => agent(element, profile, draft)),
    ),
    h("p", { class: "muted", role: "status" }, found.length === 0 && element.t("scope_no_match")),
    h("p", { class: "problem", id: "agents-error", role: "alert" }, draft.error && element.t(draft.error)),
  );
}

/** @param {import("./element.js").Element} element @param {Profile} profile @param {any} draft */
function agent(element, profile, draft) {
  const { id, name } = profile;
  const onchange = (/** @type {Event} */ event) => {
    if (/** @type {HTMLInputElement} */ (event.target).checked) draft.chosen.add(id);
    else draft.chosen.delete(id);
    draft.error = "";
    element.update();
  };
  const box = h("input", { type: "checkbox", checked: draft.chosen.has(id), onchange });
  return h(
    "li",
    { key: id },
    h("label", { class: "choice" }, box, avatar(element, profile, draft), h("bdi", null, name)),
  );
}

/** @param {import("./element.js").Element} element @param {Profile} profile @param {{ broken: Set<string> }} draft */
function avatar(element, { id, name, avatar_url }, { broken }) {
  if (avatar_url && !broken.has(id)) {
    const onerror = () => {
      broken.add(id);
      element.update();
    };
    return h("img", { class: "avatar", src: avatar_url, alt: "", referrerpolicy: "no-referrer", onerror });
  }
  const words = name.trim().split(/\s+/).slice(0, 2);
  return h(
    "span",
    { class: "avatar", "aria-hidden": "true" },
    words
      .map(([letter]) => letter)
      .join("")
      .toUpperCase(),
  );
}
