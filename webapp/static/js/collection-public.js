// A collection plays one part after another, across providers. The next one begins only when a part
// was really heard to its end: an advert, a blocked start or a silent player moves nothing.
import "./public.js";
import { $, $$ } from "./dom.js";
import { ProviderBox } from "./provider-box.js";

const stage = $("[data-stage]");
const rows = $$("[data-item]");
const play = $("[data-play]");
const back = $("[data-back]");
const next = $("[data-next]");
const words = play && $("span", play);
const idle = words?.textContent;
/** @type {ProviderBox | null} */
let box = null;
let at = 0;

function open(index) {
  at = index;
  box?.close();
  const made = new ProviderBox(JSON.parse(rows[at].dataset.item));
  made.addEventListener("change", () => made === box && draw());
  made.addEventListener("end", () => made === box && at + 1 < rows.length && start(at + 1));
  box = made;
  stage.replaceChildren(made.node);
  draw();
}

function start(index) {
  open(index);
  box.play();
}

function draw() {
  const isPlaying = Boolean(box?.player.isPlaying);
  if (words) words.textContent = isPlaying ? "Pause" : idle;
  play.setAttribute("aria-pressed", String(isPlaying));
  back.disabled = at === 0;
  next.disabled = at + 1 >= rows.length;
  rows.forEach((row, index) => {
    row.classList.toggle("m-on", index === at);
    if (index === at) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
  });
  const title = $("[data-title]");
  if (title) title.textContent = $("a", rows[at]).textContent;
  const following = rows[at + 1] && $("a", rows[at + 1]).textContent;
  const about = $("[data-about]");
  if (about) about.textContent = following ? `Next: ${following}` : "The last one";
  const save = $("[data-save-now]");
  if (save) save.href = rows[at].dataset.saveUrl ?? "/mark";
}

if (stage && rows.length) {
  open(0);
  play.disabled = false;
  play.addEventListener("click", () => box.player.isPlaying ? box.player.pause() : box.play());
  back.addEventListener("click", () => start(at - 1));
  next.addEventListener("click", () => start(at + 1));
  rows.forEach((row, index) => {
    const go = $("[data-go]", row);
    if (!go) return;
    go.disabled = false;
    go.addEventListener("click", () => start(index));
  });
}
