// [data-update]: a choice on which the total depends; made by pointer, it presses the form's
// [data-update-button] at once. By keyboard one can pass over the choices in peace.
for (const choice of document.querySelectorAll("[data-update]")) {
  let byPointer = false;
  (choice.labels?.[0] ?? choice).addEventListener("pointerdown", () => (byPointer = true));
  choice.addEventListener("keydown", () => (byPointer = false));
  choice.addEventListener("change", () => {
    const button = choice.form.querySelector("[data-update-button]");
    if (byPointer && button) choice.form.requestSubmit(button);
  });
}
