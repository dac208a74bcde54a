// The checkout: what was typed is kept with the cart when the page is left by a link, or closed.
const mark = document.querySelector("[data-keep]");
const form = mark?.form;
if (form) {
  const typed = () => new URLSearchParams(new FormData(form)).toString();
  let kept = typed();
  let isSent = false;
  form.addEventListener("submit", () => (isSent = true));
  const keep = () => {
    const now = typed();
    if (isSent || now === kept) return;
    kept = now;
    navigator.sendBeacon(mark.dataset.keep, new URLSearchParams(now));
  };
  addEventListener("pagehide", keep);
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && keep());
  // A page that the Back button brings out of memory is open again.
  addEventListener("pageshow", (event) => event.persisted && (isSent = false));
}
