// [data-quantity]: a minus and a plus beside the number field.
function start(box) {
  const input = box.querySelector("input");
  const name = input.labels?.[0]?.textContent.trim() ?? "Quantity";
  const step = (sign, label, act) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "quantity__step";
    button.textContent = sign;
    button.setAttribute("aria-label", `${name}: ${label}`);
    button.addEventListener("click", () => {
      act();
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
    return button;
  };
  input.before(step("−", "one less", () => input.stepDown()));
  input.after(step("+", "one more", () => input.stepUp()));
}

function startAll() {
  for (const box of document.querySelectorAll("[data-quantity]")) if (!box.querySelector("button")) start(box);
}
startAll();
addEventListener("renewed", startAll);
