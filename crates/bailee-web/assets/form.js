// Forms that a JSON Schema describes. What was typed stays until it is taken; secrets never come back.

import { accountOf } from "./actions.js";
import { Problem } from "./client.js";
import { dialog } from "./dialog.js";
import { button, h } from "./dom.js";
import { field, read } from "./field.js";
import { spelled } from "./parts.js";

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
    const integration_id = row?.id;
    const joined = await page.client.connect(provider.provider, { fields, integration_id });
    await page.load();
    const { secret, link } = joined;
    if (secret || link) return page.update({ dialog: { kind: "secret", provider, secret, link } });
    page.update({ dialog: null });
    page.connected(provider);
  };
  const title = page.t(row ? "form_again" : "form_title", provider);
  return formDialog(page, { title, schema: provider.form, values: row?.config ?? {}, send }, onclose, row);
}

/**
 * Changes the settings of an account.
 *
 * @param {Page} page @param {{ provider: any, row: any }} open @param {() => void} onclose
 */
export function settingsDialog(page, { provider, row }, onclose) {
  const schema = provider.settings;
  const send = async (/** @type {Record<string, unknown>} */ fields) => {
    const config = { ...row.config };
    for (const [name, property] of Object.entries(schema.properties ?? {})) {
      // What is secret and was left alone goes back as it was shown, which keeps it.
      if (name in fields) config[name] = fields[name];
      else if (!property.writeOnly) delete config[name];
    }
    page.replace(await page.client.update(row, { config }));
    page.update({ dialog: null });
    page.say(page.t("settings_saved"));
  };
  // What is kept secret is there already.
  const required = (schema.required ?? []).filter((/** @type {string} */ name) => !(name in row.config));
  const kept = { ...schema, required };
  return formDialog(
    page,
    { title: page.t("settings_title", provider), schema: kept, values: row.config, send },
    onclose,
    row,
  );
}

/**
 * @param {Page} page
 * @param {{ title: string, schema: any, values: Record<string, any>, send: Send }} form
 * @param {() => void} onclose
 * @param {any} row
 */
function formDialog(page, { title, schema, values, send }, onclose, row) {
  const { errors = {}, busy, problem } = page.state.dialog;
  const properties = Object.entries(schema.properties ?? {});
  const submit = (/** @type {any} */ event) => {
    event.preventDefault();
    if (!page.state.dialog.busy) submitted(page, schema, event.target, send);
  };
  return dialog(
    { key: "form", title, onclose },
    h(
      "form",
      { class: "stack", novalidate: true, autocomplete: "off", onsubmit: submit },
      row && h("p", null, h("strong", null, accountOf(row))),
      problem && h("p", { role: "alert", class: "note danger" }, problem),
      ...properties.map(([name, property]) => {
        const required = (schema.required ?? []).includes(name);
        return field(page, { name, property, required, value: values[name], error: errors[name] });
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
  const name = error instanceof Problem ? (error.pointer ?? "").split("/")[1] : undefined;
  const property = name && schema.properties?.[name];
  if (property) return { errors: { [name]: told(page, name, property, error, text) }, problem: null };
  return { errors: {}, problem: text };
}

/**
 * The sentence of the API, with the label of the field instead of its pointer.
 *
 * @param {Page} page @param {string} name @param {any} property @param {any} error @param {string} text
 */
function told(page, name, property, error, text) {
  const label = property.title ?? spelled(page, name);
  return text.replace(`The argument ${error.pointer} `, `${label} `);
}
