// The popup: mark a part of what plays in the tab behind it. What was set stays while the tab is open.
import { markOf, mediaOf, save, secondsText } from "./marking.js";

const { chrome } = /** @type {any} */ (globalThis);
const $ = (id) => /** @type {any} */ (document.getElementById(id));
const form = $("mark");
const LAST_S = 15;

const connection = await chrome.storage.local.get(["server", "token", "organization"]);
const [tab] = await chrome.tabs.query({ active: true, currentWindow: true });
const place = `draft ${tab.id}`;
let key = crypto.randomUUID();

async function look() {
  const [found] = await chrome.scripting.executeScript({
    target: { tabId: tab.id },
    func: mediaOf,
  });
  return found.result;
}

async function remember() {
  const draft = Object.fromEntries(new FormData(form));
  await chrome.storage.session.set({ [place]: draft });
  key = crypto.randomUUID(); // another mark
}

async function open() {
  if (!connection.token) {
    $("what").textContent = "This extension saves marks to your own Moments.";
    $("connect").hidden = false;
    return;
  }
  let media;
  try {
    media = await look();
  } catch {
    $("what").textContent = "Browsers let no extension into this page.";
    return;
  }
  $("what").textContent = media.title;
  const kept = (await chrome.storage.session.get(place))[place];
  for (const [name, value] of Object.entries(kept ?? {})) form.elements[name].value = value;
  if (!kept && media.time !== null) form.elements.start.value = secondsText(media.time);
  form.hidden = false;
}

async function set(name) {
  const { time } = await look();
  if (time === null) $("outcome").textContent = "Nothing plays here. Type the times.";
  else form.elements[name].value = secondsText(time);
  await remember();
}

async function setLast() {
  const { time } = await look();
  if (time === null) return;
  form.elements.start.value = secondsText(time - LAST_S);
  form.elements.end.value = secondsText(time);
  await remember();
}

async function send(event) {
  event.preventDefault();
  const { body, problem } = markOf(Object.fromEntries(new FormData(form)), await look());
  if (problem) {
    $("outcome").textContent = problem;
    return;
  }
  $("outcome").textContent = "Saving…";
  const { made, problem: refusal } = await save(connection, body, key);
  if (refusal) {
    $("outcome").textContent = refusal;
    return;
  }
  await chrome.storage.session.remove(place);
  const link = document.createElement("a");
  link.href = made.share_url ?? `${connection.server}/library/${made.id}`;
  link.target = "_blank";
  link.textContent = "Open it";
  $("outcome").replaceChildren("Saved. ", link);
}

for (const button of form.querySelectorAll("[data-set]")) {
  button.addEventListener("click", () => set(button.dataset.set));
}
$("last").addEventListener("click", setLast);
form.addEventListener("input", remember);
form.addEventListener("submit", send);
$("connect").addEventListener("click", () => chrome.runtime.openOptionsPage());
await open();
