// What the buttons of a card do.

import { Problem } from "./client.js";
import { leave, widgetPage } from "./connect.js";

/** How long a browser may take to leave, in milliseconds: then the button works again. */
const LEAVING = 10_000;

/** @typedef {import("./integrations.js").Integrations} Page */

/**
 * Connects, or with a row reconnects, in the way of the provider.
 *
 * @param {Page} page @param {any} provider @param {any} [row]
 */
export function connect(page, provider, row) {
  const service = page.only && !row ? page.only : provider.provider;
  if (provider.connect === "form") return page.update({ dialog: { kind: "form", provider, row } });
  return page.run(row?.id ?? provider.provider, row ? "reconnect" : "connect", async () => {
    if (provider.connect === "pairing") return pair(page, provider, row);
    if (provider.connect === "widget") open(widgetPage(page.page, provider.provider, row?.id), "_top");
    else await leave(page, service, { name: provider.name, integration: row?.id });
    await new Promise((resolve) => setTimeout(resolve, LEAVING));
  });
}

/** @param {Page} page @param {any} provider @param {any} row */
async function pair(page, provider, row) {
  try {
    const { link } = await page.client.connect(provider.provider, {});
    page.update({ dialog: { kind: "link", provider, row, link } });
  } catch (error) {
    const formOnly = error instanceof Problem && error.code === "unsupported" && provider.form;
    if (!formOnly) throw error;
    page.update({ dialog: { kind: "form", provider, row } });
  }
}

/** @param {Page} page @param {any} provider @param {any} row */
export function validate(page, provider, row) {
  return page.run(row.id, "validate", async () => {
    const { integration } = await page.client.validate(row);
    page.replace(integration);
    page.say(page.t(`validated_${integration.status}`, provider));
    page.emit("validated", { provider: provider.provider, status: integration.status });
  });
}

/** @param {Page} page @param {any} provider @param {any} row */
export function sendTest(page, provider, row) {
  return page.run(row.id, "test", async () => {
    const { status, latency_ms: latency } = await page.client.test(row);
    page.say(page.t(`tested_${status}`, { ...provider, latency }));
  });
}

/** @param {Page} page @param {any} provider @param {any} row @param {boolean} enabled */
export function turn(page, provider, row, enabled) {
  return page.run(row.id, "turn", async () => {
    page.replace(await page.client.update(row, { enabled }));
    page.say(page.t(enabled ? "turned_on" : "turned_off", provider));
  });
}

/** @param {Page} page @param {any} row */
export function makeDefault(page, row) {
  return page.run(row.id, "default", async () => {
    page.replace(await page.client.update(row, { is_default: true }));
    page.say(page.t("default_set", { account: accountOf(row) }));
    // Another one is not the default any more.
    await page.load();
  });
}

/** An account for people. @param {any} row @returns {string} */
export function accountOf(row) {
  return row.account_label ?? row.oauth_user_id;
}
