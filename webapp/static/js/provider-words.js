// What a player's trouble means, and the way on.

/** @typedef {"open" | "retry" | "play" | "sign-in"} Way */
/** @typedef {{code: string, sentence: string, way: Way}} Trouble */

const EMBEDDING = [
  "YouTube does not play this video on other sites: its owner, an age limit or your region forbids " +
  "it. Watch it on YouTube.",
  "open",
];
const PREVIEW = [
  "Only a preview plays here, and its times are not the song's. Sign in to Spotify or SoundCloud in " +
  "this browser, then try again.",
  "sign-in",
];

/** @type {Map<string, any>} */
const WORDS = new Map(Object.entries({
  2: ["YouTube does not know this video. Check the link.", "open"],
  5: ["This browser could not play the video. Try again, or watch it on YouTube.", "retry"],
  100: [
    "This video is private or has been removed. Use another link of the same song or video.",
    "open",
  ],
  101: EMBEDDING,
  150: EMBEDDING,
  153: [
    "YouTube could not see which site plays the video. Let this site send its address (a privacy " +
    "extension may hide it), or watch it on YouTube.",
    "open",
  ],
  invalid_uri: ["Spotify does not know this song or episode. Check the link.", "open"],
  playback_error: ["Spotify could not play this. Try again, or open it in Spotify.", "retry"],
  soundcloud: ["SoundCloud could not play this. It may be private. Open it in SoundCloud.", "open"],
  vimeo: ["Vimeo does not play this video on other sites. Open it in Vimeo.", "open"],
  aborted: ["Loading the file was stopped. Try again.", "retry"],
  network: ["The file could not be loaded. Check your connection and try again.", "retry"],
  decode: ["The file is damaged, or in a format that this browser cannot play.", "open"],
  unsupported: [
    "The file cannot be played here: it is gone, refused, or in a format that this browser does " +
    "not know.",
    "open",
  ],
  blocked: ["Your browser waits for you to start playback. Press play in the player.", "play"],
  preview: PREVIEW,
  silent: ["The player does not answer. Check your connection and try again.", "retry"],
}));
const OTHER = ["The player reports an error. Try again, or open the link itself.", "retry"];

/** @returns {Trouble} */
export function trouble(code) {
  const [sentence, way] = WORDS.get(code) ?? OTHER;
  return { code, sentence, way };
}

/** Why an instant cannot be taken now; null if it can. */
export function whyNot({ isReady, isPreview, isPlaying, isMoving }) {
  if (!isReady) return "The player is still loading. Try again in a moment.";
  if (isPreview) return PREVIEW[0];
  if (isPlaying && !isMoving) {
    return "An advert is playing, or the player is loading. Try again once the part plays.";
  }
  return null;
}

/** What to say to somebody whose copy is longer or shorter than the marker's; null if it is not. */
export function shiftWords(markedS, seenS) {
  const shift = Math.round(Math.abs(seenS - markedS));
  if (!markedS || !seenS || Math.abs(seenS - markedS) <= 2) return null;
  return `This copy is ${shift} s ${
    seenS > markedS ? "longer" : "shorter"
  } than the one that was ` +
    "marked, so the part may be shifted by as much.";
}
