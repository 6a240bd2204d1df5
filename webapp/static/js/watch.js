// The page to watch a stream: player, timeline, capture buttons, health and the latest captures.
// One component for members (/watch) and for visitors of a public stream (/live/…).
import { h, $, text, isPhone, announce } from "./dom.js";
import { ic } from "./icons.js";
import { clock, short } from "./format.js";
import { Grant } from "./grant.js";
import { statusOf } from "./state.js";
import { Player } from "./player.js";
import { Timeline } from "./timeline.js";
import { Capture, insideFrame } from "./capture.js";
import { Health } from "./health.js";
import { Latest } from "./latest.js";
import { bindKeys, showKeys } from "./keys.js";
import { showLost, hideLost } from "./events.js";
import { toast } from "./toast.js";

const PRESETS = [[10_000, "Last 10 s"], [30_000, "30 s"], [60_000, "60 s"]];

/**
 * Build the page into a root element.
 * config: `{slug, name, watch (a first grant or null), watch_url, member, may_capture, share_page,
 * runs_page, capture_urls}`
 */
export async function mountWatch(root, config) {
  const grant = new Grant(config.watch_url ?? `/api/streams/${encodeURIComponent(config.slug)}/watch`, config.watch);
  let watch;
  try {
    watch = await grant.get();
  } catch (error) {
    root.replaceChildren(h("div", { class: "m-empty" }, ic("warn", "l"), h("h1", {}, "This stream cannot be opened"), h("p", {}, error.message), h("a", { class: "m-btn m-solid m-big", href: config.member ? "/live" : "/" }, "Back")));
    return undefined;
  }
  const page = new WatchPage(root, config, grant, watch);
  page.start();
  return page;
}

class WatchPage {
  constructor(root, config, grant, watch) {
    Object.assign(this, { root, config, grant, stream: watch.stream });
    this.mayCapture = config.may_capture ?? watch.may_capture;
    const bufferMs = this.stream.buffer_s * 1000;
    let started = false;
    this.player = new Player({
      name: this.stream.name,
      bufferS: this.stream.buffer_s,
      still: $(".m-poster", root),
      status: statusOf(this.stream),
      grant: () => { const fresh = started; started = true; return grant.get({ fresh }); },
      shareStream: config.share_page ? () => this.#share() : null,
    });
    this.timeline = new Timeline({ player: this.player, bufferMs, frameUrl: () => grant.now.frame_url, readonly: !this.mayCapture });
    this.health = new Health({ player: this.player, bufferMs, statusUrl: () => grant.now.status_url, page: config.runs_page });
    this.latest = config.member ? new Latest({ streamId: this.stream.id }) : null;
    this.capture = new Capture({
      player: this.player, timeline: this.timeline, stream: this.stream, anonymous: !config.member,
      urls: config.capture_urls, target: () => $(".m-cap .m-pic", this.latest?.node ?? document) ?? $(".m-toasts"),
    });
    this.#build();
    this.#wire();
  }

  #build() {
    const { player, timeline } = this;
    const radio = (label, run, key) => h("button", { type: "button", role: "radio", "aria-checked": "false", tabindex: -1, "data-key": key, onclick: run }, label);
    this.presets = h("div", { class: "m-seg m-ice m-presets", role: "radiogroup", "aria-label": "What to clip" },
      PRESETS.map(([ms, label]) => radio(label, () => timeline.takeLast(ms), ms)),
      radio("Range", () => timeline.takeRange(), "range"));
    this.fromText = h("span");
    this.toText = h("span");
    this.times = h("div", { class: "m-times m-desk" }, this.fromText, ic("arrow", "s"), this.toText);
    const button = (kind, big) => h("button", {
      class: `m-btn m-big ${kind === "clip" ? "m-primary" : "m-tonal"}`, type: "button",
      onclick: () => (kind === "clip" ? this.#clip() : this.capture.snapshot()),
    }, ic(kind === "clip" ? "clip" : "camera", "l"), h("span", { "data-label": kind }, kind === "clip" ? "Clip" : "Snapshot"), big ? h("kbd", { "aria-hidden": "true" }, kind === "clip" ? "C" : "S") : null);
    this.nudgeFrom = h("b", { class: "m-b" });
    this.nudgeTo = h("b", { class: "m-b" });
    this.loopButton = h("button", { class: "m-btn m-icon", type: "button", "aria-label": "Loop the range", "aria-pressed": "false", onclick: () => this.#toggleLoop() }, ic("loop"));
    const hint = (keys, label) => h("span", {}, keys.map((key) => h("kbd", {}, key)), label);
    const left = h("section", { "aria-label": "Player" }, player.node,
      h("div", { class: "m-deck" }, timeline.node,
        this.mayCapture ? h("div", { class: "m-tools" }, this.presets,
          this.times,
          h("div", { class: "m-capture" }, button("snapshot", true), button("clip", true))) : null,
        this.mayCapture ? h("div", { class: "m-keyhints m-desk" }, hint(["I"], "start"), hint(["O"], "end"), hint(["←", "→"], "one second"), hint([",", "."], "one frame"), hint(["L"], "go live"),
          h("button", { type: "button", onclick: () => showKeys(this.bindings) }, h("kbd", {}, "?"), "all shortcuts")) : null,
        this.mayCapture ? h("div", { class: "m-nudge m-phone" },
          h("div", { class: "m-nb" }, h("span", { class: "m-xs m-3" }, "Start"), this.nudgeFrom), ic("arrow", "s"),
          h("div", { class: "m-nb" }, h("span", { class: "m-xs m-3" }, "End"), this.nudgeTo), h("span", { class: "m-grow" }), this.loopButton) : null));
    const rail = this.config.member ? h("aside", { class: "m-rail" }, this.health.node, this.latest.node) : null;
    this.root.replaceChildren(
      ...[this.config.member ? this.#phoneHead() : null,
        h("div", { class: `m-watch${rail ? "" : " m-alone"}${this.stream.buffer_s > 150 ? " m-deep" : ""}` }, left, rail),
        this.mayCapture ? h("div", { class: "m-dock m-phone" }, button("snapshot"), button("clip")) : null].filter(Boolean));
    document.body.classList.toggle("m-has-dock", this.mayCapture);
  }

  #phoneHead() {
    const { runs_page: page } = this.config;
    this.phoneState = h(page ? "a" : "div", { class: "m-xs m-3 m-row", style: "gap:6px", href: page }, "Loading");
    return h("header", { class: "m-phead m-phone" },
      h("a", { class: "m-btn m-quiet m-icon", href: "/live", "aria-label": "Back to all streams" }, ic("back")),
      h("div", { class: "m-grow" }, h("div", { class: "m-b m-cut m-pname" }, this.stream.name), this.phoneState),
      this.config.share_page ? h("button", { class: "m-btn m-quiet m-icon", type: "button", "aria-label": "Share stream", onclick: () => this.#share() }, ic("share")) : null);
  }

  #wire() {
    const { player, timeline, capture, health, latest } = this;
    timeline.addEventListener("change", () => this.#drawChoice());
    timeline.addEventListener("left", ({ detail }) => this.#sayLeft(detail.whole));
    player.addEventListener("tick", () => this.#tick());
    player.addEventListener("lost", ({ detail }) => { if (health.missed > 1) showLost(detail.wait / 1000); });
    player.addEventListener("online", hideLost);
    health.addEventListener("silence", ({ detail }) => { if (detail.missed > 2) showLost(2); });
    health.addEventListener("answer", hideLost);
    health.addEventListener("stale", () => this.grant.get({ fresh: true }).catch(() => {}));
    capture.addEventListener("made", ({ detail }) => latest?.add(detail.item, detail.preview));
    capture.addEventListener("renamed", ({ detail }) => latest?.update(detail.item));
    latest?.addEventListener("item", ({ detail }) => { if (detail.item.status === "ready") capture.finished(detail.item); });
    this.presets.addEventListener("keydown", (event) => this.#roam(event));
    this.bindings = this.#keys();
    this.unbind = bindKeys(this.bindings);
    this.#drawChoice();
  }

  #keys() {
    const { player, timeline, capture } = this;
    const watching = [
      { keys: [" "], label: "Play or pause", run: () => player.toggle() },
      { keys: ["ArrowLeft"], label: "One second back", repeat: true, run: () => player.nudge(-1000) },
      { keys: ["ArrowRight"], label: "One second forward", repeat: true, run: () => player.nudge(1000) },
      { keys: ["Shift+ArrowLeft"], label: "Ten seconds back", repeat: true, run: () => player.nudge(-10_000) },
      { keys: ["Shift+ArrowRight"], label: "Ten seconds forward", repeat: true, run: () => player.nudge(10_000) },
      { keys: [","], label: "One frame back", repeat: true, run: () => player.stepFrame(-1) },
      { keys: ["."], label: "One frame forward", repeat: true, run: () => player.stepFrame(1) },
      { keys: ["l"], label: "Go live", run: () => player.goLive() },
      { keys: ["m"], label: "Mute or unmute", run: () => player.toggleSound() },
      { keys: ["f"], label: "Full screen", run: () => player.toggleFull() },
    ];
    const capturing = [
      { keys: ["s"], label: "Snapshot of the current frame", run: () => capture.snapshot() },
      { keys: ["c"], label: "Clip the selected range", run: () => this.#clip() },
      { keys: ["i"], label: "Start of the range at the current frame", run: () => this.#mark("a") },
      { keys: ["o"], label: "End of the range at the current frame", run: () => this.#mark("b") },
      { keys: ["1"], label: "The last 10 seconds", run: () => timeline.takeLast(10_000) },
      { keys: ["2"], label: "The last 30 seconds", run: () => timeline.takeLast(30_000) },
      { keys: ["3"], label: "The last 60 seconds", run: () => timeline.takeLast(60_000) },
    ];
    return this.mayCapture ? [...capturing, ...watching] : watching;
  }

  /** Set an end of the range to the current frame; both ends keep their frames. */
  #mark(which) {
    const { source } = this.player;
    const seen = source.seenInstant();
    if (seen === null) return;
    const at = insideFrame(seen, source.fps);
    if (which === "a") this.timeline.begin(at); else this.timeline.setEnd(which, at);
    announce(which === "a" ? "Start set" : "End set");
  }

  /** Clip the selected range; a range without an end gets it here. */
  #clip() {
    if (this.timeline.isOpen) this.#mark("b");
    this.capture.clip();
  }

  #sayLeft(whole) {
    const title = whole ? "That range has left the buffer" : "The start of the range has left the buffer";
    if ($(".m-toast :focus")) announce(title); // the user is working in there
    else toast({ tone: "bad", stay: false, title, detail: whole ? "The last 10 seconds are selected again" : "The rest of it can still be clipped" });
  }

  #roam(event) {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const all = [...this.presets.children];
    const next = all[(all.indexOf(document.activeElement) + step + all.length) % all.length];
    next.focus();
    next.click();
  }

  #drawChoice() {
    const key = String(this.timeline.choice.last ?? "range");
    for (const button of this.presets.children) {
      const on = button.dataset.key === key;
      button.setAttribute("aria-checked", String(on));
      button.tabIndex = on ? 0 : -1;
    }
  }

  /** While nothing is buffered, there is nothing to select or capture. */
  #enable(on) {
    if (this.isEnabled === on) return;
    this.isEnabled = on;
    this.times.classList.toggle("m-nothing", !on);
    for (const button of this.root.querySelectorAll(".m-presets button, .m-capture button, .m-dock button, .m-nudge button")) button.disabled = !on;
  }

  #tick() {
    const range = this.timeline.selection();
    this.#enable(Boolean(range));
    if (this.phoneState && isPhone()) this.#drawPhoneState();
    if (!range) return;
    const from = clock(range.start);
    const to = clock(range.end);
    text(this.fromText, from);
    text(this.toText, to);
    text(this.nudgeFrom, from);
    text(this.nudgeTo, to);
    const label = `Clip ${short(range.end - range.start)}`;
    for (const node of this.root.querySelectorAll('[data-label="clip"]')) text(node, label);
    if (this.looping) this.#keepLooping(range);
  }

  #drawPhoneState() {
    const behind = this.player.source.behind();
    const { tone, words } = this.health.verdict();
    const where = this.player.isLive ? "live" : behind === null || !this.player.source.isOnAir ? "" : `${Math.round(behind / 1000)} s behind live`;
    const said = [words, where].filter(Boolean).join(" · ");
    if (this.phoneSaid === said) return;
    this.phoneSaid = said;
    this.phoneState.replaceChildren(h("span", { class: `m-dot${tone ? ` m-${tone}` : ""}` }), said);
  }

  #toggleLoop() {
    this.looping = !this.looping;
    this.loopButton.setAttribute("aria-pressed", String(this.looping));
    this.loopButton.classList.toggle("m-tonal", this.looping);
    if (!this.looping) { this.player.goLive(); return; }
    this.timeline.takeRange();
    this.player.seek(this.timeline.selection().start);
    this.player.play();
  }

  #keepLooping(range) {
    const { source } = this.player;
    const at = source.playhead();
    if (at !== null && !source.isSeeking && !this.timeline.held && (at >= range.end - 30 || at < range.start - 500)) source.seek(range.start);
  }

  async #share() {
    const { shareStream } = await import("./share.js");
    shareStream(this.stream, this.config.share_page);
  }

  start() {
    this.player.start();
    this.health.start();
    this.latest?.load();
    globalThis.momentsWatch = this; // for tests, which read the player's current frame
  }
}
