// Publishes a camera or a screen: preview, level meter, what is going on, and the one button. The
// button is here because it has to work without the page's socket; sharing a screen needs the press.
import { announce } from "moments/dom.js";
import { glyph } from "moments/icons.js";
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

export default {
  props: { stream: Object, takesOver: Boolean, secureUrl: String },
  emits: ["devices", "figures", "state"],
  data: () => ({
    from: "camera",
    cover: null, // what lies over the preview: {glyph, title, detail, again}
    isReady: false,
    isMirrored: false,
    sends: [], // kinds of tracks
    muted: { audio: false, video: false },
    level: null, // of the microphone, in percent
    state: "idle",
    reason: undefined,
    until: null, // when it is tried again
    other: null, // the protocol of another publisher
    viewers: 0,
    now: Date.now(),
  }),
  computed: {
    isOn() {
      return WARNS.includes(this.state);
    },
  },
  created() {
    const usual = { size: "720", kbps: 2500, camera: "", microphone: "" };
    this.choice = { ...usual, ...stored(STORE, {}) };
    this.askedAt = 0;
    this.grant = new Grant(`/api/streams/${this.stream.id}/watch`);
    this.publisher = new WhipPublisher(() => this.target());
    this.publisher.addEventListener("state", ({ detail }) => this.changed(detail));
    this.publisher.addEventListener("figures", ({ detail }) => this.$emit("figures", detail));
  },
  mounted() {
    this.leaving = (event) => {
      if (this.isOn) event.preventDefault();
    };
    this.left = () => this.publisher.stop();
    addEventListener("beforeunload", this.leaving);
    addEventListener("pagehide", this.left);
    this.timer = setInterval(() => this.tick(), 500);
    globalThis.momentsGoLive = this; // for tests, which read the outgoing statistics
    this.start();
  },
  beforeUnmount() {
    clearInterval(this.timer);
    removeEventListener("beforeunload", this.leaving);
    removeEventListener("pagehide", this.left);
    this.publisher.stop();
    this.endMeter?.();
    this.media?.getTracks().forEach((track) => track.stop());
  },
  methods: {
    async target() {
      const stream = await api.get(`/api/streams/${this.stream.id}`);
      if (!stream.publish_key) {
        throw Object.assign(new Error("You cannot publish to this stream."), { status: 403 });
      }
      return { url: stream.whip_url, token: stream.publish_key };
    },
    async start() {
      this.cover = obstacle();
      if (this.cover) return;
      navigator.mediaDevices.addEventListener?.("devicechange", () => this.list());
      await this.open("camera");
    },
    /** Open a camera or a screen, in place of what is open. */
    async open(from) {
      const before = { media: this.media, from: this.from, cover: this.cover };
      this.from = from;
      this.cover = {
        title: from === "screen" ? "Choose what to share" : "Waiting for the camera",
        detail: "The browser asks whether this page may use it.",
      };
      let media;
      try {
        media = await (from === "screen" ? openScreen(this.choice) : openCamera(this.choice));
      } catch (error) {
        this.from = before.from;
        this.cover = before.media ? before.cover : {
          glyph: "warn",
          title: from === "screen" ? "Screen sharing was not started" : "No camera yet",
          detail: whyNot(error),
          again: from,
        };
        return;
      }
      if (from === "screen" && !media.getAudioTracks().length) await this.addMicrophone(media);
      this.show(media);
      if (this.isOn) await this.publisher.replace(media);
      before.media?.getTracks().forEach((track) => track.stop());
      media.getVideoTracks()[0]?.addEventListener("ended", () => {
        if (this.media === media && from === "screen") this.open("camera");
      });
      this.isReady = true;
      this.cover = this.sends.includes("video") ? null : {
        glyph: "sound",
        title: "Audio only",
        detail: "No camera was found; only the microphone is sent.",
      };
      await this.list();
      store(STORE, this.choice);
    },
    async addMicrophone(media) {
      const sound = await openCamera({ ...this.choice, camera: "" }).catch(() => null);
      sound?.getVideoTracks().forEach((track) => track.stop());
      for (const track of sound?.getAudioTracks() ?? []) media.addTrack(track);
    },
    show(media) {
      this.media = media;
      this.$refs.video.srcObject = media;
      const facing = media.getVideoTracks()[0]?.getSettings().facingMode;
      this.isMirrored = this.from === "camera" && facing !== "environment";
      this.sends = media.getTracks().map((track) => track.kind);
      this.endMeter?.();
      this.endMeter = meter(media, (level) => {
        this.level = level === null ? null : Math.round(level * 100);
      });
    },
    /** Tell the page which devices there are, and which are in use. */
    async list() {
      const { cameras, microphones } = await listDevices();
      const used = (kind) =>
        this.media?.getTracks().find((track) => track.kind === kind)?.getSettings().deviceId ?? "";
      const { from, choice: { size, kbps } } = this;
      const camera = from === "camera" ? used("video") : "";
      const microphone = used("audio");
      this.$emit("devices", { cameras, microphones, camera, microphone, from, size, kbps });
    },
    /** Use another device, resolution or bitrate. */
    async choose(name, value) {
      this.choice[name] = name === "kbps" ? Number(value) : value;
      if (name === "size") this.choice.kbps = SIZES[value]?.[2] ?? this.choice.kbps;
      if (name === "size" || name === "kbps") await this.publisher.limit(this.choice.kbps);
      store(STORE, this.choice);
      if (name === "camera" || (name === "size" && this.from === "camera")) {
        await this.open("camera");
      } else if (name === "microphone") await this.open(this.from);
      else await this.list();
    },
    mute(kind, name) {
      this.muted[kind] = !this.muted[kind];
      this.applyMutes();
      announce(`${name} ${this.muted[kind] ? "off" : "on"}`);
    },
    applyMutes() {
      for (const track of this.media?.getTracks() ?? []) track.enabled = !this.muted[track.kind];
    },
    async toggle() {
      if (this.isOn) {
        this.publisher.stop();
        this.lock?.release().catch(() => {});
        return;
      }
      this.publisher.kbps = this.choice.kbps;
      this.applyMutes();
      await this.publisher.start(this.media);
      try {
        this.lock = await navigator.wakeLock?.request("screen");
      } catch { /* the screen may turn off then */ }
    },
    changed({ state, reason, wait }) {
      this.askedAt = Date.now(); // right after a change, the node may still report our own session
      Object.assign(this, { state, reason, until: wait ? Date.now() + wait : null, other: null });
      this.$emit("state", state);
      this.tick();
    },
    words() {
      const { state, reason, until } = this;
      const left = until ? Math.max(0, Math.ceil((until - this.now) / 1000)) : 0;
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
    },
    tick() {
      this.now = Date.now();
      if (["idle", "live"].includes(this.state) && this.now - this.askedAt > LOOK_MS) this.look();
    },
    /** Ask the node for viewers, and for another publisher while we are not live. */
    async look() {
      const asked = this.askedAt = Date.now();
      try {
        const { status_url: url } = await this.grant.get();
        const { viewers = 0, ingest } =
          await (await fetch(url, { credentials: "omit", cache: "no-store" })).json();
        if (this.askedAt !== asked) return;
        this.other = this.state === "idle" ? ingest?.protocol : null;
        this.viewers = viewers;
      } catch { /* keep the last status */ }
    },
    // Drawing
    drawn() {
      const { glyph: name, title, detail, again } = this.cover;
      return view`<div class="m-state" role="status">
        ${name ? glyph(name, "l") : view`<span class="m-ring m-l m-spin" />`}
        <div class="m-b m-lg">${title}</div>
        <p>${detail}</p>
        ${name === "lock" && this.wayOut()}
        ${
        again && view`<button class="m-btn m-onpicbtn" type="button"
          onClick=${() => this.open(again)}>
          ${glyph("again", "s")}
          Try again
        </button>`
      }
      </div>`;
    },
    /** Without HTTPS there is no camera: what to do instead. */
    wayOut() {
      if (this.secureUrl && !this.secureUrl.startsWith(location.origin)) {
        return view`<a class="m-btn m-onpicbtn" href=${this.secureUrl}>
          ${glyph("arrow", "s")}
          Open the secure page
        </a>`;
      }
      return view`<p>
        ${"Start Moments with "}
        <code class="m-mono">moments up --tls</code>
        ${" and open the https address that it prints. On this machine, http://localhost works too."}
      </p>`;
    },
    muteButton(kind, name, on, off) {
      return view`<button class="m-ib" type="button" aria-pressed=${String(this.muted[kind])}
        title="${name} off" aria-label="${name} off" hidden=${!this.sends.includes(kind)}
        onClick=${() => this.mute(kind, name)}>
        ${glyph(this.muted[kind] ? off : on)}
      </button>`;
    },
    stage() {
      const { level, other, state, viewers } = this;
      const isLive = state === "live";
      const badge = BADGES[state] ?? (other ? `On air by ${other}` : "Not live");
      return view`<div class="m-stage m-golivestage">
        <video ref="video" class=${{ "m-mirror": this.isMirrored }} playsinline muted autoplay
          aria-label="Camera preview" />
        <div class="m-cover" hidden=${!this.cover}>${this.cover && this.drawn()}</div>
        <div class="m-hud m-hud-t">
          <span class=${["m-badge", isLive || other ? "m-live" : "m-onpic"]}>${badge}</span>
          ${
        isLive && view`<span class="m-pill">${length(this.now - this.publisher.liveSince)}</span>`
      }
          <span class="m-pill" hidden=${!viewers} aria-label="${viewers} watching">
            ${glyph("eye", "s")}
            <span>${viewers}</span>
          </span>
        </div>
        <div class="m-hud m-hud-b">
          ${this.muteButton("audio", "Microphone", "microphone", "silent")}
          ${this.muteButton("video", "Camera", "camera", "offair")}
          <div class="m-level" role="meter" aria-label="Microphone" aria-valuemin="0"
            aria-valuemax="100" aria-valuenow=${level ?? 0} hidden=${level === null}>
            <i class=${{ "m-hot": level > 95 }} style=${{ transform: `scaleX(${level / 100})` }} />
          </div>
        </div>
      </div>`;
    },
  },
  render() {
    const { from, isOn, other, state } = this;
    const radio = (value, label, drawing) =>
      view`<label>
        <input type="radio" name="m-from" checked=${from === value}
          onChange=${() => this.open(value)} />
        ${glyph(drawing, "s")}
        ${label}
      </label>`;
    const button = state === "refused" ? "Try again" : "Go live";
    return view`<section aria-label="Preview">
      ${this.stage()}
      <div class="m-gobar">
        <div class="m-seg" role="radiogroup" aria-label="Source">
          ${radio("camera", "Camera", "camera")}
          ${canShareScreen() && radio("screen", "Screen", "screen")}
        </div>
        <p class=${["m-gostate", {
      "m-bad": state === "refused",
    }]} role="status">${this.words()}</p>
        <button type="button" data-go="" disabled=${!this.isReady} onClick=${this.toggle}
          class=${["m-btn m-big", { "m-danger": isOn, "m-solid": !isOn && !other }]}>
          ${glyph(isOn ? "close" : "live", "l")}
          <span>${isOn ? "End" : button}</span>
        </button>
      </div>
    </section>`;
  },
};
