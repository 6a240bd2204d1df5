// A provider's player on a page. Below it, never over it: what to do when it does not play, how this
// copy differs from the one that was marked, and buttons for the part. What to do when it never will
// takes its place, so that nothing below moves.
import { dom } from "./dom.js";
import { ic } from "./icons.js";
import { ProviderPlayer } from "./provider-player.js";
import { shiftWords } from "./provider-words.js";

/**
 * @typedef {object} BoxOptions
 * @property {import("./provider-player.js").Source} source
 * @property {Record<string, string>} [addresses] the players' origins
 * @property {import("./provider-range.js").Range | null} [range] the part to keep to
 * @property {number} [startS] where to begin without a part
 * @property {string} [href] the original
 * @property {number | null} [markedS] the length of the copy that was marked
 * @property {{label: string, run: () => void} | null} [anchor] what helps when this copy differs
 * @property {boolean} [hasButtons]
 */

/** Events: those of `ProviderPlayer`, also when the player was opened anew. */
export class ProviderBox extends EventTarget {
  /** @type {ProviderPlayer} */
  player;
  #range;
  #told = null;

  /** @param {BoxOptions} options */
  constructor(options) {
    super();
    this.options = options;
    this.#range = options.range ?? null;
    this.place = dom`<div class="m-provider m-provider-${options.source.provider}" />`;
    this.notes = dom`<div class="m-providernotes" />`;
    this.node = dom`<div class="m-providerbox">${this.place}</div>`;
    if (options.hasButtons) this.node.append(this.#buttons());
    this.node.append(this.notes);
    this.#open();
  }

  get range() {
    return this.#range;
  }

  setRange(range) {
    this.#range = range;
    this.player.setRange(range);
  }

  /** Play the part from its start. */
  play() {
    this.player.playRange();
  }

  close() {
    this.player.close();
  }

  #open() {
    const { source, addresses, startS = 0 } = this.options;
    const { start = startS, lead = 0 } = this.#range ?? {};
    const player = new ProviderPlayer(source, { addresses, startS: Math.max(0, start - lead) });
    player.setRange(this.#range);
    for (const name of ["change", "moved", "end", "trouble"]) {
      player.addEventListener(name, ({ detail }) => this.#hear(name, detail));
    }
    this.player = player;
    this.place.replaceChildren(player.node);
  }

  #hear(name, detail) {
    if (name === "trouble") this.#sayTrouble(detail);
    else if (!this.player.trouble) this.#take("alert");
    this.#compare();
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  /** Say once that the marker saw another length. */
  #compare() {
    const { duration, isPreview } = this.player;
    const { markedS, anchor } = this.options;
    if (isPreview || duration === this.#told) return;
    this.#told = duration;
    const sentence = shiftWords(markedS, duration);
    if (!sentence) return this.#take("status");
    const run = () => {
      anchor.run();
      this.#take("status");
    };
    this.#say("status", sentence, anchor && button(anchor.label, run));
  }

  #sayTrouble({ sentence, way }) {
    const { href } = this.options;
    const words = way === "play" ? "Play" : "Try again";
    const again = way !== "open" && button(words, () => this.#again(way));
    const original = way !== "play" && href &&
      dom`<a class="m-btn" href=${href} target="_blank" rel="noopener">Open it there</a>`;
    if (this.player.isDead) {
      this.player.close();
      this.place.replaceChildren(notice("alert", sentence, again, original));
    } else this.#say("alert", sentence, again, original);
  }

  #say(role, sentence, ...ways) {
    this.#take(role);
    this.notes.append(notice(role, sentence, ...ways));
  }

  #take(role) {
    this.notes.querySelector(`[role=${role}]`)?.remove();
  }

  #again(way) {
    this.#take("alert");
    if (way === "play") return this.play();
    this.player.close();
    this.#open();
  }

  #buttons() {
    const loop = button("Loop", () => {
      this.setRange({ ...this.#range, loop: !this.#range.loop });
      loop.setAttribute("aria-pressed", String(this.#range.loop));
    }, ic("loop", "s"));
    loop.classList.add("m-loopbtn");
    loop.setAttribute("aria-pressed", String(Boolean(this.#range?.loop)));
    const play = button("Play this part", () => this.play(), ic("play", "s"));
    return dom`<div class="m-row m-partbuttons">${play}${loop}</div>`;
  }
}

const notice = (role, sentence, ...ways) =>
  dom`<div class="m-trouble" role=${role}><p>${sentence}</p>${ways}</div>`;

function button(words, onclick, drawing = null) {
  return dom`<button class="m-btn" type="button" onclick=${onclick}>${drawing}${words}</button>`;
}
