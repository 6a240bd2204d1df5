// Public pages work without scripts; this adds our player, and copying.
import { $$, copyText } from "./dom.js";
import { ic } from "./icons.js";
import { clipPlayer } from "./clip-player.js";

for (const video of $$("video[data-clip]")) clipPlayer(video);

for (const button of $$("[data-copy]")) {
  button.hidden = false;
  const before = [...button.childNodes];
  button.addEventListener("click", async () => {
    await copyText(button.dataset.copy);
    button.replaceChildren(ic("check"), "Copied");
    setTimeout(() => button.replaceChildren(...before), 2000);
  });
}

for (const node of $$("textarea[readonly]")) node.addEventListener("focus", () => node.select());
for (const button of $$("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => globalThis.print());
}

// What is like it is asked for only by those who scroll to it.
for (const place of $$("[data-similar]")) {
  const watcher = new IntersectionObserver(async (seen) => {
    if (!seen.some((each) => each.isIntersecting)) return;
    watcher.disconnect();
    const answer = await fetch(new URL(place.dataset.similar).pathname).catch(() => null);
    if (answer?.ok) place.innerHTML = await answer.text(); // drawn by our template
  }, { rootMargin: "400px" });
  watcher.observe(place);
}

// Likes and followers: a signed-in visitor sees their own, anybody else is asked to sign in.
for (const button of $$("[data-toggle]")) {
  const { toggle, count, is, on, off } = button.dataset;
  const words = button.querySelector("span");
  const show = (found) => {
    const isOn = found[is];
    button.setAttribute("aria-pressed", String(isOn));
    words.textContent = on ? (isOn ? on : off) : found[count];
    for (const node of $$(`[data-shown="${count}"]`)) node.textContent = found[count];
  };
  const ask = async (method) => {
    const answer = await fetch(toggle, { method });
    if (answer.ok) show(await answer.json());
    return answer;
  };
  for (const event of ["pointerenter", "focus"]) { // a page for all is cached: ask only when needed
    button.addEventListener(event, () => ask("GET").catch(() => {}), { once: true });
  }
  button.addEventListener("click", async () => {
    const isOn = button.getAttribute("aria-pressed") === "true";
    const answer = await ask(isOn ? "DELETE" : "PUT");
    if (answer.status === 401) {
      location.assign(`/sign-in?next=${encodeURIComponent(location.pathname)}`);
    } else if (!answer.ok) {
      button.title = (await answer.json()).error;
    }
  });
}
