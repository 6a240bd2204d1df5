// YouTube's player as its page sees it: JSON strings by postMessage, with the real one's habits.
const quirks = JSON.parse(document.getElementById("quirks").textContent);
const query = new URLSearchParams(location.search);
const videoId = location.pathname.split("/").at(-1);
const KEYFRAME_S = 2;

let channel = null; // the id that the page chose
const subscribed = new Set();
let state = -1;
let position = Math.floor(Number(query.get("start") ?? 0) / KEYFRAME_S) * KEYFRAME_S;
let began = 0;
let adLeft = quirks.ad_s ?? 0;
let wasPlayed = false;
let volume = 100;
let last = performance.now();

const send = (event, info) => {
  if (channel) parent.postMessage(JSON.stringify({ event, info, id: channel }), "*");
};
const tell = (event, info) => {
  if (subscribed.has(event)) send(event, info);
};
const duration = () => {
  if (!wasPlayed) return 0;
  return quirks.is_live
    ? quirks.duration_s + (performance.now() - began) / 1000
    : quirks.duration_s;
};
const info = () => ({
  currentTime: position,
  currentTimeLastUpdated_: Date.now() / 1000,
  duration: duration(),
  playerState: state,
  playbackRate: 1,
  volume,
  muted: false,
  videoData: { video_id: videoId, title: quirks.title, author: "Glass Harbour" },
});

function enter(next) {
  state = next;
  send("infoDelivery", { playerState: state });
  tell("onStateChange", state);
  document.body.dataset.state = state;
}

function play() {
  if (quirks.error) return;
  if (quirks.is_blocked && !navigator.userActivation.hasBeenActive) {
    tell("onAutoplayBlocked", null);
    return;
  }
  if (!wasPlayed) began = performance.now();
  wasPlayed = true;
  if (state === 0) position = 0;
  if (adLeft > 0) enter(-1);
  enter(3);
  enter(1);
}

const COMMANDS = {
  addEventListener: (name) => {
    subscribed.add(name);
    if (name === "onReady") tell("onReady", null);
    if (name === "onError" && quirks.error) tell("onError", quirks.error);
  },
  playVideo: play,
  pauseVideo: () => enter(2),
  seekTo: (seconds) => {
    if (adLeft > 0) return; // an advert cannot be skipped
    position = Math.min(seconds, quirks.duration_s);
    send("infoDelivery", { currentTime: position });
    if (state === -1 || state === 5 || state === 0) play();
  },
  setVolume: (level) => {
    volume = level;
  },
};

addEventListener("message", ({ data }) => {
  let message;
  try {
    message = JSON.parse(data);
  } catch {
    return;
  }
  if (message.channel !== "widget") return;
  if (message.event === "listening" && !channel) {
    channel = message.id;
    send("initialDelivery", { apiInterface: Object.keys(COMMANDS), ...info() });
  } else if (message.event === "command" && message.id === channel) {
    COMMANDS[message.func]?.(...message.args);
  }
});

setInterval(() => {
  const now = performance.now();
  const passed = (now - last) / 1000;
  last = now;
  if (state !== 1) return;
  if (adLeft > 0) adLeft -= passed;
  else position = Math.min(quirks.duration_s, position + passed);
  document.getElementById("at").textContent = position.toFixed(1);
  if (position >= quirks.duration_s && !quirks.is_live) enter(0);
}, 25);
setInterval(() => {
  if (state === 1) send("infoDelivery", info());
}, 250);

document.getElementById("play").onclick = () => state === 1 ? enter(2) : play();
document.getElementById("title").textContent = quirks.title;
// What a hostile page in this place might say.
if (quirks.is_hostile) {
  parent.postMessage("not JSON", "*");
  parent.postMessage(JSON.stringify({ event: "onError", info: 100, id: "another" }), "*");
  parent.postMessage(`"${"x".repeat(10_000_000)}"`, "*");
  const other = document.createElement("iframe");
  other.src = `${location.href.replace("127.0.0.1", "localhost").split("?")[0]}?evil=1`;
  document.body.append(other);
}
if (query.has("evil")) {
  setInterval(() => {
    for (let id = 1; id < 9; id += 1) {
      const error = { event: "onError", info: 100, id: `m-youtube-${id}` };
      top.postMessage(JSON.stringify(error), "*");
    }
  }, 50);
}
