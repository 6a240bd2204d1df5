// What is sent to the providers' own players, and what is believed of what they say.
import { deepEqual, equal, match } from "node:assert/strict";
import { ProviderPlayer } from "moments/provider-player.js";
import { Clock, Stage } from "./provider_stage.js";

const ADDRESSES = {
  youtube: "https://player.example",
  spotify: "https://embed.example",
  soundcloud: "https://widget.example",
  vimeo: "https://vimeo.example",
};

function open(source, startS = 0) {
  const stage = new Stage();
  const clock = new Clock();
  const player = new ProviderPlayer(source, {
    clock,
    startS,
    addresses: ADDRESSES,
    frames: stage.frames,
  });
  return { clock, player, frame: stage.frame, say: (data) => stage.frame.options.onData(data) };
}

function youtube() {
  const { frame, ...rest } = open({ provider: "youtube", id: "dQw4w9WgXcQ" }, 45.5);
  const { id } = frame.options;
  const say = (event, info) => rest.say(JSON.stringify({ event, info, id, channel: "widget" }));
  const sent = () => frame.sent.splice(0).map((text) => JSON.parse(text));
  return { ...rest, frame, id, say, sent, hear: rest.say };
}

Deno.test("YouTube: the address has a start, never an end", () => {
  const { frame } = youtube();
  const url = new URL(frame.options.src);
  equal(url.origin + url.pathname, "https://player.example/embed/dQw4w9WgXcQ");
  deepEqual([url.searchParams.get("enablejsapi"), url.searchParams.get("start")], ["1", "45"]);
  equal(url.searchParams.has("end"), false);
});

Deno.test("YouTube: it is greeted until it speaks; what was asked before is sent then", () => {
  const { clock, player, frame, id, say, sent } = youtube();
  player.play();
  frame.options.onLoad();
  clock.pass(500);
  const greeting = { event: "listening", id, channel: "widget" };
  deepEqual(sent(), [greeting, greeting, greeting]);
  say("initialDelivery", { playerState: -1, duration: 0, currentTime: 0 });
  const commands = sent();
  equal(commands.every((each) => each.id === id && each.channel === "widget"), true);
  deepEqual(commands.map(({ func }) => func).at(-1), "playVideo");
  equal(commands.some(({ args }) => args[0] === "onAutoplayBlocked"), true);
  clock.pass(1000);
  deepEqual(sent(), []);
  deepEqual([player.state, player.duration], ["ready", null]);
  player.seek(30.5);
  deepEqual(sent()[0], {
    event: "command",
    func: "seekTo",
    args: [30.5, true],
    id,
    channel: "widget",
  });
});

Deno.test("YouTube: only what is well formed and for us is believed", () => {
  const { player, id, hear } = youtube();
  const hostile = [
    "no JSON",
    "null",
    "7",
    { event: "onReady" },
    JSON.stringify({ event: "onReady", id: "another" }),
  ];
  for (const data of hostile) hear(data);
  equal(player.state, "loading");
  const info = { currentTime: -5, duration: "x", volume: null, playerState: "toString" };
  hear(JSON.stringify({ event: "infoDelivery", id, info }));
  deepEqual([player.state, player.position, player.duration], ["loading", 0, null]);
  hear(JSON.stringify({ event: "onError", id, info: "constructor" }));
  equal(player.trouble.way, "retry");
});

Deno.test("YouTube: each error has a sentence and a way on", () => {
  const ways = ["2", "5", "100", "101", "150", "153"].map((code) => {
    const { player, say } = youtube();
    say("onError", Number(code));
    match(player.trouble.sentence, /\.$/);
    equal(player.state, "failed");
    return [code, player.trouble.code, player.trouble.way];
  });
  deepEqual(ways.map(([asked, code]) => asked === code), Array(6).fill(true));
  deepEqual(ways.map(([, , way]) => way), ["open", "retry", "open", "open", "open", "open"]);
});

Deno.test("YouTube: its word on blocked playback is taken at once", () => {
  const { player, say } = youtube();
  say("onReady", null);
  say("onAutoplayBlocked", null);
  equal(player.trouble.way, "play");
});

Deno.test("Spotify: a seek waits for the first sound, and is cut to seconds", () => {
  const { player, frame, say } = open({ provider: "spotify", id: "abc", kind: "episode" }, 45);
  equal(frame.options.src, "https://embed.example/embed/episode/abc?t=45&theme=0");
  player.setRange({ start: 45, end: 60 });
  player.playRange();
  deepEqual(frame.sent, []);
  say({ type: "ready" });
  deepEqual(frame.sent.splice(0), [{ command: "load_complete_ack" }, { command: "resume" }]);
  say({ type: "playback_update", payload: { isPaused: false, position: 0, duration: 222_000 } });
  deepEqual(frame.sent.splice(0), [{ command: "seek", timestamp: 45 }]);
  player.seek(59.9);
  deepEqual(frame.sent, [{ command: "seek", timestamp: 59 }]);
  deepEqual([player.duration, player.hasVolume, player.isPreview], [222, false, false]);
});

Deno.test("Spotify: an update alone shows that it is ready, and its end is heard", () => {
  const { player, say } = open({ provider: "spotify", id: "abc" });
  const update = (isPaused, position) =>
    say({ type: "playback_update", payload: { isPaused, position, duration: 200_000 } });
  update(true, 0);
  equal(player.state, "ready");
  update(false, 198_000);
  update(false, 199_000);
  equal(player.state, "playing");
  update(true, 0);
  equal(player.state, "ended");
});

Deno.test("Spotify: one that stops before it was heard has not ended", () => {
  const { player, say } = open({ provider: "spotify", id: "abc" });
  const update = (isPaused, position) =>
    say({ type: "playback_update", payload: { isPaused, position, duration: 200_000 } });
  for (const isPaused of [true, false, true]) update(isPaused, 0);
  equal(player.state, "paused");
  for (const at of [0, 45_000, 45_000]) update(false, at); // sought, and silent there
  update(true, 0);
  equal(player.state, "paused");
});

Deno.test("Spotify: errors and nonsense", () => {
  const { player, say } = open({ provider: "spotify", id: "abc" });
  for (const data of [null, "ready", 5, { type: "playback_update" }, { payload: {} }]) say(data);
  equal(player.trouble, null);
  say({ type: "error", payload: { code: "invalid_uri" } });
  deepEqual([player.state, player.trouble.code], ["failed", "invalid_uri"]);
});

function widget(provider, id, startS = 0, source = {}) {
  const opened = open({ provider, id, ...source }, startS);
  const say = (message) => opened.say(JSON.stringify(message));
  const sent = () =>
    opened.frame.sent.splice(0).map((text) => JSON.parse(text))
      .filter(({ method }) => method !== "addEventListener")
      .map(({ method, value }) => value === undefined ? method : `${method} ${value}`);
  return { ...opened, say, sent, hear: opened.say };
}

Deno.test("SoundCloud: the sound is named by its id alone, and times are milliseconds", () => {
  const { player, frame, say, sent } = widget("soundcloud", "glass/ferry/s-Secret1");
  const url = new URL(frame.options.src);
  equal(url.origin + url.pathname, "https://widget.example/player/");
  equal(url.searchParams.get("url"), "https://soundcloud.com/glass/ferry/s-Secret1");
  player.setRange({ start: 45.5, end: 60 });
  player.playRange();
  deepEqual(sent(), []);
  say({ method: "ready" });
  equal(player.state, "ready");
  deepEqual(sent(), ["getCurrentSound", "getDuration", "play"]);
  say({ method: "getCurrentSound", value: { title: "Ferry", user: { username: "Glass" } } });
  say({ method: "getDuration", value: 222_000 });
  deepEqual([player.title, player.author, player.duration], ["Ferry", "Glass", 222]);
  say({ method: "playProgress", value: { currentPosition: 100 } });
  deepEqual(sent(), ["seekTo 45500"]);
  equal(player.state, "playing");
  player.driver.setVolume(0.5);
  deepEqual(sent(), ["setVolume 50"]);
  say({ method: "finish", value: {} });
  equal(player.state, "ended");
});

Deno.test("SoundCloud: a number is a sound, too; 30 s of a longer one are a preview", () => {
  const { player, frame, say } = widget("soundcloud", "tracks/42", 0, { durationS: 216 });
  match(
    new URL(frame.options.src).searchParams.get("url"),
    /^https:\/\/api\.soundcloud\.com\/tracks\/42$/,
  );
  say({ method: "ready" });
  say({ method: "getDuration", value: 30_000 });
  deepEqual([player.isPreview, player.trouble.way], [true, "sign-in"]);
  const short = widget("soundcloud", "tracks/43");
  short.say({ method: "ready" });
  short.say({ method: "getDuration", value: 30_000 });
  equal(short.player.isPreview, false);
  say({ method: "error" });
  equal(player.state, "failed");
});

Deno.test("Vimeo: the key of an unlisted video goes along, and a start waits for the first play", () => {
  const { player, frame, say, sent } = widget("vimeo", "76979871/0123abc", 45.5);
  equal(frame.options.src, "https://vimeo.example/video/76979871?dnt=1&h=0123abc");
  frame.options.onLoad();
  deepEqual(sent(), ["ping"]);
  say({ event: "ready" });
  say({ event: "ready" });
  deepEqual(sent(), ["getDuration", "getVideoTitle"]);
  say({ method: "getDuration", value: 216 });
  say({ method: "getVideoTitle", value: "Ferry" });
  say({ event: "play", data: {} });
  say({ event: "timeupdate", data: { seconds: 0.2, duration: 216 } });
  deepEqual(sent(), ["setCurrentTime 45.5"]);
  deepEqual([player.title, player.duration, player.state], ["Ferry", 216, "playing"]);
  for (
    const [event, state] of [["bufferstart", "buffering"], ["pause", "paused"], ["ended", "ended"]]
  ) {
    say({ event, data: {} });
    equal(player.state, state);
  }
});

Deno.test("Vimeo: a refused play is blocked, a refused video has failed", () => {
  const { player, say } = widget("vimeo", "1");
  say({ event: "ready" });
  say({ event: "error", data: { method: "setVolume", name: "Error" } });
  equal(player.trouble, null);
  say({ event: "error", data: { method: "play", name: "NotAllowedError" } });
  equal(player.trouble.way, "play");
  say({ event: "error", data: { name: "PrivacyError" } });
  deepEqual([player.state, player.trouble.way], ["failed", "open"]);
});

Deno.test("SoundCloud and Vimeo: nonsense is dropped", () => {
  for (const provider of ["soundcloud", "vimeo"]) {
    const { player, say, hear } = widget(provider, "1");
    for (const data of ["no JSON", "null", "7", null, 7, {}, { event: {} }]) hear(data);
    equal(player.state, "loading");
    hear({ event: "ready" });
    const values = [null, "x", -1, { seconds: -1, currentPosition: "x", duration: {} }];
    for (const method of ["playProgress", "timeupdate", "getDuration", "constructor", "toString"]) {
      for (const value of values) say({ method, value, data: value });
    }
    deepEqual([player.position, player.duration, player.trouble], [0, null, null]);
  }
});
