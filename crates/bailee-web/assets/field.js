// One field of a form, from the schema of its property.

import { h } from "./dom.js";
import { labelOf, spelled } from "./parts.js";

/** What kind of text a format of JSON Schema is to a browser. */
const FORMATS = { email: "email", uri: "url" };

/**
 * The type of a property; one that may be null as well is of the other type.
 *
 * @param {any} property @returns {string}
 */
function typeOf({ type }) {
  return Array.isArray(type) ? type.find((one) => one !== "null") : type;
}

/**
 * @param {import("./element.js").Element} element
 * @param {{ name: string, property: any, required: boolean, value: any, error?: string }} options
 */
export function field(element, { name, property, required, value, error }) {
  const type = typeOf(property);
  if (type === "object") return null;
  const id = `field-${name}`;
  const helps = [property.description, type === "array" && element.t("one_per_line")].filter(Boolean).join(" ");
  const described = [helps && `${id}-help`, error && `${id}-error`].filter(Boolean).join(" ");
  const props = {
    id,
    name,
    required,
    "aria-invalid": error ? "true" : null,
    "aria-describedby": described || null,
  };
  const label = labelOf(element, name, property);
  const help = helps && h("p", { id: `${id}-help`, class: "muted small" }, helps);
  const wrong = error && h("p", { id: `${id}-error`, class: "problem" }, error);
  if (type === "boolean") {
    const box = h("input", { ...props, type: "checkbox", checked: value ?? property.default ?? false });
    return h(
      "div",
      { class: "field", key: name },
      h("label", { class: "choice" }, box, h("span", null, label)),
      help,
      wrong,
    );
  }
  const hint = required ? label : element.t("optional", { label });
  const control = input(element, property, type, props, value);
  return h("div", { class: "field", key: name }, h("label", { for: id }, hint), help, control, wrong);
}

/**
 * @param {import("./element.js").Element} element
 * @param {any} property
 * @param {string} type
 * @param {any} props
 * @param {any} value
 */
function input(element, property, type, props, value) {
  if (property.enum) return choice(element, property, props, value);
  if (type === "array") {
    const lines = Array.isArray(value) ? value.join("\n") : "";
    return h("textarea", { ...props, rows: "3", value: lines });
  }
  const text = { ...props, maxlength: property.maxLength, autocomplete: "off", spellcheck: "false" };
  // What is shown of a secret is not the secret.
  if (property.writeOnly) return h("input", { ...text, type: "password" });
  if (type === "integer" || type === "number") {
    const { minimum: min, maximum: max } = property;
    return h("input", {
      ...text,
      type: "number",
      min,
      max,
      step: type === "integer" ? "1" : "any",
      value: value ?? "",
    });
  }
  const kind = FORMATS[/** @type {keyof typeof FORMATS} */ (property.format)] ?? "text";
  return h("input", { ...text, type: kind, value: value ?? property.default ?? "" });
}

/** @param {import("./element.js").Element} element @param {any} property @param {any} props @param {any} value */
function choice(element, property, props, value) {
  const at = value ?? property.default;
  const options = property.enum.filter((/** @type {any} */ one) => one !== null);
  const first = props.required ? null : h("option", { value: "" });
  return h(
    "select",
    props,
    first,
    ...options.map((/** @type {any} */ one) =>
      h("option", { value: one, selected: one === at }, spelled(element, String(one))),
    ),
  );
}

/** What was entered; what was left empty is absent. @param {any} schema @param {HTMLFormElement} form */
export function read(schema, form) {
  /** @type {Record<string, unknown>} */
  const fields = {};
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const control = /** @type {HTMLInputElement | null} */ (form.elements.namedItem(name));
    const value = control && entered(control, typeOf(property));
    if (value != null) fields[name] = value;
  }
  return fields;
}

/** @param {HTMLInputElement} control @param {string} type @returns {unknown} null where it is empty */
function entered(control, type) {
  const { value } = control;
  if (type === "boolean") return control.checked;
  if (type === "array") {
    const lines = value.split("\n").map((line) => line.trim());
    const items = lines.filter(Boolean);
    return items.length > 0 ? items : null;
  }
  if (value === "") return null;
  return type === "integer" || type === "number" ? Number(value) : value;
}
