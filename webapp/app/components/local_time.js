// An instant in the viewer's time zone.
import { fullTime } from "moments/format.js";

export default {
  props: { at: String },
  render() { return Vue.h("time", { datetime: this.at }, fullTime(Date.parse(this.at)).replace(/\.\d$/, "")); },
};
