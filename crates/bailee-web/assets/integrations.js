// The page of all providers and accounts, and the card of one.

import { card } from "./card.js";
import { Problem } from "./client.js";
import { dialogs } from "./dialogs.js";
import { button, h } from "./dom.js";
import { define } from "./element.js";
import { Loading } from "./loading.js";

/** How often times are told anew, in milliseconds. */
const MINUTE = 60_000;

/** `<bailee-integrations>` */
export class Integrations extends Loading {
  static unknown = "";
  static slowly = { text: "loading_list", count: 3 };
  static failed = "load_failed";

  #timer = 0;
  /** @type {string | null} */
  #arrived = null;

  connectedCallback() {
    this.#timer = window.setInterval(() => this.update(), MINUTE);
    addEventListener("pageshow", this.#back);
    if (!this.only) this.#arrived = takeArrived();
    super.connectedCallback();
  }

  disconnectedCallback() {
    clearInterval(this.#timer);
    removeEventListener("pageshow", this.#back);
    super.disconnectedCallback();
  }

  /** Back from a provider's page without a connect. @param {PageTransitionEvent} event */
  #back = (event) => {
    if (event.persisted) this.update({ busy: {} });
  };

  start() {
    this.state = { access: new Map(), profiles: [], busy: {}, notes: {} };
    return this.load();
  }

  /** The one service that is shown; null shows all. @returns {string | null} */
  get only() {
    return null;
  }

  /** The address of the list. */
  get page() {
    return this.getAttribute("return-to") || "/integrations";
  }

  /** @returns {{ providers: any[], integrations: any[] }} */
  get list() {
    return this.state.data ?? { providers: [], integrations: [] };
  }

  fetch() {
    this.#extras(this.client);
    return this.client.list();
  }

  /**
   * What agents can do is shown when it is known: the list does not wait for it.
   *
   * @param {import("./client.js").Client} client
   */
  async #extras(client) {
    const [access, profiles] = await Promise.all([client.access().catch(() => []), client.profiles().catch(() => [])]);
    if (client !== this.client) return;
    this.update({ access: new Map(access.map((/** @type {any} */ row) => [row.id, row])), profiles });
  }

  async load(asked = false) {
    const focused = this.shadowRoot?.activeElement;
    await super.load(asked);
    if (this.state.loading || this.state.problem) return;
    if (asked) {
      this.tell(this.t("refreshed"));
      this.update({ notes: {} });
    }
    await this.updated();
    if (focused && !focused.isConnected) await this.focusOn("#title");
    this.#greet();
  }

  /** Repeats what the callback page said, which is gone so soon. */
  #greet() {
    const provider = this.list.providers.find((one) => answers(one, this.#arrived));
    this.#arrived = null;
    if (provider && this.list.integrations.some((row) => row.provider === provider.provider)) this.connected(provider);
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
    await this.focusOn(this.shadowRoot?.getElementById(`name-${provider}`) ? `#name-${provider}` : "#title");
    // Away from the edge, where the toast is.
    this.shadowRoot?.activeElement?.scrollIntoView({ block: "center" });
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
      await this.#failed(error);
    } finally {
      this.update({ busy: { ...this.state.busy, [key]: null } });
    }
  }

  /** @param {unknown} error of an action */
  async #failed(error) {
    const { code, status } = error instanceof Problem ? error : { code: "failed", status: 0 };
    this.emit("error", { code });
    if (status === 401 || code === "offline") this.update({ problem: error });
    if (status !== 401) this.say(this.reason(error));
    // Somebody else was here: what is shown is not how it is.
    if ([404, 409, 412].includes(status)) await this.load();
  }

  /** Shows a row as it is now. @param {any} row */
  replace(row) {
    const integrations = this.list.integrations.map((old) => (old.id === row.id ? row : old));
    this.update({ data: { ...this.list, integrations } });
  }

  view() {
    return this.only === null ? h("div", { class: "stack" }, this.#header(), super.view()) : super.view();
  }

  #header() {
    const { loading } = this.state;
    const refresh = { "aria-disabled": loading ? "true" : null, onclick: () => loading || this.load(true) };
    const title = this.getAttribute("heading") || this.t("title");
    return h(
      "header",
      { class: "stack tight" },
      h(
        "div",
        { class: "spread" },
        h("h1", { id: "title", tabindex: "-1" }, title),
        button(refresh, this.t("refresh")),
      ),
      h("p", { class: "muted" }, this.t("description")),
    );
  }

  content() {
    return [this.#cards(), dialogs(this)];
  }

  #cards() {
    const offered = this.#offered();
    if (offered.length === 0)
      return h("p", { class: "card", key: "empty" }, this.t(this.only ? "not_offered" : "empty"));
    if (this.only) return offered.map((provider) => card(this, provider));
    const cards = offered.map((provider) => h("li", { key: provider.provider }, card(this, provider)));
    return h("ul", { class: "stack", role: "list", key: "cards" }, ...cards);
  }

  /** Providers to show: also those that are offered no more, of which something is left. @returns {any[]} */
  #offered() {
    const { providers, integrations } = this.list;
    const known = new Set(providers.map((one) => one.provider));
    const left = new Set(integrations.map((row) => row.provider));
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
