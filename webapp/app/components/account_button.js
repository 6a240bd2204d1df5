// The avatar in the bar; its menu opens in the browser.
import { openAccountMenu } from "moments/account-menu.js";
import { view } from "moments/view.js";

export default {
  props: { me: Object },
  methods: {
    face() {
      const { picture, initials } = this.me;
      return picture
        ? view`<img class="m-avatar" src=${picture} alt="" width="36" height="36" />`
        : view`<span class="m-avatar" aria-hidden="true">${initials}</span>`;
    },
  },
  render() {
    const label = `${this.me.name || this.me.email}: account and theme`;
    return view`<button class="m-me" type="button" aria-haspopup="menu" aria-expanded="false"
      aria-label=${label} onClick=${() => openAccountMenu(this.$el, this.me)}>
      ${this.face()}
    </button>`;
  },
};
