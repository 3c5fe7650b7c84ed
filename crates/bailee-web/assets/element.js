// What all elements share: a shadow root, the style, the language, the client, toasts.

import { Client, Problem } from "./client.js";
import { h, render } from "./dom.js";
import { Language } from "./messages.js";
import { sheet } from "./style.js";

/** How long a toast stays, in milliseconds, unless somebody reads it. */
const TOAST = 8_000;

export class Element extends HTMLElement {
  static observedAttributes = ["api", "service", "integration-id", "thread-id", "profile-id", "theme"];

  #pending = false;
  /** @type {Client | null} */
  #client = null;
  /** @type {Language | null} */
  #language = null;
  #messages = {};
  /** @type {(() => Promise<string> | string) | null} */
  #tokenProvider = null;
  /** @type {{ text: string, timer: number } | null} */
  #toast = null;
  #said = "";
  #started = false;

  constructor() {
    super();
    this.attachShadow({ mode: "open" }).adoptedStyleSheets = [sheet()];
    /** @type {Record<string, any>} */
    this.state = {};
  }

  connectedCallback() {
    this.#adopt();
    this.#started = true;
    this.update();
    this.start();
  }

  disconnectedCallback() {
    clearTimeout(this.#toast?.timer);
  }

  /** @param {string} name */
  attributeChangedCallback(name) {
    if (name === "theme") return;
    this.#client = null;
    this.#language = null;
    if (this.#started) this.start();
  }

  /** What a host set before this file was there hides the accessors of the class. */
  #adopt() {
    for (const name of /** @type {const} */ (["messages", "tokenProvider"])) {
      const given = Object.getOwnPropertyDescriptor(this, name);
      if (!given) continue;
      delete (/** @type {any} */ (this)[name]);
      this[name] = given.value;
    }
  }

  /** What is done when the element comes into a page, and when an attribute changes: loads. */
  start() {}

  /** What it shows. @returns {import("./dom.js").Child} */
  view() {
    return null;
  }

  /** @returns {Client} */
  get client() {
    return (this.#client ??= new Client(this.getAttribute("api") ?? "", this.#tokenProvider));
  }

  /** @returns {Language} */
  get language() {
    const tag = this.closest("[lang]")?.getAttribute("lang") || "en";
    return (this.#language ??= new Language(tag, this.#messages));
  }

  /** Texts of the host, by the keys of the English catalogue. */
  set messages(texts) {
    this.#messages = texts ?? {};
    this.#language = null;
    this.update();
  }

  get messages() {
    return this.#messages;
  }

  /** Gives the bearer, where no cookie signs in. */
  set tokenProvider(provider) {
    this.#tokenProvider = provider;
    this.#client = null;
    if (this.#started) this.start();
  }

  get tokenProvider() {
    return this.#tokenProvider;
  }

  /** @param {string} key @param {Record<string, any>} [values] */
  t(key, values) {
    return this.language.text(key, values);
  }

  /** The sentence of a failure. @param {unknown} error */
  reason(error) {
    const code = error instanceof Problem ? error.code : "failed";
    const key = `error_${code}`;
    if (this.language.has(key)) return this.t(key);
    return error instanceof Problem && error.status > 0 ? error.message : this.t("error_failed");
  }

  /** Changes what is shown. @param {Record<string, any>} [change] */
  update(change) {
    Object.assign(this.state, change);
    if (this.#pending) return;
    this.#pending = true;
    queueMicrotask(() => {
      this.#pending = false;
      if (this.shadowRoot) render(this.shadowRoot, h("div", { class: "root" }, this.view(), this.#toasts()));
    });
  }

  /** After the next update. */
  async updated() {
    await new Promise((resolve) => queueMicrotask(() => resolve(null)));
  }

  /** Puts the focus on what the selector finds, after the next update. @param {string} selector */
  async focusOn(selector) {
    await this.updated();
    const found = this.shadowRoot?.querySelector(selector);
    if (found instanceof HTMLElement) found.focus();
  }

  /** Tells something that happened, in a toast that is read out. @param {string} text */
  say(text) {
    clearTimeout(this.#toast?.timer);
    this.#toast = { text, timer: 0 };
    this.#await();
    this.tell(text);
  }

  /** Has it read out, and shows nothing: for what can be seen anyhow. @param {string} text */
  tell(text) {
    this.#said = text;
    this.update();
  }

  /** Fires an event that leaves the shadow root. It never carries a secret. @param {string} name @param {object} detail */
  emit(name, detail) {
    this.dispatchEvent(new CustomEvent(`bailee:${name}`, { bubbles: true, composed: true, detail }));
  }

  #await() {
    if (this.#toast) this.#toast.timer = window.setTimeout(() => this.#dismiss(), TOAST);
  }

  #dismiss() {
    clearTimeout(this.#toast?.timer);
    this.#toast = null;
    this.#said = "";
    this.update();
  }

  #toasts() {
    const hold = () => clearTimeout(this.#toast?.timer);
    const go = () => {
      hold();
      this.#await();
    };
    const on = { onpointerenter: hold, onpointerleave: go, onfocusin: hold, onfocusout: go };
    const close = { class: "quiet", type: "button", "aria-label": this.t("dismiss"), onclick: () => this.#dismiss() };
    const toast =
      this.#toast &&
      h(
        "div",
        { class: "toast", part: "toast", key: "toast", ...on },
        h("span", { "aria-hidden": "true" }, this.#toast.text),
        h("button", close, icon("cross")),
      );
    return h(
      "div",
      { class: "toasts", key: "toasts" },
      h("div", { role: "status", class: "said" }, this.#said),
      toast,
    );
  }
}

/**
 * Defines an element, once: a host may load these files from two addresses.
 *
 * @param {string} name @param {CustomElementConstructor} element
 */
export function define(name, element) {
  if (!customElements.get(name)) customElements.define(name, element);
}

const ICONS = {
  check: "M3 8.5 6.5 12 13 4.5",
  cross: "M4 4 12 12 M12 4 4 12",
  question: "M5.5 6a2.5 2.5 0 1 1 3.6 2.2C8.3 8.7 8 9.2 8 10 M8 12.5v.5",
  chevron: "M6 3.5 10.5 8 6 12.5",
};

/** A drawing beside a word. @param {keyof typeof ICONS} name */
export function icon(name) {
  const path = h("path", { d: ICONS[name], fill: "none", stroke: "currentColor", "stroke-width": "2" });
  return h("svg", { class: `icon ${name}`, viewBox: "0 0 16 16", "aria-hidden": "true", focusable: "false" }, path);
}
