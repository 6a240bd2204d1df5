// Downloads what a POST answers, such as a zip of a selection: the browser saves it as it arrives.
import { dom } from "moments/dom.js";
import { view } from "moments/view.js";

export default {
  props: { action: String },
  methods: {
    send(ids, action) {
      const field = dom`<input name="ids" value=${ids.join(",")} />`;
      const form = dom`<form method="post" action=${action} hidden>${field}</form>`;
      document.body.append(form);
      form.submit();
      form.remove();
    },
  },
  render() {
    return view`<span hidden />`;
  },
};
