// Access to watch a stream, renewed before it expires and whenever a node refuses it.
import { api } from "./api.js";

export class Grant {
  constructor(path, first) {
    this.path = path;
    this.now = first ?? null;
  }

  /** The currently valid access; `fresh` requests a new one. */
  async get({ fresh = false } = {}) {
    if (this.now && !fresh && !this.#endsSoon()) return this.now;
    this.asking ??= api.get(this.path, { anonymous: true }).finally(() => {
      this.asking = undefined;
    });
    this.now = await this.asking;
    return this.now;
  }

  /** For a player: what is there already, and a new one each time that it asks again. */
  renewed() {
    const fresh = this.isGiven;
    this.isGiven = true;
    return this.get({ fresh });
  }

  #endsSoon() {
    return this.now.expires_at && Date.parse(this.now.expires_at) - Date.now() < 120_000;
  }
}
