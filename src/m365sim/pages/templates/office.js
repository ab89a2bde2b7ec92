// Shows what changes: asks for the same page again and puts in what is different. Without it every page works as well.
// data-live: an element taken over whole; data-live="rows": its children, each known by its id, so that what is
// open, in focus or in view stays where it is.
"use strict";

const EVERY_MS = 2000;
const box = document.getElementById("live");
const tick = document.getElementById("live-on");
const lost = document.getElementById("lost");
const regions = () => [...document.querySelectorAll("[data-live]")];
const before = new Map();

function remember(element) {
  for (const one of element.dataset.live === "rows" ? element.children : [element]) before.set(one.id, one.outerHTML);
}

function isInUse(element) {
  return element.contains(document.activeElement) && document.activeElement !== document.body;
}

function takeOver(old, fresh) {
  if (before.get(fresh.id) === fresh.outerHTML || isInUse(old)) return old;
  before.set(fresh.id, fresh.outerHTML);
  const put = document.importNode(fresh, true);
  const opened = [...old.querySelectorAll("details")].map((one) => one.open);
  [...put.querySelectorAll("details")].forEach((one, index) => { one.open = Boolean(opened[index]); });
  old.replaceWith(put);
  return put;
}

function mergeRows(old, fresh) {
  const wanted = new Set([...fresh.children].map((one) => one.id));
  for (const one of [...old.children]) {
    if (wanted.has(one.id)) continue;
    before.delete(one.id);
    one.remove();
  }
  let place = old.firstElementChild;
  for (const next of fresh.children) {
    const there = [...old.children].find((one) => one.id === next.id);
    if (!there) {
      before.set(next.id, next.outerHTML);
      old.insertBefore(document.importNode(next, true), place);
      continue;
    }
    const kept = takeOver(there, next);
    if (kept === place || there === place) place = kept.nextElementSibling;
    else if (!isInUse(kept)) old.insertBefore(kept, place);
  }
}

async function refresh() {
  if (document.hidden || !tick.checked) return;
  try {
    const answer = await fetch(location.href, { cache: "no-store" });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const old of regions()) {
      const fresh = page.getElementById(old.id);
      if (!fresh) continue;
      if (old.dataset.live === "rows") mergeRows(old, fresh);
      else takeOver(old, fresh);
    }
    lost.hidden = true;
  } catch {
    lost.hidden = false;
  }
}

if (regions().length > 0) {
  regions().forEach(remember);
  box.hidden = false;
  tick.checked = sessionStorage.getItem("live") !== "off";
  tick.addEventListener("change", () => sessionStorage.setItem("live", tick.checked ? "on" : "off"));
  setInterval(refresh, EVERY_MS);
}
