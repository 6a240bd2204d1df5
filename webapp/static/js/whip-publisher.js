// Publishes a MediaStream by WHIP and reconnects with backoff.
import { preferH264, RtcSession } from "./rtc-session.js";

const WAITS_MS = [500, 1000, 2000, 4000, 8000, 10_000];
const CONNECT_MS = 12_000;
const BROKEN_MS = 2500; // "disconnected" may recover by itself within this time

/**
 * Events: "state" (`detail: {state, reason, wait}`; state is idle, connecting, live, reconnecting,
 * refused) and "figures" (`detail: {kbps, fps, width, height, loss, roundTrip, limited}`).
 */
export class WhipPublisher extends EventTarget {
  /** `target()` resolves with `{url, token}`, requested afresh for every attempt. */
  constructor(target) {
    super();
    this.target = target;
    this.state = "idle";
    this.kbps = 2500; // at most
  }

  async start(media) {
    this.media = media;
    this.wanted = true;
    this.tries = 0;
    this.#set("connecting");
    await this.#connect();
  }

  stop() {
    this.wanted = false;
    this.#drop();
    this.#set("idle");
  }

  /** Switch to another camera, microphone or screen without a break. */
  async replace(media) {
    this.media = media;
    for (const sender of this.session?.pc.getSenders() ?? []) {
      const kind = sender === this.videoSender ? "video" : "audio";
      await sender.replaceTrack(media.getTracks().find((track) => track.kind === kind) ?? null);
    }
  }

  /** Send at most so many kbit/s. */
  async limit(kbps) {
    this.kbps = kbps;
    const sender = this.videoSender;
    const wanted = sender?.getParameters();
    if (!wanted?.encodings?.length) return;
    wanted.encodings[0].maxBitrate = kbps * 1000;
    wanted.degradationPreference = "balanced";
    await sender.setParameters(wanted).catch(() => {});
  }

  async #connect() {
    clearTimeout(this.again);
    if (!this.wanted) return;
    let session;
    try {
      const target = await this.target();
      if (!this.wanted) return;
      session = new RtcSession(target);
      this.session = session;
      this.#addTracks(session.pc);
      session.pc.onconnectionstatechange = () => this.#connectionChanged(session);
      this.patience = setTimeout(
        () => this.#broke(session, "The connection failed. A firewall may block UDP."),
        CONNECT_MS,
      );
      await session.open(AbortSignal.timeout?.(8000));
      if (this.session === session) await this.limit(this.kbps);
    } catch (error) {
      if (session && this.session !== session) return;
      if (!this.wanted) return;
      // A reconnecting publisher may collide with its own old session, until the node notices its
      // death.
      const isOwn = error.status === 409 && this.liveSince && this.tries < 6;
      const words = error.status ? error.message : "The server is unreachable";
      if (error.status && !mayPass(error) && !isOwn) this.#refuse(words);
      else this.#broke(session, words, (error.retryAfter ?? 0) * 1000);
    }
  }

  #addTracks(pc) {
    const video = this.media.getVideoTracks()[0];
    const audio = this.media.getAudioTracks()[0];
    const add = (track, kind, extra) =>
      pc.addTransceiver(track ?? kind, { direction: "sendonly", streams: [this.media], ...extra });
    const line = add(video, "video", { sendEncodings: [{ maxBitrate: this.kbps * 1000 }] });
    preferH264(line);
    this.videoSender = line.sender;
    // The audio track exists even without a microphone, so that one can be switched on later.
    add(audio, "audio");
  }

  #connectionChanged(session) {
    if (this.session !== session) return;
    const { connectionState: state } = session.pc;
    clearTimeout(this.broken);
    if (state === "connected") {
      clearTimeout(this.patience);
      this.tries = 0;
      this.liveSince ??= Date.now();
      this.#set("live");
      this.#measure(session);
    } else if (state === "disconnected") {
      this.#set("reconnecting", { reason: "The connection was lost" });
      this.broken = setTimeout(() => this.#broke(session, "The connection was lost", 1), BROKEN_MS);
    } else if (state === "failed" || state === "closed") {
      this.#broke(session, "The connection was lost", 1);
    }
  }

  #broke(session, reason, wait = 0) {
    if (!this.wanted || (session && this.session !== session)) return;
    this.#drop();
    const pause = wait || WAITS_MS[Math.min(this.tries, WAITS_MS.length - 1)];
    this.tries += 1;
    this.#set(this.liveSince ? "reconnecting" : "connecting", { reason, wait: pause });
    this.again = setTimeout(() => this.#connect(), pause);
  }

  #refuse(reason) {
    this.wanted = false;
    this.#drop();
    this.#set("refused", { reason });
  }

  #drop() {
    for (const timer of [this.again, this.patience, this.broken]) clearTimeout(timer);
    clearInterval(this.measuring);
    const { session } = this;
    this.session = null;
    this.videoSender = null;
    session?.close();
  }

  /** The actual outgoing statistics, every second. */
  #measure(session) {
    clearInterval(this.measuring);
    let before = null;
    this.measuring = setInterval(async () => {
      if (this.session !== session) return;
      const now = { at: performance.now(), bytes: 0 };
      for (const report of (await session.pc.getStats()).values()) {
        if (report.type === "outbound-rtp") now.bytes += report.bytesSent;
        if (report.type === "outbound-rtp" && report.kind === "video") {
          Object.assign(now, {
            fps: report.framesPerSecond,
            width: report.frameWidth,
            height: report.frameHeight,
            limited: report.qualityLimitationReason,
          });
        }
        if (report.type === "remote-inbound-rtp" && report.kind === "video") {
          Object.assign(now, { loss: report.fractionLost, roundTrip: report.roundTripTime });
        }
      }
      if (before) {
        this.#say("figures", {
          ...now,
          kbps: Math.round(((now.bytes - before.bytes) * 8) / (now.at - before.at)),
        });
      }
      before = now;
    }, 1000);
  }

  #set(state, detail = {}) {
    this.state = state;
    if (state === "idle" || state === "refused") this.liveSince = undefined;
    this.#say("state", { state, ...detail });
  }

  #say(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

/** Whether another attempt may succeed; after a conflict, somebody else publishes. */
const mayPass = ({ status }) => status >= 500 || [408, 425, 429].includes(status);
