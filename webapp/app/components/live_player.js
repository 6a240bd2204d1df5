// The player core as one element: props in, events out, few methods. The core knows no framework, as
// public pages use it too. Its buttons are drawn in there: a press must read its instant at once.
import { Grant } from "moments/grant.js";
import { Watch } from "moments/watch.js";
import { $, dom, isPhone } from "moments/dom.js";
import { toast } from "moments/toast.js";
import { view } from "moments/view.js";

const BEHIND_MS = 1000; // what the page says of the delay, on phones
const PATIENCE_MS = 60_000; // a long clip takes a while; an answer that was lost never comes

export default {
  props: { stream: Object, grant: Object, poster: String, mayCapture: Boolean, isShared: Boolean },
  emits: ["capture", "report", "share"],
  mounted() {
    const { stream } = this;
    this.presses = new Map();
    // Access that has ended is renewed over plain HTTP: a player must not depend on the socket.
    const grant = new Grant(`/api/streams/${stream.id}/watch`, this.grant);
    const watch = new Watch({
      stream,
      grant,
      still: this.poster ? dom`<img class="m-poster" src=${this.poster} alt="" />` : null,
      mayCapture: this.mayCapture,
      shareStream: this.isShared ? () => this.$emit("share") : null,
      make: (press, note) => this.make(press, note),
      target: () => $(".m-cap .m-pic") ?? $(".m-toasts"),
    });
    this.watch = watch;
    $("#m-boot")?.remove(); // it showed this player's place until now
    this.$el.append(...watch.nodes);
    watch.poll.addEventListener("answer", ({ detail }) => this.report(detail.status));
    watch.poll.addEventListener(
      "silence",
      ({ detail }) => this.$emit("report", { missed: detail.missed }),
    );
    watch.start();
  },
  beforeUnmount() {
    this.watch.destroy();
  },
  methods: {
    make({ number, kind, start_ms, duration_ms }, note) {
      document.body.classList.add("m-pressed"); // the message of the press before goes at once
      return new Promise((resolve) => {
        const timer = setTimeout(() => this.giveUp(number), PATIENCE_MS);
        this.presses.set(number, { note, resolve, timer });
        this.$emit("capture", { number, kind, start_ms, duration_ms });
      });
    },
    /** A press was answered, and the page has said how; `item` is null if it was refused. */
    answer(number, item) {
      const press = this.presses.get(number);
      this.presses.delete(number);
      document.body.classList.remove("m-pressed");
      clearTimeout(press?.timer);
      press?.note.close();
      press?.resolve(item);
    },
    giveUp(number) {
      this.answer(number, null);
      toast({
        tone: "bad",
        title: "The server did not answer.",
        detail: "Look in the library before you try again.",
      });
    },
    clipOldest() {
      this.watch.capture.clipOldest();
    },
    report({ status, state, reason, since_us, video, audio, viewers }) {
      const { source, isLive } = this.watch.player;
      const behind = source.behind();
      const window = source.window();
      this.$emit("report", {
        missed: 0,
        status,
        state,
        reason,
        since_us,
        video,
        audio,
        viewers,
        delay_ms: behind === null ? null : Math.round(behind),
        behind_s: isPhone() && !isLive && behind > BEHIND_MS ? Math.round(behind / 1000) : null,
        held_ms: window ? Math.round(window.end - window.start) : 0,
      });
    },
  },
  render() {
    return view`<section aria-label="Player" />`;
  },
};
