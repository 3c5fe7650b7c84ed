// The scope of one integration, wherever a host wants it.

import { Problem } from "./client.js";
import { h } from "./dom.js";
import { define } from "./element.js";
import { Loading } from "./loading.js";
import { scopeButton, scopeDialog } from "./scope.js";

/** `<bailee-scope integration-id>`: the button and its editor. */
export class ScopeElement extends Loading {
  async fetch() {
    const [{ integrations, providers }, access, profiles] = await Promise.all([
      this.client.list(),
      this.client.access().catch(() => []),
      this.client.profiles(),
    ]);
    const of = (/** @type {{ id: string }} */ { id }) => id === this.getAttribute("integration-id");
    const integration = integrations.find(of);
    if (!integration) throw new Problem({ status: 404, code: "not_found" });
    const provider = providers.find((/** @type {any} */ { provider }) => provider === integration.provider);
    const label = provider?.several && integration.account_label;
    const name = [provider?.name ?? integration.provider, label].filter(Boolean).join(" · ");
    return { integration, access: access.find(of), profiles, name };
  }

  /** @param {any} data */
  content(data) {
    const { integration, profiles } = data;
    return [
      h("div", null, scopeButton({ element: this, integration, profiles, onopen: () => this.update({ open: true }) })),
      this.state.open &&
        scopeDialog({
          element: this,
          ...data,
          onsaved: (saved) => {
            this.update({ data: { ...data, integration: saved } });
            this.load();
          },
          onreload: () => this.load(),
          onclose: () => this.update({ open: false }),
        }),
    ];
  }
}

define("bailee-scope", ScopeElement);
