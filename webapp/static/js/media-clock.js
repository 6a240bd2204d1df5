// Which instant (UTC) a point of the media element's timeline shows, and the other way round.
//
// PROGRAM-DATE-TIME says it of every segment, the growing one included, and within one time goes on
// evenly. Where a publisher ended and the next one began, the element's timeline has no gap, and the
// instants between the two are nowhere on it.

export class MediaClock {
  constructor() {
    this.reset();
    this.updatedAt = 0;
  }

  /** Forget what was known of a source that is gone. */
  reset() {
    this.details = null;
    this.fragments = [];
    this.startDate = null; // native HLS: the instant of media time 0, ms
  }

  /** hls.js has read a playlist. */
  update(details) {
    this.details = details;
    const { fragments, fragmentHint: growing } = details;
    this.fragments = growing?.programDateTime ? [...fragments, growing] : fragments;
    this.updatedAt = performance.now();
  }

  get ready() {
    return this.startDate !== null || this.fragments.length > 0;
  }

  /** Media seconds → instant in ms, or null when nothing is known of that point. */
  toInstant(mediaTime) {
    if (this.startDate !== null) return this.startDate + mediaTime * 1000;
    const fragment = this.fragments[this.#at((frag) => frag.start, mediaTime)];
    if (!fragment?.programDateTime) return null;
    return fragment.programDateTime + (mediaTime - fragment.start) * 1000;
  }

  /** Instant in ms → media seconds. */
  toMedia(instant) {
    if (this.startDate !== null) return (instant - this.startDate) / 1000;
    const at = this.#at((frag) => frag.programDateTime ?? Infinity, instant);
    const fragment = this.fragments[at];
    if (!fragment) return null;
    const end = this.fragments[at + 1]?.start ?? this.details.edge; // in a gap it is what comes after it
    return Math.min(fragment.start + (instant - fragment.programDateTime) / 1000, end);
  }

  /** What can be played: `{start, end}` in ms; the end moves on between playlist loads. */
  window() {
    const [first] = this.fragments;
    if (!first) return null;
    const start = first.programDateTime ?? this.toInstant(first.start);
    const loaded = this.toInstant(this.details.edge);
    if (start === null || loaded === null) return null;
    const target = (this.details.partTarget || this.details.targetduration || 1) * 1000;
    const drift = Math.min(performance.now() - this.updatedAt, target * 2);
    return { start, end: loaded + (this.details.live ? drift : 0) };
  }

  /** The index of the last fragment whose key is not after the value (fragments are in order). */
  #at(key, value) {
    let low = 0;
    let high = this.fragments.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (key(this.fragments[middle]) <= value + 1e-6) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
