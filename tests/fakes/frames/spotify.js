// Spotify's embed as its page sees it: objects by postMessage, with the real one's habits.
const quirks = JSON.parse(document.getElementById("quirks").textContent);
const lengthMs = (quirks.is_preview ? 30 : quirks.duration_s) * 1000;

let isPaused = true;
let hasPlayed = false;
let isHeard = false;
let position = 0; // of the preview, if it is one
let last = performance.now();
let toldAt = 0;

const send = (message) => parent.postMessage(message, "*");
const update = () => {
  if (!isHeard) return;
  toldAt = performance.now();
  send({
    type: "playback_update",
    payload: { isPaused, isBuffering: false, duration: lengthMs, position: Math.round(position) },
  });
};

function play() {
  if (quirks.error) return;
  if (quirks.is_blocked && !navigator.userActivation.hasBeenActive) return;
  isPaused = false;
  hasPlayed = true;
  update();
  update(); // a burst
}

const COMMANDS = {
  load_complete_ack: () => {
    isHeard = true;
    if (quirks.error) send({ type: "error", payload: { code: quirks.error } });
  },
  play_from_start: () => {
    position = 0;
    play();
  },
  play,
  resume: play,
  pause: () => {
    isPaused = true;
    update();
  },
  toggle: () => isPaused ? play() : COMMANDS.pause(),
  seek: ({ timestamp }) => {
    if (!hasPlayed) return;
    position = parseInt(timestamp) * 1000;
    update();
  },
};

addEventListener("message", ({ data }) => {
  if (data && typeof data === "object") COMMANDS[data.command]?.(data);
});

setInterval(() => {
  const now = performance.now();
  const passed = now - last;
  last = now;
  if (isPaused) return;
  position += passed;
  document.getElementById("at").textContent = (position / 1000).toFixed(1);
  if (position >= lengthMs) {
    position = 0;
    isPaused = true;
    update();
  } else if (now - toldAt > 1000) update();
}, 25);

document.getElementById("play").onclick = () => COMMANDS.toggle();
document.getElementById("title").textContent = quirks.title;
send({ type: "ready" });
