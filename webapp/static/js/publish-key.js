// The key that a program publishes a stream with: shown, copied, replaced.
import { h } from "./dom.js";
import { ic } from "./icons.js";
import { api } from "./api.js";
import { confirmDialog, openDialog } from "./dialog.js";
import { copyButton } from "./share.js";
import { toastError, toastOk } from "./toast.js";

/** Open the dialog for a stream that is pushed to us. */
export function showPublishKey(stream, { onChange } = {}) {
  const key = h("input", { class: "m-input m-mono", readonly: true, value: stream.publish_key, "aria-label": "Publish key", onfocus: () => key.select() });
  const replace = async () => {
    if (!(await confirmDialog("Replace this key?", "Whoever publishes with it is refused from then on, until they have the new one.", "Replace it"))) return;
    try {
      key.value = (await api.post(`/api/streams/${stream.id}/rotate-key`)).publish_key;
      toastOk("There is a new key", "The old key is refused from now on");
      onChange?.();
    } catch (error) {
      toastError(error);
    }
  };
  openDialog(`Publish key of ${stream.name}`, h("div", { class: "m-form" },
    h("p", { class: "m-2" }, "Whoever has it can send this stream its picture. Keep it as you keep a password."),
    h("div", { class: "m-row m-t" }, key, copyButton(() => key.value, { label: "Copy" })),
    h("div", { class: "m-dfoot" }, h("button", { class: "m-btn m-danger", type: "button", onclick: replace }, ic("again", "s"), "Make a new key"))));
}
