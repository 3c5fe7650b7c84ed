// Forms that a JSON Schema describes. What was typed stays until it is taken; secrets never come back.

import { accountOf } from "./actions.js";
import { Problem } from "./client.js";
import { dialog } from "./dialog.js";
import { button, h } from "./dom.js";
import { field, read } from "./field.js";
import { labelOf } from "./parts.js";

/**
 * @typedef {import("./integrations.js").Integrations} Page
 * @typedef {(fields: Record<string, unknown>) => Promise<void>} Send
 */

/**
 * Joins an account by what is entered.
 *
 * @param {Page} page @param {{ provider: any, row?: any }} open @param {() => void} onclose
 */
export function joinDialog(page, { provider, row }, onclose) {
  const send = async (/** @type {Record<string, unknown>} */ fields) => {
    const body = { fields, integration_id: row?.id };
    const { secret, link } = await page.client.connect(provider.provider, body);
    await page.load();
    if (secret || link) return page.update({ dialog: { kind: "secret", provider, secret, link } });
    onclose();
    page.connected(provider);
  };
  const title = page.t(row ? "form_again" : "form_title", provider);
  return formDialog(page, { title, schema: provider.form, row, send }, onclose);
}

/**
 * Changes the settings of an account.
 *
 * @param {Page} page @param {{ provider: any, row: any }} open @param {() => void} onclose
 */
export function settingsDialog(page, { provider, row }, onclose) {
  const { properties, required = [] } = provider.settings;
  // What is secret and left alone goes back as it was shown, which keeps it.
  const kept = (/** @type {string} */ name) => properties[name].writeOnly && name in row.config;
  const send = async (/** @type {Record<string, unknown>} */ fields) => {
    const config = { ...row.config };
    for (const name of Object.keys(properties)) if (!kept(name)) delete config[name];
    page.replace(await page.client.update(row, { config: { ...config, ...fields } }));
    onclose();
    page.say(page.t("settings_saved"));
  };
  const schema = { properties, required: required.filter((/** @type {string} */ name) => !kept(name)) };
  return formDialog(page, { title: page.t("settings_title", provider), schema, row, send }, onclose);
}

/**
 * @param {Page} page
 * @param {{ title: string, schema: any, row?: any, send: Send }} form
 * @param {() => void} onclose
 */
function formDialog(page, { title, schema, row, send }, onclose) {
  const { errors = {}, busy, problem } = page.state.dialog;
  const required = new Set(schema.required);
  // What has to be said comes first, in the order of the schema.
  const names = new Set([...required, ...Object.keys(schema.properties ?? {})]);
  const submit = (/** @type {any} */ event) => {
    event.preventDefault();
    if (!page.state.dialog.busy) submitted(page, schema, event.target, send);
  };
  return dialog(
    { key: "form", title, onclose },
    h(
      "form",
      { class: "stack", novalidate: true, autocomplete: "off", onsubmit: submit },
      row && h("p", null, h("bdi", { class: "strong" }, accountOf(row))),
      problem && h("p", { role: "alert", tabindex: "-1", class: "note danger", key: "problem" }, problem),
      ...[...names].map((name) => {
        const property = schema.properties[name];
        const value = row?.config[name];
        return field(page, { name, property, required: required.has(name), value, error: errors[name] });
      }),
      h(
        "div",
        { class: "row end" },
        button({ onclick: onclose }, page.t("cancel")),
        button(
          { type: "submit", class: "primary", "aria-disabled": busy ? "true" : null },
          page.t(busy ? "saving" : "save"),
        ),
      ),
    ),
  );
}

/**
 * @param {Page} page
 * @param {any} schema
 * @param {HTMLFormElement} form
 * @param {Send} send
 */
async function submitted(page, schema, form, send) {
  const change = (/** @type {Record<string, any>} */ part) =>
    page.state.dialog && page.update({ dialog: { ...page.state.dialog, ...part } });
  const fields = read(schema, form);
  /** @type {Record<string, string>} */
  const errors = {};
  for (const name of schema.required ?? []) if (fields[name] === undefined) errors[name] = page.t("field_missing");
  if (Object.keys(errors).length > 0) {
    change({ errors, problem: null });
    return page.focusOn("[aria-invalid=true]");
  }
  change({ errors, problem: null, busy: true });
  try {
    await send(fields);
  } catch (error) {
    const { errors, problem } = placed(page, schema, error);
    change({ errors, problem, busy: false });
    await page.focusOn(problem ? "dialog [role=alert]" : "[aria-invalid=true]");
  }
}

/** Where an error belongs: on a field, or above all. @param {Page} page @param {any} schema @param {unknown} error */
function placed(page, schema, error) {
  const text = page.reason(error);
  const pointer = (error instanceof Problem && error.pointer) || "";
  const name = pointer.split("/")[1];
  const property = schema.properties?.[name];
  if (!property) return { errors: {}, problem: text };
  // A person knows the field by its label.
  return { errors: { [name]: text.replace(`The argument ${pointer}`, labelOf(page, name, property)) }, problem: null };
}
