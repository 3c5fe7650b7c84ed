// Modal questions.

import { h } from "./dom.js";

/**
 * A modal dialog that opens when it comes into the page. Escape and `onclose` end it the same way; the focus goes back to
 * what had it.
 *
 * @param {{ key: string, title: string, onclose: () => void, class?: string }} options
 * @param {...import("./dom.js").Child} children
 */
export function dialog({ key, title, onclose, class: kind = "" }, ...children) {
  const id = `title-${key}`;
  const node = /** @type {HTMLDialogElement} */ (
    h(
      "dialog",
      {
        key: `dialog-${key}`,
        class: kind,
        part: "dialog",
        "aria-labelledby": id,
        oncancel: (/** @type {Event} */ event) => {
          event.preventDefault();
          onclose();
        },
        // A browser may close it without asking.
        onclose,
      },
      h("h2", { id }, title),
      ...children,
    )
  );
  requestAnimationFrame(() => {
    if (!node.isConnected || node.open) return;
    const root = /** @type {ShadowRoot} */ (node.getRootNode());
    const opener = root.activeElement;
    node.showModal();
    new MutationObserver((_, observer) => {
      if (node.isConnected) return;
      observer.disconnect();
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    }).observe(root, { childList: true, subtree: true });
  });
  return node;
}
