// Downloads what a POST answers, such as a zip of a selection: the browser saves it as it arrives.
import { h } from "moments/dom.js";

export default {
  props: { action: String },
  methods: {
    send(ids, action) {
      const field = h("input", { name: "ids", value: ids.join(",") });
      const form = h("form", { method: "post", action, hidden: true }, field);
      document.body.append(form);
      form.submit();
      form.remove();
    },
  },
  render() {
    return Vue.h("span", { hidden: true });
  },
};
