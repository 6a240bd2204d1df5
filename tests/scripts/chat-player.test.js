import { deepEqual, equal } from "node:assert/strict";

const frames = [];
globalThis.requestAnimationFrame = (draw) => frames.push(draw);
globalThis.cancelAnimationFrame = () => frames.pop();
const { default: ChatPlayer } = await import("../../webapp/app/components/chat_player.js");

/** What a mounted one has. */
const shown = (player, lines = null) => ({
  box: { player },
  lines,
  left: null,
  said: [],
  place() {},
  follow() {},
  $emit(name, seconds) {
    this.said.push([name, seconds]);
  },
});

Deno.test("the chat's player draws frames only while it plays", () => {
  const { follow } = ChatPlayer.methods;
  follow.call(shown({ isPlaying: false, position: 3 }));
  equal(frames.length, 0);
  follow.call(shown({ isPlaying: true, position: 3 }));
  equal(frames.length, 1);
});

Deno.test("it says once that it plays outside the lines that are shown", () => {
  const { follow } = ChatPlayer.methods;
  const player = { isPlaying: false, position: 3 };
  const chat = shown(player, [0, 10]);
  follow.call(chat);
  player.position = 12;
  follow.call(chat);
  follow.call(chat);
  deepEqual(chat.said, [["leave", 12]]);
});
