// A stream's health: the node's own metrics of the last minutes, and what they mean.
import { $, h, text } from "./dom.js";
import { ic } from "./icons.js";
import { api } from "./api.js";
import { length, plural } from "./format.js";
import { showLost, hideLost } from "./events.js";
import { stateOf } from "./state.js";
import { Plot } from "./plot.js";

const SPAN_S = 300;
const EVERY_MS = 2000;

class StreamPage {
  constructor(root, config) {
    Object.assign(this, { root, config, missed: 0 });
    const of = (key, divide, digits, words) => ({ unit: (value) => `${(value / divide).toFixed(digits)} ${words}`, key });
    const plot = (title, key, options) => ({ key, plot: new Plot({ title, span_s: SPAN_S, ...options }) });
    this.plots = [
      plot("Bitrate", "bitrate_kbps", { ...of("bitrate_kbps", 1000, 1, "Mbit/s"), least: 1000 }),
      plot("Frame rate", "fps", { unit: (value) => `${Math.round(value * 10) / 10} fps`, least: 30 }),
      plot("Keyframe interval", "keyframe_interval_ms", { ...of("", 1000, 1, "s"), least: 2000, warn: (value) => value > 4500 }),
      plot("Inbound packet loss", "loss_percent", { unit: (value) => `${value.toFixed(1)} %`, least: 2, warn: (value) => value > 2 }),
      plot("Viewers", "viewers", { unit: (value) => String(Math.round(value)), least: 5 }),
      plot("Buffer", "buffer_ms", { unit: (value) => length(value), top: config.buffer_s * 1000 }),
    ];
    this.badge = h("span", { class: "m-badge m-plain" }, "…");
    this.said = h("p", { class: "m-streamsaid", role: "status" });
    root.replaceChildren(
      h("header", { class: "m-streamhead" }, h("h1", { class: "m-cut" }, config.name), this.badge, h("span", { class: "m-grow" }),
        config.may_publish ? h("a", { class: "m-btn", href: `/go-live/${config.slug}` }, ic("camera", "s"), "Go live") : null,
        h("a", { class: "m-btn m-solid", href: `/watch/${config.slug}` }, ic("eye", "s"), "Watch")),
      this.said, h("div", { class: "m-plots" }, this.plots.map(({ plot: each }) => each.node)));
  }

  start() {
    this.#load();
    setInterval(() => { if (!document.hidden) this.#load(); }, EVERY_MS);
    document.addEventListener("visibilitychange", () => { if (!document.hidden) this.#load(); });
  }

  async #load() {
    if (this.loading) return;
    this.loading = true;
    const path = `/api/streams/${encodeURIComponent(this.config.slug)}`;
    try {
      const [stream, history] = await Promise.all([api.get(path), api.get(`${path}/figures`).catch((error) => { if (error.status === 503) return null; throw error; })]);
      this.missed = 0;
      hideLost();
      this.#draw(stream, history?.items);
    } catch (error) {
      this.missed += 1;
      if ([403, 404].includes(error.status)) text(this.said, error.message);
      else if (this.missed > 1) showLost(EVERY_MS / 1000);
    } finally {
      this.loading = false;
    }
  }

  #draw(stream, items) {
    const { badge, look, words } = stateOf(stream);
    this.badge.className = `m-badge ${look}`;
    text(this.badge, badge);
    const { video, audio } = stream.media;
    const shape = stream.status === "live" && [video ? `${video.width} × ${video.height}, ${video.codec.toUpperCase()}` : null, audio ? `${audio.codec.toUpperCase()}, ${audio.sample_rate / 1000} kHz` : "no audio"].filter(Boolean).join(" · ");
    const { health } = stream;
    const breaks = health ? [[health.discontinuities, "break"], [health.reconnects, "new connection"], [health.dropped_packets, "dropped packet"], [health.corrupt_packets, "damaged packet"]].filter(([count]) => count).map(([count, word]) => plural(count, word)) : [];
    text(this.said, [words, stream.reason && !words.includes(stream.reason) ? stream.reason : null, shape, breaks.length ? `Since it started: ${breaks.join(", ")}` : stream.status === "live" ? "no losses" : null].filter(Boolean).join(" · "));
    if (!items) return;
    const points = items.map((each) => ({ ...each, ms: Date.parse(each.at) }));
    const now = Math.max(points.at(-1)?.ms ?? 0, 0) || Date.now();
    const isRtc = points.some((each) => each.loss_percent > 0 || each.rtt_ms > 0);
    for (const { key, plot } of this.plots) {
      plot.draw(points.map((each) => [each.ms, key === "loss_percent" && !isRtc && stream.source.kind !== "push" ? null : each[key]]), now);
    }
  }
}

function mount() {
  const root = $("[data-stream]");
  if (root) new StreamPage(root, JSON.parse(root.dataset.stream)).start();
  else requestAnimationFrame(mount);
}
mount();
