// Watching a stream: player, timeline, what to clip, and the capture buttons. One core for members
// (the app's `live_player`) and for visitors of a public stream.
import { $, $$, announce, dom, text } from "./dom.js";
import { ic } from "./icons.js";
import { clock, short } from "./format.js";
import { statusOf } from "./state.js";
import { Player } from "./player.js";
import { Timeline } from "./timeline.js";
import { Capture } from "./capture.js";
import { insideFrame } from "./presses.js";
import { StatusPoll } from "./status-poll.js";
import { bindKeys, showKeys } from "./keys.js";
import { hideLost, showLost } from "./banner.js";
import { toast } from "./toast.js";

const PRESETS = [[10_000, "Last 10 s"], [30_000, "30 s"], [60_000, "60 s"]];

/** Whether a stream's lane is long enough for an overview below it. */
export const isDeep = ({ buffer_s: buffer }) => buffer > 150;

export class Watch {
  /**
   * `options`: `{stream, grant, still, mayCapture, shareStream, make, target}`: a stream as the API
   * returns it, the access to it (`Grant`), the page's picture of it, and what Capture needs.
   */
  constructor({ stream, grant, still, mayCapture, shareStream = undefined, make, target }) {
    this.stream = stream;
    this.grant = grant;
    this.mayCapture = mayCapture;
    const bufferMs = stream.buffer_s * 1000;
    this.player = new Player({
      name: stream.name,
      bufferS: stream.buffer_s,
      still,
      status: statusOf(stream),
      grant: () => grant.renewed(),
      shareStream,
    });
    this.timeline = new Timeline({
      player: this.player,
      bufferMs,
      frameUrl: () => grant.now.frame_url,
      readonly: !mayCapture,
    });
    this.poll = new StatusPoll({ player: this.player, statusUrl: () => grant.now.status_url });
    this.capture = new Capture({ player: this.player, timeline: this.timeline, make, target });
    this.#build();
    this.#wire();
  }

  #build() {
    const { player, timeline } = this;
    const radio = (label, run, key) =>
      dom`<label><input type="radio" name="m-preset" value=${key} onclick=${run} />${label}</label>`;
    this.presets =
      dom`<div class="m-seg m-ice m-presets" role="radiogroup" aria-label="What to clip">
      ${PRESETS.map(([ms, label]) => radio(label, () => timeline.takeLast(ms), ms))}
      ${radio("Range", () => timeline.takeRange(), "range")}
    </div>`;
    this.fromText = dom`<span />`;
    this.toText = dom`<span />`;
    this.times = dom`<div class="m-times m-desk">
      ${this.fromText}
      ${ic("arrow", "s")}
      ${this.toText}
    </div>`;
    const button = (kind, big) => {
      const [look, drawing, words, key, press] = kind === "clip"
        ? ["m-primary", "clip", "Clip", "C", () => this.#clip()]
        : ["m-tonal", "camera", "Snapshot", "S", () => this.capture.snapshot()];
      return dom`<button class="m-btn m-big ${look}" type="button" onclick=${press}>
        ${ic(drawing, "l")}
        <span data-label=${kind}>${words}</span>
        ${big && dom`<kbd aria-hidden="true">${key}</kbd>`}
      </button>`;
    };
    this.nudgeFrom = dom`<b class="m-b" />`;
    this.nudgeTo = dom`<b class="m-b" />`;
    this.loopButton =
      dom`<button class="m-btn m-icon" type="button" aria-label="Loop the range" aria-pressed="false"
      onclick=${() => this.#toggleLoop()}>
      ${ic("loop")}
    </button>`;
    const hint = (keys, label) =>
      dom`<span>${keys.map((key) => dom`<kbd>${key}</kbd>`)}${label}</span>`;
    const showAll = () => showKeys(this.bindings);
    const tools = dom`<div class="m-tools">
        ${this.presets}
        ${this.times}
        <div class="m-capture">${button("snapshot", true)}${button("clip", true)}</div>
      </div>
      <div class="m-keyhints m-desk">
        ${hint(["I"], "start")}
        ${hint(["O"], "end")}
        ${hint(["←", "→"], "one second")}
        ${hint([",", "."], "one frame")}
        ${hint(["L"], "go live")}
        <button type="button" onclick=${showAll}><kbd>?</kbd>all shortcuts</button>
      </div>
      <div class="m-nudge m-phone">
        <div class="m-nb"><span class="m-xs m-3">Start</span>${this.nudgeFrom}</div>
        ${ic("arrow", "s")}
        <div class="m-nb"><span class="m-xs m-3">End</span>${this.nudgeTo}</div>
        <span class="m-grow" />
        ${this.loopButton}
      </div>
      <div class="m-dock m-phone">${button("snapshot")}${button("clip")}</div>`;
    const deck = dom`<div class="m-deck">${timeline.node}${this.mayCapture && tools}</div>`;
    this.nodes = [player.node, deck];
    document.body.classList.toggle("m-has-dock", this.mayCapture);
  }

  #wire() {
    const { player, timeline, poll } = this;
    timeline.addEventListener("change", () => this.#drawChoice());
    timeline.addEventListener("left", ({ detail }) => this.#sayLeft(detail.whole));
    player.addEventListener("tick", () => this.#tick());
    player.addEventListener("lost", ({ detail }) => {
      if (poll.missed > 1) showLost(detail.wait / 1000);
    });
    player.addEventListener("online", hideLost);
    poll.addEventListener("silence", ({ detail }) => {
      if (detail.missed > 2) showLost(2);
    });
    poll.addEventListener("answer", hideLost);
    poll.addEventListener("stale", () => {
      hideLost();
      this.grant.get({ fresh: true }).catch(() => {});
    });
    this.bindings = this.#keys();
    this.unbind = bindKeys(this.bindings);
    this.#drawChoice();
  }

  #keys() {
    const { player, timeline, capture } = this;
    const key = (key, label, run, repeat = false) => ({ key, label, run, repeat });
    const watching = [
      key(" ", "Play or pause", () => player.toggle()),
      key("ArrowLeft", "One second back", () => player.nudge(-1000), true),
      key("ArrowRight", "One second forward", () => player.nudge(1000), true),
      key("Shift+ArrowLeft", "Ten seconds back", () => player.nudge(-10_000), true),
      key("Shift+ArrowRight", "Ten seconds forward", () => player.nudge(10_000), true),
      key(",", "One frame back", () => player.stepFrame(-1), true),
      key(".", "One frame forward", () => player.stepFrame(1), true),
      key("l", "Go live", () => player.goLive()),
      key("m", "Mute or unmute", () => player.toggleSound()),
      key("f", "Full screen", () => player.toggleFull()),
    ];
    const capturing = [
      key("s", "Snapshot of the current frame", () => capture.snapshot()),
      key("c", "Clip the selected range", () => this.#clip()),
      key("i", "Start of the range at the current frame", () => this.#mark("a")),
      key("o", "End of the range at the current frame", () => this.#mark("b")),
      key("1", "The last 10 seconds", () => timeline.takeLast(10_000)),
      key("2", "The last 30 seconds", () => timeline.takeLast(30_000)),
      key("3", "The last 60 seconds", () => timeline.takeLast(60_000)),
    ];
    return this.mayCapture ? [...capturing, ...watching] : watching;
  }

  /** Set an end of the range to the current frame; both ends keep their frames. */
  #mark(which) {
    const { source } = this.player;
    const seen = source.seenInstant();
    if (seen === null) return;
    const at = insideFrame(seen, source.fps);
    if (which === "a") this.timeline.begin(at);
    else this.timeline.setEnd(which, at);
    announce(which === "a" ? "Start set" : "End set");
  }

  /** Clip the selected range; a range without an end gets it here. */
  #clip() {
    if (this.timeline.isOpen) this.#mark("b");
    this.capture.clip();
  }

  #sayLeft(whole) {
    const title = whole
      ? "That range has left the buffer"
      : "The start of the range has left the buffer";
    if ($(".m-toast :focus")) announce(title); // the user is working in there
    else {toast({
        tone: "bad",
        stay: false,
        title,
        detail: whole
          ? "The last 10 seconds are selected again"
          : "The rest of it can still be clipped",
      });}
  }

  #drawChoice() {
    const key = String(this.timeline.choice.last ?? "range");
    for (const radio of $$("input", this.presets)) radio.checked = radio.value === key;
  }

  /** While nothing is buffered, there is nothing to select or capture. */
  #enable(on) {
    if (this.isEnabled === on) return;
    this.isEnabled = on;
    this.times.classList.toggle("m-nothing", !on);
    for (
      const button of this.nodes[1].querySelectorAll(
        ".m-presets input, .m-capture button, .m-dock button, .m-nudge button",
      )
    ) button.disabled = !on;
  }

  #tick() {
    const range = this.timeline.selection();
    this.#enable(Boolean(range));
    if (!range) return;
    const from = clock(range.start);
    const to = clock(range.end);
    text(this.fromText, from);
    text(this.toText, to);
    text(this.nudgeFrom, from);
    text(this.nudgeTo, to);
    const label = `Clip ${short(range.end - range.start)}`;
    for (const node of this.nodes[1].querySelectorAll('[data-label="clip"]')) text(node, label);
    if (this.looping) this.#keepLooping(range);
  }

  #toggleLoop() {
    this.looping = !this.looping;
    this.loopButton.setAttribute("aria-pressed", String(this.looping));
    this.loopButton.classList.toggle("m-tonal", this.looping);
    if (!this.looping) {
      this.player.goLive();
      return;
    }
    this.timeline.takeRange();
    this.player.seek(this.timeline.selection().start);
    this.player.play();
  }

  #keepLooping(range) {
    const { source } = this.player;
    const at = source.playhead();
    if (
      at !== null && !source.isSeeking && !this.timeline.held &&
      (at >= range.end - 30 || at < range.start - 500)
    ) source.seek(range.start);
  }

  start() {
    this.player.start();
    this.poll.start();
    globalThis.momentsWatch = this; // for tests, which read the player's current frame
  }

  destroy() {
    this.unbind();
    this.poll.stop();
    this.player.destroy();
    document.body.classList.remove("m-has-dock");
  }
}
