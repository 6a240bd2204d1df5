// Player, bar and buttons with which a part is chosen. It reads the instant of a press at once; what
// becomes of the part is Python's.
import { dom, text } from "./dom.js";
import { ic } from "./icons.js";
import { bindKeys } from "./keys.js";
import { MarkTimeline } from "./mark-timeline.js";
import { session } from "./mark-session.js";
import { ProviderBox } from "./provider-box.js";
import { store, stored } from "./store.js";

const FADES = [0, 1, 2];
const LEADS = [0, 3, 5, 10];
const STORE = "moments.mark.playback";

/** Events: `draft` (detail: the last 15 s), `seen` (the player's length, in seconds), `named`. */
export class MarkDeck extends EventTarget {
  #isLooping = false;
  #isPreviewing = false;
  #seen = null;
  #title = null;

  /**
   * @param {{player: any, href?: string, heat?: any, markedS?: number | null, draft?: string}} options
   */
  constructor({ player, href, heat = null, markedS = null, draft = "as a draft" }) {
    super();
    this.draft = `Save the last 15 seconds ${draft}`;
    this.markedS = markedS;
    this.settings = readSettings();
    this.timeline = new MarkTimeline({
      session,
      onSeek: (tenths) => this.box?.player.seek(tenths / 10),
    });
    this.words = dom`<p class="m-deckwords m-sm" role="status" aria-live="polite" />`;
    this.tools = dom`<div class="m-marktools" />`;
    this.deck = dom`<div class="m-deck">${this.timeline.node}${this.tools}${this.words}</div>`;
    if (player) this.#openPlayer(player, href);
    this.node = dom`<div>${this.box?.node}${this.deck}</div>`;
    this.#drawTools();
    this.timeline.setHeat(heat);
    this.onChange = () => this.#redraw(false);
    this.onDone = () => this.#redraw(true);
    session.addEventListener("change", this.onChange);
    session.addEventListener("done", this.onDone);
    this.unbind = bindKeys(this.#keys());
    this.#follow();
  }

  close() {
    cancelAnimationFrame(this.frame);
    this.unbind();
    session.removeEventListener("change", this.onChange);
    session.removeEventListener("done", this.onDone);
    this.timeline.close();
    this.box?.close();
  }

  get #player() {
    return this.box?.player;
  }

  #openPlayer(player, href) {
    const startS = player.startS ?? Math.max(0, (session.start ?? 0) / 10 - this.settings.lead);
    const { markedS } = this;
    const anchor = {
      label: "Start it here",
      run: () => this.#atNow((now) => session.moveTo(now)),
    };
    this.box = new ProviderBox({ ...player, href, startS, markedS, anchor });
    this.box.addEventListener("change", () => {
      this.#see();
      this.#follow();
    });
    this.box.addEventListener("moved", () => this.#follow());
    this.box.addEventListener("end", () => {
      this.#isPreviewing = false;
      this.#keep();
    });
  }

  #see() {
    const { duration, isPreview, title, author, state } = this.#player;
    this.#drawPlay();
    if (title && title !== this.#title) {
      this.#title = title;
      this.dispatchEvent(new CustomEvent("named", { detail: { title, author } }));
    }
    if (duration === null || isPreview || duration === this.#seen || state === "failed") return;
    this.#seen = duration;
    session.measure(Math.round(duration * 10));
    this.dispatchEvent(new CustomEvent("seen", { detail: duration }));
  }

  #say(sentence) {
    text(this.words, sentence);
  }

  /** Do something with the instant of this press, or say why there is none. */
  #atNow(use) {
    if (!this.#player) return this.#say("Moments has no player for this link. Type the times.");
    const { seconds, sentence } = this.#player.instant();
    this.#say(sentence ?? "");
    if (seconds !== null) use(Math.round(seconds * 10));
  }

  #range(loop) {
    const { lead, fade } = this.settings;
    return { start: session.start / 10, end: session.end / 10, loop, lead, fade };
  }

  /** Keep the player to the part while it loops or is previewed. */
  #keep() {
    const isKept = session.isChosen && (this.#isLooping || this.#isPreviewing);
    this.box?.setRange(isKept ? this.#range(this.#isLooping) : null);
  }

  #redraw(isDone) {
    this.timeline.draw({ isMoved: isDone });
    if (isDone) this.#keep();
    this.#drawTools();
  }

  /** Draw each frame while it plays. */
  #follow() {
    cancelAnimationFrame(this.frame);
    this.timeline.drawPosition(this.#player?.position ?? 0);
    if (this.#player?.isPlaying) this.frame = requestAnimationFrame(() => this.#follow());
  }

  // What can be pressed

  #toggle() {
    const player = this.#player;
    if (!player) return;
    if (player.isPlaying) player.pause();
    else player.play();
  }

  #preview() {
    if (!session.isChosen) return this.#say("Choose a start first.");
    this.#isPreviewing = true;
    this.#keep();
    this.box?.play();
  }

  #loop(isLooping = !this.#isLooping) {
    this.#isLooping = isLooping;
    this.#keep();
    this.#drawTools();
  }

  #draft() {
    this.#atNow((now) => {
      const detail = { start: Math.max(0, now - 150), end: Math.max(10, now) };
      this.dispatchEvent(new CustomEvent("draft", { detail }));
    });
  }

  #next(name, values) {
    this.settings[name] = values[(values.indexOf(this.settings[name]) + 1) % values.length];
    store(STORE, this.settings);
    this.#keep();
    this.#drawTools();
  }

  #keys() {
    const at = (use) => () => this.#atNow(use);
    const by = (seconds) => () => this.#player?.seek(this.#player.position + seconds);
    return [
      { key: "i", label: "Start here", run: at((now) => session.setStart(now)) },
      { key: "o", label: "End here", run: at((now) => session.setEnd(now)) },
      { key: "b", label: "The last 15 seconds", run: at((now) => session.last(now)) },
      {
        key: "r",
        label: "Start, then end and loop, then clear",
        run: at((now) => this.#loop(session.step(now))),
      },
      { key: "d", label: this.draft, run: () => this.#draft() },
      { key: " ", label: "Play or pause", run: () => this.#toggle() },
      { key: "p", label: "Preview the part", run: () => this.#preview() },
      { key: "l", label: "Loop", run: () => this.#loop() },
      { key: "ArrowLeft", label: "Back 1 second", run: by(-1), repeat: true },
      { key: "ArrowRight", label: "On 1 second", run: by(1), repeat: true },
    ];
  }

  #drawTools() {
    if (!this.#player) return; // times are typed
    const { fade, lead } = this.settings;
    const { hasVolume } = this.#player;
    const isOn = this.#isLooping;
    const key = [fade, lead, hasVolume, isOn, session.isChosen].join();
    if (key === this.drawn) return;
    this.drawn = key;
    if (!this.buttons) this.#makeTools();
    const { buttons } = this;
    buttons.loop.setAttribute("aria-pressed", String(isOn));
    text(buttons.loop.lastElementChild, isOn ? "Loop on" : "Loop");
    buttons.fade.disabled = !hasVolume;
    const fades = fade ? `Fade ${fade} s` : "No fade";
    text(buttons.fade, hasVolume ? fades : "No fade here");
    buttons.fade.title = hasVolume ? "" : "This player has no volume that we could fade.";
    text(buttons.lead, lead ? `Lead-in ${lead} s` : "No lead-in");
    buttons.preview.disabled = !session.isChosen;
  }

  #makeTools() {
    const cap = (key) => dom`<kbd class="m-desk" aria-hidden="true">${key}</kbd>`;
    const button = (kind, run, ...children) =>
      dom`<button class="m-btn ${kind}" type="button" onclick=${run}>${children}</button>`;
    const at = (use) => () => this.#atNow(use);
    this.buttons = {
      start: button(
        "m-icebtn",
        at((now) => session.setStart(now)),
        ic("clip"),
        "Start here",
        cap("I"),
      ),
      end: button("m-icebtn", at((now) => session.setEnd(now)), "End here", cap("O")),
      last: button("", at((now) => session.last(now)), "Last 15 s", cap("B")),
      play: button("m-icon", () => this.#toggle(), ic("play")),
      loop: button(
        "m-loopbtn",
        () => this.#loop(),
        ic("loop"),
        dom`<span class="m-desk">Loop</span>`,
      ),
      fade: button("m-fine", () => this.#next("fade", FADES)),
      lead: button("m-fine", () => this.#next("lead", LEADS)),
      preview: button("", () => this.#preview(), ic("play", "s"), "Preview"),
    };
    const { start, end, last, play, loop, fade, lead, preview } = this.buttons;
    loop.setAttribute("aria-label", "Loop");
    this.tools.append(
      start,
      end,
      last,
      dom`<span class="m-grow" />`,
      play,
      loop,
      fade,
      lead,
      preview,
    );
    // After a press with a pointer, Space is the player's again.
    this.tools.addEventListener("pointerup", (event) => event.target.closest("button")?.blur());
    this.#drawPlay();
  }

  #drawPlay() {
    const isPlaying = this.#player?.isPlaying ?? false;
    const { play } = this.buttons ?? {};
    if (!play || play.dataset.is === String(isPlaying)) return;
    play.dataset.is = String(isPlaying);
    play.setAttribute("aria-label", isPlaying ? "Pause" : "Play");
    play.replaceChildren(ic(isPlaying ? "pause" : "play"));
  }
}

function readSettings() {
  const { fade, lead } = stored(STORE, {});
  return { fade: FADES.includes(fade) ? fade : 1, lead: LEADS.includes(lead) ? lead : 0 };
}
