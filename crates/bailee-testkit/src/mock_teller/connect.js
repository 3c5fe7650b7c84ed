// Stands in for Teller Connect: the same global, whose window is a page of the mock in a frame.
(() => {
  "use strict";

  const origin = new URL(document.currentScript.src).origin;

  // What is told to the page in the frame. `page` is where that may send its messages.
  function address(options) {
    const url = new URL("/connect/frame", origin);
    for (const name of ["applicationId", "environment", "selectAccount", "institution", "enrollmentId", "nonce"]) {
      if (options[name] !== undefined) url.searchParams.set(name, options[name]);
    }
    url.searchParams.set("products", (options.products ?? []).join(","));
    url.searchParams.set("page", location.origin);
    return url.href;
  }

  function setup(options) {
    if (!options?.applicationId || typeof options.onSuccess !== "function") {
      throw new TypeError("TellerConnect.setup wants an applicationId and onSuccess");
    }
    let frame = null;

    function close() {
      frame?.remove();
      frame = null;
    }

    function receive({ data, origin: sender, source }) {
      if (sender !== origin || frame === null || source !== frame.contentWindow) return;
      if (data.event === "init") options.onInit?.();
      if (data.event === "exit") {
        close();
        options.onExit?.();
      }
      if (data.event === "success") {
        close();
        options.onSuccess(data.enrollment);
      }
    }

    window.addEventListener("message", receive);
    return {
      open() {
        if (frame !== null) return;
        frame = document.createElement("iframe");
        frame.title = "Teller Connect";
        frame.src = address(options);
        Object.assign(frame.style, {
          position: "fixed", inset: "0", width: "100%", height: "100%", border: "0", background: "#fff", zIndex: "2147483647",
        });
        document.body.append(frame);
        frame.focus();
      },
      destroy() {
        close();
        window.removeEventListener("message", receive);
      },
    };
  }

  window.TellerConnect = { setup };
})();
