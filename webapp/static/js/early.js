// The bar before Vue has drawn it: a press on search is kept until that is there, and so is the focus.
const boot = document.querySelector("#m-boot");
/** @type {any} */
const app = document.querySelector("#app");
const search = boot.querySelector(".m-find");
const wish = () => search.setAttribute("aria-busy", "true"); // search_box.js looks for it

search.addEventListener("click", wish);
const press = (event) => {
  const asks = event.ctrlKey || event.metaKey ? "k" : "/";
  if (event.key.toLowerCase() !== asks) return;
  event.preventDefault();
  wish();
};
addEventListener("keydown", press);

const named = (node) => node.getAttribute("aria-label") ?? node.textContent.trim();

new MutationObserver((_, watching) => {
  watching.disconnect();
  removeEventListener("keydown", press);
  const { activeElement: before } = document;
  if (!boot.contains(before)) return;
  [...app.querySelectorAll("a, button")].find((each) => named(each) === named(before))?.focus();
}).observe(app, { childList: true });
