// The last searches on this device.
const STORE = "moments.searches";
const MOST = 6;

/** The newest first; none where nothing can be stored. */
export function recall() {
  try {
    const found = JSON.parse(localStorage.getItem(STORE) ?? "[]");
    return found.filter((each) => typeof each === "string").slice(0, MOST);
  } catch {
    return [];
  }
}

/** Put a search in front. */
export function remember(words) {
  if (!words) return;
  const kept = recall().filter((each) => each.toLowerCase() !== words.toLowerCase());
  try {
    localStorage.setItem(STORE, JSON.stringify([words, ...kept].slice(0, MOST)));
  } catch { /* for this page only */ }
}
