// What this device remembers; where nothing can be stored, that is nothing.

/** What was stored under a name, or `usual`. */
export function stored(name, usual = null) {
  try {
    return JSON.parse(localStorage.getItem(name)) ?? usual;
  } catch {
    return usual;
  }
}

/** Store a value under a name; null forgets it. */
export function store(name, value) {
  try {
    if (value === null) localStorage.removeItem(name);
    else localStorage.setItem(name, JSON.stringify(value));
  } catch { /* it lasts as long as the page */ }
}
