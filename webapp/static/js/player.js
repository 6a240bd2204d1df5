// The live player: video, HUD, states. No framework; the Watch page and public pages use it.
import { announce, dom, text } from "./dom.js";
import { ic } from "./icons.js";
import { clock, length, seconds } from "./format.js";
import { relabel, stageButton, toggleCaptions, toggleFull } from "./stage-buttons.js";
import { stateOf } from "./state.js";
import { DuoSource } from "./live-duo.js";

const LIVE_MS = 3500; // closer than this is live
const KEEP_UP_MS = 5000;
const LOOK_BACK_MS = 15_000;
const TICK_MS = 33; // a timer, as animation frames would have the page drawn even where nothing changed

export class Player extends EventTarget {
  /**
   * `options`: `{name, still (the page's <img> of the newest frame), grant(), status (at first),
   * shareStream(), bufferS}`.
   */
  constructor(options) {
    super();
    this.options = options;
    this.wantsLive = true;
    this.status = { status: "connecting", state: "connecting" };
    this.toldFirst = options.status; // set by the page; the node's status alone decides how to play
    this.#build();
    this.#wire();
  }

  #build() {
    const { name, still, shareStream } = this.options;
    const video = (extra) =>
      dom`<video playsinline muted autoplay aria-label="${name}, live" ...${extra} />`;
    const [hlsVideo, rtcVideo] = [video({ class: "m-front" }), video({})];
    hlsVideo.muted = rtcVideo.muted = true;
    this.source = new DuoSource({ hlsVideo, rtcVideo, grant: this.options.grant });
    this.source.bufferS = this.options.bufferS;
    this.playButton = stageButton("Pause", "pause", () => this.toggle());
    this.soundButton = stageButton("Unmute", "muted", () => this.toggleSound());
    this.volume =
      dom`<input type="range" class="m-volume m-desk" min="0" max="1" step="0.05" value="1"
      aria-label="Volume" oninput=${() => this.setVolume(Number(this.volume.value))} />`;
    this.captionsButton = stageButton(
      "Captions",
      "captions",
      () => toggleCaptions(this.video, this.captionsButton),
    );
    this.captionsButton.hidden = true;
    this.fullButton = stageButton("Full screen", "full", () => this.toggleFull());
    this.clockText = dom`<span class="m-sm m-b m-clock" />`;
    this.liveButton = dom`<button class="m-pill m-golive" type="button" hidden onclick=${() =>
      this.goLive()}>
      <i />
      <span />
    </button>`;
    this.badge = dom`<span class="m-badge m-onpic" />`;
    this.viewers = dom`<span class="m-pill" hidden>${ic("eye", "s")}<span /></span>`;
    this.tapSound = dom`<button class="m-pill m-tapsound" type="button" hidden aria-label="Unmute"
      onclick=${() => this.toggleSound()}>
      ${ic("muted", "s")}
      <span>Unmute</span>
    </button>`;
    this.cover = dom`<div class="m-cover" hidden />`;
    this.flashVeil = dom`<div class="m-flash" aria-hidden="true" />`;
    const share = dom`<button class="m-pill m-desk" type="button" onclick=${shareStream}>
      ${ic("share", "s")}
      Share stream
    </button>`;
    this.node = dom`<div class="m-stage">
      <div class="m-pics">${still}${this.source.videos}</div>
      ${this.cover}
      ${this.flashVeil}
      <div class="m-hud m-hud-t">
        ${this.badge}
        <span class="m-pill m-desk m-name"><b class="m-b m-cut">${name}</b></span>
        ${this.viewers}
        <span class="m-grow" />
        ${this.tapSound}
        ${shareStream ? share : null}
      </div>
      <div class="m-hud m-hud-b">
        ${this.playButton}
        ${this.soundButton}
        ${this.volume}
        ${this.clockText}
        ${this.liveButton}
        <span class="m-grow" />
        ${this.captionsButton}
        ${this.fullButton}
      </div>
    </div>`;
  }

  #wire() {
    const { source } = this;
    for (const video of source.videos) {
      video.addEventListener("click", () => this.toggle());
      video.addEventListener("dblclick", () => this.toggleFull());
      for (const name of ["play", "pause"]) video.addEventListener(name, () => this.#drawPlay());
      for (const name of ["playing", "loadeddata", "seeked", "waiting", "stalled"]) {
        video.addEventListener(name, () => this.#drawCover());
      }
      video.addEventListener("volumechange", () => this.#drawSound());
      video.textTracks.addEventListener?.("addtrack", () => {
        this.captionsButton.hidden = video.textTracks.length === 0;
      });
    }
    source.addEventListener("swap", () => {
      this.#drawPlay();
      this.#drawSound();
    });
    source.addEventListener("media", () => this.dispatchEvent(new Event("online")));
    source.addEventListener(
      "lost",
      ({ detail }) => this.dispatchEvent(new CustomEvent("lost", { detail })),
    );
    source.addEventListener("gone", ({ detail }) => {
      this.#fail(detail.error);
    });
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden && this.wantsLive && !this.source.isPaused) this.goLive({ quiet: true });
    });
    const tick = () => {
      if (this.destroyed) return;
      this.#drawTime();
      this.#keepUp();
      if (this.lookingBack && this.source.isOver) this.#endLookingBack();
      this.dispatchEvent(new Event("tick"));
      setTimeout(tick, TICK_MS);
    };
    setTimeout(tick, 0);
  }

  /** The visible player: WebRTC's or HLS's. */
  get video() {
    return this.source.video;
  }

  async start() {
    this.#drawCover();
    try {
      await this.source.start();
      await this.play();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail({ message }) {
    this.setStatus({ status: "error", state: "error", error: message, reason: message });
  }

  async play() {
    try {
      await this.source.play();
    } catch (error) {
      if (error.name === "NotAllowedError") { // not even muted: wait for a click
        this.needsTap = true;
        this.#drawCover();
      }
    }
    this.tapSound.hidden = !this.video.muted || this.hasTapped;
  }

  toggle() {
    this.needsTap = false;
    const window = this.source.window();
    if (window && !this.source.isOnAir && !this.lookingBack) {
      this.lookBack();
    } else if (this.source.isPaused) {
      const at = this.source.playhead();
      if (window && at !== null && at < window.start + 500) this.source.seek(window.start + 2000); // it left the buffer
      this.play();
    } else {
      this.pause();
    }
  }

  pause() {
    this.wantsLive = false;
    this.source.pause();
    this.#drawPlay();
  }

  toggleSound() {
    this.hasTapped = true;
    this.tapSound.hidden = true;
    this.video.muted = !this.video.muted;
    if (!this.video.muted && this.video.volume === 0) this.video.volume = 1;
    announce(this.video.muted ? "Mute" : "Unmute");
  }

  setVolume(value) {
    this.hasTapped = true;
    this.tapSound.hidden = true;
    this.video.volume = value;
    this.video.muted = value === 0;
  }

  toggleFull() {
    toggleFull(this.node, this.video);
  }

  goLive({ quiet = false } = {}) {
    this.wantsLive = true;
    this.source.goLive();
    this.play();
    if (!quiet) announce("Live");
  }

  /** Off air: play the last of what is kept. */
  lookBack() {
    this.seek(this.source.window().end - LOOK_BACK_MS);
    this.play();
    this.#drawCover();
  }

  /** All of it was played: show the stream's state again, and wait for it. */
  #endLookingBack() {
    this.source.pause();
    this.lookingBack = false;
    this.wantsLive = true;
    this.#drawPlay();
  }

  seek(instant) {
    const window = this.source.window();
    this.lookingBack = !this.source.isOnAir;
    this.wantsLive = Boolean(
      !this.lookingBack && window &&
        window.end - instant < (this.source.mode === "rtc" ? 300 : 1500),
    );
    if (this.wantsLive) this.source.goLive();
    else this.source.seek(instant);
  }

  /** Seek by milliseconds from the playhead. */
  nudge(ms) {
    const at = this.source.playhead();
    if (at !== null) this.seek(at + ms);
  }

  stepFrame(count) {
    this.pause();
    this.lookingBack = !this.source.isOnAir;
    this.source.step(count);
  }

  get isLive() {
    const behind = this.source.behind();
    return this.source.isOnAir && behind !== null && behind < LIVE_MS && !this.source.isPaused;
  }

  /** Apply the node's status: `{status, state, reason, since_us, viewers, window}`. */
  setStatus(status) {
    const before = this.status.status;
    this.status = { ...this.status, ...status };
    this.toldFirst = undefined;
    if (status.video?.fps > 0) this.source.fps = status.video.fps;
    this.source.setStatus(this.status);
    this.viewers.hidden = !this.status.viewers;
    text(this.viewers.querySelector("span"), String(this.status.viewers ?? ""));
    this.viewers.setAttribute("aria-label", `${this.status.viewers ?? 0} watching`);
    if (before !== this.status.status) {
      if (this.source.isOnAir) this.lookingBack = false;
      else if (before === "live") this.lookingBack = !this.wantsLive; // a rewound viewer continues there
      if (
        before !== "live" && this.status.status === "live" && this.wantsLive &&
        this.source.clock.ready
      ) this.goLive({ quiet: true });
      announce(this.source.isOnAir ? "On air" : stateOf(this.status).words);
    }
    this.#drawCover();
  }

  /**
   * What is on screen now: `{instant, canvas, url}`. The instant (ms) is that of exactly the
   * visible frame; if the frame is not readable, canvas and url are null.
   */
  grab(width = 480) {
    const frame = this.source.seenFrame();
    const seen = { instant: this.source.seenInstant(frame), canvas: null, url: null };
    // A frame knows its size; the <video> learns of a camera's new resolution only later.
    const across = frame?.displayWidth ?? this.video.videoWidth;
    const down = frame?.displayHeight ?? this.video.videoHeight;
    if (across) {
      const canvas = dom`<canvas width=${width} height=${Math.round((width * down) / across)} />`;
      try {
        canvas.getContext("2d").drawImage(frame ?? this.video, 0, 0, canvas.width, canvas.height);
        Object.assign(seen, { canvas, url: canvas.toDataURL("image/jpeg", 0.8) });
      } catch { /** another origin's frame is not readable; the instant is known anyway */ }
    }
    frame?.close();
    return seen;
  }

  /** Stalls add up: take a live viewer who has fallen far behind back to the live edge. */
  #keepUp() {
    const now = performance.now();
    const behind = this.source.behind();
    const late = this.wantsLive && !this.source.isPaused && !this.source.isSeeking &&
      this.video.readyState >= 2 && behind > KEEP_UP_MS;
    if (!late) this.lateSince = now;
    else if (now - this.lateSince > 1500 && now - (this.caughtUpAt ?? -1e9) > 6000) {
      this.caughtUpAt = now;
      this.source.goLive();
    }
  }

  #drawPlay() {
    const paused = this.source.isPaused;
    relabel(this.playButton, paused ? "Play" : "Pause", paused ? "play" : "pause");
    this.#drawCover();
  }

  #drawSound() {
    const off = this.video.muted || this.video.volume === 0;
    relabel(this.soundButton, off ? "Unmute" : "Mute", off ? "muted" : "sound");
    this.volume.value = off ? 0 : this.video.volume;
    this.volume.style.setProperty("--v", `${off ? 0 : this.video.volume * 100}%`);
  }

  #drawTime() {
    const at = this.source.playhead();
    const behind = this.source.behind();
    const onAir = this.status.status === "live";
    this.#drawBadge();
    if (at === null || behind === null) return;
    text(this.clockText, clock(at));
    this.#drawLive(this.isLive, behind, onAir);
  }

  /** The stream's state as far as it is known: the page's, then the node's. */
  get known() {
    return this.toldFirst ?? this.status;
  }

  #drawBadge() {
    const onAir = this.known.status === "live";
    const live = onAir && this.isLive;
    this.badge.classList.toggle("m-live", live);
    this.badge.classList.toggle("m-onpic", !live);
    const stands = !this.hasPlayed
      ? "Joining"
      : this.source.isPaused
      ? "Paused"
      : this.wantsLive
      ? "Catching up"
      : "Rewound";
    text(this.badge, onAir && !live ? stands : stateOf(this.known).badge);
  }

  /** The control that shows the protocol and the delay, and goes live. */
  #drawLive(live, behind, onAir) {
    if (this.liveButton.hidden !== !onAir) this.liveButton.hidden = !onAir;
    const now = performance.now();
    const mode = live ? this.source.mode : "back";
    if (mode === this.liveMode && now - this.liveDrawn < 400) return;
    this.liveDrawn = now;
    const far = seconds(behind);
    text(
      this.liveButton.lastChild,
      { rtc: `Live, ${far}`, hls: `${far} behind live`, back: `Go live · ${far}` }[mode],
    );
    if (mode === this.liveMode) return;
    this.liveMode = mode;
    this.liveButton.dataset.mode = mode;
    this.liveButton.title = {
      rtc: "Real time, by WebRTC",
      hls: "Two thirds of a second behind, by HLS. Click to try real time again",
      back: "Back to the live edge",
    }[mode];
  }

  /** The state over the video: what happened, why, and one action. */
  #drawCover() {
    const state = this.#state();
    this.cover.hidden = !state;
    this.node.classList.toggle("m-dim", Boolean(state?.dim));
    this.node.classList.toggle("m-soft", Boolean(state?.spin));
    const key = state ? `${state.title}|${state.detail ?? ""}|${state.action ?? ""}` : "";
    if (key === this.coverKey) return;
    this.coverKey = key;
    if (!state) {
      this.cover.replaceChildren();
      return;
    }
    const act = dom`<button class="m-btn m-onpicbtn" type="button" onclick=${state.run}>
      ${state.glyph ? ic(state.glyph, "s") : null}
      ${state.action}
    </button>`;
    this.cover.replaceChildren(
      dom`<div class="m-state">
        ${state.spin ? dom`<span class="m-ring m-l m-spin" />` : ic(state.icon, "l")}
        <div class="m-b m-lg">${state.title}</div>
        ${state.detail && dom`<p>${state.detail}</p>`}
        ${state.action ? act : null}
      </div>`,
    );
  }

  #state() {
    const { status, reason } = this.status;
    const { glyph, words } = stateOf(this.status);
    const window = this.source.window();
    const held = window
      ? length(Math.min(window.end - window.start, this.options.bufferS * 1000))
      : null;
    const back = held ? { action: "Rewind", glyph: "back", run: () => this.lookBack() } : {};
    if (this.needsTap) {
      return {
        icon: "play",
        title: "Click to watch",
        action: "Play",
        glyph: "play",
        run: () => this.toggle(),
      };
    }
    const isAway = !(this.lookingBack && held);
    if (isAway && status === "offline") {
      return {
        dim: true,
        icon: glyph,
        title: words,
        detail: held
          ? `The last ${held} are still available.`
          : reason ?? "Playback resumes when the stream is back.",
        ...back,
      };
    }
    if (isAway && status === "error") {
      return {
        dim: true,
        icon: "warn",
        title: "The stream has a problem",
        detail: reason ?? "The source does not answer. Moments keeps trying.",
        ...back,
      };
    }
    if (this.video.readyState >= 2 && !(status === "connecting" && !window)) {
      this.hasPlayed = true;
      this.options.still?.remove();
      this.stalledAt = undefined;
      return null;
    }
    if (isAway && status === "connecting") {
      return { dim: true, spin: true, title: words, detail: reason ?? "" };
    }
    if (this.hasPlayed) return this.#stalled() ? { spin: true, title: "Loading" } : null;
    return { dim: true, spin: true, title: "Joining the stream" };
  }

  /** Buffering that takes longer than a seek; a short wait shows only the last frame. */
  #stalled() {
    const now = performance.now();
    this.stalledAt ??= now;
    if (now - this.stalledAt > 900) return true;
    this.stallTimer ??= setTimeout(() => {
      this.stallTimer = undefined;
      this.#drawCover();
    }, 950);
    return false;
  }

  destroy() {
    this.destroyed = true;
    this.source.destroy();
  }
}
