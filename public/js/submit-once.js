// A form is sent once: the pressed button shows that it is busy, a second press does nothing.
// The server is safe against repeats anyway; this spares people the doubt.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  event.submitter?.setAttribute("aria-busy", "true");
  // Should the answer never come, the form can be tried again.
  setTimeout(release, 10_000);
});

function release() {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  for (const button of document.querySelectorAll("button[aria-busy]")) button.removeAttribute("aria-busy");
}

// A page that the Back button brings out of memory is fresh again.
addEventListener("pageshow", (event) => event.persisted && release());
