// Publishes a camera or a screen: preview, level meter, what is going on, and the one button. The
// button is here because it has to work without the page's socket; sharing a screen needs the press.
import { announce, dom, text } from "moments/dom.js";
import { ic } from "moments/icons.js";
import { api } from "moments/api.js";
import { length } from "moments/format.js";
import { Grant } from "moments/grant.js";
import {
  canShareScreen,
  listDevices,
  meter,
  obstacle,
  openCamera,
  openScreen,
  SIZES,
  whyNot,
} from "moments/capture-devices.js";
import { store, stored } from "moments/store.js";
import { WhipPublisher } from "moments/whip-publisher.js";
import { view } from "moments/view.js";

const STORE = "moments.go-live";
const LOOK_MS = 5000;
const WARNS = ["connecting", "live", "reconnecting"];
const BADGES = {
  connecting: "Connecting",
  live: "Live",
  reconnecting: "Reconnecting",
  refused: "Refused",
};
const sentence = (words) => (/[.!?]$/.test(words) ? words : `${words}.`);

class Stage {
  constructor(root, { stream, takesOver, secureUrl, tell }) {
    this.stream = stream;
    this.takesOver = takesOver;
    this.secureUrl = secureUrl;
    this.tell = tell;
    this.choice = {
      from: "camera",
      size: "720",
      kbps: 2500,
      camera: "",
      microphone: "",
      ...stored(STORE, {}),
    };
    this.choice.from = "camera"; // screen sharing needs a press
    this.publisher = new WhipPublisher(() => this.#target());
    this.grant = new Grant(`/api/streams/${stream.id}/watch`);
    this.#build(root);
    this.publisher.addEventListener("state", ({ detail }) => this.#changed(detail));
    this.publisher.addEventListener("figures", ({ detail }) => this.tell("figures", detail));
    this.leaving = (event) => {
      if (this.isOn) event.preventDefault();
    };
    this.left = () => this.publisher.stop();
    addEventListener("beforeunload", this.leaving);
    addEventListener("pagehide", this.left);
    this.timer = setInterval(() => this.#tick(), 500);
    this.#changed({ state: "idle" });
  }

  get isOn() {
    return WARNS.includes(this.publisher.state);
  }

  async #target() {
    const stream = await api.get(`/api/streams/${this.stream.id}`);
    if (!stream.publish_key) {
      throw Object.assign(new Error("You cannot publish to this stream."), { status: 403 });
    }
    return { url: stream.whip_url, token: stream.publish_key };
  }

  #build(root) {
    this.video = dom`<video playsinline muted autoplay aria-label="Camera preview" />`;
    this.video.muted = true;
    this.badge = dom`<span class="m-badge m-onpic" />`;
    this.clock = dom`<span class="m-pill" hidden />`;
    this.viewers = dom`<span class="m-pill" hidden>${ic("eye", "s")}<span /></span>`;
    this.cover = dom`<div class="m-cover" />`;
    this.levelBar = dom`<i />`;
    this.level = dom`<div class="m-level" role="meter" aria-label="Microphone" aria-valuemin="0"
      aria-valuemax="100" aria-valuenow="0">
      ${this.levelBar}
    </div>`;
    const mute = (label, kind, on, off) =>
      dom`<button class="m-ib" type="button" aria-pressed="false" title=${label} aria-label=${label}
        onclick=${(event) => this.#mute(kind, event.currentTarget, on, off)}>
        ${ic(on)}
      </button>`;
    this.mutes = {
      audio: mute("Microphone off", "audio", "microphone", "silent"),
      video: mute("Camera off", "video", "camera", "offair"),
    };
    const radio = (from, label, glyph) =>
      dom`<button type="button" role="radio" data-from=${from}
        aria-checked=${String(from === "camera")} onclick=${() => this.open(from)}>
        ${ic(glyph, "s")}
        ${label}
      </button>`;
    this.kinds = dom`<div class="m-seg" role="radiogroup" aria-label="Source">
      ${radio("camera", "Camera", "camera")}
      ${canShareScreen() ? radio("screen", "Screen", "screen") : null}
    </div>`;
    this.kinds.addEventListener("keydown", (event) => this.#roam(event));
    this.said = dom`<p class="m-gostate" role="status" />`;
    this.go = dom`<button class="m-btn m-big m-solid" type="button" data-go="" onclick=${() =>
      this.toggle()} />`;
    root.append(
      dom`<div class="m-stage m-golivestage">
        ${this.video}
        ${this.cover}
        <div class="m-hud m-hud-t">${this.badge}${this.clock}${this.viewers}</div>
        <div class="m-hud m-hud-b">${this.mutes.audio}${this.mutes.video}${this.level}</div>
      </div>`,
      dom`<div class="m-gobar">${this.kinds}${this.said}${this.go}</div>`,
    );
  }

  async start() {
    const trouble = obstacle();
    if (trouble) {
      this.go.disabled = true;
      this.#cover(
        trouble.kind === "insecure" ? "lock" : "warn",
        trouble.title,
        trouble.detail,
        trouble.kind === "insecure" ? this.#wayOut() : null,
      );
      return;
    }
    navigator.mediaDevices.addEventListener?.("devicechange", () => this.#list());
    await this.open("camera");
  }

  /** Without HTTPS there is no camera: what to do instead. */
  #wayOut() {
    if (this.secureUrl && !this.secureUrl.startsWith(location.origin)) {
      return dom`<a class="m-btn m-onpicbtn" href=${this.secureUrl}>
        ${ic("arrow", "s")}
        Open the secure page
      </a>`;
    }
    return dom`<p>
      ${"Start Moments with "}
      <code class="m-mono">moments up --tls</code>
      ${" and open the https address that it prints. On this machine, http://localhost works too."}
    </p>`;
  }

  /** Open a camera or a screen, in place of what is open. */
  async open(from) {
    const before = this.media;
    this.#cover(
      "ring",
      from === "screen" ? "Choose what to share" : "Waiting for the camera",
      "The browser asks whether this page may use it.",
    );
    let media;
    try {
      media = await (from === "screen" ? openScreen(this.choice) : openCamera(this.choice));
    } catch (error) {
      if (before) {
        this.#cover(null);
        return;
      }
      this.#cover(
        "warn",
        from === "screen" ? "Screen sharing was not started" : "No camera yet",
        whyNot(error),
        dom`<button class="m-btn m-onpicbtn" type="button" onclick=${() => this.open(from)}>
          ${ic("again", "s")}
          Try again
        </button>`,
      );
      this.go.disabled = true;
      return;
    }
    if (from === "screen" && !media.getAudioTracks().length) await this.#addMicrophone(media);
    this.choice.from = from;
    for (const button of this.kinds.children) {
      button.setAttribute("aria-checked", String(button.dataset.from === from));
    }
    this.#show(media);
    if (this.isOn) await this.publisher.replace(media);
    before?.getTracks().forEach((track) => track.stop());
    media.getVideoTracks()[0]?.addEventListener("ended", () => {
      if (this.media === media && from === "screen") this.open("camera");
    });
    this.go.disabled = false;
    this.#cover(
      media.getVideoTracks().length ? null : "sound",
      "Audio only",
      "No camera was found; only the microphone is sent.",
    );
    await this.#list();
    store(STORE, this.choice);
  }

  async #addMicrophone(media) {
    const sound = await openCamera({ ...this.choice, camera: "" }).catch(() => null);
    sound?.getVideoTracks().forEach((track) => track.stop());
    for (const track of sound?.getAudioTracks() ?? []) media.addTrack(track);
  }

  #show(media) {
    this.media = media;
    this.video.srcObject = media;
    this.video.classList.toggle(
      "m-mirror",
      this.choice.from === "camera" &&
        media.getVideoTracks()[0]?.getSettings().facingMode !== "environment",
    );
    this.endMeter?.();
    this.endMeter = meter(media, (level) => this.#measure(level));
    for (const [kind, button] of Object.entries(this.mutes)) {
      button.hidden = !media.getTracks().some((track) => track.kind === kind);
    }
  }

  #measure(level) {
    this.level.hidden = level === null;
    const percent = Math.round((level ?? 0) * 100);
    if (percent === this.heard) return;
    this.heard = percent;
    this.levelBar.style.transform = `scaleX(${percent / 100})`;
    this.levelBar.classList.toggle("m-hot", percent > 95);
    this.level.setAttribute("aria-valuenow", percent);
  }

  /** Tell the page which devices there are, and which are in use. */
  async #list() {
    const { cameras, microphones } = await listDevices();
    const used = (kind) =>
      this.media?.getTracks().find((track) => track.kind === kind)?.getSettings().deviceId ?? "";
    const { from, size, kbps } = this.choice;
    this.tell("devices", {
      cameras,
      microphones,
      camera: from === "camera" ? used("video") : "",
      microphone: used("audio"),
      from,
      size,
      kbps,
    });
  }

  /** Use another device, resolution or bitrate. */
  async choose(name, value) {
    this.choice[name] = name === "kbps" ? Number(value) : value;
    if (name === "size") {
      this.choice.kbps = SIZES[value]?.[2] ?? this.choice.kbps;
    }
    if (name === "size" || name === "kbps") await this.publisher.limit({ kbps: this.choice.kbps });
    store(STORE, this.choice);
    if (name === "camera" || (name === "size" && this.choice.from === "camera")) {
      await this.open("camera");
    } else if (name === "microphone") await this.open(this.choice.from);
    else await this.#list();
  }

  #mute(kind, button, on, off) {
    const silent = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(silent));
    button.replaceChildren(ic(silent ? off : on));
    this.#applyMutes();
    announce(`${kind === "audio" ? "Microphone" : "Camera"} ${silent ? "off" : "on"}`);
  }

  #applyMutes() {
    for (const track of this.media?.getTracks() ?? []) {
      track.enabled = this.mutes[track.kind].getAttribute("aria-pressed") !== "true";
    }
  }

  async toggle() {
    if (this.isOn) {
      this.publisher.stop();
      this.lock?.release().catch(() => {});
      return;
    }
    this.publisher.limits.kbps = this.choice.kbps;
    this.#applyMutes();
    await this.publisher.start(this.media);
    try {
      this.lock = await navigator.wakeLock?.request("screen");
    } catch { /* the screen may turn off then */ }
  }

  #changed({ state, reason = undefined, wait = undefined }) {
    this.askedAt = this.detail ? Date.now() : 0; // right after a change, the node may still report our own session
    this.other = null;
    this.detail = { state, reason, until: wait ? Date.now() + wait : null };
    this.go.replaceChildren(
      ic(this.isOn ? "close" : "live", "l"),
      dom`<span>${this.isOn ? "End" : state === "refused" ? "Try again" : "Go live"}</span>`,
    );
    this.go.classList.toggle("m-danger", this.isOn);
    this.said.classList.toggle("m-bad", state === "refused");
    this.tell("state", state);
    this.#tick();
  }

  #words() {
    const { state, reason, until } = this.detail;
    const left = until ? Math.max(0, Math.ceil((until - Date.now()) / 1000)) : 0;
    const again = left ? ` Trying again in ${left} s.` : " Trying again now.";
    if (state === "connecting") {
      return reason ? `${sentence(reason)}${again}` : "Connecting to the media node.";
    }
    if (state === "live") {
      return `You are live. Everybody with access to ${this.stream.name} can see this.`;
    }
    if (state === "reconnecting") {
      return `${sentence(reason ?? "The connection was lost")}${
        until ? again : " It may reconnect by itself."
      }`;
    }
    if (state === "refused") return sentence(reason ?? "The server refused the connection.");
    if (this.other) {
      return `Another device or program is publishing to this stream. ${
        this.takesOver
          ? "Going live here disconnects it."
          : "You can go live here once it has stopped."
      }`;
    }
    return "Only you can see this. Nothing is sent until you go live.";
  }

  #tick() {
    const { state } = this.detail;
    const isLive = state === "live";
    text(this.said, this.#words());
    text(this.badge, BADGES[state] ?? (this.other ? `On air by ${this.other}` : "Not live"));
    this.badge.className = `m-badge ${isLive || this.other ? "m-live" : "m-onpic"}`;
    this.go.classList.toggle("m-solid", !this.isOn && !this.other);
    this.clock.hidden = !isLive;
    if (isLive) text(this.clock, length(Date.now() - this.publisher.liveSince));
    if (["idle", "live"].includes(state) && Date.now() - this.askedAt > LOOK_MS) this.#look();
  }

  /** Ask the node for viewers, and for another publisher while we are not live. */
  async #look() {
    this.askedAt = Date.now();
    const { detail } = this;
    try {
      const { status_url: url } = await this.grant.get();
      const { viewers = 0, ingest } =
        await (await fetch(url, { credentials: "omit", cache: "no-store" })).json();
      if (this.detail !== detail) return;
      this.other = detail.state === "idle" ? ingest?.protocol : null;
      this.viewers.hidden = !viewers;
      text(this.viewers.lastChild, String(viewers));
      this.viewers.setAttribute("aria-label", `${viewers} watching`);
    } catch { /* keep the last status */ }
  }

  #cover(glyph, title, detail, action) {
    this.cover.hidden = !glyph;
    this.cover.replaceChildren(
      glyph
        ? dom`<div class="m-state" role="status">
          ${glyph === "ring" ? dom`<span class="m-ring m-l m-spin" />` : ic(glyph, "l")}
          <div class="m-b m-lg">${title}</div>
          <p>${detail}</p>
          ${action ?? null}
        </div>`
        : "",
    );
  }

  #roam(event) {
    if (!["ArrowLeft", "ArrowRight"].includes(event.key)) return;
    const all = [...this.kinds.children];
    event.preventDefault();
    all[(all.indexOf(document.activeElement) + 1) % all.length].focus();
  }

  destroy() {
    clearInterval(this.timer);
    removeEventListener("beforeunload", this.leaving);
    removeEventListener("pagehide", this.left);
    this.publisher.stop();
    this.endMeter?.();
    this.media?.getTracks().forEach((track) => track.stop());
  }
}

export default {
  props: { stream: Object, takesOver: Boolean, secureUrl: String },
  emits: ["devices", "figures", "state"],
  mounted() {
    const { stream, takesOver, secureUrl } = this;
    this.stage = new Stage(this.$el, {
      stream,
      takesOver,
      secureUrl,
      tell: (what, detail) => this.$emit(what, detail),
    });
    globalThis.momentsGoLive = this.stage; // for tests, which read the outgoing statistics
    this.stage.start();
  },
  beforeUnmount() {
    this.stage.destroy();
  },
  methods: {
    choose(name, value) {
      return this.stage.choose(name, value);
    },
  },
  render() {
    return view`<section aria-label="Preview" />`;
  },
};
