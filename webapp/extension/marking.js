// What the popup and the options do, without the browser around it.

/** Runs in the page: the address and what plays there, preferring what is large and playing. */
export function mediaOf() {
  const all = [...document.querySelectorAll("video, audio")];
  const weight = (each) => (each.paused ? 0 : 1e9) + each.clientWidth * each.clientHeight;
  const media = /** @type {HTMLMediaElement | undefined} */ (
    all.sort((a, b) => weight(b) - weight(a))[0]
  );
  const known = media && Number.isFinite(media.duration) ? media.duration : null;
  return { url: location.href, title: document.title, time: media?.currentTime ?? null, known };
}

/** "1:02" or "62", in whole seconds; null if it is no time. */
export function readSeconds(text) {
  if (!/^\d+(:\d{1,2}){0,2}(\.\d+)?$/.test(text.trim())) return null;
  return text.trim().split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
}

/** 62 as "1:02". */
export function secondsText(value) {
  const whole = Math.max(0, Math.floor(value));
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const shown = parts[0] ? parts : parts.slice(1);
  return shown.map((part, n) => (n ? String(part).padStart(2, "0") : part)).join(":");
}

/** The body to save, or the sentence that says what is wrong. */
export function markOf(draft, media) {
  const start = readSeconds(draft.start), end = readSeconds(draft.end);
  if (start === null || end === null) return { problem: "Write times as 0:45 or 45." };
  if (end <= start) return { problem: "The end must be after the start." };
  const times = { start: Math.floor(start), end: Math.ceil(end) };
  const length = media.known ? { duration: Math.ceil(media.known) } : {};
  return {
    body: { url: media.url, ...times, ...length, note: draft.note, visibility: draft.visibility },
  };
}

/**
 * Ask the server; returns `{made}` or `{problem}`.
 * @param {{server: string, token: string, organization?: string}} connection
 */
export async function ask({ server, token, organization }, path, init = {}, reach = fetch) {
  let answer;
  try {
    const headers = { authorization: `Bearer ${token}`, ...init.headers };
    if (organization) headers["x-organization-id"] = organization;
    answer = await reach(server + path, { ...init, headers, credentials: "omit" });
  } catch {
    return { problem: `${new URL(server).host} does not answer. Check the address.` };
  }
  const made = await answer.json().catch(() => ({}));
  if (answer.ok) return { made };
  if (answer.status === 401) return { problem: "The token is no longer valid. Connect again." };
  const details = Object.entries(made.fields ?? {})
    .filter(([name]) => name !== "id")
    .map(([name, why]) => `${name[0].toUpperCase()}${name.slice(1)} ${why}.`);
  return { problem: details.join(" ") || made.error || `The server answered ${answer.status}.` };
}

/** Save a mark under a key of its own, so that a second press saves nothing twice. */
export function save(connection, body, key, reach = fetch) {
  const headers = { "content-type": "application/json", "idempotency-key": key };
  const init = { method: "POST", headers, body: JSON.stringify(body) };
  return ask(connection, "/api/marks", init, reach);
}
