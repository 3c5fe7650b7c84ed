// The API as the elements use it. Usable without them.

/** What the API, or the network, refused. `code` is stable; `offline` where no answer came. */
export class Problem extends Error {
  /** @param {any} problem @param {number | null} [retryAfter] */
  constructor(problem, retryAfter = null) {
    super(problem.detail ?? problem.title ?? problem.code);
    this.status = problem.status ?? 0;
    /** @type {string} */
    this.code = problem.code ?? "failed";
    /** @type {string | null} */
    this.field = problem.field ?? null;
    /** @type {string | null} */
    this.pointer = problem.pointer ?? null;
    /** @type {string[]} */
    this.choices = problem.choices ?? [];
    this.retryAfter = retryAfter;
  }
}

/** How long an answer is waited for, in milliseconds. */
const PATIENCE = 70_000;

/** How many parts of a list are read at most: 1,000 integrations. */
const PARTS = 10;

export class Client {
  /**
   * @param {string} [api] `…/v1`, or `…/api/organizations/{id}`; relative to the document
   * @param {(() => Promise<string> | string) | null} [tokenProvider] gives the bearer where no cookie signs in
   */
  constructor(api = "/v1", tokenProvider = null) {
    const url = new URL(api || "/v1", document.baseURI).href.replace(/\/+$/, "");
    const organization = /^(.*)\/api\/organizations\/[^/]+$/.exec(url);
    this.organization = organization ? url : null;
    this.root = organization ? `${organization[1]}/v1` : url;
    this.tokenProvider = tokenProvider;
  }

  /** The integrations of the user, and the providers that can be connected. */
  async list() {
    const integrations = [];
    let providers = null;
    let cursor = null;
    for (let part = 0; part < PARTS; part += 1) {
      const query = cursor ? { cursor } : {};
      const url = this.organization ? `${this.organization}/integrations` : `${this.root}/integrations`;
      const page = await this.request("GET", url, { query });
      integrations.push(...page.integrations);
      providers ??= page.providers;
      cursor = page.next_cursor;
      if (!cursor) break;
    }
    providers ??= (await this.get("/providers")).providers;
    return { integrations, providers };
  }

  /** What agents can do with each integration. */
  async access() {
    return (await this.get("/access")).integrations;
  }

  async profiles() {
    return (await this.get("/profiles")).profiles;
  }

  /**
   * Begins a connect: where to go, and what a widget needs.
   *
   * @param {string} service
   * @param {{ challenge: string, integration_id?: string, return_to?: string }} query
   */
  authorize(service, query) {
    const of = this.#service(service);
    return this.request("GET", this.organization ? `${of}/auth_link` : `${of}/authorize`, { query });
  }

  /** @param {string} service @param {object} body finishes a connect */
  callback(service, body) {
    return this.request("POST", `${this.#service(service)}/callback`, { body });
  }

  /** @param {string} provider @param {object} body `fields`, or nothing for a one-time word */
  connect(provider, body) {
    return this.post(`/integrations/${encodeURIComponent(provider)}/connect`, body);
  }

  /** @param {any} integration */
  validate({ id, provider }) {
    if (!this.organization) return this.post(`/integrations/${id}/validate`);
    return this.request("POST", this.#service(provider), { query: { integration_id: id } });
  }

  /** @param {any} integration */
  disconnect({ id, provider }) {
    if (!this.organization) return this.request("DELETE", `${this.root}/integrations/${id}`);
    return this.request("DELETE", this.#service(provider), { query: { integration_id: id } });
  }

  /** @param {any} integration */
  test({ id }) {
    return this.post(`/integrations/${id}/test`);
  }

  /** @param {any} integration as it was seen @param {object} change */
  update({ id, version }, change) {
    return this.request("PATCH", `${this.root}/integrations/${id}`, { body: change, version });
  }

  /** A thread, what its flags unlock, and what of it works now. @param {string} id @param {string | null} [profile] */
  thread(id, profile) {
    return this.get(`/threads/${encodeURIComponent(id)}`, { profile_id: profile });
  }

  /** @param {string} id @param {object} flags all four @param {number} version that was seen */
  allow(id, flags, version) {
    const url = `${this.root}/threads/${encodeURIComponent(id)}/permissions`;
    return this.request("PUT", url, { body: flags, version });
  }

  /** The last calls of tools in a thread, the newest first. @param {string} thread @param {number} limit */
  async calls(thread, limit) {
    return (await this.get("/ledger", { thread_id: thread, action: "call", limit })).entries;
  }

  /** The predefined servers of tools of an organization. @returns {Promise<any[]>} */
  async mcps() {
    return (await this.request("GET", `${this.organization}/mcps`)).mcps;
  }

  /** Meetings that wait for a decision, the newest first. */
  async tasks() {
    const of = (/** @type {string} */ status) => this.get("/tasks", { status });
    const [pending, accepting] = await Promise.all([of("pending"), of("accepting")]);
    const counterparts = { ...pending.counterparts, ...accepting.counterparts };
    return [...pending.tasks, ...accepting.tasks].map((task) => ({ ...task, counterpart: counterparts[task.thread_id] }));
  }

  /** Books one of the proposed times. @param {string} id @param {string} start */
  accept(id, start) {
    return this.post(`/tasks/${id}/accept`, { start });
  }

  /** @param {string} id */
  decline(id) {
    return this.post(`/tasks/${id}/decline`);
  }

  /** @param {string} path below `/v1` @param {Record<string, any>} [query] */
  get(path, query) {
    return this.request("GET", this.root + path, { query });
  }

  /** @param {string} path below `/v1` @param {object} [body] */
  post(path, body) {
    return this.request("POST", this.root + path, { body });
  }

  /** @param {string} service */
  #service(service) {
    return `${this.organization ?? this.root}/integrations/${encodeURIComponent(service)}`;
  }

  /**
   * @param {string} method
   * @param {string} url
   * @param {{ query?: Record<string, any>, body?: object, version?: number }} [options]
   * @returns {Promise<any>}
   */
  async request(method, url, { query = {}, body, version } = {}) {
    const address = new URL(url);
    for (const [name, value] of Object.entries(query)) {
      if (value != null) address.searchParams.set(name, String(value));
    }
    /** @type {Record<string, string>} */
    const headers = { "X-Bailee-Request": "1", Accept: "application/json" };
    if (body) headers["Content-Type"] = "application/json";
    if (version != null) headers["If-Match"] = `"${version}"`;
    if (this.tokenProvider) headers.Authorization = `Bearer ${await this.tokenProvider()}`;
    const response = await this.#fetch(address, {
      method,
      headers,
      body: body && JSON.stringify(body),
      credentials: this.tokenProvider ? "omit" : "same-origin",
      redirect: "error",
      referrerPolicy: "no-referrer",
      signal: AbortSignal.timeout(PATIENCE),
    });
    const answer = await response.json().catch(() => null);
    if (!response.ok || answer === null) {
      const wait = Number(response.headers.get("Retry-After"));
      throw new Problem({ status: response.status, ...answer }, wait || null);
    }
    return answer;
  }

  /** @param {URL} address @param {RequestInit} options */
  async #fetch(address, options) {
    try {
      return await fetch(address, options);
    } catch {
      throw new Problem({ code: "offline" });
    }
  }
}

/** A verifier for a connect that this page begins, and its SHA-256 in hexadecimal digits. */
export async function proof() {
  const verifier = hex(crypto.getRandomValues(new Uint8Array(32)));
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  return { verifier, challenge: hex(new Uint8Array(digest)) };
}

/** @param {Uint8Array} bytes */
function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
