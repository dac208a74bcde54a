// <select data-submit> sends its form when something else is chosen by pointer.
// The form's [data-submit-button] goes away; by keyboard the choice is sent on Enter or on leaving,
// so that arrow keys can pass over the options in peace.
for (const select of document.querySelectorAll("select[data-submit]")) {
  const { form } = select;
  const initial = select.value;
  let byKey = false;
  const send = () => select.value !== initial && form.requestSubmit();

  form.querySelector("[data-submit-button]")?.setAttribute("hidden", "");
  select.addEventListener("keydown", (event) => {
    byKey = event.key !== "Tab";
    if (event.key === "Enter") send();
  });
  select.addEventListener("pointerdown", () => (byKey = false));
  select.addEventListener("change", () => byKey || send());
  select.addEventListener("blur", () => byKey && send());
}
