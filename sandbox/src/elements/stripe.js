// A stand-in for https://js.stripe.com/…/stripe.js: the few calls that a shop's page makes, with the answers Stripe documents.
(() => {
  const base = new URL(document.currentScript.src).origin;

  class Element {
    #listeners = {};
    constructor(options) {
      this.options = options;
      this.choice = null;
    }
    on(event, listener) {
      (this.#listeners[event] ??= []).push(listener);
      return this;
    }
    #tell(event, detail) {
      for (const listener of this.#listeners[event] ?? []) listener(detail);
    }
    mount(target) {
      const home = typeof target === "string" ? document.querySelector(target) : target;
      const query = new URLSearchParams({ client_secret: this.options.clientSecret });
      if (this.options.customerSessionClientSecret) query.set("customer_session", this.options.customerSessionClientSecret);
      const frame = document.createElement("iframe");
      frame.title = "Secure payment input frame";
      frame.src = `${base}/elements/payment?${query}`;
      frame.width = "100%";
      frame.height = "240";
      frame.style.border = "0";
      addEventListener("message", (message) => {
        if (message.source !== frame.contentWindow || message.origin !== base) return;
        const first = !this.choice;
        this.choice = message.data;
        if (first) this.#tell("ready", { elementType: "payment" });
        this.#tell("change", { complete: true });
      });
      frame.addEventListener("error", () => this.#tell("loaderror", { error: { message: "The frame did not load." } }));
      home.replaceChildren(frame);
    }
  }

  const ask = async (key, elements, returnUrl) => {
    const { choice, options } = elements.element;
    const form = new URLSearchParams({ key, client_secret: options.clientSecret, method: choice.method, return_url: returnUrl });
    if (choice.keep) form.set("keep", "yes");
    if (options.customerSessionClientSecret) form.set("customer_session", options.customerSessionClientSecret);
    const answer = await fetch(`${base}/elements/confirm`, { method: "POST", body: form });
    return answer.json();
  };

  window.Stripe = (key) => ({
    elements: (options) => ({
      create(kind) {
        if (kind !== "payment") throw new Error(`The stand-in has no element "${kind}".`);
        return (this.element = new Element(options));
      },
    }),
    async confirmPayment({ elements, confirmParams }) {
      if (!elements.element?.choice) return { error: { type: "validation_error", message: "Please choose how to pay." } };
      let answer;
      try {
        answer = await ask(key, elements, confirmParams.return_url);
      } catch {
        return { error: { type: "api_connection_error", message: "We could not reach the payment service." } };
      }
      if (answer.error) return answer;
      const intent = answer.paymentIntent;
      const back = new URL(confirmParams.return_url);
      back.searchParams.set("payment_intent", intent.id);
      back.searchParams.set("redirect_status", intent.status === "succeeded" ? "succeeded" : "pending");
      location.assign(intent.next_action?.redirect_to_url?.url ?? back);
      // As with Stripe, only an error ever comes back: otherwise the page is left.
      return new Promise(() => {});
    },
  });
  window.Stripe.version = "endive";
})();
