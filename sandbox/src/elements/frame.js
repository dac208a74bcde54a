const tell = () => {
  const method = document.querySelector("input[name=method]:checked")?.value;
  const keep = document.querySelector("input[name=keep]")?.checked ?? false;
  // only what the shop may know travels: which button, never a card
  parent.postMessage({ method, keep }, "*");
};
document.addEventListener("change", tell);
tell();
