// An instant in the viewer's time zone.
import { fullTime } from "moments/format.js";
import { view } from "moments/view.js";

export default {
  props: { at: String, exact: Boolean },
  render() {
    const text = fullTime(Date.parse(this.at));
    return view`<time datetime=${this.at}>${this.exact ? text : text.replace(/\.\d$/, "")}</time>`;
  },
};
