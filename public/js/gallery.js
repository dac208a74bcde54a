// [data-gallery]: thumbnails turn to their picture without moving the page or the history,
// and the one shown is marked, however it was reached.
const started = new WeakSet();

function start(gallery) {
  started.add(gallery);
  const stage = gallery.querySelector(".gallery__stage");
  const thumbs = [...gallery.querySelectorAll(".gallery__thumb")];
  const mark = (id) => {
    for (const thumb of thumbs) {
      if (thumb.hash === `#${id}`) thumb.setAttribute("aria-current", "true");
      else thumb.removeAttribute("aria-current");
    }
  };

  for (const thumb of thumbs) {
    thumb.addEventListener("click", (event) => {
      const picture = document.getElementById(thumb.hash.slice(1));
      if (!picture) return;
      event.preventDefault();
      stage.scrollTo({ left: picture.offsetLeft - stage.offsetLeft });
    });
  }

  const seen = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) if (entry.isIntersecting) mark(entry.target.id);
    },
    { root: stage, threshold: 0.6 },
  );
  for (const picture of stage.children) seen.observe(picture);
}

function startAll() {
  for (const gallery of document.querySelectorAll("[data-gallery]")) if (!started.has(gallery)) start(gallery);
}
startAll();
addEventListener("renewed", startAll);
