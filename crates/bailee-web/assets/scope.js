// Which agents may use an integration.

import { Problem } from "./client.js";
import { dialog } from "./dialog.js";
import { button, h } from "./dom.js";
import { icon } from "./element.js";
import { agentList, nameOf, short } from "./agents.js";

/**
 * @typedef {import("./agents.js").Profile} Profile
 * @typedef {{ id: string, profiles: { id: string, granted: boolean, tools: string[] }[] }} Access as of `/v1/access`
 * @typedef {{ id: string, version: number, all: boolean, chosen: Set<string>, search: string, broken: Set<string>,
 *   error: string, failure: string, stale: boolean, busy: boolean }} Draft
 *
 * @typedef {object} Options
 * @property {import("./element.js").Element} element where the dialog is shown
 * @property {any} integration
 * @property {Access | null | undefined} access of this integration; without it nothing is said of tools
 * @property {Profile[]} profiles
 * @property {string} [name] of the account, for people
 * @property {(integration: any) => void} [onsaved]
 * @property {() => Promise<void>} [onreload] reads integration and profiles anew
 * @property {() => void} onclose
 */

/** @type {WeakMap<object, Draft>} */
const drafts = new WeakMap();

/**
 * Who may use an integration, in a few words.
 *
 * @param {import("./messages.js").Language} language
 * @param {any} integration
 * @param {Profile[]} [profiles] their names
 */
export function scopeLabel(language, integration, profiles = []) {
  const bound = integration.bound_profile_id;
  if (bound) return language.text("scope_bound", { name: nameOf(profiles, bound) });
  if (integration.scope === "all") return language.text("scope_all");
  const count = integration.profile_ids.length;
  return language.text(count > 0 ? "scope_some" : "scope_nobody", { count });
}

/**
 * The button that opens the editor; only words where the integration speaks for one agent.
 *
 * @param {{ element: import("./element.js").Element, integration: any, profiles?: Profile[], onopen: () => void,
 *   describedby?: string }} options
 */
export function scopeButton({ element, integration, profiles, onopen, describedby }) {
  const label = scopeLabel(element.language, integration, profiles);
  if (integration.bound_profile_id) return h("span", null, label);
  const props = { class: "scope", "aria-haspopup": "dialog", "aria-describedby": describedby, onclick: onopen };
  return button(props, label, icon("chevron"));
}

/** The editor. What is chosen in it is kept until it is saved or closed. @param {Options} options */
export function scopeDialog(options) {
  const { element, integration } = options;
  const draft = draftOf(element, integration);
  const name = options.name ?? integration.provider;
  return dialog(
    { key: `scope-${integration.id}`, title: element.t("scope_title", { name }), onclose: () => close(options) },
    draft.stale ? changed(options) : form(options, draft),
  );
}

/** @param {object} element @param {any} integration @returns {Draft} */
function draftOf(element, { id, version, scope, profile_ids }) {
  const kept = drafts.get(element);
  if (kept && kept.id === id) return kept;
  const chosen = new Set(/** @type {string[]} */ (profile_ids));
  const draft = { id, version, all: scope === "all", chosen, search: "", broken: new Set() };
  const fresh = { ...draft, error: "", failure: "", stale: false, busy: false };
  drafts.set(element, fresh);
  return fresh;
}

/** @param {Options} options */
function close({ element, onclose }) {
  drafts.delete(element);
  onclose();
}

/** @param {Options} options */
function changed({ element, onreload }) {
  const reload = async () => {
    await onreload?.();
    drafts.delete(element);
    element.update();
    await element.focusOn("dialog input:checked");
  };
  return h(
    "div",
    { key: "stale", class: "stack" },
    h("p", { class: "note", role: "alert" }, element.t("scope_stale")),
    h("div", { class: "row end" }, button({ class: "primary", onclick: reload }, element.t("reload"))),
  );
}

/** @param {Options} options @param {Draft} draft */
function form(options, draft) {
  const { element } = options;
  const onsubmit = (/** @type {Event} */ event) => {
    event.preventDefault();
    save(options, draft);
  };
  return h(
    "form",
    { key: "form", class: "stack", novalidate: true, onsubmit },
    h(
      "fieldset",
      null,
      h("legend", { class: "hidden" }, element.t("scope_legend")),
      radio(options, draft, true),
      radio(options, draft, false),
      !draft.all && agentList(options, draft),
    ),
    h(
      "div",
      { class: "small", "aria-live": "polite" },
      preview(options, draft).map((line) => h("p", null, line)),
    ),
    draft.failure && h("p", { key: "failure", class: "note danger", role: "alert" }, draft.failure),
    h(
      "div",
      { class: "row end" },
      button({ onclick: () => close(options) }, element.t("cancel")),
      button({ type: "submit", class: "primary", "aria-disabled": String(draft.busy) }, element.t("save")),
    ),
  );
}

/** @param {Options} options @param {Draft} draft @param {boolean} all */
function radio({ element }, draft, all) {
  const choose = () => {
    Object.assign(draft, { all, error: "" });
    element.update();
  };
  const checked = draft.all === all;
  return h(
    "label",
    { class: "choice" },
    h("input", { type: "radio", name: "scope", autofocus: checked, checked, onchange: choose }),
    h(
      "span",
      null,
      element.t(all ? "scope_choose_all" : "scope_choose_some"),
      all && h("span", { class: "muted small block" }, element.t("scope_all_help")),
    ),
  );
}

/** Who keeps, loses and gains what. @param {Options} options @param {Draft} draft @returns {string[]} */
function preview({ element, access, profiles }, draft) {
  const { language } = element;
  /** @type {Map<string, { key: string, names: string[], tools: string[] }>} */
  const groups = new Map();
  for (const { id, granted, tools } of access?.profiles ?? []) {
    const after = draft.all || draft.chosen.has(id);
    if (!granted && !after) continue;
    const key = granted === after ? "scope_keeps" : granted ? "scope_loses" : "scope_gains";
    const told = granted === after ? [] : tools;
    const group = groups.get(key + told) ?? { key, names: [], tools: told };
    group.names.push(nameOf(profiles, id));
    groups.set(key + told, group);
  }
  return Array.from(groups.values(), ({ key, names, tools }) =>
    language.text(key, {
      count: names.length,
      names: short(language, names),
      what: tools.length > 0 ? short(language, tools) : language.text("scope_access"),
    }),
  );
}

/** @param {Options} options @param {Draft} draft */
async function save(options, draft) {
  const { element, integration, profiles } = options;
  if (draft.busy) return;
  const profile_ids = profiles.map(({ id }) => id).filter((id) => draft.chosen.has(id));
  if (!draft.all && profile_ids.length === 0) {
    draft.error = "scope_none";
    element.update();
    return element.focusOn("dialog .agents li input");
  }
  Object.assign(draft, { busy: true, error: "", failure: "" });
  element.update();
  const change = draft.all ? { scope: "all" } : { scope: "agents", profile_ids };
  try {
    const saved = await element.client.update({ id: integration.id, version: draft.version }, change);
    close(options);
    options.onsaved?.(saved);
    element.say(scopeLabel(element.language, saved));
    element.emit("scope-changed", { integration_id: saved.id, provider: saved.provider, ...change });
  } catch (error) {
    await refused(options, draft, error);
  }
}

/** @param {Options} options @param {Draft} draft @param {unknown} error */
async function refused({ element, onreload }, draft, error) {
  const problem = error instanceof Problem ? error : null;
  element.emit("error", { code: problem?.code ?? "failed" });
  draft.busy = false;
  draft.stale = problem?.code === "stale";
  if (problem?.status === 400 && !draft.all) {
    draft.error = "scope_unknown";
    await onreload?.();
  } else if (!draft.stale) draft.failure = element.reason(error);
  element.update();
  await element.focusOn(draft.stale ? "dialog button" : "dialog .agents li input");
}
