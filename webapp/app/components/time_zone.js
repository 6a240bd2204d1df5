// Tells the viewer's time zone.
import { view } from "moments/view.js";

export default {
  emits: ["zone"],
  mounted() {
    this.$emit("zone", Intl.DateTimeFormat().resolvedOptions().timeZone);
  },
  render() {
    return view`<span hidden />`;
  },
};
