// A stream among others, as one element: drawn from one prop, says what was pressed by one event.
// It shows a recent frame, plays while the pointer rests on it, and says why it is not on air.
import { glyph } from "moments/icons.js";
import { length } from "moments/format.js";
import { stateOf } from "moments/state.js";
import { LiveSource } from "moments/live-source.js";
import { view } from "moments/view.js";

const PICTURE_MS = 4000;
const REST_MS = 300; // a pointer that only passes starts nothing

export default {
  props: { item: Object, big: Boolean },
  emits: ["act"],
  data: () => ({ picture: null, isPointed: false, plays: false }),
  mounted() {
    this.renew();
    this.timer = setInterval(() => {
      if (!document.hidden && this.item.status === "live") this.renew();
    }, PICTURE_MS);
  },
  beforeUnmount() {
    clearInterval(this.timer);
    this.leave();
  },
  watch: {
    item(now, before) {
      if (now.status !== before.status || (now.held_ms && !before.held_ms)) this.renew();
      if (now.status !== "live") this.leave();
    },
  },
  methods: {
    act(what) {
      this.$emit("act", what);
    },
    /** Load the newest frame; the old one stays until then. */
    renew() {
      const { poster, held_ms: held } = this.item;
      if (!poster || !held) return;
      const next = new Image();
      next.onload = () => {
        this.picture = next.src;
      };
      next.src = `${poster}?w=${this.big ? 960 : 640}&t=${Math.floor(Date.now() / PICTURE_MS)}`;
    },
    enter(event) {
      if (event.pointerType !== "mouse" || this.item.status !== "live") return;
      this.resting = setTimeout(() => {
        this.isPointed = true;
        this.$nextTick(() => this.play());
      }, REST_MS);
    },
    async play() {
      const { video } = this.$refs;
      if (!video) return;
      this.source = new LiveSource(video, async () => ({ hls_url: this.item.hls }));
      await this.source.start();
      await video.play().catch(() => {});
    },
    leave() {
      clearTimeout(this.resting);
      this.source?.destroy();
      this.source = null;
      this.isPointed = this.plays = false;
    },
    over({ glyph: name, words }) {
      const { reason, state, may_retry: mayRetry } = this.item;
      const again = mayRetry && state !== "connecting"
        ? view`<button class="m-btn m-onpicbtn" type="button" onClick=${() => this.act("retry")}>
          ${glyph("again", "s")}
          Try again
        </button>`
        : null;
      return view`<div class="m-shade m-state">
        ${name ? glyph(name, "l") : view`<span class="m-ring m-l m-spin" />`}
        ${state === "error" || reason ? view`<p>${reason ?? words}</p>` : null}
        ${again}
      </div>`;
    },
    foot({ tone, words }) {
      const { item } = this;
      const live = item.status === "live";
      const said = [
        words,
        live ? item.shape : null,
        live && item.held_ms ? `${length(item.held_ms)} to rewind` : null,
      ].filter(Boolean).join(" · ");
      const shot = item.may_capture
        ? view`<button class="m-btn m-icon m-shot" type="button" title="Snapshot"
          aria-label="Snapshot of ${item.name}" onClick=${() => this.act("snapshot")}>
          ${glyph("camera")}
          <span class="m-shotlabel">Snapshot</span>
        </button>`
        : null;
      return view`<div class="m-row m-cardfoot">
        <a class="m-grow m-cardtext" href=${item.href}>
          <span class="m-nm m-cut">${item.name}</span>
          <span class="m-sm m-3 m-row m-cardsaid">
            <span class=${["m-dot", tone ? `m-${tone}` : ""]} />
            <span class="m-cut" title=${said}>${said}</span>
          </span>
        </a>
        ${shot}
      </div>`;
    },
  },
  render() {
    const { item } = this;
    const live = item.status === "live";
    const state = stateOf(item);
    const video = view`<video ref="video" class=${{ "m-on": this.plays }} muted playsinline
      aria-hidden="true" tabindex="-1" onPlaying=${() => (this.plays = true)} />`;
    const viewers = view`<span class="m-badge m-onpic" aria-label="${item.viewers} watching">
      ${glyph("eye", "s")}
      ${item.viewers}
    </span>`;
    return view`<article class=${["m-card", { "m-old": !live, "m-bigcard": this.big }]}>
      <div class="m-pic" onPointerenter=${this.enter} onPointerleave=${this.leave}>
        ${this.picture && view`<img src=${this.picture} alt="" />`}
        ${this.isPointed && video}
        <a class="m-gopen" href=${item.href} aria-label="Watch ${item.name}" tabindex="-1" />
        ${live ? null : this.over(state)}
        <span class="m-at-tl">
          <span class=${["m-badge", live ? "m-live" : "m-onpic"]}>${state.badge}</span>
          ${item.viewers ? viewers : null}
        </span>
      </div>
      ${this.foot(state)}
    </article>`;
  },
};
