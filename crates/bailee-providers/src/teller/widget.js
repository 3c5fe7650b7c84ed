// Opens Teller Connect on the page for widgets, which has loaded Teller's own script before.

/**
 * What Teller calls each of the words that our server hands over.
 * @type {ReadonlyArray<readonly [ours: string, theirs: string]>}
 */
const OPTIONS = [
  ["application_id", "applicationId"],
  ["enrollment_id", "enrollmentId"],
  ["environment", "environment"],
  ["nonce", "nonce"],
  ["products", "products"],
  ["select_account", "selectAccount"],
];

/**
 * @param {object} page
 * @param {Record<string, unknown>} page.widget what the server handed over
 * @param {(fields: unknown) => void} page.onDone takes what has to go back to the server
 * @param {() => void} page.onClosed called when the user leaves
 */
export default function open({ widget, onDone, onClosed }) {
  /** @type {Record<string, unknown>} */
  const options = { onSuccess: onDone, onExit: onClosed };
  for (const [ours, theirs] of OPTIONS) {
    if (Object.hasOwn(widget, ours)) options[theirs] = widget[ours];
  }
  /** @type {any} */ (globalThis).TellerConnect.setup(options).open();
}
