// A stage for players' tests: a clock that moves when told, and frames that write down what they get.

export class Clock {
  time = 0;
  #timers = new Set();
  now = () => this.time;
  every = (ms, tick) => {
    const timer = { ms, tick, at: this.time + ms };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  };

  /** Let time pass in steps of 10 ms. */
  pass(ms) {
    for (const end = this.time + ms; this.time < end;) {
      this.time += 10;
      for (const timer of [...this.#timers]) {
        if (timer.at > this.time || !this.#timers.has(timer)) continue;
        timer.at += timer.ms;
        timer.tick();
      }
    }
  }
}

/** `frames` opens frames, `frame` is the last one: its `options`, and what was `sent` to it. */
export class Stage {
  frame = null;
  frames = (options) => {
    const sent = [];
    this.frame = { options, sent, node: null, post: (message) => sent.push(message), close() {} };
    return this.frame;
  };
}

/** A player of our own making: it plays when told, once `ready`. */
export class FakeDriver {
  hasVolume = true;
  cadenceMs = 250;
  slackS = 0.25;
  node = null;
  calls = [];
  isStill = false; // an advert
  isBlocked = false;
  #position = 0;
  #isPlaying = false;

  constructor({ clock, report }) {
    this.report = report;
    clock.every(250, () => {
      if (!this.#isPlaying) return;
      this.#position += this.isStill ? 0 : 0.25;
      report({ position: this.#position });
    });
  }

  play() {
    this.calls.push("play");
    if (this.isBlocked) return;
    this.#isPlaying = true;
    this.report({ state: "playing", position: this.#position });
  }

  pause() {
    this.calls.push("pause");
    this.#isPlaying = false;
    this.report({ state: "paused", position: this.#position });
  }

  seek(seconds) {
    this.calls.push(`seek ${seconds}`);
    this.#position = seconds;
    this.report({ position: seconds });
  }

  setVolume(share) {
    this.calls.push(`volume ${share.toFixed(1)}`);
  }

  close() {}
}
