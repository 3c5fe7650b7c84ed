// The page of a provider's own widget.

import { Arrival } from "./arrival.js";
import { Problem, proof } from "./client.js";
import { define } from "./element.js";

/**
 * What a set-up module exports: it opens the widget with what the API gave for it, and calls `onDone` with what the
 * widget handed over, or `onClosed` when the user leaves.
 *
 * @typedef {(options: { widget: any, onDone: (fields: object) => void, onClosed: () => void }) => unknown} Open
 */

/** `<bailee-widget service setup>` */
export class Widget extends Arrival {
  async begin() {
    const integration = new URL(location.href).searchParams.get("integration_id") ?? undefined;
    this.update({ phase: "opening", title: null });
    try {
      const { verifier, challenge } = await proof();
      const query = { challenge, integration_id: integration };
      const { widget } = await this.client.authorize(this.service, query);
      const setup = new URL(this.getAttribute("setup") ?? "", document.baseURI).href;
      /** @type {{ default: Open }} */
      const { default: open } = await import(setup);
      const onDone = (/** @type {object} */ fields) => this.finish({ state: widget.nonce, verifier, fields });
      await open({ widget, onDone, onClosed: () => this.#closed() });
    } catch (error) {
      this.fail(error);
    }
  }

  #closed() {
    if (this.state.phase !== "opening") return;
    this.update({ title: "phase_nothing" });
    this.fail(new Problem({ code: "widget_closed" }));
  }

  async again() {
    await this.begin();
  }
}

define("bailee-widget", Widget);
