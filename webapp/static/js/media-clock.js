// Maps points of the media element's timeline to instants (UTC) and back.
// PROGRAM-DATE-TIME gives each segment's instant, the growing one included, and time is continuous
// within one. Between two publishers, the element's timeline has no gap, and the instants in
// between
// do not exist on it.

export class MediaClock {
  constructor() {
    this.reset();
    this.updatedAt = 0;
  }

  /** Forget a source that has ended. */
  reset() {
    this.details = null;
    this.fragments = [];
    this.startDate = null; // native HLS: the instant of media time 0, ms
  }

  /** hls.js has loaded a playlist. */
  update(details) {
    this.details = details;
    const { fragments, fragmentHint: growing } = details;
    this.fragments = growing?.programDateTime ? [...fragments, growing] : fragments;
    this.updatedAt = performance.now();
  }

  get ready() {
    return this.startDate !== null || this.fragments.length > 0;
  }

  /** Media seconds → instant in ms, or null if that point is unknown. */
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
    const end = this.fragments[at + 1]?.start ?? this.details.edge; // in a gap, use what follows it
    return Math.min(fragment.start + (instant - fragment.programDateTime) / 1000, end);
  }

  /** The playable span: `{start, end}` in ms; the end advances between playlist loads. */
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
