// <select data-submit> sends its form when something else is chosen by pointer.
// By keyboard one can pass over the options in peace: the form's [data-submit-button],
// out of sight until it is reached, sends it.
for (const select of document.querySelectorAll("select[data-submit]")) {
  const { form } = select;
  let byKey = false;
  form.querySelector("[data-submit-button]")?.classList.add("visually-hidden");
  select.addEventListener("keydown", () => (byKey = true));
  select.addEventListener("pointerdown", () => (byKey = false));
  select.addEventListener("change", () => byKey || form.requestSubmit());
}
