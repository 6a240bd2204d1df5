// The avatar in the bar; its menu opens in the browser.
import { openAccountMenu } from "moments/account-menu.js";

export default {
  props: { me: Object },
  render() {
    const { h } = Vue;
    const label = `${this.me.name || this.me.email}: account and theme`;
    return h("button", {
      class: "m-me",
      type: "button",
      "aria-haspopup": "menu",
      "aria-expanded": "false",
      "aria-label": label,
      onClick: () => openAccountMenu(this.$el, this.me),
    }, h("span", { class: "m-avatar", "aria-hidden": "true" }, this.me.initials));
  },
};
