// An instant in the viewer's time zone.
import { fullTime } from "moments/format.js";

export default {
  props: { at: String, exact: Boolean },
  render() {
    const text = fullTime(Date.parse(this.at));
    return Vue.h("time", { datetime: this.at }, this.exact ? text : text.replace(/\.\d$/, ""));
  },
};
