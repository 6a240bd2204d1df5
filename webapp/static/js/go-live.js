// The page that publishes a camera or a screen from this browser.
import { $, h, text, announce, copyText } from "./dom.js";
import { ic } from "./icons.js";
import { api } from "./api.js";
import { length } from "./format.js";
import { field } from "./forms.js";
import { Grant } from "./grant.js";
import { SIZES, canShareScreen, listDevices, meter, obstacle, openCamera, openScreen, whyNot } from "./capture-devices.js";
import { WhipPublisher } from "./whip-publisher.js";

const RATES = [[600, "0.6 Mbit/s"], [1000, "1 Mbit/s"], [2500, "2.5 Mbit/s"], [4500, "4.5 Mbit/s"], [8000, "8 Mbit/s"]];
const STORE = "moments.go-live";
const saved = () => { try { return JSON.parse(localStorage.getItem(STORE)) ?? {}; } catch { return {}; } };

class GoLive {
  constructor(root, config) {
    Object.assign(this, { root, config });
    this.choice = { from: "camera", size: "720", kbps: 2500, camera: "", microphone: "", ...saved() };
    if (this.choice.from === "screen") this.choice.from = "camera"; // screen sharing needs a click
    this.publisher = new WhipPublisher(() => this.#target());
    this.grant = new Grant(`/api/streams/${encodeURIComponent(config.slug)}/watch`);
    this.#build();
    this.publisher.addEventListener("state", ({ detail }) => this.#drawState(detail));
    this.publisher.addEventListener("figures", ({ detail }) => this.#drawFigures(detail));
    addEventListener("beforeunload", (event) => { if (this.isOn) event.preventDefault(); });
    addEventListener("pagehide", () => this.publisher.stop());
    setInterval(() => this.#tick(), 500);
  }

  get isOn() {
    return ["connecting", "live", "reconnecting"].includes(this.publisher.state);
  }

  async #target() {
    const stream = await api.get(`/api/streams/${encodeURIComponent(this.config.slug)}`);
    if (!stream.publish_key) throw Object.assign(new Error("You cannot publish to this stream."), { status: 403 });
    return { url: stream.whip_url, token: stream.publish_key };
  }

  #build() {
    this.video = h("video", { playsinline: true, muted: true, autoplay: true, "aria-label": "Camera preview" });
    this.video.muted = true;
    this.badge = h("span", { class: "m-badge m-onpic" }, "Not live");
    this.clock = h("span", { class: "m-pill", hidden: true });
    this.viewers = h("span", { class: "m-pill", hidden: true }, ic("eye", "s"), h("span"));
    this.cover = h("div", { class: "m-cover" });
    const mute = (label, kind, on, off) => h("button", { class: "m-ib", type: "button", "aria-pressed": "false", title: label, "aria-label": label, onclick: (event) => this.#mute(kind, event.currentTarget, on, off) }, ic(on));
    this.muteSound = mute("Microphone off", "audio", "microphone", "silent");
    this.mutePicture = mute("Camera off", "video", "camera", "offair");
    this.stage = h("div", { class: "m-stage m-golivestage" }, this.video, this.cover,
      h("div", { class: "m-hud m-hud-t" }, this.badge, this.clock, this.viewers),
      h("div", { class: "m-hud m-hud-b" }, this.muteSound, this.mutePicture, this.#meter()));
    this.said = h("p", { class: "m-gostate", role: "status" });
    this.go = h("button", { class: "m-btn m-big m-solid", type: "button", "data-go": "", onclick: () => this.#toggle() });
    const left = h("section", { "aria-label": "Resolution" }, this.stage,
      h("div", { class: "m-gobar" }, this.said, this.go));
    const rail = h("aside", { class: "m-rail m-gorail" }, this.#sources(), this.#figures(), this.#elsewhere());
    this.root.replaceChildren(h("header", { class: "m-gohead" },
      h("a", { class: "m-btn m-quiet m-icon", href: "/live", "aria-label": "Back to all streams" }, ic("back")),
      h("h1", { class: "m-grow m-cut" }, this.config.name),
      h("a", { class: "m-btn", href: `/watch/${this.config.slug}`, target: "_blank", rel: "noopener" }, ic("eye", "s"), "Watch")),
    h("div", { class: "m-watch m-gopage" }, left, rail));
    this.#drawState({ state: "idle" });
  }

  #meter() {
    this.levelBar = h("i");
    this.level = h("div", { class: "m-level", role: "meter", "aria-label": "Microphone", "aria-valuemin": 0, "aria-valuemax": 100, "aria-valuenow": 0 }, this.levelBar);
    return this.level;
  }

  #sources() {
    const select = (name, label, options, onchange) => {
      const made = field({ name, label, options, value: String(this.choice[name]) });
      made.control.addEventListener("change", () => { this.choice[name] = made.control.value; this.#keep(); onchange(); });
      return made;
    };
    const radio = (from, label, glyph) => h("button", { type: "button", role: "radio", "data-from": from, "aria-checked": String(this.choice.from === from), onclick: () => this.#open(from) }, ic(glyph, "s"), label);
    this.kinds = h("div", { class: "m-seg m-full", role: "radiogroup", "aria-label": "Source" }, radio("camera", "Camera", "camera"), canShareScreen() ? radio("screen", "Screen", "screen") : null);
    this.kinds.addEventListener("keydown", (event) => this.#roam(event));
    this.cameraField = select("camera", "Camera", [["", "Browser default"]], () => this.#open("camera"));
    this.microphoneField = select("microphone", "Microphone", [["", "Browser default"]], () => this.#open(this.choice.from));
    this.sizeField = select("size", "Resolution", SIZES.map(([key, label]) => [key, label]), () => this.#resize());
    this.rateField = select("kbps", "Maximum bitrate", RATES.map(([key, label]) => [String(key), label]), () => this.publisher.limit({ kbps: Number(this.choice.kbps) }));
    return h("section", { class: "m-glass m-pad m-gosources", "aria-label": "Source" }, this.kinds, this.cameraField.node, this.microphoneField.node,
      h("div", { class: "m-two" }, this.sizeField.node, this.rateField.node));
  }

  #figures() {
    this.rows = Object.fromEntries(["Sending", "Resolution", "Loss", "Round trip"].map((name) => [name, h("dd", {}, "…")]));
    this.figuresBox = h("section", { class: "m-glass m-health", hidden: true, "aria-label": "Outgoing stream" }, h("h2", {}, "Outgoing stream"),
      h("dl", {}, Object.entries(this.rows).map(([name, value]) => h("div", {}, h("dt", {}, name), value))));
    return this.figuresBox;
  }

  #elsewhere() {
    const { config } = this;
    const { whip_url: whip, rtmp_url: rtmp, publish_key: key } = config;
    const copy = (label, value) => {
      const veiled = value.replace(key, "•".repeat(18));
      const shown = h("code", { class: "m-mono" }, veiled);
      const button = h("button", { class: "m-btn m-icon", type: "button", "aria-label": `Copy: ${label}`, title: "Copy", onclick: async () => {
        await copyText(value);
        button.replaceChildren(ic("check", "s"));
        announce("Copied");
        setTimeout(() => button.replaceChildren(ic("copy", "s")), 2000);
      } }, ic("copy", "s"));
      const show = veiled === value ? null : h("button", { class: "m-btn m-quiet m-icon", type: "button", "aria-label": `Show: ${label}`, "aria-pressed": "false", title: "Show", onclick: () => {
        const on = show.getAttribute("aria-pressed") !== "true";
        show.setAttribute("aria-pressed", String(on));
        text(shown, on ? value : veiled);
      } }, ic("eye", "s"));
      return h("div", { class: "m-copyrow" }, h("div", { class: "m-grow" }, h("div", { class: "m-xs m-3" }, label), shown), show, button);
    };
    const server = rtmp?.slice(0, -(key.length + 1));
    const parts = [
      h("details", { class: "m-glass m-fold" }, h("summary", {}, ic("screen", "s"), "From OBS or ffmpeg"), h("div", { class: "m-foldbody" },
        h("h3", {}, "WHIP, the lowest latency"), h("p", { class: "m-sm m-2" }, "In OBS: Settings, Stream, Service WHIP. Keyframe interval 2 s, tune zerolatency, no B-frames."),
        copy("Server", whip), copy("Bearer token", key),
        rtmp ? [h("h3", {}, "RTMP"), h("p", { class: "m-sm m-2" }, "In OBS: Service Custom."), copy("Server", server), copy("Stream key", key), h("p", { class: "m-sm m-2" }, "With ffmpeg, an existing file:"), copy("Command", `ffmpeg -re -i film.mp4 -c copy -f flv ${rtmp}`)] : null)),
      h("details", { class: "m-glass m-fold" }, h("summary", {}, ic("link", "s"), "From a phone"), h("div", { class: "m-foldbody" },
        config.qr ? [h("div", { class: "m-qr", html: config.qr, role: "img", "aria-label": `QR code of ${config.page}` }), h("p", { class: "m-sm m-2" }, "Scan it with the phone's camera and sign in; this page opens there.")] : h("p", { class: "m-sm m-2" }, marked(config.no_qr)),
        copy("Address", config.page))),
    ];
    return h("section", { class: "m-col", "aria-label": "Other ways to publish" }, parts);
  }

  // The preview

  async start() {
    const trouble = obstacle();
    if (trouble) {
      this.go.disabled = true;
      this.#cover(trouble.kind === "insecure" ? "lock" : "warn", trouble.title, trouble.detail, this.#wayOut(trouble));
      return;
    }
    navigator.mediaDevices.addEventListener?.("devicechange", () => this.#list());
    await this.#open("camera");
  }

  /** If camera access is impossible: what to do instead. */
  #wayOut({ kind }) {
    if (kind !== "insecure") return null;
    const { origin } = this.config;
    if (origin.startsWith("https://") && origin !== location.origin) return h("a", { class: "m-btn m-onpicbtn", href: `${origin}/go-live/${this.config.slug}` }, ic("arrow", "s"), "Open the secure page");
    return h("p", {}, "Start Moments with ", h("code", { class: "m-mono" }, "moments up --tls"), " and open the https address that it prints. On this machine, http://localhost works too.");
  }

  async #open(from) {
    const before = this.media;
    this.#cover("ring", from === "screen" ? "Choose what to share" : "Waiting for the camera", "The browser asks whether this page may use it.");
    let media;
    try {
      media = await (from === "screen" ? openScreen(this.choice) : openCamera(this.choice));
    } catch (error) {
      if (before) { this.#cover(null); return; }
      this.#cover("warn", from === "screen" ? "Screen sharing was not started" : "No camera yet", whyNot(error), h("button", { class: "m-btn m-onpicbtn", type: "button", onclick: () => this.#open(from) }, ic("again", "s"), "Try again"));
      this.go.disabled = true;
      return;
    }
    if (from === "screen" && !media.getAudioTracks().length) await this.#addMicrophone(media);
    this.choice.from = from;
    for (const button of this.kinds.children) button.setAttribute("aria-checked", String(button.dataset.from === from));
    this.cameraField.node.hidden = from === "screen";
    this.#show(media);
    if (this.isOn) await this.publisher.replace(media);
    before?.getTracks().forEach((track) => track.stop());
    media.getVideoTracks()[0]?.addEventListener("ended", () => { if (this.media === media && from === "screen") this.#open("camera"); });
    this.go.disabled = false;
    this.#cover(media.getVideoTracks().length ? null : "sound", "Audio only", "No camera was found; only the microphone is sent.");
    await this.#list();
    this.#keep();
  }

  async #addMicrophone(media) {
    try {
      const sound = await openCamera({ ...this.choice, camera: "" }).catch(() => null);
      sound?.getVideoTracks().forEach((track) => track.stop());
      for (const track of sound?.getAudioTracks() ?? []) media.addTrack(track);
    } catch { /** the screen is shared without audio */ }
  }

  #show(media) {
    this.media = media;
    this.video.srcObject = media;
    this.video.classList.toggle("m-mirror", this.choice.from === "camera" && media.getVideoTracks()[0]?.getSettings().facingMode !== "environment");
    this.endMeter?.();
    this.endMeter = meter(media, (level) => {
      this.level.hidden = level === null;
      const percent = Math.round((level ?? 0) * 100);
      this.levelBar.style.transform = `scaleX(${percent / 100})`;
      this.levelBar.classList.toggle("m-hot", percent > 95);
      if (percent !== this.heard) { this.heard = percent; this.level.setAttribute("aria-valuenow", percent); }
    });
    for (const [button, kind] of [[this.muteSound, "audio"], [this.mutePicture, "video"]]) button.hidden = !media.getTracks().some((track) => track.kind === kind);
  }

  async #list() {
    const { cameras, microphones } = await listDevices();
    for (const [made, found] of [[this.cameraField, cameras], [this.microphoneField, microphones]]) {
      const { control } = made;
      const kind = made === this.cameraField ? "video" : "audio";
      const now = this.media?.getTracks().find((track) => track.kind === kind)?.getSettings().deviceId;
      control.replaceChildren(...found.map(([id, label]) => h("option", { value: id, selected: id === now }, label)));
      control.disabled = found.length < 2;
    }
  }

  async #resize() {
    const suggested = SIZES.find(([key]) => key === this.choice.size)[4];
    this.choice.kbps = suggested;
    this.rateField.control.value = String(suggested);
    this.publisher.limit({ kbps: suggested });
    this.#keep();
    if (this.choice.from === "camera") await this.#open("camera");
  }

  #mute(kind, button, on, off) {
    const silent = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(silent));
    button.replaceChildren(ic(silent ? off : on));
    for (const track of this.media?.getTracks() ?? []) if (track.kind === kind) track.enabled = !silent;
    announce(`${kind === "audio" ? "Microphone" : "Camera"} ${silent ? "off" : "on"}`);
  }

  // Live

  async #toggle() {
    if (this.isOn) {
      this.publisher.stop();
      this.lock?.release().catch(() => {});
      return;
    }
    this.publisher.limits.kbps = Number(this.choice.kbps);
    for (const button of [this.muteSound, this.mutePicture]) {
      const kind = button === this.muteSound ? "audio" : "video";
      for (const track of this.media.getTracks()) if (track.kind === kind) track.enabled = button.getAttribute("aria-pressed") !== "true";
    }
    await this.publisher.start(this.media);
    try { this.lock = await navigator.wakeLock?.request("screen"); } catch { /** the screen may turn off then */ }
  }

  #drawState({ state, reason, wait }) {
    this.askedAt = this.detail ? Date.now() : 0; // right after a change, the node may still report our own session
    this.other = null;
    this.detail = { state, reason, until: wait ? Date.now() + wait : null };
    const live = state === "live";
    this.go.replaceChildren(ic(this.isOn ? "close" : "live", "l"), h("span", {}, this.isOn ? "End" : state === "refused" ? "Try again" : "Go live"));
    this.go.classList.toggle("m-danger", this.isOn);
    this.figuresBox.hidden = !live;
    this.said.classList.toggle("m-bad", state === "refused");
    this.#tick();
  }

  #tick() {
    const { state, reason, until } = this.detail;
    const left = until ? Math.max(0, Math.ceil((until - Date.now()) / 1000)) : 0;
    const again = left ? ` Trying again in ${left} s.` : " Trying again now.";
    const { other } = this;
    const words = {
      idle: other ? `Another device or program is publishing to this stream. ${this.config.takes_over ? "Going live here disconnects it." : "You can go live here once it has stopped."}` : "Only you can see this. Nothing is sent until you go live.",
      connecting: reason ? `${sentence(reason)}${again}` : "Connecting to the media node.",
      live: `You are live. Everybody with access to ${this.config.name} can see this.`,
      reconnecting: `${sentence(reason ?? "The connection was lost")}${until ? again : " It may reconnect by itself."}`,
      refused: sentence(reason ?? "The server refused the connection."),
    }[state];
    text(this.said, words);
    text(this.badge, { idle: other ? `On air by ${other}` : "Not live", connecting: "Connecting", live: "Live", reconnecting: "Reconnecting", refused: "Refused" }[state]);
    this.badge.className = `m-badge ${state === "live" || other ? "m-live" : "m-onpic"}`;
    this.go.classList.toggle("m-solid", !this.isOn && !other);
    this.clock.hidden = state !== "live";
    if (state === "live") text(this.clock, length(Date.now() - this.publisher.liveSince));
    if (["idle", "live"].includes(state) && Date.now() - this.askedAt > 5000) this.#look();
  }

  /** Ask the node for viewers, and for another publisher while we are not live. */
  async #look() {
    this.askedAt = Date.now();
    const { detail } = this;
    try {
      const { status_url: url } = await this.grant.get();
      const { viewers = 0, ingest } = await (await fetch(url, { credentials: "omit", cache: "no-store" })).json();
      if (this.detail !== detail) return;
      this.other = detail.state === "idle" ? ingest?.protocol : null;
      this.viewers.hidden = !viewers;
      text(this.viewers.lastChild, String(viewers));
      this.viewers.setAttribute("aria-label", `${viewers} watching`);
    } catch { /** keep the last status */ }
  }

  #drawFigures({ kbps, fps, width, height, loss, roundTrip, limited }) {
    text(this.rows["Sending"], `${(kbps / 1000).toFixed(1)} Mbit/s${{ bandwidth: ", limited by the network", cpu: ", limited by this device" }[limited] ?? ""}`);
    text(this.rows.Picture, width ? `${width} × ${height}, ${Math.round(fps ?? 0)} fps` : "none");
    text(this.rows.Loss, loss === undefined ? "…" : `${(loss * 100).toFixed(1)} %`);
    text(this.rows["Round trip"], roundTrip === undefined ? "…" : `${Math.round(roundTrip * 1000)} ms`);
  }

  #cover(glyph, title, detail, action) {
    this.cover.hidden = !glyph;
    this.cover.replaceChildren(glyph ? h("div", { class: "m-state", role: "status" }, glyph === "ring" ? h("span", { class: "m-ring m-l m-spin" }) : ic(glyph, "l"), h("div", { class: "m-b m-lg" }, title), h("p", {}, detail), action ?? null) : "");
  }

  #roam(event) {
    if (!["ArrowLeft", "ArrowRight"].includes(event.key)) return;
    const all = [...this.kinds.children];
    event.preventDefault();
    all[(all.indexOf(document.activeElement) + 1) % all.length].focus();
  }

  #keep() {
    try { localStorage.setItem(STORE, JSON.stringify(this.choice)); } catch { /* for this page only */ }
  }
}

/** Text with `code` in it, as nodes. */
const marked = (words) => words.split("`").map((part, at) => (at % 2 ? h("code", { class: "m-mono" }, part) : part));

const sentence = (words) => (/[.!?]$/.test(words) ? words : `${words}.`);

function mount() {
  const root = $("[data-go-live]");
  if (!root) { requestAnimationFrame(mount); return; }
  const page = new GoLive(root, JSON.parse(root.dataset.goLive));
  globalThis.momentsGoLive = page; // for tests, which read the outgoing statistics
  page.start();
}
mount();
