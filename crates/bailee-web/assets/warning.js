// Says, wherever something needs an account, that it does not work just now.

import { h } from "./dom.js";
import { define } from "./element.js";
import { Loading } from "./loading.js";

/** What may have changed it, elsewhere on the page. */
const NEWS = ["bailee:connected", "bailee:disconnected", "bailee:validated"];

/** `<bailee-integration-warning service [href]>`: nothing as long as the service works, or nothing is known. */
export class WarningElement extends Loading {
  /** @type {AbortController | null} */
  #news = null;

  connectedCallback() {
    super.connectedCallback();
    this.#news = new AbortController();
    const { signal } = this.#news;
    for (const name of NEWS) document.addEventListener(name, () => this.load(), { signal });
    document.addEventListener("visibilitychange", () => document.hidden || this.load(), { signal });
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.#news?.abort();
  }

  /** @returns {Promise<{ name: string, warning: string | null }>} */
  async fetch() {
    const service = this.getAttribute("service") ?? "";
    const known = this.client.organization ? await this.client.mcps() : [];
    return known.find(({ key }) => key === service) ?? this.#ofProvider(service);
  }

  /** @param {string} service the provider, or an alias of it */
  async #ofProvider(service) {
    const { integrations, providers } = await this.client.list();
    const provider = providers.find(
      (/** @type {any} */ { provider, aliases }) => provider === service || aliases.includes(service),
    );
    const rows = integrations.filter(
      ({ provider: key, lifecycle }) => key === provider?.provider && lifecycle !== "disconnecting",
    );
    const name = provider?.name ?? service;
    const on = rows.filter(({ enabled }) => enabled);
    const valid = on.filter(({ status }) => status !== "Invalid");
    if (!provider) return { name, warning: null };
    if (rows.length === 0) return { name, warning: "not_connected" };
    if (on.length === 0) return { name, warning: "disabled" };
    if (valid.length === 0) return { name, warning: "invalid" };
    const enough = service !== provider.provider || (await this.#enough(valid));
    return { name, warning: enough ? null : "missing_grant" };
  }

  /** Whether one of the rows has all the access that its tools need. @param {any[]} rows */
  async #enough(rows) {
    const lacking = (await this.client.access()).filter((/** @type {any} */ access) => access.lacking.length > 0);
    return rows.some(({ id }) => !lacking.some((/** @type {any} */ access) => access.id === id));
  }

  view() {
    const { data } = this.state;
    if (!data?.warning) return null;
    const href = this.getAttribute("href") ?? "/integrations";
    return h(
      "div",
      { class: "note card spread", part: "card", role: "note" },
      h("p", null, this.t(`warning_${data.warning}`, { name: data.name })),
      h("a", { class: "target", href }, this.t("open_integrations")),
    );
  }
}

define("bailee-integration-warning", WarningElement);
