// Human-readable times and sizes. Instants are milliseconds since the epoch.

const pad = (value, length = 2) => String(value).padStart(length, "0");

/** "14:02:44.6" in the viewer's time zone. */
export function clock(ms, digits = 1) {
  const at = new Date(Math.floor(ms));
  const tail = digits ? `.${pad(at.getMilliseconds(), 3).slice(0, digits)}` : "";
  return `${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}${tail}`;
}

/** "14:02". */
export const hourMinute = (ms) => clock(ms, 0).slice(0, 5);

/** "2:00" or "1:02:00". */
export function length(ms) {
  const s = Math.round(ms / 1000);
  const hours = Math.floor(s / 3600);
  const rest = `${Math.floor((s % 3600) / 60)}:${pad(s % 60)}`;
  return hours ? `${hours}:${pad(Math.floor((s % 3600) / 60))}:${pad(s % 60)}` : rest;
}

/** "24.0 s" below two minutes, then "2:05". */
export const seconds = (ms) => (ms < 119_950 ? `${(ms / 1000).toFixed(1)} s` : length(ms));

/** A figure in a button: "24 s", "2.5 s", "2:05". */
export function short(ms) {
  if (ms >= 119_950) return length(ms);
  return ms % 1000 < 50 || ms % 1000 > 950
    ? `${Math.round(ms / 1000)} s`
    : `${(ms / 1000).toFixed(1)} s`;
}

/** "0:09.1" on a player. */
export function position(s) {
  const tenths = Math.round(s * 10);
  return `${Math.floor(tenths / 600)}:${pad(Math.floor(tenths / 10) % 60)}.${tenths % 10}`;
}

export function bytes(count) {
  if (count === null || count === undefined) return "";
  if (count < 1000) return `${count} B`;
  const units = ["kB", "MB", "GB", "TB"];
  let value = count / 1000;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

/** "Today", "Yesterday", "Thursday 19 November". */
export function day(ms, now = Date.now()) {
  const at = new Date(ms);
  const start = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
  const apart = Math.round((start(new Date(now)) - start(at)) / 86_400_000);
  if (apart === 0) return "Today";
  if (apart === 1) return "Yesterday";
  const year = at.getFullYear() === new Date(now).getFullYear() ? undefined : "numeric";
  return at.toLocaleDateString("en-GB", { weekday: "long", day: "numeric", month: "long", year });
}

/** "19 Nov". */
export const dayMonth = (ms) =>
  new Date(ms).toLocaleDateString("en-GB", { day: "numeric", month: "short" });

/** "just now", "4 minutes ago", "14:02", "19 Nov". */
export function ago(ms, now = Date.now()) {
  const s = (now - ms) / 1000;
  if (s < 45) return "just now";
  if (s < 3600) return `${Math.max(1, Math.round(s / 60))} min ago`;
  if (day(ms, now) === "Today") return hourMinute(ms);
  return dayMonth(ms);
}

const DATED = / \d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/;

/** The title of what began at an instant: "Garden, 09:12:03" until somebody renames it. */
export const titleOf = (title, ms) => title.replace(DATED, () => `, ${clock(ms, 0)}`);

/** "21 November 2026, 09:12:03.4": the full instant, for a tooltip. */
export const fullTime = (ms) =>
  `${
    new Date(ms).toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric" })
  }, ${clock(ms)}`;

export const plural = (count, one, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;
