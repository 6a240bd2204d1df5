// Vimeo's player as its page sees it: methods in, events out, in seconds.
const quirks = JSON.parse(document.getElementById("quirks").textContent);
const listened = new Set();
let isPlaying = false;
let seconds = 0;
let last = performance.now();

const send = (message) => parent.postMessage(JSON.stringify(message), "*");
const tell = (event, data = { seconds, duration: quirks.duration_s, percent: 0 }) => {
  if (listened.has(event)) send({ event, data });
};

const METHODS = {
  ping: () => send({ event: "ready" }),
  addEventListener: (name) => {
    listened.add(name);
    if (name === "error" && quirks.error) tell("error", { name: "PrivacyError", message: "No" });
  },
  play: () => {
    if (quirks.is_blocked && !navigator.userActivation.hasBeenActive) {
      tell("error", { method: "play", name: "NotAllowedError", message: "No" });
      return;
    }
    isPlaying = !quirks.error;
    if (isPlaying) tell("play");
  },
  pause: () => {
    isPlaying = false;
    tell("pause");
  },
  setCurrentTime: (at) => {
    seconds = at;
    tell("timeupdate");
  },
  setVolume: (volume) => tell("volumechange", { volume }),
  getDuration: () => send({ method: "getDuration", value: quirks.duration_s }),
  getVideoTitle: () => send({ method: "getVideoTitle", value: quirks.title }),
};

addEventListener("message", ({ data }) => {
  const { method, value } = JSON.parse(data);
  METHODS[method]?.(value);
});

setInterval(() => {
  const now = performance.now();
  if (isPlaying) seconds += (now - last) / 1000;
  last = now;
  if (!isPlaying) return;
  document.getElementById("at").textContent = seconds.toFixed(1);
  tell("timeupdate");
  if (seconds < quirks.duration_s) return;
  isPlaying = false;
  tell("ended");
}, 100);

document.getElementById("play").onclick = () => METHODS[isPlaying ? "pause" : "play"]();
document.getElementById("title").textContent = quirks.title;
send({ event: "ready" });
