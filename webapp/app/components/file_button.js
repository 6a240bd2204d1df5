// A button that sends a chosen file to the API as JSON; the page hears what came of it.
import { api } from "moments/api.js";
import { view } from "moments/view.js";

const readers = { text: "readAsText", data: "readAsDataURL" };

function read(file, form) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(new Error("This file cannot be read. Choose another one."));
    reader[readers[form]](file);
  });
}

export default {
  props: {
    label: String,
    accept: String,
    method: String,
    path: String,
    form: String, // "text" or "data", a URL: the body's field too; "raw" is the file itself
    most: Number, // bytes
  },
  emits: ["sent", "refused"],
  data: () => ({ isSending: false }),
  methods: {
    async send({ target }) {
      const [file] = target.files;
      target.value = "";
      if (!file) return;
      this.isSending = true;
      try {
        if (file.size > this.most) {
          throw new Error(`Choose a file of at most ${Math.floor(this.most / 1e6)} MB.`);
        }
        const body = this.form === "raw" ? file : { [this.form]: await read(file, this.form) };
        this.$emit("sent", await api[this.method](this.path, body));
      } catch (error) {
        this.$emit("refused", error.fields?.[this.form] ?? error.message);
      } finally {
        this.isSending = false;
      }
    },
  },
  render() {
    const input =
      view`<input type="file" class="m-vh" accept=${this.accept} disabled=${this.isSending}
      onChange=${this.send} />`;
    return view`<label class="m-btn m-file" aria-busy=${this.isSending}>
      ${input}
      ${this.isSending ? "Sending…" : this.label}
    </label>`;
  },
};
