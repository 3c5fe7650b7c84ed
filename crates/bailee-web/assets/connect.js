// Begins connects that leave the page, and remembers what proves that this tab began them.

import { proof } from "./client.js";

const PREFIX = "bailee:";

/**
 * @typedef {object} Flow what a tab keeps of a connect that it began
 * @property {string} [verifier]
 * @property {string} [name] of the provider, for people
 * @property {string} [integration] the one to reconnect
 */

/**
 * Sends the browser to the provider's consent page.
 *
 * @param {import("./element.js").Element} element
 * @param {string} service the key of a provider or one of its aliases
 * @param {Flow} flow
 */
export async function leave(element, service, flow) {
  const { verifier, challenge } = await proof();
  const { url } = await element.client.authorize(service, { challenge, integration_id: flow.integration });
  remember(stateOf(url) ?? service, { ...flow, verifier });
  // A framed page cannot show the provider's, which refuses frames.
  open(url, "_top");
}

/**
 * Where the page of a provider's widget is.
 *
 * @param {string} list @param {string} service @param {string} [integration]
 */
export function widgetPage(list, service, integration) {
  const url = new URL(`${list.replace(/\/+$/, "")}/${encodeURIComponent(service)}/widget`, document.baseURI);
  if (integration) url.searchParams.set("integration_id", integration);
  return url.href;
}

/** @param {string} url */
function stateOf(url) {
  return new URL(url).searchParams.get("state");
}

/**
 * Keeps the newest flow alone: what was begun before and never finished leaves nothing behind. Another tab has a
 * storage of its own.
 *
 * @param {string} state
 * @param {Flow} flow
 */
function remember(state, flow) {
  for (const key of Object.keys(sessionStorage)) if (key.startsWith(PREFIX)) sessionStorage.removeItem(key);
  sessionStorage.setItem(PREFIX + state, JSON.stringify(flow));
}

/** What was kept of a flow, once. @param {string} state @param {string} service @returns {Flow} */
export function recall(state, service) {
  for (const key of [PREFIX + state, PREFIX + service]) {
    const kept = sessionStorage.getItem(key);
    sessionStorage.removeItem(key);
    if (kept) return JSON.parse(kept);
  }
  return {};
}
