// Feeds a <video> with a stream: hls.js two thirds of a second behind live, or the browser's own HLS.
import { MediaClock } from "./media-clock.js";

const TARGET_S = 0.6; // behind the live edge: three parts of 0.2 s
const FAR_S = 3.0; // too far behind: seek to the live edge, with this minimum interval
const JUMP_MS = 10_000;
const CONFIG = {
  lowLatencyMode: true,
  liveSyncDuration: TARGET_S,
  liveMaxLatencyDuration: 86_400, // a viewer who rewinds stays there
  maxLiveSyncPlaybackRate: 1, // see #keepUp
  liveSyncOnStallIncrease: 0.4,
  liveDurationInfinity: true,
  maxBufferLength: 12,
  backBufferLength: 45,
  enableWorker: true,
  startFragPrefetch: true,
  nudgeOffset: 0.05,
  // Blocking reload holds a request up to a few parts; an outage must show within seconds.
  playlistLoadPolicy: {
    default: {
      maxTimeToFirstByteMs: 8000,
      maxLoadTimeMs: 12_000,
      timeoutRetry: { maxNumRetry: 8, retryDelayMs: 200, maxRetryDelayMs: 3000 },
      errorRetry: {
        maxNumRetry: 30,
        retryDelayMs: 300,
        maxRetryDelayMs: 3000,
        backoff: "exponential",
      },
    },
  },
};

export class LiveSource extends EventTarget {
  /** `grant()` resolves with a fresh `{hls_url}`: at the start and whenever a token has expired. */
  constructor(video, grant, loadHls = () => import("../vendor/hls/hls.light.min.mjs")) {
    super();
    this.loadHls = loadHls;
    this.video = video;
    this.grant = grant;
    this.clock = new MediaClock();
    this.hls = null;
    /** @type {any} */
    this.frame = { mediaTime: null };
    this.due = null; // where to begin, in ms, if a seek came before the playlist
    this.fps = 30;
    this.destroyed = false;
    this.retry = 0;
    this.#followFrames();
    video.addEventListener("timeupdate", () => this.#keepUp());
    video.addEventListener("pause", () => {
      if (!video.ended) this.follows = false;
    });
  }

  async start() {
    this.isStarted = true;
    this.follows = true;
    this.jumpedAt = performance.now();
    this.turn = {};
    await this.#open();
  }

  /** Ask for access and load; asked again until it is granted or refused for good. */
  async #open() {
    const { turn } = this;
    const isOver = () => this.destroyed || this.turn !== turn;
    try {
      const { hls_url: url } = await this.grant();
      const { default: Hls } = await this.loadHls();
      if (isOver()) return;
      if (Hls.isSupported()) this.#startHls(Hls, url);
      else this.#startNative(url);
    } catch (error) {
      if (isOver()) return;
      if ([403, 404].includes(error.status)) {
        this.isStarted = false;
        this.#say("gone", { error });
      } else await this.#restart(error.status);
    }
  }

  #startHls(Hls, url) {
    const { Events, ErrorTypes } = Hls;
    this.hls?.destroy();
    const hls = new Hls(CONFIG);
    this.hls = hls;
    let isFirst = true;
    hls.on(Events.LEVEL_UPDATED, (_, { details }) => {
      this.clock.update(details);
      const due = this.due === null ? null : this.clock.toMedia(this.due);
      if (isFirst && !details.live) {
        hls.startLoad(due ?? Math.max(0, details.edge - TARGET_S)); // not at the start
      } else if (due !== null) this.seek(this.due);
      this.due = null;
      isFirst = false;
      this.retry = 0;
      this.#say("window");
    });
    hls.on(Events.FRAG_BUFFERED, () => this.#say("media"));
    hls.on(Events.ERROR, (_, data) => {
      if (!data.fatal) return;
      if (data.type === ErrorTypes.MEDIA_ERROR && this.#mayRecover()) hls.recoverMediaError();
      else this.#restart(data.response?.code);
    });
    hls.loadSource(url);
    hls.attachMedia(this.video);
  }

  /** On air again: a finished playlist continues. */
  goOn() {
    const details = this.hls?.levels[this.hls.loadLevel]?.details;
    if (details && !details.live) {
      details.live = true; // hls.js does not reload a finished playlist
      this.hls.startLoad(this.video.currentTime);
    } else if (!this.hls && this.isStarted && this.video.ended) {
      this.video.load();
    }
  }

  /** Stop loading and forget what was loaded; `start` begins again. */
  stop() {
    this.isStarted = false;
    this.turn = undefined;
    this.hls?.destroy();
    this.hls = null;
    this.clock.reset();
    /** @type {any} */
    this.frame = { mediaTime: null };
    this.before = undefined;
    if (this.video.hasAttribute("src")) {
      this.video.removeAttribute("src");
      this.video.load();
    }
  }

  #mayRecover() {
    const now = performance.now();
    const may = now - (this.recoveredAt ?? -1e9) > 5000;
    this.recoveredAt = now;
    return may;
  }

  /** All retries failed: request access again (the token may have expired). */
  async #restart(status) {
    this.hls?.destroy();
    this.hls = null;
    this.retry += 1;
    const { turn } = this;
    this.#say("lost", { status, wait: this.#wait() });
    await new Promise((resolve) => setTimeout(resolve, this.#wait()));
    if (!this.destroyed && !this.hls && this.turn === turn) await this.#open();
  }

  #wait() {
    return Math.min(5000, 400 * 1.6 ** this.retry);
  }

  #startNative(url) {
    this.video.src = url;
    this.video.addEventListener("loadedmetadata", () => {
      if (!this.isStarted) return;
      const start = this.video.getStartDate?.();
      if (start && !Number.isNaN(start.getTime())) this.clock.startDate = start.getTime();
      this.#say("window");
    });
    this.video.addEventListener("error", () => {
      if (this.isStarted) this.#say("lost", { wait: 3000 });
    });
  }

  /**
   * Catch up with the live edge unnoticeably, unless the viewer rewound. hls.js only does this
   * with
   * more than a second buffered, which this close to the edge does not exist.
   */
  #keepUp() {
    const { hls, video } = this;
    if (!hls || video.paused || video.seeking) return;
    const late = this.follows ? hls.latency - hls.targetLatency : 0;
    if (late > FAR_S && performance.now() - this.jumpedAt > JUMP_MS) {
      this.jumpedAt = performance.now();
      this.goLive();
      return;
    }
    const { buffered } = video;
    const ahead = buffered.length ? buffered.end(buffered.length - 1) - video.currentTime : 0;
    const rate = late > 0.05 && ahead > 0.4 ? Math.min(1.1, 1.03 + late / 10) : 1;
    if (video.playbackRate !== rate) video.playbackRate = rate;
  }

  /** Remember the frame on screen and the next one. */
  #followFrames() {
    if (!this.video.requestVideoFrameCallback) return;
    const step = (_, meta) => {
      this.before = this.frame;
      this.frame = { mediaTime: meta.mediaTime, shownAt: meta.expectedDisplayTime };
      if (!this.destroyed) this.video.requestVideoFrameCallback(step);
    };
    this.video.requestVideoFrameCallback(step);
  }

  /** Media time of the frame on screen. */
  seenMediaTime() {
    const { frame, before } = this;
    if (frame.mediaTime === null) return this.video.currentTime;
    // A frame is presented slightly after its callback; until then the previous one is visible.
    if (frame.shownAt > performance.now() && before?.mediaTime != null) return before.mediaTime;
    return frame.mediaTime;
  }

  /** The instant (ms) of the frame on screen. */
  seenInstant(frame = null) {
    return this.clock.toInstant(frame ? frame.timestamp / 1e6 : this.seenMediaTime());
  }

  /** The instant (ms) of the playhead, smooth between frames. */
  playhead() {
    return this.clock.toInstant(this.video.currentTime);
  }

  window() {
    const known = this.clock.window();
    if (known || this.clock.startDate === null || !this.video.seekable.length) return known;
    const { seekable } = this.video;
    const last = seekable.length - 1;
    return {
      start: this.clock.toInstant(seekable.start(0)),
      end: this.clock.toInstant(seekable.end(last)),
    };
  }

  /** Seek to an instant inside the window. */
  seek(instant) {
    const window = this.window();
    this.due = window ? null : instant;
    if (!window) return; // once there is a playlist
    const at = Math.max(window.start + 50, Math.min(instant, window.end - 250));
    const media = this.clock.toMedia(at);
    this.follows = false;
    if (media !== null && Number.isFinite(media)) this.video.currentTime = Math.max(0, media);
  }

  /** Show the frame `count` frames away. */
  step(count) {
    const frame = 1 / this.fps;
    this.follows = false;
    // The middle of a frame is far from its edges, where rounding decides.
    this.video.currentTime = this.seenMediaTime() + (count + 0.5) * frame;
  }

  /** Milliseconds behind the live edge, or null. */
  behind() {
    const window = this.window();
    const at = this.playhead();
    return window && at !== null ? Math.max(0, window.end - at) : null;
  }

  goLive() {
    this.follows = true;
    const sync = this.hls?.liveSyncPosition;
    if (sync) this.video.currentTime = sync;
    else if (this.video.seekable.length) {
      this.video.currentTime = this.video.seekable.end(this.video.seekable.length - 1) - TARGET_S;
    }
  }

  destroy() {
    this.destroyed = true;
    this.hls?.destroy();
  }

  #say(name, detail = {}) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
