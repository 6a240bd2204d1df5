// A provider's player on a page, with what to do when it cannot play said below it.
import { h } from "./dom.js";
import { ProviderPlayer } from "./provider-player.js";

/**
 * Events: those of `ProviderPlayer`, also when the player was opened anew. `play()` plays the part.
 */
export class ProviderBox extends EventTarget {
  /** @type {ProviderPlayer} */
  player;
  #range = null;

  /**
   * @param {{source: import("./provider-player.js").Source, addresses?: Record<string, string>,
   *   range?: import("./provider-range.js").Range | null, href?: string}} options `href`: the original
   */
  constructor({ source, addresses, range = null, href }) {
    super();
    this.source = source;
    this.addresses = addresses;
    this.href = href;
    this.#range = range;
    this.place = h("div", { class: `m-provider m-provider-${source.provider}` });
    this.node = h("div", { class: "m-providerbox" }, this.place);
    this.#open();
  }

  setRange(range) {
    this.#range = range;
    this.player.setRange(range);
  }

  play() {
    this.player.playRange();
  }

  close() {
    this.player.close();
  }

  #open() {
    const { source, addresses } = this;
    const { start = 0, lead = 0 } = this.#range ?? {};
    const player = new ProviderPlayer(source, { addresses, startS: Math.max(0, start - lead) });
    player.setRange(this.#range);
    for (const name of ["change", "end", "trouble"]) {
      player.addEventListener(name, ({ detail }) => this.#hear(name, detail));
    }
    this.player = player;
    this.place.replaceChildren(player.node);
  }

  #hear(name, detail) {
    if (name === "trouble") this.#say(detail);
    else if (!this.player.trouble) this.#clear();
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  #say({ sentence, way }) {
    this.#clear();
    const again = h(
      "button",
      { class: "m-btn", type: "button", onclick: () => this.#again(way) },
      way === "play" ? "Play" : "Try again",
    );
    const original = this.href &&
      h(
        "a",
        { class: "m-btn", href: this.href, target: "_blank", rel: "noopener" },
        "Open it there",
      );
    this.node.append(
      h(
        "div",
        { class: "m-trouble", role: "alert" },
        h("p", {}, sentence),
        way === "open" ? null : again,
        way === "play" ? null : original,
      ),
    );
  }

  #clear() {
    this.node.querySelector(".m-trouble")?.remove();
  }

  #again(way) {
    this.#clear();
    if (way === "play") return this.play();
    this.player.close();
    this.#open();
  }
}
