// Paying in place, with Stripe's own form in a frame of Stripe's. Where this does not run, or anything fails, the button to
// Stripe's page is there and works.

// On the checkout: whoever runs scripts may pay here.
for (const field of document.querySelectorAll("[data-pays-in-place]")) field.value = field.dataset.paysInPlace;

const box = document.querySelector("[data-pay-here]");
if (box) start(box).catch((error) => giveUp(box, error));

async function start(box) {
  // the script first: without it the payment page that is open elsewhere stays open
  await load(box.dataset.script);
  if (!window.Stripe) throw new Error("Stripe's script defines nothing");
  const answer = await fetch(box.dataset.intent, {
    method: "POST",
    headers: { accept: "application/json" },
    body: new URLSearchParams({ number: box.dataset.number, key: box.dataset.key }),
  });
  if (!answer.ok) throw new Error(`no payment to make here (${answer.status})`);
  const { clientSecret, customerSession, publishableKey, returnUrl } = await answer.json();

  const stripe = window.Stripe(publishableKey);
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const options = { clientSecret, appearance: { theme: dark ? "night" : "stripe" } };
  if (customerSession) options.customerSessionClientSecret = customerSession;
  const elements = stripe.elements(options);
  const element = elements.create("payment");
  const button = box.querySelector("button");
  const ready = new Promise((resolve, reject) => {
    element.on("ready", resolve);
    element.on("loaderror", ({ error }) => reject(new Error(error?.message)));
    setTimeout(() => reject(new Error("the form did not come")), 20_000);
  });
  box.hidden = false;
  element.mount(box.querySelector("[data-element]"));
  await ready;
  button.disabled = false;
  box.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    pay(box, button, () => stripe.confirmPayment({ elements, confirmParams: { return_url: returnUrl } }));
  });
}

async function pay(box, button, confirm) {
  const alert = box.querySelector("[data-alert]");
  button.disabled = true;
  button.setAttribute("aria-busy", "true");
  alert.hidden = true;
  try {
    // only comes back with an error; otherwise Stripe leads on to the order
    const { error } = await confirm();
    alert.textContent = error?.message ?? box.dataset.refused;
  } catch {
    alert.textContent = box.dataset.unclear;
  }
  alert.hidden = false;
  button.disabled = false;
  button.removeAttribute("aria-busy");
}

function load(address) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address;
    script.addEventListener("load", resolve);
    script.addEventListener("error", () => reject(new Error("Stripe's script did not load")));
    document.head.append(script);
  });
}

function giveUp(box, error) {
  console.info(`Paying in place is not possible: ${error.message}`);
  box.hidden = true;
}
