// What the forms before sign-in gain from a script: passwords can be shown, a new one says when it
// is long enough, and the first start says whether everything is running.
import { $, $$, dom } from "./dom.js";
import { ic } from "./icons.js";

function addShowButton(input) {
  const button =
    dom`<button class="m-btn m-quiet m-show" type="button" aria-pressed="false" aria-controls=${input.id}>
    Show
  </button>`;
  button.setAttribute("aria-label", "Show password");
  button.addEventListener("click", () => {
    const isShown = input.type === "password";
    input.type = isShown ? "text" : "password";
    button.setAttribute("aria-pressed", String(isShown));
    button.setAttribute("aria-label", isShown ? "Hide password" : "Show password");
    button.textContent = isShown ? "Hide" : "Show";
  });
  input.after(button);
}

function sayLength(hint) {
  const input = hint.parentElement.querySelector("input");
  const least = Number(hint.dataset.length);
  input.addEventListener("input", () => {
    const count = input.value.length;
    hint.classList.toggle("m-ok", count >= least);
    if (count >= least) hint.replaceChildren(ic("check", "s"), `Long enough: ${count} characters`);
    else {hint.textContent = `At least ${least} characters${
        count ? `, ${least - count} to go` : ""
      }`;}
  });
}

/** Show whether everything is running, according to `/health`. */
async function tellHealth(node) {
  const parts = { database: "database", queue: "queue", storage: "storage", media: "media node" };
  let report;
  try {
    report = await (await fetch("/health")).json();
  } catch {
    return; // the form works without it
  }
  const down = Object.keys(parts).filter((key) => report[key]?.status === "down").map((key) =>
    parts[key]
  );
  const demo = "demo" in node.dataset
    ? " Your account includes a demo stream, so you can capture something right away."
    : "";
  const words = down.length
    ? [
      `The ${down.join(" and the ")} ${down.length > 1 ? "are" : "is"} not answering yet.`,
      "You can create the account; the rest may still be starting.",
    ]
    : ["Everything is running.", `Database, media node, storage.${demo}`];
  node.hidden = false;
  node.classList.toggle("m-ewarn", down.length > 0);
  node.replaceChildren(
    dom`<span class=${`m-dot${down.length ? " m-w" : ""}`} />`,
    dom`<span><b class="m-b">${words[0]}</b> <span class="m-2">${words[1]}</span></span>`,
  );
}

for (const input of $$("input[type=password]")) addShowButton(input);
for (const hint of $$("[data-length]")) sayLength(hint);
const health = $("[data-health]");
if (health) tellHealth(health);
// The first field that needs attention; on phones a keyboard would cover the page.
if (matchMedia("(min-width: 721px)").matches) {
  $("[aria-invalid], .m-eform input:not([type=hidden])")?.focus();
}
