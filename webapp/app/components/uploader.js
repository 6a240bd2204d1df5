// Files to upload: dropped, chosen or pasted, with a row of progress for each. Python says where to.
import { bytes } from "moments/format.js";
import { glyph, icon } from "moments/icons.js";
import { cancel, upload } from "moments/tus.js";
import { view } from "moments/view.js";

const AT_ONCE = 2;
const STEP_MS = 200; // between two drawings of a progress
const WORDS = { pending: "Checking", processing: "Checking", completed: "Done" };

let number = 0;

function glyphOf({ type, name }) {
  if (type.startsWith("image/")) return "camera";
  if (type.startsWith("video/")) return "video";
  return /\.(log|txt)$/i.test(name) ? "log" : "note";
}

function left(ms) {
  const s = Math.round(ms / 1000);
  return s < 60 ? `${Math.max(1, s)} s left` : `${Math.round(s / 60)} min left`;
}

export default {
  props: { states: Object, lead: String, kinds: String, accept: String },
  emits: ["added", "removed", "ended"],
  data: () => ({ rows: [], isOver: false }),
  mounted() {
    this.paste = (event) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (!files.length) return;
      event.preventDefault();
      this.add(files);
    };
    this.leave = (event) => {
      if (this.rows.some((row) => row.state === "sending" || row.state === "queued")) {
        event.preventDefault();
      }
    };
    addEventListener("paste", this.paste);
    addEventListener("beforeunload", this.leave);
  },
  beforeUnmount() {
    removeEventListener("paste", this.paste);
    removeEventListener("beforeunload", this.leave);
    for (const row of this.rows) this.forget(row);
  },
  methods: {
    add(files) {
      const added = files.map((file) => {
        const key = `f${++number}`;
        const isPasted = file.name === "image.png";
        const name = isPasted ? `Pasted picture ${number}.png` : file.name;
        const picture = file.type.startsWith("image/") ? URL.createObjectURL(file) : null;
        this.rows.push({
          key,
          name,
          picture,
          state: "waiting",
          why: "",
          sent: 0,
          size: file.size,
          type: file.type,
          file: Vue.markRaw(file),
        });
        return { key, name, type: file.type, size: file.size };
      });
      if (added.length) this.$emit("added", added);
    },
    find(key) {
      return this.rows.find((row) => row.key === key);
    },
    // Called by Python
    begin(key, url) {
      const row = this.find(key);
      if (!row) return;
      const { pathname, search } = new URL(url, location.href); // also under another name of this machine
      row.url = pathname + search;
      row.state = "queued";
      this.pump();
    },
    refuse(key, why) {
      const row = this.find(key);
      if (row) Object.assign(row, { state: "refused", why });
    },
    drop_row(key) {
      const row = this.find(key);
      if (row) this.rows.splice(this.rows.indexOf(row), 1);
    },
    pump() {
      const busy = this.rows.filter((row) => row.state === "sending").length;
      const next = this.rows.filter((row) => row.state === "queued").slice(
        0,
        Math.max(0, AT_ONCE - busy),
      );
      for (const row of next) this.send(row);
    },
    async send(row) {
      Object.assign(row, { state: "sending", why: "", began: Date.now(), from: undefined });
      row.aborter = Vue.markRaw(new AbortController());
      let drawn = 0;
      try {
        await upload(row.file, row.url, {
          isResumed: row.sent > 0,
          signal: row.aborter.signal,
          onProgress: (sent) => {
            row.from ??= sent;
            if (Date.now() - drawn < STEP_MS && sent < row.size) return;
            drawn = Date.now();
            row.sent = sent;
          },
        });
        Object.assign(row, { state: "sent", sent: row.size });
        this.$emit("ended", row.key);
      } catch (error) {
        if (error.name === "AbortError") return;
        Object.assign(row, { state: error.isTemporary ? "broken" : "refused", why: error.message });
      }
      this.pump();
    },
    remove(row) {
      this.forget(row);
      this.rows.splice(this.rows.indexOf(row), 1);
      this.$emit("removed", row.key);
      this.pump();
    },
    forget(row) {
      row.aborter?.abort();
      if (row.url && row.state !== "sent") cancel(row.url);
      if (row.picture) URL.revokeObjectURL(row.picture);
    },
    // Drawing
    drop(event) {
      event.preventDefault();
      this.isOver = false;
      this.add([...event.dataTransfer.files]);
    },
    zone() {
      const choose = ({ target }) => {
        this.add([...target.files]);
        target.value = "";
      };
      const over = (event) => {
        event.preventDefault();
        this.isOver = true;
      };
      return view`<label class=${["m-drop", { "m-over": this.isOver }]} onDragover=${over}
        onDragleave=${() => (this.isOver = false)} onDrop=${this.drop}>
        <input type="file" multiple accept=${this.accept || null} class="m-vh"
          aria-label="Choose files" onChange=${choose} />
        <span class="m-fileglyph" innerHTML=${icon("upload")} />
        <span>
          <b>${this.lead}<span class="m-link">choose</span></b>
          <span class="m-sm m-2">${this.kinds}</span>
        </span>
      </label>`;
    },
    row(row) {
      const isBad = ["broken", "refused"].includes(row.state) ||
        this.states?.[row.key]?.status === "failed";
      const broke = () => (row.picture = null);
      const picture = row.picture && !isBad
        ? view`<img class="m-filepic" src=${row.picture} alt="" onError=${broke} />`
        : view`<span class=${["m-fileglyph", { "m-isbad": isBad }]}
          innerHTML=${icon(isBad ? "warn" : glyphOf(row))} />`;
      const share = row.size ? row.sent / row.size : 1;
      const bar =
        view`<div class="m-bar" role="progressbar" aria-label=${row.name} aria-valuemin="0"
        aria-valuemax="100" aria-valuenow=${Math.round(100 * share)}>
        <i style=${{ width: `${100 * share}%` }} />
      </div>`;
      const again = () => {
        row.state = "queued";
        this.pump();
      };
      const resume = view`<button class="m-btn" type="button" onClick=${again}>
        ${glyph("again", "s")}
        Resume
      </button>`;
      return view`<li key=${row.key} class="m-upfile">
        ${picture}
        <div class="m-grow">
          <div class="m-row m-between m-t">
            <span class="m-b m-cut">${row.name}</span>
            ${this.figure(row, share)}
          </div>
          ${row.state === "sending" ? bar : this.line(row)}
        </div>
        ${row.state === "broken" && resume}
        <button class="m-btn m-quiet m-icon" type="button" hidden=${row.state === "sent"}
          aria-label="Remove ${row.name}" onClick=${() => this.remove(row)}>
          ${glyph("close")}
        </button>
      </li>`;
    },
    figure(row, share) {
      if (row.state === "sending") {
        const rate = (row.sent - (row.from ?? 0)) / Math.max(1, Date.now() - row.began);
        const rest = rate > 0 && share < 1 ? `, ${left((row.size - row.sent) / rate)}` : "";
        return view`<span class="m-sm m-2">${Math.floor(100 * share)} %${rest}</span>`;
      }
      if (row.state !== "sent") return null;
      const status = this.states?.[row.key]?.status ?? "pending";
      return status === "failed"
        ? null
        : view`<span class=${["m-sm", status === "completed" ? "m-ok" : "m-2"]}>${
          WORDS[status]
        }</span>`;
    },
    line(row) {
      const failed = this.states?.[row.key]?.status === "failed" ? this.states[row.key].error : "";
      const why = row.why || failed;
      const waits = row.state === "queued" ? "Queued · " : "";
      return view`<div class=${["m-sm", why ? "m-bad" : "m-3"]} role=${why ? "alert" : null}>
        ${why || `${waits}${bytes(row.size)}`}
      </div>`;
    },
  },
  render() {
    return view`<div class="m-uploader">
      ${this.zone()}
      <ul class="m-upfiles" aria-label="Files">${this.rows.map((row) => this.row(row))}</ul>
    </div>`;
  },
};
