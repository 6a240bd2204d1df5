// The last searches on this device.
import { store, stored } from "./store.js";

const STORE = "moments.searches";
const MOST = 6;

/** The newest first. */
export const recall = () =>
  [stored(STORE)].flat().filter((each) => typeof each === "string").slice(0, MOST);

/** Put a search in front. */
export function remember(words) {
  if (!words) return;
  const kept = recall().filter((each) => each.toLowerCase() !== words.toLowerCase());
  store(STORE, [words, ...kept].slice(0, MOST));
}
