// Parts of a page, [data-renews], are replaced where they stand by those of the page that a choice leads to: a product's
// choices are links in [data-chooses], the filters of a list a form[data-filters] that is sent without a button. The address
// follows, the place on the page and the focus stay, and what became of it is said. Where anything fails, the browser goes
// there as it does without scripts.
const PATIENCE = 8_000;

const parts = () => [...document.querySelectorAll("[data-renews]")];
const addressOf = (url) => url.pathname + url.search;
let shown = addressOf(location);
let latest;

async function renew(to, { from, keep, goThere }) {
  latest?.abort();
  const turn = (latest = new AbortController());
  const late = setTimeout(() => turn.abort(), PATIENCE);
  for (const part of parts()) part.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(to, { signal: turn.signal, headers: { accept: "text/html" } });
    if (!answer.ok) throw new Error(`the page answers ${answer.status}`);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const url = new URL(answer.url);
    replace(page, from);
    shown = addressOf(url);
    keep?.(shown + location.hash);
    document.title = page.title;
    say();
  } catch {
    // unless something else was chosen meanwhile
    if (turn === latest) goThere();
  } finally {
    clearTimeout(late);
  }
}

function replace(page, from) {
  const pairs = parts().map((old) => [old, page.querySelector(`[data-renews="${old.dataset.renews}"]`)]);
  if (!pairs.length || pairs.some(([, fresh]) => !fresh)) throw new Error("another kind of page");
  const hadFocus = document.activeElement === from;
  const before = from?.getBoundingClientRect().top;
  for (const [old, fresh] of pairs) {
    if (old.hasAttribute("data-gallery") && pictures(old) === pictures(fresh)) {
      old.removeAttribute("aria-busy");
      continue;
    }
    keepAsItIs(old, fresh);
    old.replaceWith(document.adoptNode(fresh));
  }
  dispatchEvent(new Event("renewed"));
  const again = from && sameAs(from);
  if (!again) return;
  if (hadFocus) again.focus({ preventScroll: true });
  scrollBy({ top: again.getBoundingClientRect().top - before, behavior: "instant" });
}

const pictures = (gallery) => [...gallery.querySelectorAll("img")].map((img) => img.getAttribute("src")).join();

// What people did to the page is theirs: how many they want, and what they unfolded.
function keepAsItIs(old, fresh) {
  const [typed, field] = [old, fresh].map((part) => part.querySelector("[name=quantity]"));
  if (typed && field) field.value = Math.min(Number(typed.value) || 1, Number(field.max));
  const folds = new Map([...old.querySelectorAll("details")].map((fold) => [titleOf(fold), fold.open]));
  for (const fold of fresh.querySelectorAll("details")) fold.open = folds.get(titleOf(fold)) ?? fold.open;
}
const titleOf = (fold) => fold.querySelector("summary").textContent;

/** What stands where the element stood. */
function sameAs(element) {
  if (element.id) return document.getElementById(element.id);
  const alike = [...document.getElementsByName(element.name ?? "")];
  return alike.find((field) => field.value === element.value);
}

function say() {
  const words = document.querySelector("[data-said]")?.dataset.said;
  const place = document.querySelector("[data-says]");
  if (words && place) place.textContent = words;
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("[data-chooses] a.choice");
  const elsewhere = event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
  if (!link || elsewhere || event.defaultPrevented) return;
  event.preventDefault();
  // a choice is no step of the way here: "back" leads to where the shopper came from
  const keep = (address) => history.replaceState(history.state, "", address);
  renew(link.href.split("#")[0], { from: link, keep, goThere: () => location.assign(link.href) });
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  // a button that was pressed leads to the top of the results
  if (!form.matches("[data-filters]") || event.submitter || event.defaultPrevented) return;
  event.preventDefault();
  const asked = [...new FormData(form)].filter(([, value]) => value !== "");
  const to = `${form.action}?${new URLSearchParams(asked)}`;
  const keep = (address) => history.pushState(null, "", address);
  renew(to, { from: document.activeElement, keep, goThere: () => location.assign(to) });
});

// Back to other filters; the fragment alone changes nothing here.
addEventListener("popstate", () => {
  if (addressOf(location) !== shown && document.querySelector("[data-filters]"))
    renew(addressOf(location), { goThere: () => location.reload() });
});
