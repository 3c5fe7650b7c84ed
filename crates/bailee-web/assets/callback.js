// The page that a consent page leads back to.

import { Arrival } from "./arrival.js";
import { Problem } from "./client.js";
import { recall } from "./connect.js";
import { define } from "./element.js";

/** `<bailee-callback service>` */
export class Callback extends Arrival {
  async begin() {
    const query = new URL(location.href).searchParams;
    // Nothing of it is to stay in the address, in a history or in a referrer.
    history.replaceState(null, "", location.pathname);
    const [code, state] = [query.get("code"), query.get("state")];
    const { verifier, name, integration } = recall(state ?? "", this.service);
    const word = /^[a-z_]{1,40}$/.exec(query.get("error") ?? "")?.[0];
    this.update({ name, integration, word });
    if (code && state) return this.finish({ code, state, verifier });
    this.fail(new Problem({ code: word ? "consent_denied" : "link_invalid" }));
  }
}

define("bailee-callback", Callback);
