// What the forms before sign-in gain from a script: passwords can be shown, and a new one says when
// it is long enough.
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

for (const input of $$("input[type=password]")) addShowButton(input);
for (const hint of $$("[data-length]")) sayLength(hint);
// The first field that needs attention; on phones a keyboard would cover the page.
if (matchMedia("(min-width: 721px)").matches) {
  $("[aria-invalid], .m-eform input:not([type=hidden])")?.focus();
}
