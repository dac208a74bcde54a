// What is open stays as things are. Parts of a page say what they follow, [data-live="order:… =version …"], with a ticket that
// the shop signed; the shop tells the versions of now, and a part whose version is another one is read anew where it stands. What
// somebody types or has the focus of is left alone until they are done. Nothing here is needed: a page that is loaded again
// shows the same.
const PATIENCE = 8_000;
const COME_BACK_AFTER = 30_000;
/** A tab that is not looked at gives its connection back after so long. */
const HIDDEN_FOR = 15_000;

const parts = () => [...document.querySelectorAll("[data-live]")];
const versionsOf = (part) => new Map(part.dataset.live.split(" ").map((pair) => pair.split(/=(.*)/s).slice(0, 2)));
/** The first half of a version says whether a part has to be read anew. */
const half = (version) => version.split(".")[0];

let source;
let asked = "";
let stopped = false;
let planned;
let waiting = false;
const heard = new Map();
/** Up to where the log of notifications was heard. */
let last;

function follow() {
  const tickets = [...new Set(parts().map((part) => part.dataset.ticket))].filter(Boolean);
  const address = `/live?${tickets.map((ticket) => `t=${encodeURIComponent(ticket)}`).join("&")}`;
  if (stopped || document.hidden || !tickets.length || (source && asked === address)) return;
  leave();
  asked = address;
  source = new EventSource(last ? `${address}&after=${encodeURIComponent(last)}` : address);
  source.addEventListener("notification", ({ data, lastEventId }) => {
    last = lastEventId;
    say(JSON.parse(data).text);
  });
  source.onmessage = ({ data }) => learn(JSON.parse(data));
  source.addEventListener("end", () => {
    stopped = true;
    leave();
  });
  // browsers come back by themselves from a connection that broke, not from an answer that refused
  source.onerror = () => {
    if (source?.readyState !== EventSource.CLOSED) return;
    leave();
    setTimeout(follow, COME_BACK_AFTER * (1 + Math.random()));
  };
}

function leave() {
  source?.close();
  source = undefined;
}

function learn({ topic, version, parts: texts = {}, spreadMs = 0 }) {
  heard.set(topic, version);
  for (const [place, { text, look }] of Object.entries(texts)) put(place, text, look);
  if (parts().some((part) => isOld(part, topic))) plan(spreadMs);
}

const isOld = (part, topic) => {
  const shown = versionsOf(part).get(topic);
  return shown !== undefined && heard.has(topic) && half(shown) !== half(heard.get(topic));
};
const isStale = (part) => [...versionsOf(part).keys()].some((topic) => isOld(part, topic));

/** A text that came with the message. */
function put(place, text, look) {
  for (const element of document.querySelectorAll(`[data-part="${place}"]`)) {
    if (element.textContent === text) continue;
    element.textContent = text;
    if (look) element.className = `stock stock--${look}`;
    say(text);
  }
}

/** Each page reads anew at a moment of its own, so that not all come at once. */
function plan(spread) {
  planned ??= setTimeout(() => {
    planned = undefined;
    renew();
  }, Math.random() * spread);
}

async function renew() {
  const stale = parts().filter(isStale);
  if (!stale.length) return;
  // what is under somebody's hands waits for them
  waiting = stale.some((part) => !("rows" in part.dataset) && isInUse(part));
  if (waiting) return;
  try {
    const headers = { accept: "text/html", "x-live": "1" };
    const answer = await fetch(location.href, { headers, signal: AbortSignal.timeout(PATIENCE) });
    if (!answer.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of parts()) {
      const fresh = page.getElementById(part.id);
      if (!fresh || !isStale(part)) continue;
      if ("rows" in part.dataset) renewRows(part, fresh);
      else if (isInUse(part)) waiting = true;
      else replace(part, fresh);
    }
    dispatchEvent(new Event("renewed"));
  } catch {
    // it is looked at again when something else changes, or the connection comes back
  }
}

function isInUse(part) {
  const focused = document.activeElement;
  // how many are wanted is carried over
  const fields = [...part.querySelectorAll("input, select, textarea")].filter((field) => field.name !== "quantity");
  return fields.some((field) => field === focused || isChanged(field));
}

function isChanged(field) {
  if (field.tagName === "SELECT") return [...field.options].some((option) => option.defaultSelected && !option.selected);
  if (["checkbox", "radio"].includes(field.type)) return field.checked !== field.defaultChecked;
  if (field.type === "file") return field.files.length > 0;
  return field.type !== "hidden" && field.value !== field.defaultValue;
}

function replace(part, fresh) {
  const focus = part.contains(document.activeElement) ? placeOf(document.activeElement) : undefined;
  for (const typed of part.querySelectorAll("[name=quantity]")) {
    const field = [...fresh.querySelectorAll("[name=quantity]")].find(({ id }) => id === typed.id);
    if (field && isChanged(typed)) field.value = Math.min(Number(typed.value) || 1, Number(field.max) || Infinity);
  }
  const folds = new Map([...part.querySelectorAll("details")].map((fold) => [titleOf(fold), fold.open]));
  for (const fold of fresh.querySelectorAll("details")) fold.open ||= folds.get(titleOf(fold)) ?? false;
  const before = part.querySelector("[data-says-live]")?.textContent;
  part.replaceWith(document.adoptNode(fresh));
  const now = fresh.querySelector("[data-says-live]")?.textContent;
  if (now && now !== before) say(now);
  focus?.()?.focus({ preventScroll: true });
}

const titleOf = (fold) => fold.querySelector("summary")?.textContent;

/** Finds again what has the focus: by its id, or as the same kind of thing with the same words. */
function placeOf(element) {
  const { id, tagName, textContent } = element;
  if (id) return () => document.getElementById(id);
  return () => [...document.getElementsByTagName(tagName)].find((other) => other.textContent === textContent);
}

const rowsOf = (part) => new Map([...part.querySelectorAll("[data-row]")].map((row) => [row.dataset.row, row]));

/** Rows that are there change where they stand; new ones are told of, and shown when somebody wants them. */
function renewRows(part, fresh) {
  const [old, now] = [rowsOf(part), rowsOf(fresh)];
  for (const [name, row] of now) {
    const there = old.get(name);
    if (there && !there.contains(document.activeElement) && there.innerHTML !== row.innerHTML) {
      there.replaceWith(document.adoptNode(row.cloneNode(true)));
    }
  }
  const news = [...now.keys()].filter((name) => !old.has(name)).length;
  // all that is old now is what came above
  part.dataset.live = fresh.dataset.live;
  const place = document.querySelector(`[data-news="${part.id}"]`);
  const button = place?.querySelector("button");
  if (!button) return;
  button.hidden = news === 0;
  if (!news) return;
  const { one, several } = place.dataset;
  button.textContent = news === 1 ? `1 ${one}` : `${news} ${several}`;
  button.onclick = () => {
    part.replaceWith(document.adoptNode(fresh));
    button.hidden = true;
    dispatchEvent(new Event("renewed"));
    document.getElementById(part.id)?.querySelector("[data-row] a")?.focus({ preventScroll: true });
  };
}

/** For those who hear the page. */
function say(words) {
  let place = document.getElementById("live-says");
  if (!place) {
    place = Object.assign(document.createElement("p"), { id: "live-says", className: "visually-hidden" });
    place.setAttribute("role", "status");
    document.body.append(place);
  }
  place.textContent = words;
}

function goOn() {
  if (!waiting) return;
  // after what follows from leaving the field
  setTimeout(() => plan(0), 100);
}

if (parts().length) follow();
addEventListener("renewed", follow);
document.addEventListener("focusout", goOn);
document.addEventListener("reset", goOn);
let hiddenSince;
document.addEventListener("visibilitychange", () => {
  clearTimeout(hiddenSince);
  if (document.hidden) hiddenSince = setTimeout(leave, HIDDEN_FOR);
  else follow();
});
addEventListener("pagehide", leave);
addEventListener("pageshow", ({ persisted }) => persisted && follow());
