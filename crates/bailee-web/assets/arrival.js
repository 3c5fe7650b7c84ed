// What the pages share that finish a connect: the phases, and what is said when it fails.

import { Problem } from "./client.js";
import { leave } from "./connect.js";
import { button, h } from "./dom.js";
import { Element } from "./element.js";
import { spelled, unfold } from "./parts.js";

/** How long the good news stay before the list follows, in milliseconds. */
const READ = 800;

/** A page that finishes a connect, and then goes back to the list. */
export class Arrival extends Element {
  #begun = false;

  start() {
    // What arrives is used once, whatever becomes of the attributes.
    if (this.#begun) return;
    this.#begun = true;
    this.begin();
  }

  /** Does what the page is for. */
  begin() {}

  get service() {
    return this.getAttribute("service") ?? "";
  }

  /** The provider's name for people. */
  get name() {
    return this.state.name ?? spelled(this, this.service);
  }

  /** The address of the list. */
  get list() {
    return this.getAttribute("return-to") || "/integrations";
  }

  /** Sends what finishes the connect. @param {Record<string, unknown>} body */
  async finish(body) {
    this.update({ phase: "connecting" });
    try {
      const { integration } = await this.client.callback(this.service, body);
      this.update({ phase: "connected" });
      this.say(this.t("connected", { name: this.name }));
      this.emit("connected", { provider: integration.provider });
      setTimeout(() => location.replace(this.#back()), READ);
    } catch (error) {
      this.fail(error);
    }
  }

  /** The list, which repeats the good news. */
  #back() {
    const url = new URL(this.list, document.baseURI);
    url.searchParams.set("connected", this.service);
    return url.href;
  }

  /** @param {unknown} error @param {string} [word] what the provider said */
  fail(error, word) {
    const code = error instanceof Problem ? error.code : "failed";
    this.emit("error", { code });
    this.update({ phase: "failed", error, word: word ?? this.state.word });
    this.focusOn("h1");
  }

  /** Begins anew. */
  async again() {
    this.update({ busy: true });
    try {
      await leave(this, this.service, { name: this.name, integration: this.state.integration });
    } catch (error) {
      this.update({ busy: false });
      this.fail(error, "");
    }
  }

  view() {
    const { phase } = this.state;
    if (phase === "failed") return this.#failed();
    return h(
      "section",
      { class: "stack", "aria-busy": phase === "connected" ? null : "true" },
      h("div", { role: "status" }, h("h1", null, this.t(`phase_${phase ?? "connecting"}`, { name: this.name }))),
    );
  }

  #failed() {
    const { error, word, busy } = this.state;
    const url = this.getAttribute("sign-in-url");
    const signIn = error?.status === 401 && url && h("p", null, h("a", { href: url }, this.t("sign_in")));
    return h(
      "section",
      { class: "stack" },
      h(
        "div",
        { role: "alert", class: "stack tight" },
        h("h1", { tabindex: "-1" }, this.t(this.state.title ?? "phase_failed")),
        h("p", null, this.#why(error, word)),
      ),
      signIn,
      word && unfold(this.t("details"), h("p", null, h("code", null, word))),
      h(
        "div",
        { class: "row" },
        h("a", { class: "button", part: "button", href: this.list }, this.t("back")),
        button({ "aria-disabled": busy ? "true" : null, onclick: () => busy || this.again() }, this.t("again")),
      ),
    );
  }

  /** @param {any} error @param {string} word */
  #why(error, word) {
    if (error?.code !== "consent_denied") return this.reason(error);
    return this.t(word === "access_denied" ? "denied_by_you" : "denied_by_provider", { name: this.name });
  }
}
