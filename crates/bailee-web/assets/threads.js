// What the other side of a thread may do.

import { calls } from "./calls.js";
import { Problem } from "./client.js";
import { dialog } from "./dialog.js";
import { button, h } from "./dom.js";
import { define, icon } from "./element.js";
import { Loading } from "./loading.js";
import { short } from "./agents.js";

/** @typedef {"can_request_meetings" | "can_query_availability" | "can_post_on_my_behalf" | "can_view_full_profile"} Flag */

/** @type {Flag[]} */
const FLAGS = ["can_request_meetings", "can_query_availability", "can_post_on_my_behalf", "can_view_full_profile"];

/** Unlocks what acts as the owner: asked for twice. */
const ACT = "can_post_on_my_behalf";

const CALLS = 20;

/** `<bailee-thread-permissions thread-id [profile-id]>` */
export class ThreadElement extends Loading {
  static unknown = "thread_unknown";

  /** One change after the other: each is made to what the one before left. @type {Promise<void>} */
  #last = Promise.resolve();

  get #id() {
    return this.getAttribute("thread-id") ?? "";
  }

  async fetch() {
    const [thread] = await Promise.all([
      this.client.thread(this.#id, this.getAttribute("profile-id")),
      this.readCalls(),
    ]);
    return thread;
  }

  /** Calls that cannot be read leave the switches usable. */
  async readCalls() {
    const id = this.#id;
    const entries = await this.client.calls(id, CALLS).catch(() => null);
    if (id === this.#id) this.update({ calls: entries });
  }

  /** @param {any} thread */
  content(thread) {
    const some = FLAGS.some((flag) => thread.permissions[flag]);
    const name = thread.counterpart?.name ?? this.t("counterpart");
    const [before, after] = this.t("thread_title", { name: "\0" }).split("\0");
    return [
      h(
        "header",
        { class: "stack tight" },
        h(
          "div",
          { class: "row" },
          h("h2", { id: "title", tabindex: "-1" }, before, h("bdi", null, name), after),
          this.#verified(thread),
        ),
        h("p", { class: "muted" }, this.t("nothing_shared")),
      ),
      h(
        "div",
        { class: "card", part: "card" },
        h(
          "ul",
          { class: "lines first" },
          FLAGS.map((flag) => h("li", { key: flag, class: "setting" }, this.#setting(thread, flag))),
        ),
        some && h("div", { key: "off" }, button({ onclick: () => this.#allOff() }, this.t("all_off"))),
      ),
      calls(this),
      this.state.confirming && this.#confirm(thread, name),
    ];
  }

  /** @param {any} thread */
  #verified({ counterpart }) {
    return (
      counterpart?.verified && h("span", { class: "badge valid", part: "badge" }, icon("check"), this.t("verified"))
    );
  }

  /** @param {any} thread @param {Flag} flag */
  #setting(thread, flag) {
    const { tools, missing } = thread.flags[flag];
    const props = {
      id: flag,
      type: "checkbox",
      role: "switch",
      checked: thread.permissions[flag],
      "aria-describedby": `${flag}-help`,
      onchange: () => this.#ask(flag, !thread.permissions[flag]),
    };
    return [
      h("label", { for: flag }, this.t(flag)),
      h("input", props),
      h(
        "div",
        { class: "detail small" },
        h("p", { id: `${flag}-help`, class: "muted" }, this.t(`${flag}_help`)),
        tools.length > 0 && h("p", { key: "tools" }, this.t("unlocks", { tools: short(this.language, titles(tools)) })),
        missing.length > 0 && this.#missing(missing),
        this.#outcome(thread, flag),
      ),
    ];
  }

  /** @param {{ name: string }[]} missing */
  #missing(missing) {
    const names = this.language.list(missing.map(({ name }) => name));
    const href = this.getAttribute("href") ?? "/integrations";
    return h(
      "p",
      { key: "missing" },
      h("a", { class: "target", href }, this.t("not_connected", { count: missing.length, names })),
    );
  }

  /** What became of the last change of a switch. @param {any} thread @param {Flag} flag */
  #outcome(thread, flag) {
    const { outcome } = this.state;
    if (outcome?.flag !== flag) return null;
    const undo = () => this.#ask(flag, !thread.permissions[flag]);
    return h(
      "p",
      { key: "outcome", class: outcome.failed ? "row problem" : "row" },
      outcome.text,
      outcome.saved && button({ class: "quiet link", "aria-describedby": flag, onclick: undo }, this.t("undo")),
    );
  }

  /** @param {any} thread @param {string} name */
  #confirm(thread, name) {
    const { tools } = thread.flags[ACT];
    const close = () => this.update({ confirming: false });
    const allow = () => {
      close();
      this.#change(ACT, { [ACT]: true });
    };
    return dialog(
      { key: "act", title: this.t("act_title", { name }), onclose: close },
      h(
        "div",
        { class: "stack" },
        h("p", null, this.t(`${ACT}_help`)),
        !thread.counterpart?.verified && h("p", { class: "note" }, this.t("act_unverified", { name })),
        h("p", { id: "act-tools" }, this.t(tools.length > 0 ? "act_tools" : "act_tools_none", { count: tools.length })),
        tools.length > 0 && h("ul", { class: "chips", "aria-labelledby": "act-tools" }, titles(tools).map(chip)),
        thread.flags[ACT].missing.length > 0 && this.#missing(thread.flags[ACT].missing),
        h(
          "div",
          { class: "row end" },
          button({ autofocus: true, onclick: close }, this.t("cancel")),
          button({ class: "danger", onclick: allow }, this.t("act_confirm")),
        ),
      ),
    );
  }

  /** @param {Flag} flag @param {boolean} on */
  #ask(flag, on) {
    if (on && flag === ACT) this.update({ confirming: true, outcome: null });
    else this.#change(flag, { [flag]: on });
  }

  #allOff() {
    return this.#change(null, Object.fromEntries(FLAGS.map((flag) => [flag, false])));
  }

  /** @param {Flag | null} flag null: all @param {Record<string, boolean>} change */
  #change(flag, change) {
    this.#last = this.#last.then(() => this.#save(flag, change));
    return this.#last;
  }

  /** @param {Flag | null} flag @param {Record<string, boolean>} change */
  async #save(flag, change) {
    const { data: thread } = this.state;
    if (!thread) return;
    const id = this.#id;
    const { version, ...before } = thread.permissions;
    const show = (/** @type {object} */ permissions, /** @type {object} */ outcome) => {
      if (id === this.#id) this.update({ data: { ...thread, permissions }, outcome: { flag, ...outcome } });
    };
    show({ ...before, ...change, version }, { text: this.t("saving") });
    try {
      const permissions = await this.client.allow(id, { ...before, ...change }, version);
      show(permissions, { text: this.t("flag_saved"), saved: true });
      this.#told(flag, flag ? permissions[flag] : false);
    } catch (error) {
      const text = this.t("flag_failed", { reason: this.reason(error) });
      show({ ...before, version }, { text, failed: true });
      await this.#refused(error, text);
    }
    await this.readCalls();
  }

  /** @param {Flag | null} flag @param {boolean} on */
  #told(flag, on) {
    if (flag) return this.say(this.t(on ? "flag_on" : "flag_off", { label: this.t(flag) }));
    this.say(this.t("all_off_done"));
    return this.focusOn("#title");
  }

  /** What was tried is undone, and what is so is shown. @param {unknown} error @param {string} text */
  async #refused(error, text) {
    const problem = error instanceof Problem ? error : null;
    this.emit("error", { code: problem?.code ?? "failed" });
    this.say(problem?.code === "stale" ? this.t("error_stale") : text);
    if (problem && [401, 404, 412].includes(problem.status)) await this.load();
  }
}

/** @param {{ name: string, title: string }[]} tools */
function titles(tools) {
  return tools.map(({ title, name }) => title || name);
}

/** @param {string} title */
function chip(title) {
  return h("li", { class: "small" }, title);
}

define("bailee-thread-permissions", ThreadElement);
