// <form data-asks>: who leaves the page while something in it is changed and not sent, is asked first by the browser:
// by a link, another form of the page, the address bar, the back button. data-asks="changed" was changed before it came.
// A link with data-discards says itself that nothing is kept.
const forms = [...document.querySelectorAll("form[data-asks]")];
let leaving = false;

const chosen = (select) => [...select.options].map((option) => option.selected);
const initial = (select) => {
  const marked = [...select.options].map((option) => option.defaultSelected);
  // where none is marked, a list shows its first one
  return select.multiple || marked.includes(true) ? marked : marked.map((_, n) => n === 0);
};

// Compared with what the page came with, so that what the browser fills in again after "back" counts as typed.
const isTouched = (field) => {
  if (field.disabled) return false;
  if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
  if (field.type === "file") return field.files.length > 0;
  if (field.tagName === "SELECT") return String(chosen(field)) !== String(initial(field));
  return "defaultValue" in field && field.value !== field.defaultValue;
};
const isChanged = (form) => form.dataset.asks === "changed" || [...form.elements].some(isTouched);

addEventListener("beforeunload", (event) => {
  if (!leaving && forms.some(isChanged)) event.preventDefault();
});
addEventListener("pageshow", () => (leaving = false));

// Sending a form is no loss; but what is changed in another one of the page would be.
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented) return;
  leaving = forms.every((form) => form === event.target || !isChanged(form));
});
document.addEventListener("click", (event) => {
  if (event.target.closest?.("a[data-discards]")) leaving = true;
});
