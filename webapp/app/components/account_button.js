// The avatar in the bar; its menu opens in the browser.
import { openAccountMenu } from "moments/account-menu.js";

export default {
  props: { me: Object },
  methods: {
    face(h) {
      const { picture, initials } = this.me;
      return picture
        ? h("img", { class: "m-avatar", src: picture, alt: "", width: 36, height: 36 })
        : h("span", { class: "m-avatar", "aria-hidden": "true" }, initials);
    },
  },
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
    }, this.face(h));
  },
};
