// The players' common part: what an instant is, and how a part is kept.
import { deepEqual, equal, match } from "node:assert/strict";
import { ProviderPlayer } from "moments/provider-player.js";
import { level } from "moments/provider-range.js";
import { shiftWords } from "moments/provider-words.js";
import { Clock, FakeDriver } from "./provider_stage.js";

function open(source = {}) {
  const clock = new Clock();
  const player = new ProviderPlayer({ provider: "file", id: "x", ...source }, {
    clock,
    drivers: { file: FakeDriver, spotify: FakeDriver },
  });
  const heard = [];
  for (const name of ["end", "trouble"]) {
    player.addEventListener(name, ({ detail }) => heard.push(detail?.code ?? name));
  }
  const driver = /** @type {any} */ (player.driver);
  driver.report({ state: "ready", duration: 200 });
  return { clock, player, driver, heard, calls: driver.calls };
}

Deno.test("a part is played from its start to its end, once", () => {
  const { clock, player, heard, calls } = open();
  player.setRange({ start: 45, end: 47 });
  player.playRange();
  clock.pass(5000);
  deepEqual(calls, ["seek 45", "play", "pause"]);
  deepEqual(heard, ["end"]);
  equal(player.state, "paused");
  equal(Math.abs(player.position - 47) < 0.3, true);
  deepEqual(player.played.length, 1);
});

Deno.test("a jump is told while nothing plays, and no other place is", () => {
  const { player, driver } = open();
  const moved = [];
  player.addEventListener("moved", () => moved.push(player.position));
  driver.report({ state: "paused", position: 12 });
  driver.report({ state: "paused", position: 12 });
  driver.report({ state: "playing", position: 12.1 });
  driver.report({ state: "playing", position: 12.4 });
  driver.report({ position: 90, state: "paused" });
  deepEqual(moved, [12, 90]);
});

Deno.test("a part that has ended begins anew with the player's own button", () => {
  const { clock, player, driver, heard, calls } = open();
  player.setRange({ start: 45, end: 47 });
  player.playRange();
  clock.pass(3000);
  driver.play();
  clock.pass(3000);
  deepEqual(calls, ["seek 45", "play", "pause", "play", "seek 45", "pause"]);
  deepEqual(heard, ["end", "end"]);
});

Deno.test("a loop goes on, a lead-in is played before it, and a jump away comes back", () => {
  const { clock, player, driver, calls } = open();
  player.setRange({ start: 45, end: 47, loop: true, lead: 2 });
  player.playRange();
  clock.pass(4500);
  deepEqual(calls, ["seek 43", "play", "seek 43", "play"]);
  driver.seek(120);
  clock.pass(1000);
  equal(calls.at(-1), "seek 43");
});

Deno.test("media that ends before the part ends it", () => {
  const { clock, player, driver, heard, calls } = open();
  player.setRange({ start: 195, end: 205 });
  player.playRange();
  clock.pass(500);
  driver.report({ state: "ended" });
  clock.pass(500);
  deepEqual(heard, ["end"]);
  deepEqual(calls, ["seek 195", "play", "pause"]);
});

Deno.test("an advert is no progress, and nothing can be marked during it", () => {
  const { clock, player, driver, calls } = open();
  player.setRange({ start: 45, end: 47 });
  driver.isStill = true;
  player.playRange();
  clock.pass(6000);
  equal(player.isMoving, false);
  equal(player.position, 45);
  equal(player.instant().seconds, null);
  match(player.instant().sentence, /advert/);
  deepEqual(calls, ["seek 45", "play"]);
  deepEqual(player.played, []);
  driver.isStill = false;
  clock.pass(1000);
  equal(player.instant().seconds > 45.5, true);
  clock.pass(1500);
  equal(calls.at(-1), "pause");
});

Deno.test("playback that the browser blocks is said once, and forgotten when it plays", () => {
  const { clock, player, driver, heard } = open();
  driver.isBlocked = true;
  player.play();
  clock.pass(9000);
  deepEqual(heard, ["blocked"]);
  driver.isBlocked = false;
  player.play();
  clock.pass(500);
  equal(player.trouble, null);
});

Deno.test("a part that is not heard never ends, so that nothing follows it", () => {
  for (const silent of ["isBlocked", "isStill"]) {
    const { clock, player, driver, heard } = open();
    player.setRange({ start: 0, end: 15 });
    driver[silent] = true;
    player.playRange();
    clock.pass(60_000);
    equal(heard.includes("end"), false, silent);
    driver[silent] = false;
    driver.play();
    clock.pass(16_000);
    equal(heard.filter((each) => each === "end").length, 1, silent);
  }
});

Deno.test("a provider that says nothing is given up, until it speaks", () => {
  const clock = new Clock();
  const player = new ProviderPlayer({ provider: "file", id: "x" }, {
    clock,
    drivers: { file: FakeDriver },
  });
  clock.pass(16_000);
  equal(player.state, "failed");
  match(player.trouble.sentence, /^The player does not answer\./);
  /** @type {any} */ (player.driver).report({ state: "ready" });
  deepEqual([player.state, player.trouble], ["ready", null]);
});

Deno.test("a preview of Spotify gives no instant", () => {
  for (
    const [durationS, duration, isPreview] of [[222, 30, true], [undefined, 29.7, true], [
      28,
      28,
      false,
    ], [222, 222, false]]
  ) {
    const { player, driver, heard } = open({ provider: "spotify", durationS });
    driver.report({ duration });
    equal(player.isPreview, isPreview);
    deepEqual(heard, isPreview ? ["preview"] : []);
    equal(player.instant().seconds, isPreview ? null : 0);
  }
});

Deno.test("a fade lowers the volume at both ends and gives the user's back", () => {
  const { clock, player, driver, calls } = open();
  driver.report({ volume: 0.5 });
  player.setRange({ start: 10, end: 14, fade: 1 });
  player.playRange();
  clock.pass(6000);
  const volumes = calls.filter((call) => call.startsWith("volume")).map((call) => call.slice(7));
  deepEqual([volumes[0], volumes.includes("0.5"), volumes.at(-1)], ["0.1", true, "0.5"]);
  deepEqual([0, 10.5, 12, 13.75, 15].map((at) => level(at, 10, 14, 1)), [0, 0.5, 1, 0.25, 0]);
  equal(level(10.5, 10, 11, 5), 1);
});

Deno.test("another length than the marker's is said from 2 s on", () => {
  deepEqual([shiftWords(222, 224), shiftWords(0, 224)], [null, null]);
  match(shiftWords(222, 229), /7 s longer/);
  match(shiftWords(222, 212), /10 s shorter/);
});
