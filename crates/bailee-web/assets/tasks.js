// Meetings that agents, or others through them, propose: to accept or to decline.

import { nameOf } from "./agents.js";
import { Problem } from "./client.js";
import { button, h } from "./dom.js";
import { define } from "./element.js";
import { Loading } from "./loading.js";

/**
 * @typedef {{ id: string, profile_id: string, thread_id: string | null, title: string, slots: string[],
 *   duration_minutes: number, status: string, counterpart?: { name: string, verified: boolean } }} Task
 * @typedef {{ text: string, link?: string, done?: boolean, open?: boolean }} Result what became of a decision; `open`: it
 *   can be taken again
 */

/** `<bailee-tasks [thread-id]>` */
export class TasksElement extends Loading {
  async fetch() {
    const [tasks, profiles] = await Promise.all([this.client.tasks(), this.client.profiles().catch(() => [])]);
    const thread = this.getAttribute("thread-id");
    return { tasks: tasks.filter((task) => !thread || task.thread_id === thread), profiles };
  }

  start() {
    const started = super.start();
    this.state.results = {};
    this.state.chosen = {};
    return started;
  }

  /** @param {{ tasks: Task[], profiles: import("./agents.js").Profile[] }} data */
  content({ tasks, profiles }) {
    const refresh = async () => {
      this.update({ results: {} });
      await this.load(true);
      this.tell(this.t("refreshed"));
    };
    return [
      h(
        "header",
        { class: "spread" },
        h("h2", { id: "title", tabindex: "-1" }, this.t("tasks")),
        button({ onclick: refresh }, this.t("tasks_refresh")),
      ),
      tasks.length === 0 && h("p", { key: "none", class: "muted" }, this.t("tasks_none")),
      tasks.length > 0 &&
        h(
          "ul",
          { key: "list", class: "stack" },
          tasks.map((task) => h("li", { key: task.id }, this.#card(task, profiles))),
        ),
    ];
  }

  /** @param {Task} task @param {import("./agents.js").Profile[]} profiles */
  #card(task, profiles) {
    const name = nameOf(profiles, task.profile_id);
    const result = this.state.results[task.id];
    const who = task.counterpart?.name ?? this.t("counterpart");
    const by = this.t(task.thread_id ? "task_by_thread" : "task_by_agent", { name, who });
    return h(
      "article",
      { class: "card stack tight", part: "card", id: `task-${task.id}`, "aria-labelledby": `of-${task.id}` },
      h("h3", { id: `of-${task.id}` }, h("bdi", null, task.title)),
      h("p", { class: "muted small" }, `${by} · ${this.language.minutes(task.duration_minutes)}`),
      (!result || result.open) && (task.status === "accepting" ? this.#booking() : this.#choice(task, name)),
      result && this.#result(result),
    );
  }

  #booking() {
    return h("p", { key: "booking" }, this.t("booking"));
  }

  /** @param {Result} result */
  #result({ text, link, open, done }) {
    return h(
      "p",
      { key: "result", class: `note result ${open ? "danger" : done ? "success" : ""}`, tabindex: "-1" },
      text,
      link && [
        " ",
        h(
          "a",
          { class: "target", href: link, target: "_blank", rel: "noopener noreferrer" },
          this.t("task_open_event"),
        ),
      ],
    );
  }

  /** @param {Task} task @param {string} name */
  #choice(task, name) {
    const busy = this.state.busy === task.id;
    const props = { "aria-describedby": `of-${task.id}`, "aria-disabled": String(busy) };
    const slot = this.#slot(task);
    const accept = () => slot && this.#decide(task, "accept", () => this.#accept(task, slot, name));
    const decline = () => this.#decide(task, "decline", () => this.#decline(task));
    return h(
      "div",
      { key: "choice", class: "stack tight" },
      this.#slots(task),
      h(
        "div",
        { class: "row" },
        slot && button({ ...props, key: "accept", class: "primary", onclick: accept }, this.t("accept")),
        button({ ...props, key: "decline", onclick: decline }, this.t("decline")),
        busy && h("span", { key: "busy", class: "muted" }, this.t("working")),
      ),
    );
  }

  /** The chosen beginning: at first the first that is not over. @param {Task} task @returns {string | undefined} */
  #slot({ id, slots }) {
    return this.state.chosen[id] ?? slots.find((slot) => Date.parse(slot) > Date.now());
  }

  /** @param {Task} task */
  #slots(task) {
    const slot = this.#slot(task);
    if (!slot) return h("p", { key: "over" }, this.t("task_over"));
    const choose = (/** @type {string} */ at) => this.update({ chosen: { ...this.state.chosen, [task.id]: at } });
    const one = (/** @type {string} */ at) => {
      const over = Date.parse(at) <= Date.now();
      const name = `slot-${task.id}`;
      const input = h("input", {
        type: "radio",
        name,
        checked: at === slot,
        disabled: over,
        onchange: () => choose(at),
      });
      const when = h("time", { datetime: at }, this.language.span(at, task.duration_minutes));
      return h("label", { class: "choice", key: at }, task.slots.length > 1 && input, over ? h("s", null, when) : when);
    };
    return h(
      "fieldset",
      { key: "slots" },
      h("legend", { class: "muted small" }, this.t("task_when", { count: task.slots.length })),
      task.slots.map(one),
    );
  }

  /** @param {Task} task @param {"accept" | "decline"} decision @param {() => Promise<Result>} act */
  async #decide(task, decision, act) {
    if (this.state.busy) return;
    this.update({ busy: task.id });
    const result = await act().then(
      (result) => {
        this.emit("task-decided", { id: task.id, decision });
        return { ...result, done: true };
      },
      (error) => this.#refused(task, decision, error),
    );
    this.update({ busy: null, results: { ...this.state.results, [task.id]: result } });
    await this.focusOn(`#task-${task.id} .result`);
  }

  /** @param {Task} task @param {string} slot @param {string} name @returns {Promise<Result>} */
  async #accept(task, slot, name) {
    const { booked } = await this.client.accept(task.id, slot);
    if (!booked) return { text: this.t("task_not_booked", { name }) };
    const link = booked.event?.html_link;
    return { text: this.t("task_accepted"), link: /^https:/.test(link) ? link : undefined };
  }

  /** @param {Task} task @returns {Promise<Result>} */
  async #decline(task) {
    await this.client.decline(task.id);
    return { text: this.t("task_declined") };
  }

  /**
   * What is so now tells what became of it: a request may have arrived whose answer did not.
   *
   * @param {Task} task @param {"accept" | "decline"} decision @param {unknown} error @returns {Promise<Result>}
   */
  async #refused(task, decision, error) {
    const problem = error instanceof Problem ? error : null;
    const reason = this.reason(error);
    this.emit("error", { code: problem?.code ?? "failed" });
    if (problem?.status === 401) this.update({ problem });
    if (problem?.code === "decided" || problem?.status === 404) return { text: reason };
    const tasks = await this.client.tasks().catch(() => null);
    if (!tasks || decision === "decline") return { text: reason, open: true };
    const now = tasks.find(({ id }) => id === task.id);
    if (now?.status === "accepting") return { text: this.t("booking") };
    return now ? { text: this.t("task_open", { reason }), open: true } : { text: this.t("task_unknown") };
  }
}

define("bailee-tasks", TasksElement);
