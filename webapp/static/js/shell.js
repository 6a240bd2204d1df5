// The bar of every page: the account menu.
import { $ } from "./dom.js";
import { openAccountMenu } from "./account-menu.js";

const button = $("#m-me");
button?.addEventListener("click", () => openAccountMenu(button, JSON.parse(button.dataset.me)));
