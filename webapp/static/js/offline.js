// The offline page: make a mark without a player, and see what waits to be sent.
import { readTime } from "./mark-session.js";
import { $, dom } from "./dom.js";
import { device, keep, send } from "./outbox.js";

const LINK = /https?:\/\/[^\s<>"']+/;
const form = /** @type {HTMLFormElement} */ ($("#m-mark"));
const given = new URLSearchParams(location.search);

/** What was shared: the first link of url, text or title; Android puts it in the text. */
function prefill() {
  const texts = ["url", "text", "title"].map((name) => given.get(name) ?? "");
  const link = texts.map((text) => text.match(LINK)?.[0]).find(Boolean);
  if (!link) return;
  form.url.value = link.replace(/[.,;:!?)\]]+$/, "");
  form.note.value = texts[1].replace(link, "").trim() || texts[2].replace(link, "").trim();
  form.start.focus();
}

/** The mark of the form, or the sentence that says what is wrong. */
function read() {
  const start = readTime(form.start.value), end = readTime(form.end.value);
  if (!LINK.test(form.url.value)) return { problem: "Paste the link of a song or video." };
  if (start === null || end === null) return { problem: "Write times as 0:45 or 45." };
  if (end <= start) return { problem: "The end must be after the start." };
  const whole = { start: Math.floor(start / 10), end: Math.ceil(end / 10) };
  return { body: { url: form.url.value.trim(), ...whole, note: form.note.value } };
}

async function draw(outcome) {
  const waiting = await device.all();
  $("#m-waiting").hidden = waiting.length === 0;
  $("#m-list").replaceChildren(...waiting.map((mark) =>
    dom`<li>
      <span>${mark.body.note || mark.body.url}</span>
      <span class="m-sm m-2">${mark.reason ?? `${mark.body.start} to ${mark.body.end} s`}</span>
      <button class="m-btn m-quiet" type="button" onclick=${() => drop(mark.id)}>Delete</button>
    </li>`
  ));
  if (outcome?.sent) $("#m-lead").textContent = `${outcome.sent} sent. They are in your library.`;
  if (outcome?.problem) $("#m-problem").textContent = outcome.problem;
}

async function drop(id) {
  await device.drop(id);
  await draw();
}

async function sendAll() {
  $("#m-problem").textContent = "";
  await draw(await send());
}

function tell() {
  $("#m-title").textContent = navigator.onLine ? "Marks on this device" : "You are offline";
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { body, problem } = read();
  $("#m-problem").textContent = problem ?? "";
  if (!body) return;
  await keep(body);
  form.reset();
  $("#m-lead").textContent = "Kept on this device. It is sent when you are connected.";
  await draw();
  const worker = /** @type {any} */ (await navigator.serviceWorker?.ready);
  await worker?.sync?.register("outbox").catch(() => {}); // where the browser has it
  if (navigator.onLine) await sendAll();
});
$("#m-send").addEventListener("click", sendAll);
addEventListener("online", () => {
  tell();
  sendAll();
});
addEventListener("offline", tell);
tell();
prefill();
await draw();
if (navigator.onLine) await sendAll();
