// SoundCloud's widget as its page sees it: JSON strings with a method and a value, in milliseconds.
const quirks = JSON.parse(document.getElementById("quirks").textContent);
const lengthMs = (quirks.is_preview ? 30 : quirks.duration_s) * 1000;
const listened = new Set();
let isPlaying = false;
let hasPlayed = false;
let position = 0;
let last = performance.now();

const say = (method, value = null) =>
  parent.postMessage(JSON.stringify({ widgetId: "widget", method, value }), "*");
const tell = (name) => {
  if (listened.has(name)) say(name, { soundId: 1, currentPosition: position });
};

const METHODS = {
  addEventListener: (name) => {
    listened.add(name);
    if (name === "ready") say("ready");
    if (name === "error" && quirks.error) say("error");
  },
  play: () => {
    if (quirks.error) return;
    if (quirks.is_blocked && !navigator.userActivation.hasBeenActive) return;
    isPlaying = hasPlayed = true;
    tell("play");
  },
  pause: () => {
    isPlaying = false;
    tell("pause");
  },
  seekTo: (ms) => {
    if (hasPlayed) position = ms; // before the first play it does nothing
  },
  getDuration: () => say("getDuration", lengthMs),
  getCurrentSound: () =>
    say("getCurrentSound", { title: quirks.title, user: { username: "Glass Harbour" } }),
};

addEventListener("message", ({ data }) => {
  const { method, value } = JSON.parse(data);
  METHODS[method]?.(value);
});

setInterval(() => {
  const now = performance.now();
  if (isPlaying) position += now - last;
  last = now;
  if (!isPlaying) return;
  document.getElementById("at").textContent = (position / 1000).toFixed(1);
  tell("playProgress");
  if (position < lengthMs) return;
  isPlaying = false;
  position = 0;
  tell("finish");
}, 100);

document.getElementById("play").onclick = () => METHODS[isPlaying ? "pause" : "play"]();
document.getElementById("title").textContent = quirks.title;
say("ready");
