// A moment among others, as one element: drawn from one prop, says what was pressed by one event.
import { glyph } from "moments/icons.js";
import { menu } from "moments/dialog.js";
import { ago, day, dayMonth, fullTime, hourMinute, titleOf } from "moments/format.js";
import LocalTime from "moments/local-time.js";
import { view } from "moments/view.js";

const KINDS = {
  clip: ["clip", "Clip"],
  snapshot: ["camera", "Snapshot"],
  commit: ["commit", "Commit"],
  mark: ["mark", "Mark"],
  video: ["video", "Video"],
  note: ["note", "Note"],
};
const path = (url) => (url ?? "").split("?")[0];

export default {
  props: {
    item: Object,
    previous: String,
    dayCount: String,
    picked: Boolean,
    fresh: Boolean,
    readonly: Boolean,
  },
  emits: ["act"],
  inheritAttrs: false,
  data: () => ({ source: null, asked: 0 }),
  created() {
    this.source = this.item.picture;
  },
  watch: {
    // A new signature of the same picture is not loaded again.
    item(now) {
      if (path(now.picture) !== path(this.source) || now.picture === null || this.asked) {
        this.source = now.picture;
      }
    },
  },
  methods: {
    act(what) {
      this.$emit("act", what);
    },
    title() {
      const { item } = this;
      const title = item.title || KINDS[item.kind][1];
      return titleOf(title, Date.parse(item.starts_at ?? item.created_at));
    },
    meta() {
      const { item } = this;
      const at = Date.parse(item.created_at);
      if (item.kept_until) {
        return [`Kept until ${dayMonth(Date.parse(item.kept_until))}`, item.origin].filter(Boolean)
          .join(" · ");
      }
      const recent = Date.now() - at < 45_000;
      const saves = item.saved_by > 1 && `saved by ${item.saved_by}`;
      const when = recent ? ago(at) : hourMinute(at);
      return [item.origin, when, item.who, saves].filter(Boolean).join(" · ");
    },
    press(event) {
      const selects = this.$el.closest(".m-selecting") && !this.readonly;
      if (this.item.kept_until || selects || (event.shiftKey && !this.readonly)) {
        event.preventDefault();
        if (!this.readonly) this.act(event.shiftKey ? "range" : "select");
      }
    },
    more(event) {
      const { item } = this;
      const row = (label, icon, what) => ({ label, icon, onclick: () => this.act(what) });
      const select = row(this.picked ? "Deselect" : "Select", "check", "select");
      const open = { label: "Open", icon: "eye", href: item.href };
      const hasFiles = item.files || (item.capture && item.status === "ready");
      const look = hasFiles ? [open, row("Download", "download", "download")] : [open];
      const edit = [row("Share", "share", "share"), select, "-", {
        ...row("Delete", "trash", "delete"),
        danger: true,
      }];
      const inBin = this.readonly ? [open] : [row("Restore", "again", "restore"), select];
      menu(
        event.currentTarget,
        item.kept_until ? inBin : this.readonly ? look : [...look, ...edit],
      );
    },
    failedToLoad() {
      this.source = null;
      if (this.asked < 2) {
        this.asked += 1;
        this.act("refresh");
      } // its URL has expired
    },
    over() {
      const { item } = this;
      const words = (...children) =>
        view`<div class=${["m-ov", { "m-failed": item.status === "failed" }]}>${children}</div>`;
      if (item.kept_until) {
        return this.readonly
          ? words(view`<b>Deleted</b>`)
          : words(this.button("again", "Restore", "restore"));
      }
      if (item.status === "failed") {
        return words(
          view`<span class="m-bad">${glyph("warn", "l")}</span>`,
          view`<b class="m-ovwhy">${item.why}</b>`,
          item.may_retry && !this.readonly ? this.button("again", "Retry", "retry") : null,
        );
      }
      if (item.status === "recording") {
        return words(
          view`<span class="m-badge m-live">Recording</span>`,
          view`<b><${LocalTime} at=${item.ends_at} how="left" /></b>`,
        );
      }
      return item.status === "processing"
        ? words(view`<span class="m-ring m-spin m-l" />`, view`<b>${item.why}</b>`)
        : null;
    },
    button(name, text, what) {
      return view`<button class="m-btn m-onpicbtn" type="button" onClick=${() => this.act(what)}>
        ${glyph(name, "s")}
        ${text}
      </button>`;
    },
    picture() {
      const { item, source } = this;
      if (source) {
        return view`<img src=${source} alt="" loading="lazy" decoding="async" onError=${this.failedToLoad} />`;
      }
      return view`<div class="m-nopic">
        ${glyph(KINDS[item.kind][0], "l")}
        ${item.words && view`<p>${item.words}</p>`}
        ${item.kind === "mark" ? this.place() : null}
      </div>`;
    },
    /** Where in its song or video a mark is. */
    place() {
      const { start_s, end_s, length_s } = this.item;
      if (start_s === null || end_s === null || !length_s) return null;
      const share = (seconds) => `${Math.min(100, (seconds / length_s) * 100).toFixed(2)}%`;
      const style = { left: share(start_s), width: share(end_s - start_s) };
      return view`<span class="m-cardplace"><i style=${style} /></span>`;
    },
    head() {
      const name = day(Date.parse(this.item.created_at));
      if (this.previous && day(Date.parse(this.previous)) === name) return null;
      return view`<h2 class="m-day">
        ${name}
        ${this.dayCount && view`<span class="m-daycount">${this.dayCount}</span>`}
      </h2>`;
    },
  },
  render() {
    const { item } = this;
    const title = this.title();
    const [drawing, kind] = KINDS[item.kind];
    const check = this.readonly ? null : view`<span class="m-at-tl">
      <button class="m-check" type="button" aria-pressed=${String(this.picked)}
        aria-label="Select ${title}"
        onClick=${(event) => this.act(event.shiftKey ? "range" : "select")}>
        ${glyph("check", "s")}
      </button>
    </span>`;
    const badge = (corner, look, words) =>
      view`<span class="m-at-${corner}"><span class="m-badge ${look}">${words}</span></span>`;
    return view`<div class="m-mc" id=${this.$attrs.id}>
      ${this.head()}
      <figure class=${["m-gc", { "m-picked": this.picked, "m-new": this.fresh }]}
        title=${fullTime(Date.parse(item.created_at))}>
        <div class=${["m-pic", `m-k-${item.kind}`, {
      "m-many": item.files > 1,
      "m-haspic": this.source,
    }]}>
          ${this.picture()}
          <a class="m-gopen" href=${item.href} aria-label="Open ${title}" onClick=${this.press} />
          ${this.over()}
          ${check}
          ${this.fresh && badge("tr", "m-newb", "New")}
          <span class="m-at-bl">
            <span class="m-badge m-onpic m-kd">
              ${glyph(drawing, "s")}
              <span class="m-vh">${kind}</span>
            </span>
          </span>
          ${item.figure && item.status === "ready" && badge("br", "m-onpic", item.figure)}
        </div>
        <figcaption>
          <div class="m-row m-t">
            <span class="m-grow m-b m-cut">${title}</span>
            <button class="m-more" type="button" aria-haspopup="menu"
              aria-label="More for ${title}" onClick=${this.more}>
              ${glyph("more")}
            </button>
          </div>
          <div class="m-sm m-3 m-cut">${this.meta()}</div>
        </figcaption>
      </figure>
    </div>`;
  },
};
