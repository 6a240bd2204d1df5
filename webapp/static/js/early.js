// The bar works before Vue has drawn it: the account's menu opens at once, the search once it is there.
import { openAccountMenu } from "./account-menu.js";
import { $, present } from "./dom.js";

const app = $("#app");
const wish = () => $("#m-boot .m-find")?.setAttribute("aria-busy", "true"); // search_box.js looks for it

document.addEventListener("click", ({ target }) => {
  const button = target instanceof Element && target.closest("#m-boot button");
  if (!(button instanceof HTMLElement)) return;
  if (button.dataset.me) openAccountMenu(button, JSON.parse(button.dataset.me));
  else wish();
});

const press = (event) => {
  const asks = event.ctrlKey || event.metaKey ? "k" : "/";
  if (event.key.toLowerCase() !== asks) return;
  event.preventDefault();
  wish();
};
addEventListener("keydown", press);

new MutationObserver((_, watching) => {
  watching.disconnect();
  removeEventListener("keydown", press);
  const { activeElement: before } = document;
  if (before.closest("#m-boot")) present(before).focus();
}).observe(app, { childList: true });
