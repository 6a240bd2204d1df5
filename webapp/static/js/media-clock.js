// Which instant (UTC) a point of the media element's timeline shows, and the other way round.
//
// The node writes instants of its own timeline into the fragments (tfdt, seconds since the Unix
// epoch), so once the first fragment is parsed the map is one exact offset. Until then, and where a
// browser plays HLS by itself, PROGRAM-DATE-TIME gives it to the millisecond.

const EPOCH_S = 1_000_000_000; // a tfdt above this is an instant, not a count from zero

export class MediaClock {
  constructor() {
    this.exact = new Map(); // discontinuity counter → seconds to add to media time
    this.details = null;
    this.updatedAt = 0;
    this.startDate = null; // native HLS: the instant of media time 0, ms
  }

  /** Forget what was known of a source that is gone. */
  reset() {
    this.exact.clear();
    this.details = null;
    this.startDate = null;
  }

  /** hls.js found where a discontinuity's timestamps lie on the element's timeline. */
  foundBase(cc, baseTime, timescale) {
    const offset = baseTime / timescale;
    if (offset > EPOCH_S) this.exact.set(cc, offset);
  }

  update(details) {
    this.details = details;
    this.updatedAt = performance.now();
  }

  get ready() {
    return this.startDate !== null || (this.details?.fragments.length ?? 0) > 0;
  }

  /** Media seconds → instant in ms, or null when nothing is known of that point. */
  toInstant(mediaTime) {
    if (this.startDate !== null) return this.startDate + mediaTime * 1000;
    const fragment = this.#at((frag) => frag.start, mediaTime);
    if (!fragment) return null;
    const exact = this.exact.get(fragment.cc);
    if (exact !== undefined) return (mediaTime + exact) * 1000;
    if (!fragment.programDateTime) return null;
    return fragment.programDateTime + (mediaTime - fragment.start) * 1000;
  }

  /** Instant in ms → media seconds. */
  toMedia(instant) {
    if (this.startDate !== null) return (instant - this.startDate) / 1000;
    const fragment = this.#at((frag) => frag.programDateTime ?? Infinity, instant);
    if (!fragment) return null;
    const exact = this.exact.get(fragment.cc);
    if (exact !== undefined) return instant / 1000 - exact;
    return fragment.start + (instant - fragment.programDateTime) / 1000;
  }

  /** What can be played: `{start, end}` in ms; the end moves on between playlist loads. */
  window() {
    const all = this.details?.fragments;
    if (!all?.length) return null;
    const first = all[0];
    const start = first.programDateTime ?? this.toInstant(first.start);
    const loaded = this.toInstant(this.details.edge);
    if (start === null || loaded === null) return null;
    const target = (this.details.partTarget || this.details.targetduration || 1) * 1000;
    const drift = Math.min(performance.now() - this.updatedAt, target * 2);
    return { start, end: loaded + (this.details.live ? drift : 0) };
  }

  /** The last fragment whose key is not after the value (fragments are in order). */
  #at(key, value) {
    const all = this.details?.fragments;
    if (!all?.length) return null;
    let low = 0;
    let high = all.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (key(all[middle]) <= value + 1e-6) low = middle;
      else high = middle - 1;
    }
    return all[low];
  }
}
