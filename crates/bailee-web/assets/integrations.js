// The page of all providers and accounts, and the card of one.

import { Problem } from "./client.js";
import { card } from "./card.js";
import { dialogs } from "./dialogs.js";
import { button, h } from "./dom.js";
import { define, Element } from "./element.js";
import { note } from "./parts.js";

/** How long a load may take until it shows, in milliseconds. */
const SLOW = 150;

/** How often times are told anew, in milliseconds. */
const MINUTE = 60_000;

export class Integrations extends Element {
  #turn = 0;
  #timer = 0;
  /** @type {AbortController | null} */
  #away = null;
  /** @type {string | null} */
  #arrived = null;

  constructor() {
    super();
    /** @type {{ providers: any[], integrations: any[] } | null} */
    const list = null;
    Object.assign(this.state, { list, access: new Map(), profiles: [], busy: {}, notes: {}, offline: !navigator.onLine });
  }

  connectedCallback() {
    this.#away = new AbortController();
    const { signal } = this.#away;
    addEventListener("online", () => this.load(), { signal });
    addEventListener("offline", () => this.update({ offline: true }), { signal });
    // Back from a provider's page without a connect.
    addEventListener("pageshow", (event) => event.persisted && this.update({ busy: {} }), { signal });
    this.#timer = window.setInterval(() => this.update(), MINUTE);
    if (!this.only) this.#arrived = takeArrived();
    super.connectedCallback();
  }

  disconnectedCallback() {
    this.#away?.abort();
    clearInterval(this.#timer);
    super.disconnectedCallback();
  }

  start() {
    // Another address, another owner perhaps: nothing of the one before is shown.
    this.update({ list: null, access: new Map(), profiles: [], dialog: null });
    this.load();
  }

  /** The one service that is shown; null shows all. @returns {string | null} */
  get only() {
    return null;
  }

  /** The address of the list. */
  get page() {
    return (this.getAttribute("return-to") || "/integrations").replace(/\/+$/, "");
  }

  /** Loads all, and keeps what is shown where that fails. @param {boolean} [asked] whether somebody pressed a button */
  async load(asked = false) {
    const turn = (this.#turn += 1);
    const current = () => turn === this.#turn;
    this.update({ loading: true });
    setTimeout(() => current() && this.state.loading && this.#slow(), SLOW);
    this.#extras(current);
    try {
      const list = await this.client.list();
      if (!current()) return;
      const focused = this.shadowRoot?.activeElement;
      const fine = { problem: null, signedOut: false, offline: false, notes: asked ? {} : this.state.notes };
      this.#settle({ list, ...fine }, asked && this.t("refreshed"));
      await this.updated();
      if (focused && !focused.isConnected) this.focusOn("#title");
      this.#greet(list);
    } catch (error) {
      if (current()) this.#broke(error, asked);
    }
  }

  /** What agents can do is shown when it is known; the list does not wait for it. @param {() => boolean} current */
  async #extras(current) {
    const [access, profiles] = await Promise.allSettled([this.client.access(), this.client.profiles()]);
    if (!current()) return;
    const rows = access.status === "fulfilled" ? access.value : [];
    this.update({
      access: new Map(rows.map((/** @type {any} */ row) => [row.id, row])),
      profiles: profiles.status === "fulfilled" ? profiles.value : [],
    });
  }

  #slow() {
    this.update({ slow: true });
    this.tell(this.t("loading_list"));
  }

  /** @param {Record<string, any>} change @param {string | false} said */
  #settle(change, said) {
    if (this.state.slow || said) this.tell(said || "");
    this.update({ ...change, loading: false, slow: false });
  }

  /** @param {unknown} error @param {boolean} asked */
  #broke(error, asked) {
    const { code, status } = error instanceof Problem ? error : { code: "failed", status: 0 };
    this.emit("error", { code });
    if (status === 401) return this.#settle({ signedOut: true, list: null, dialog: null }, false);
    const shown = this.state.list !== null;
    const offline = code === "offline" && shown;
    this.#settle({ problem: offline && !asked ? null : error, offline }, false);
    if (asked) this.focusOn("[role=alert]");
  }

  /** Repeats what the callback page said, which is gone so soon. @param {{ providers: any[], integrations: any[] }} list */
  #greet({ providers, integrations }) {
    const service = this.#arrived;
    this.#arrived = null;
    const provider = providers.find((one) => answers(one, service));
    if (!provider || !integrations.some((row) => row.provider === provider.provider)) return;
    this.connected(provider);
  }

  /** Tells that an account is connected. @param {any} provider */
  connected(provider) {
    this.say(this.t("connected", provider));
    this.emit("connected", { provider: provider.provider });
    this.focusCard(provider.provider);
  }

  /** Focuses a card; the title where it is gone. @param {string} provider */
  async focusCard(provider) {
    await this.updated();
    const id = this.shadowRoot?.getElementById(`name-${provider}`) ? `#name-${provider}` : "#title";
    await this.focusOn(id);
  }

  /**
   * Does something for a card or a row, once at a time, and tells what went wrong.
   *
   * @param {string} key of the card or row
   * @param {string} verb
   * @param {() => Promise<void>} action
   */
  async run(key, verb, action) {
    if (this.state.busy[key]) return;
    this.update({ busy: { ...this.state.busy, [key]: verb } });
    try {
      await action();
    } catch (error) {
      await this.failed(error);
    } finally {
      this.update({ busy: { ...this.state.busy, [key]: null } });
    }
  }

  /** @param {unknown} error of an action */
  async failed(error) {
    const { code, status } = error instanceof Problem ? error : { code: "failed", status: 0 };
    this.emit("error", { code });
    if (status === 401) return this.update({ signedOut: true, list: null, dialog: null });
    if (code === "offline") this.update({ offline: true });
    this.say(this.reason(error));
    // Somebody else was here: what is shown is not how it is.
    if ([404, 409, 412].includes(status)) await this.load();
  }

  /** Shows a row as it is now. @param {any} row */
  replace(row) {
    const { list } = this.state;
    const integrations = list.integrations.map((/** @type {any} */ old) => (old.id === row.id ? row : old));
    this.update({ list: { ...list, integrations } });
  }

  /** @returns {import("./dom.js").Child} */
  view() {
    const { signedOut, list, loading, slow } = this.state;
    const body = signedOut
      ? this.#signedOut()
      : [this.#banner(), this.#problem(), list ? this.#cards() : slow && loading && this.#skeletons()];
    return h("section", { class: "stack", "aria-busy": loading ? "true" : null }, this.#header(), body, dialogs(this));
  }

  #header() {
    if (this.only) return null;
    const { loading } = this.state;
    const refresh = () => !loading && this.load(true);
    const off = loading ? "true" : null;
    return h(
      "header",
      { class: "stack tight", key: "header" },
      h(
        "div",
        { class: "spread" },
        h("h1", { id: "title", tabindex: "-1" }, this.t("title")),
        button({ onclick: refresh, "aria-disabled": off }, this.t("refresh")),
      ),
      h("p", { class: "muted" }, this.t("description")),
    );
  }

  #banner() {
    return this.state.offline && note({ key: "offline" }, h("p", null, this.t("offline")));
  }

  #problem() {
    const { problem } = this.state;
    if (!problem) return null;
    return h(
      "div",
      { role: "alert", class: "note danger stack tight", tabindex: "-1", key: "problem" },
      h("p", null, h("strong", null, this.t("load_failed"))),
      h("p", null, this.reason(problem)),
      h("div", null, button({ onclick: () => this.load(true) }, this.t("retry"))),
    );
  }

  #signedOut() {
    const href = this.getAttribute("sign-in-url");
    return note(
      { key: "signed-out" },
      h("p", null, this.t("error_unauthenticated")),
      href && h("p", null, h("a", { href }, this.t("sign_in"))),
    );
  }

  #skeletons() {
    return h("div", { class: "stack", key: "skeletons" }, ...[1, 2, 3].map(() => h("div", { class: "skeleton" })));
  }

  #cards() {
    const offered = this.#offered();
    if (offered.length === 0) return h("p", { class: "card", key: "empty" }, this.t(this.only ? "not_offered" : "empty"));
    if (this.only) return offered.map((provider) => card(this, provider));
    const cards = offered.map((provider) => h("li", { key: provider.provider }, card(this, provider)));
    return h("ul", { class: "stack", role: "list", key: "cards" }, ...cards);
  }

  /** Providers to show: also those that are offered no more, of which something is left. @returns {any[]} */
  #offered() {
    const { providers, integrations } = this.state.list;
    const known = new Set(providers.map((/** @type {any} */ one) => one.provider));
    const left = new Set(integrations.map((/** @type {any} */ row) => row.provider));
    const gone = [...left].filter((key) => !known.has(key)).map((key) => ({ provider: key, name: key, gone: true }));
    return [...providers, ...gone].filter((one) => !this.only || answers(one, this.only));
  }
}

/** `<bailee-integration service>`: one card. */
export class Integration extends Integrations {
  get only() {
    return this.getAttribute("service") ?? "";
  }
}

/** @param {any} provider @param {string | null} service */
function answers(provider, service) {
  return provider.provider === service || (provider.aliases ?? []).includes(service);
}

/** The service that the callback page named, which is then taken out of the address. */
function takeArrived() {
  const url = new URL(location.href);
  const service = url.searchParams.get("connected");
  if (service === null) return null;
  url.searchParams.delete("connected");
  history.replaceState(history.state, "", url);
  return service;
}

define("bailee-integration", Integration);
define("bailee-integrations", Integrations);
