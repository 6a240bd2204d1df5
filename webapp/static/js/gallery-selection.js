// The selection, and the bar with its actions.
import { h, text, announce } from "./dom.js";
import { ic } from "./icons.js";
import { api, capturePath, organization } from "./api.js";
import { openDialog } from "./dialog.js";
import { labelEditor } from "./labels.js";
import { shareMany } from "./share.js";
import { bytes, plural, seconds } from "./format.js";
import { toastError, toastOk } from "./toast.js";

export class Selection {
  /** `options`: `{items, remove(ids), restore(ids), changed(), updated(item)}`. */
  constructor(options) {
    Object.assign(this, options);
    this.ids = new Set();
    this.count = h("span", {});
    this.sums = h("span", { class: "m-3 m-desk", style: "font-weight:430" });
    const action = (glyph, label, run, extra = "m-quiet") => h("button", { class: `m-btn ${extra}`, type: "button", "aria-label": label, onclick: run }, ic(glyph), h("span", { class: "m-desk" }, label));
    const all = (run) => () => { const ids = [...this.ids]; this.clear(); run(ids); };
    this.forKept = h("div", { class: "m-row", style: "gap:4px" },
      action("trash", "Delete", all((ids) => this.remove(ids)), "m-quiet m-danger"),
      action("tag", "Label", () => this.#label()),
      action("download", "Download zip", () => this.#download()),
      h("button", { class: "m-btn m-solid", type: "button", onclick: () => shareMany([...this.ids]) }, ic("share", "s"), "Share"));
    this.forDeleted = h("button", { class: "m-btn m-solid", type: "button", onclick: all((ids) => this.restore(ids)) }, ic("again", "s"), "Restore");
    this.bar = h("div", { class: "m-bulk m-float", role: "toolbar", "aria-label": "Actions for the selection", hidden: true },
      h("button", { class: "m-btn m-quiet m-icon", type: "button", "aria-label": "Clear the selection", onclick: () => this.clear() }, ic("close")),
      h("span", { class: "m-b m-grow", style: "white-space:nowrap" }, this.count, this.sums),
      this.forKept, this.forDeleted);
  }

  get size() { return this.ids.size; }

  has(id) { return this.ids.has(id); }

  toggle(id) {
    if (!this.ids.delete(id)) this.ids.add(id);
    this.#draw();
  }

  add(ids) {
    for (const id of ids) this.ids.add(id);
    this.#draw();
  }

  drop(id) { if (this.ids.delete(id)) this.#draw(); }

  clear() {
    if (!this.ids.size) return;
    this.ids.clear();
    this.#draw();
  }

  #draw() {
    const chosen = [...this.ids].map((id) => this.items.get(id)).filter(Boolean);
    const length = chosen.reduce((sum, item) => sum + (item.duration_ms ?? 0), 0);
    const size = chosen.reduce((sum, item) => sum + (item.size_bytes ?? 0), 0);
    const was = this.bar.hidden;
    this.bar.hidden = !chosen.length;
    this.forDeleted.hidden = !chosen.some((item) => item.deleted_at);
    this.forKept.hidden = !this.forDeleted.hidden;
    text(this.count, `${this.ids.size} selected`);
    text(this.sums, [length ? ` · ${seconds(length)}` : "", size ? ` · ${bytes(size)}` : ""].join(""));
    if (was !== this.bar.hidden) announce(this.bar.hidden ? "Nothing selected" : "Selected; actions are at the bottom");
    this.changed();
  }

  /** A plain form: the browser saves the zip as it arrives. */
  #download() {
    const action = `/api/moments/archive/form?organization_id=${organization() ?? ""}`;
    const form = h("form", { method: "post", action, hidden: true }, h("input", { name: "ids", value: [...this.ids].map((id) => this.items.get(id).moment_id).join(",") }));
    document.body.append(form);
    form.submit();
    form.remove();
    toastOk("The download has started", plural(this.ids.size, "file"));
  }

  #label() {
    let labels = [];
    const save = async () => {
      go.disabled = true;
      try {
        for (const id of this.ids) {
          const item = this.items.get(id);
          this.updated(await api.patch(capturePath(item), { labels: [...new Set([...item.labels, ...labels])] }));
        }
        box.close();
        toastOk("Labelled", plural(this.ids.size, "capture"));
      } catch (error) { toastError(error); go.disabled = false; }
    };
    const go = h("button", { class: "m-btn m-solid", type: "button", onclick: save }, "Add to all");
    const box = openDialog(`Label ${plural(this.ids.size, "capture")}`, [labelEditor([], (now) => { labels = now; }), h("div", { class: "m-dfoot" }, h("button", { class: "m-btn", type: "button", onclick: () => box.close() }, "Cancel"), go)]);
  }
}
