// The stream's health: polled from the node every two seconds, shown in words.
import { h, text } from "./dom.js";
import { length } from "./format.js";
import { stateOf } from "./state.js";

const KEEP = 60;
const CODECS = { h264: "H.264", aac: "AAC", opus: "Opus" };

export class Health extends EventTarget {
  /**
   * `options`: `{player, bufferMs, statusUrl(), page}`; the page shows more, to those with access.
   */
  constructor({ player, bufferMs, statusUrl, page }) {
    super();
    Object.assign(this, { player, bufferMs, statusUrl, rates: [] });
    this.rows = Object.fromEntries(["Video", "Video", "Audio", "Delay", "Rewind"].map((name) => [name, h("dd", {}, "…")]));
    this.dot = h("span", { class: "m-dot m-off" });
    this.title = h("span", {}, "Loading");
    this.spark = h("span", { style: "display:grid" });
    this.node = h("section", { class: "m-glass m-health m-desk", "aria-label": "Stream health" },
      h("div", { class: "m-row m-between" }, h("span", { class: "m-row m-t m-b", role: "status" }, this.dot, this.title), this.spark),
      h("dl", {}, Object.entries(this.rows).map(([name, value]) => h("div", {}, h("dt", {}, name), value))),
      page ? h("a", { class: "m-link m-sm", href: page }, "Charts") : null);
  }

  start() {
    const ask = async () => {
      try {
        const response = await fetch(this.statusUrl(), { credentials: "omit", cache: "no-store" });
        const isStale = response.status === 401 || response.status === 403;
        if (!response.ok && !isStale) throw new Error(String(response.status));
        const status = isStale ? null : await response.json();
        this.missed = 0;
        if (status) this.#take(status);
        else this.dispatchEvent(new Event("stale"));
        this.dispatchEvent(new Event("answer"));
      } catch {
        this.missed = (this.missed ?? 0) + 1;
        if (this.missed > 1) { this.dot.className = "m-dot m-off"; text(this.title, "The stream does not respond"); }
        this.dispatchEvent(new CustomEvent("silence", { detail: { missed: this.missed } }));
      }
    };
    ask();
    this.timer = setInterval(() => { if (!document.hidden) ask(); }, 2000);
  }

  #take(status) {
    this.status = { viewers: 0, ...status };
    this.player.setStatus({ state: "connecting", error: null, reason: null, since_us: null, ...this.status }); // omit defaults
    const rate = status.video?.bitrate_kbps;
    if (rate) this.rates = [...this.rates, rate].slice(-KEEP);
    this.#draw(status);
  }

  /** `{tone: "" | "w" | "x" | "off", words}`. */
  verdict() {
    if (this.missed > 1) return { tone: "off", words: "No answer" };
    return stateOf(this.player.known);
  }

  #draw({ video, audio }) {
    const { tone, words } = this.verdict();
    this.dot.className = `m-dot${tone ? ` m-${tone}` : ""}`;
    text(this.title, words);
    text(this.rows.Picture, video ? `${video.width} × ${video.height}, ${Math.round(video.fps * 10) / 10} fps` : "none");
    text(this.rows.Video, video ? `${CODECS[video.codec] ?? video.codec}, ${(video.bitrate_kbps / 1000).toFixed(1)} Mbit/s` : "none");
    text(this.rows.Sound, audio ? `${CODECS[audio.codec] ?? audio.codec}, ${audio.sample_rate / 1000} kHz ${{ 1: "mono", 2: "stereo" }[audio.channels] ?? `${audio.channels} channels`}` : "none");
    const behind = this.player.source.behind();
    text(this.rows.Delay, this.status?.status !== "live" ? "none" : behind === null ? "…" : `${(behind / 1000).toFixed(1)} s`);
    const window = this.player.source.window();
    const held = window ? Math.min(this.bufferMs, window.end - window.start) : 0;
    text(this.rows.Rewind, held ? `${length(held)}${held > this.bufferMs - 4000 ? ", full" : ` of ${length(this.bufferMs)}`}` : "nothing yet");
    this.#drawSpark();
  }

  #drawSpark() {
    if (this.rates.length < 3) return;
    const high = Math.max(...this.rates);
    const low = Math.min(...this.rates);
    const spread = Math.max(high - low, high * 0.25);
    const middle = (high + low) / 2;
    const points = this.rates.map((rate, at) => {
      const y = 12 - ((rate - middle) / spread) * 18;
      return `${((at + KEEP - this.rates.length) / (KEEP - 1) * 118 + 1).toFixed(1)},${y.toFixed(1)}`;
    });
    this.spark.innerHTML = `<svg class="m-spark" viewBox="0 0 120 24" role="img" aria-label="Bitrate, the last two minutes, between ${(low / 1000).toFixed(1)} and ${(high / 1000).toFixed(1)} Mbit/s"><polyline points="${points.join(" ")}"/></svg>`;
  }
}
