// Feeds a <video> by WHEP, and knows the instant of every frame on screen.
import { RtcSession } from "./rtc-session.js";

const KEPT = 90; // frames whose instants are remembered: a few seconds
const PATIENCE_MS = 20_000; // from the offer to the first frame; HLS is visible meanwhile
const FAR = 2 ** 29; // ticks: a hundred minutes
const STILL_MS = 1400; // without a frame this long, something is wrong

/** From the clock header `<rtp>=<utc_us>`: a function from an RTP timestamp (90 kHz) to ms. */
export function rtpClock(header) {
  let [rtp, us] = (header ?? "").split("=").map(Number);
  if (!Number.isFinite(rtp) || !us) return null;
  return (stamp) => {
    const ticks = (stamp - rtp) | 0;
    const instant = us + Math.ceil((ticks * 100) / 9);
    if (ticks > FAR) { // 32 bits wrap every 13 hours, and a page may be open for days: unwrap
      const whole = ticks - (ticks % 9); // 9 ticks are 100 µs, so nothing is rounded
      rtp = (rtp + whole) >>> 0;
      us += (whole / 9) * 100;
    }
    return instant / 1000;
  };
}

/**
 * Emits "first" when a frame is shown, "still" when frames stop arriving, "lost" when the session
 * has ended (`detail.error` if it was refused).
 */
export class WhepSource extends EventTarget {
  constructor(video) {
    super();
    this.video = video;
    this.frames = [];
    this.delay = null;
    this.roundTrip = 0;
  }

  get isShowing() {
    return Boolean(this.session && this.frames.length);
  }

  /** Start; failures are emitted as events. */
  async start(url) {
    this.stop();
    const session = new RtcSession({ url, token: null });
    this.session = session;
    this.startedAt = performance.now();
    const { pc } = session;
    const media = new MediaStream();
    pc.addTransceiver("video", { direction: "recvonly" });
    pc.addTransceiver("audio", { direction: "recvonly" });
    pc.ontrack = ({ track, receiver }) => {
      if ("jitterBufferTarget" in receiver) receiver.jitterBufferTarget = 0;
      media.addTrack(track);
      if (track.kind === "video") this.receiver = receiver;
    };
    pc.onconnectionstatechange = () => {
      if (this.session !== session) return;
      if (pc.connectionState === "failed" || pc.connectionState === "closed") this.#lose();
      else if (pc.connectionState === "disconnected") this.#say("still");
    };
    this.video.srcObject = media;
    this.#follow(session);
    this.watch = setInterval(() => this.#look(session), 250);
    try {
      const headers = await session.open(AbortSignal.timeout?.(PATIENCE_MS));
      this.toInstant = rtpClock(headers.get("x-moments-clock"));
      if (!this.toInstant) throw new Error("The node did not send its clock. Reload the page.");
      if (this.session === session) await this.video.play().catch(() => {});
    } catch (error) {
      if (this.session === session) this.#lose(error);
    }
  }

  stop() {
    clearInterval(this.watch);
    this.session?.close();
    this.session = null;
    this.receiver = null;
    this.frames = [];
    this.delay = null;
    if (this.video.srcObject) this.video.srcObject = null;
  }

  #follow(session) {
    const { video } = this;
    if (!video.requestVideoFrameCallback) return;
    const step = (now, meta) => {
      if (this.session !== session) return;
      video.requestVideoFrameCallback(step);
      const stamp = meta.rtpTimestamp ??
        this.receiver?.getSynchronizationSources?.()[0]?.rtpTimestamp;
      if (stamp === undefined || !this.toInstant) return;
      const isFirst = !this.frames.length;
      this.newest = Math.max(this.newest ?? 0, this.toInstant(stamp));
      this.frames.push({
        instant: this.toInstant(stamp),
        mediaTime: meta.mediaTime,
        shownAt: meta.expectedDisplayTime ?? now,
      });
      if (this.frames.length > KEPT) this.frames.shift();
      this.seenAt = performance.now();
      this.isStill = false;
      const waited = meta.receiveTime === undefined
        ? 100
        : meta.expectedDisplayTime - meta.receiveTime;
      const delay = Math.max(0, waited) + this.roundTrip / 2;
      this.delay = this.delay === null ? delay : this.delay + (delay - this.delay) * 0.1;
      if (isFirst) this.#say("first");
    };
    video.requestVideoFrameCallback(step);
  }

  /** Notice a stall; frames do not count while the page is hidden. */
  #look(session) {
    if (this.session !== session) return;
    const now = performance.now();
    if (document.hidden) {
      this.hiddenAt = now;
      return;
    }
    if (!this.frames.length) {
      if (now - this.startedAt > PATIENCE_MS) this.#lose();
    } else if (
      !this.video.paused && now - Math.max(this.seenAt, this.hiddenAt ?? 0) > STILL_MS &&
      !this.isStill
    ) {
      this.isStill = true;
      this.#say("still");
    }
    if (now - (this.askedAt ?? 0) > 2000) {
      this.askedAt = now;
      session.roundTrip().then((ms) => {
        this.roundTrip = ms ?? this.roundTrip;
      }).catch(() => {});
    }
  }

  #lose(error) {
    this.stop();
    this.#say("lost", { error });
  }

  /** The instant (ms) of the frame on screen; `frame` is a VideoFrame of it. */
  seenInstant(frame = null) {
    if (!this.frames.length) return null;
    if (frame) {
      const stamp = frame.metadata?.().rtpTimestamp; // it carries its own timestamp, if the browser supports that
      if (stamp !== undefined && this.toInstant) return this.toInstant(stamp);
      const time = frame.timestamp / 1e6;
      const near = this.frames.reduce((
        best,
        each,
      ) => (Math.abs(each.mediaTime - time) < Math.abs(best.mediaTime - time) ? each : best));
      const apart = (time - near.mediaTime) * 1000;
      if (Math.abs(apart) < 0.5) return near.instant;
      // A busy page misses callbacks: extrapolate from the nearest one, by whole frames (these
      // times are
      // the receiver's, with jitter), and slightly into the frame.
      const length = this.#frameLength();
      if (Math.abs(apart) < 20_000) {
        return near.instant + (Math.round(apart / length) + 0.25) * length;
      }
    }
    const now = performance.now();
    for (let at = this.frames.length - 1; at > 0; at -= 1) {
      if (this.frames[at].shownAt <= now) return this.frames[at].instant;
    }
    return this.frames[0].instant;
  }

  /** A frame's duration (ms): the least time between two callbacks. */
  #frameLength() {
    const steps = this.frames.slice(1).map((each, at) => each.instant - this.frames[at].instant);
    return Math.min(100, ...steps.filter((step) => step > 1));
  }

  /** The instant (ms) of the playhead, smooth between frames. */
  playhead() {
    const last = this.frames.at(-1);
    if (!last) return null;
    if (this.video.paused) return last.instant;
    return last.instant + Math.max(-50, Math.min(performance.now() - last.shownAt, 500));
  }

  #say(name, detail = {}) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
