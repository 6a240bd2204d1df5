// A stream's publish key: shown, copied, replaced.
import { h } from "./dom.js";
import { ic } from "./icons.js";
import { api } from "./api.js";
import { confirmDialog, openDialog } from "./dialog.js";
import { copyButton } from "./share.js";
import { toastError, toastOk } from "./toast.js";

/** Open the dialog of a push stream. */
export function showPublishKey(stream, { onChange } = {}) {
  const key = h("input", { class: "m-input m-mono", readonly: true, value: stream.publish_key, "aria-label": "Publish key", onfocus: () => key.select() });
  const replace = async () => {
    if (!(await confirmDialog("Replace this key?", "Anyone who publishes with the old key is disconnected until they have the new one.", "Replace"))) return;
    try {
      key.value = (await api.post(`/api/streams/${stream.id}/rotate-key`)).publish_key;
      toastOk("The key was replaced", "The old key no longer works");
      onChange?.();
    } catch (error) {
      toastError(error);
    }
  };
  openDialog(`Publish key of ${stream.name}`, h("div", { class: "m-form" },
    h("p", { class: "m-2" }, "Anyone with this key can publish to this stream. Keep it like a password."),
    h("div", { class: "m-row m-t" }, key, copyButton(() => key.value, { label: "Copy" })),
    h("div", { class: "m-dfoot" }, h("button", { class: "m-btn m-danger", type: "button", onclick: replace }, ic("again", "s"), "Replace the key"))));
}
