// One stream in two players: WHEP for real time, LL-HLS for rewinding and wherever WebRTC fails.
// Each has its own <video>. The next one starts behind the visible one, and they swap when it shows
// the right frame, so that the screen is never black in between.
import { LiveSource } from "./live-source.js";
import { WhepSource } from "./whep-source.js";

const HEAD_START_MS = 700; // WebRTC's head start before HLS starts too
const REACH_MS = 5000; // how long to wait for a frame before swapping anyway
const OVER_MS = 1500; // this close to the end, stalled playback has ended
const STILL_MS = 600; // and has been stalled this long
const LAST_MS = 250; // off air: what a decoder may hold back at the end
const EDGE_MS = 300; // HLS has a frame when the playlist's end is this far past it
const STALE = [401, 403, 404]; // refusals that mean the access has expired
const RETRY_MS = [3000, 6000, 15_000, 30_000, 60_000];

export class DuoSource extends EventTarget {
  /** `grant()` resolves with the access to watch: `{hls_url, whep_url or stream.whep_url}`. */
  constructor({ hlsVideo, rtcVideo, grant }) {
    super();
    this.grant = async () => {
      this.granted = await grant();
      return this.granted;
    };
    this.hls = new LiveSource(hlsVideo, this.grant);
    this.rtc = new WhepSource(rtcVideo);
    this.bufferS = Infinity; // what the stream keeps, in seconds, once it is known
    this.mode = "hls";
    this.wantsLive = true;
    this.wantsPlay = true;
    this.failures = 0;
    this.retryAt = 0;
    this.movedAt = 0;
    this.hasEnded = false;
    this.status = null;
    for (const name of ["media", "gone", "lost"]) {
      this.hls.addEventListener(name, ({ detail }) => {
        if (this.mode === "hls") this.#say(name, detail);
      });
    }
    this.hls.addEventListener("window", () => this.#reach());
    this.rtc.addEventListener("first", () => this.#rtcShows());
    this.rtc.addEventListener("still", () => {
      if (this.mode === "rtc") this.#bridge();
    });
    this.rtc.addEventListener("lost", ({ detail }) => this.#rtcLost(detail.error));
    rtcVideo.addEventListener("pause", () => this.#rtcPaused());
    hlsVideo.addEventListener("play", () => {
      if (this.mode === "hls") this.wantsPlay = true;
    });
    hlsVideo.addEventListener("pause", () => {
      if (this.mode === "hls" && !this.changing && !hlsVideo.ended) this.wantsPlay = false;
    });
    hlsVideo.addEventListener("ended", () => {
      this.hasEnded = true;
    });
    this.timer = setInterval(() => this.#look(), 200);
  }

  get video() {
    return this.mode === "rtc" ? this.rtc.video : this.hls.video;
  }

  get videos() {
    return [this.hls.video, this.rtc.video];
  }

  get clock() {
    return { ready: this.mode === "rtc" || this.hls.clock.ready };
  }

  get fps() {
    return this.hls.fps;
  }

  set fps(value) {
    this.hls.fps = value;
  }

  /** Whether more is coming, as far as is known. */
  get isOnAir() {
    return !this.status || this.status.status === "live";
  }

  /** Whether everything kept of an off-air stream has been played. */
  get isOver() {
    const { ended, paused, seeking } = this.hls.video;
    if (this.isOnAir || this.mode !== "hls" || seeking) return false;
    const behind = this.behind(); // null before the first frame
    return ended ||
      (!paused && behind !== null && behind < OVER_MS &&
        performance.now() - this.movedAt > STILL_MS);
  }

  /** Whether the viewer has paused; a player that only waits for data is not paused. */
  get isPaused() {
    if (this.mode === "rtc" && this.pending?.at != null) return !this.wantsPlay;
    return this.video.paused && !(this.wantsPlay && this.video.ended);
  }

  /** Whether a seek to another instant is in progress. */
  get isSeeking() {
    return this.mode === "rtc" ? this.pending?.at != null : this.hls.video.seeking;
  }

  /** The visible player: "rtc" is real time, "hls" is a second behind or rewound. */
  async start() {
    await this.grant();
    if (this.#tryRtc()) {
      setTimeout(() => {
        if (this.mode !== "rtc" && !this.destroyed) this.#startHls();
      }, HEAD_START_MS);
    } else await this.#startHls();
  }

  /** Apply the node's status of the stream. */
  setStatus(status) {
    const before = this.status?.status;
    this.status = { ...status, at: performance.now() };
    if (before && before !== "live" && status.status === "live") {
      this.failures = 0;
      this.retryAt = 0;
      this.hls.goOn();
    }
  }

  play() {
    this.wantsPlay = true;
    if (this.mode === "rtc" && this.pending?.at != null) {
      return this.hls.video.play().catch(() => {});
    }
    return this.video.play();
  }

  /** Pause on the current frame. */
  pause() {
    this.wantsPlay = false;
    this.wantsLive = false;
    this.hls.video.pause();
    if (this.mode === "rtc" && this.pending?.at == null) this.#toHls(this.rtc.seenInstant());
  }

  goLive() {
    this.wantsLive = true;
    this.wantsPlay = true;
    if (this.mode === "rtc") {
      this.#cancel();
      this.rtc.video.play().catch(() => {});
      return;
    }
    this.hls.goLive();
    if (!this.blocked) this.retryAt = Math.min(this.retryAt, performance.now());
    this.#look();
  }

  /** Seek to an instant inside the window. */
  seek(instant) {
    this.wantsLive = false;
    const last = this.isOnAir ? Infinity : (this.window()?.end ?? Infinity) - LAST_MS; // nothing follows it
    const at = Math.min(instant, last);
    if (this.mode === "rtc") this.#toHls(at);
    else {
      this.hls.seek(at);
      this.rtc.stop();
    }
  }

  /** Show the frame `count` frames away. */
  step(count) {
    this.wantsLive = false;
    const frame = 1000 / this.fps;
    if (this.mode === "hls") this.hls.step(count);
    else this.#toHls((this.pending?.at ?? this.rtc.seenInstant()) + (count + 0.5) * frame);
  }

  /**
   * The frame on screen as an object, with its media time in microseconds, or null if the
   * browser has no WebCodecs (plain http on another host, older browsers). The caller closes it.
   */
  seenFrame() {
    const { video } = this;
    if (!globalThis.VideoFrame || video.readyState < 2) return null;
    try {
      return new VideoFrame(video);
    } catch {
      return null; // no frame yet, or not a readable one
    }
  }

  seenInstant(frame = null) {
    return this[this.mode].seenInstant(frame);
  }

  /** The playhead's position, or its target while seeking. */
  playhead() {
    return (this.mode === "rtc" ? this.pending?.at : null) ?? this[this.mode].playhead();
  }

  /** The playable span: `{start, end}` in ms. */
  window() {
    const told = this.status?.window;
    if (told && !this.isOnAir) return { start: told.start_us / 1000, end: told.end_us / 1000 };
    if (this.mode === "hls") {
      const known = this.hls.window();
      // Its playlist is behind what WebRTC has shown already; that must stay selectable.
      if (known) return { start: known.start, end: Math.max(known.end, this.rtc.newest ?? 0) };
      if (!this.rtc.isShowing) return null;
    }
    if (!told) return null;
    const passed = Math.min(performance.now() - this.status.at, 10_000);
    const isFull = (told.end_us - told.start_us) / 1e6 > this.bufferS - 3;
    const start = told.start_us / 1000 + (isFull ? passed : 0);
    return { start, end: this.#edge() ?? told.end_us / 1000 + passed };
  }

  /** The live edge while WebRTC plays: the newest frame's instant and its latency. */
  #edge() {
    const last = this.rtc.frames.at(-1);
    if (!last) return null;
    return last.instant + this.rtc.delay +
      Math.max(0, Math.min(performance.now() - last.shownAt, 10_000));
  }

  behind() {
    if (this.isOnAir && this.mode === "hls") return this.hls.behind();
    if (this.isOnAir && !this.rtc.video.paused && !this.rtc.isStill && this.pending?.at == null) {
      return this.rtc.delay;
    }
    const at = this.playhead();
    const edge = this.isOnAir ? this.#edge() : this.window()?.end ?? null;
    return at === null || edge === null ? null : Math.max(0, edge - at);
  }

  destroy() {
    this.destroyed = true;
    clearInterval(this.timer);
    this.rtc.stop();
    this.hls.destroy();
  }

  // To real time

  #tryRtc() {
    const url = this.granted?.whep_url ?? this.granted?.stream?.whep_url;
    if (
      !url || !globalThis.RTCPeerConnection || !HTMLVideoElement.prototype.requestVideoFrameCallback
    ) return false;
    if (this.rtc.session || performance.now() < this.retryAt) return Boolean(this.rtc.session);
    this.rtc.start(url);
    return true;
  }

  #rtcShows() {
    this.failures = 0;
    this.blocked = null;
    if (this.wantsLive && this.wantsPlay) this.#swap("rtc");
    else this.rtc.stop();
  }

  #rtcLost(error) {
    const isFinal = error?.status && !error.passes && !STALE.includes(error.status);
    this.blocked = isFinal ? error.code : null;
    const wait = isFinal ? RETRY_MS.at(-1) : RETRY_MS[Math.min(this.failures, RETRY_MS.length - 1)];
    this.failures += 1;
    this.retryAt = performance.now() + wait;
    if (STALE.includes(error?.status)) this.grant().catch(() => {});
    if (this.mode === "rtc") this.#bridge();
    else this.#startHls();
  }

  // To HLS

  async #startHls() {
    if (!this.hls.isStarted && !this.destroyed) await this.hls.start();
  }

  /** WebRTC failed: HLS takes over at its live edge. */
  #bridge() {
    if (this.pending) return;
    this.pending = { at: null, since: performance.now() };
    this.#startHls().then(() => this.hls.video.play().catch(() => {}));
  }

  #toHls(at) {
    if (this.pending) Object.assign(this.pending, { at, sought: false, since: performance.now() });
    else this.pending = { at, since: performance.now() };
    if (!this.rtc.video.paused) { // keep showing the last frame
      this.isHolding = true;
      this.rtc.video.pause();
    }
    this.#startHls();
    this.#reach();
  }

  /** Paused by the browser's own controls, or here to hold a frame. */
  #rtcPaused() {
    const { isHolding } = this;
    this.isHolding = false;
    if (isHolding || this.mode !== "rtc" || this.changing || !this.rtc.session) return;
    if (!this.rtc.isStill) this.pause();
  }

  /** Seek HLS to the requested frame, and swap when it shows it. */
  #reach() {
    const { pending } = this;
    if (!pending || this.mode !== "rtc") return;
    const { video } = this.hls;
    const isLate = performance.now() - pending.since > REACH_MS;
    if (pending.at === null) {
      if (video.readyState >= 3 && !video.seeking && video.currentTime > 0) this.#swap("hls");
      return;
    }
    const window = this.hls.window();
    if (!window || !video.readyState) return;
    if (!pending.sought) {
      const mayCome = this.isOnAir && !isLate;
      if (mayCome && window.end - EDGE_MS < pending.at) return; // it is not in the playlist yet
      pending.sought = true;
      if (!this.wantsPlay) video.pause();
      this.hls.seek(pending.at);
      return;
    }
    if (!video.seeking && video.readyState >= 2) this.#swap("hls");
  }

  #cancel() {
    if (!this.pending) return;
    this.pending = null;
    this.hls.stop();
  }

  #swap(to) {
    if (this.mode === to || this.destroyed) return;
    const outgoing = this.video;
    this.changing = true;
    this.mode = to;
    this.pending = null;
    const incoming = this.video;
    incoming.volume = outgoing.volume;
    incoming.muted = outgoing.muted;
    outgoing.muted = true;
    incoming.classList.add("m-front");
    outgoing.classList.remove("m-front");
    if (this.wantsPlay && incoming.paused) incoming.play().catch(() => {});
    // Its last frame stays behind the other until that one is really painted.
    requestAnimationFrame(() =>
      requestAnimationFrame(() => {
        if (this.mode !== to) return;
        if (to === "rtc") this.hls.stop();
        else this.rtc.stop();
        this.changing = false;
      })
    );
    this.#say("swap");
  }

  #look() {
    if (this.destroyed) return;
    const { currentTime, ended, paused } = this.hls.video;
    if (currentTime !== this.wasAt || paused) this.movedAt = performance.now();
    this.wasAt = currentTime;
    if (this.hasEnded && !ended) this.#playOn();
    if (
      this.pending?.at === null && this.rtc.session && !this.rtc.isStill &&
      performance.now() - this.pending.since > 400
    ) this.#cancel();
    this.#reach();
    const isWanted = this.mode === "hls" && this.wantsLive && this.wantsPlay &&
      (ended || !paused) && !document.hidden;
    if (isWanted && this.isOnAir && this.granted && !this.rtc.session) this.#tryRtc();
  }

  /** Browsers pause at the end; there is more now. */
  #playOn() {
    this.hasEnded = false;
    if (this.mode === "hls" && this.isOnAir && this.wantsPlay) {
      this.hls.video.play().catch(() => {});
    }
  }

  #say(name, detail = {}) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
