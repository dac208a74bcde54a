// <select data-submit> sends its form when something else is chosen by pointer.
// By keyboard one can pass over the options in peace: the form's [data-submit-button],
// out of sight until it is reached, sends it.
// <input type="checkbox" data-submit> sends it when it is ticked, however.
const started = new WeakSet();

function start(field) {
  started.add(field);
  const { form } = field;
  let byKey = false;
  if (field.tagName === "SELECT") {
    const button = [...form.elements].find((element) => element.hasAttribute("data-submit-button"));
    button?.classList.add("visually-hidden");
    field.addEventListener("keydown", () => (byKey = true));
    field.addEventListener("pointerdown", () => (byKey = false));
  }
  field.addEventListener("change", () => byKey || form.requestSubmit());
}

function startAll() {
  for (const field of document.querySelectorAll("[data-submit]")) if (!started.has(field)) start(field);
}
startAll();
addEventListener("renewed", startAll);
