// An element that shows what it loads, and why it cannot.

import { Problem } from "./client.js";
import { button, h } from "./dom.js";
import { Element } from "./element.js";

/** How long loading may take before it is shown, in milliseconds. */
const SOON = 150;

export class Loading extends Element {
  /** The text for what the owner does not have. */
  static unknown = "error_not_found";

  /** The text while it loads for the first time, and how many things are expected. */
  static slowly = { text: "loading", count: 1 };

  /** The text above a reason; empty for none. */
  static failed = "";

  #run = 0;
  /** @type {AbortController | null} */
  #listening = null;

  connectedCallback() {
    super.connectedCallback();
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    addEventListener("online", () => this.load(), { signal });
    addEventListener("offline", () => this.update({ problem: new Problem({ code: "offline" }) }), { signal });
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.#listening?.abort();
    this.#run += 1;
  }

  start() {
    this.state = {};
    return this.load();
  }

  /** Reads what is shown. @returns {Promise<any>} */
  async fetch() {}

  /** Shows what was read. @param {any} data @returns {import("./dom.js").Child} */
  content(data) {
    return data;
  }

  /** Reads anew; what was there stays until then, and where it fails. @param {boolean} [asked] whether by a person */
  async load(asked = false) {
    const run = (this.#run += 1);
    this.update({ loading: true });
    setTimeout(() => run === this.#run && this.update({ slow: this.state.loading }), SOON);
    const change = await this.fetch().then(
      (data) => ({ data, problem: null }),
      (problem) => ({ problem }),
    );
    if (run !== this.#run) return;
    this.update({ ...change, loading: false, slow: false });
    if (!change.problem) return;
    if (!(change.problem instanceof Problem)) console.error(change.problem);
    this.emit("error", { code: change.problem.code ?? "failed" });
    if (asked) await this.focusOn(".failed");
  }

  /** @returns {import("./dom.js").Child} */
  view() {
    return h("section", { class: "stack", "aria-busy": String(Boolean(this.state.loading)) }, this.#shown());
  }

  #shown() {
    const { data, problem, slow } = this.state;
    if (problem?.code === "unauthenticated") return this.#signedOut();
    if (data) return [problem && this.#problem(), this.content(data)];
    if (problem) return this.#problem();
    return slow && this.#skeletons();
  }

  /** The texts and counts of the class. @returns {typeof Loading} */
  get #of() {
    return /** @type {any} */ (this.constructor);
  }

  #skeletons() {
    const { text, count } = this.#of.slowly;
    const skeletons = Array.from({ length: count }, () => h("div", { class: "skeleton" }));
    return [h("p", { class: "hidden", role: "status" }, this.t(text)), ...skeletons];
  }

  #problem() {
    const { data, problem } = this.state;
    const offline = problem.code === "offline" && data;
    const { failed, unknown } = this.#of;
    const key = offline ? "offline" : problem.status === 404 && unknown;
    return h(
      "div",
      { key: "problem", class: "note danger failed stack tight", role: "alert", tabindex: "-1" },
      failed && !offline && h("p", null, h("strong", null, this.t(failed))),
      h("p", null, key ? this.t(key) : this.reason(problem)),
      h("div", null, button({ onclick: () => this.load(true) }, this.t("retry"))),
    );
  }

  #signedOut() {
    const to = this.getAttribute("sign-in-url");
    return h(
      "div",
      { key: "problem", class: "note stack tight failed", role: "alert", tabindex: "-1" },
      h("p", null, this.t("error_unauthenticated")),
      to && h("p", null, h("a", { class: "target", href: to }, this.t("sign_in"))),
    );
  }
}
