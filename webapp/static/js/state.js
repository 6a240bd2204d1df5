// A stream's state in words and colours, the same on every page. The server decides the state.
import { day, dayMonth, hourMinute } from "./format.js";

const STATES = {
  never_on_air: { tone: "off", badge: "Never on air", look: "m-plain", glyph: "offair" },
  connecting: { tone: "w", badge: "Connecting", look: "m-warnw", words: "Waiting for the source" },
  off_air: { tone: "off", badge: "Off air", look: "m-plain", glyph: "offair" },
  error: { tone: "x", badge: "Problem", look: "m-badw", glyph: "warn" },
  unsteady: { tone: "w", badge: "Live", look: "m-live" },
  healthy: { tone: "", badge: "Live", look: "m-live", words: "Healthy" },
};

/** "14:02", or "20 Nov, 14:02" of another day. */
export const when = (
  ms,
) => (day(ms) === "Today" ? hourMinute(ms) : `${dayMonth(ms)}, ${hourMinute(ms)}`);

/**
 * How to show a stream of the API or a node: `{tone, badge, look, glyph, words}`.
 * The tone is a dot's, the look a badge's; the glyph is for a stream that is not on air.
 *
 * @param {{state: string, status?: string, reason?: string, since?: string, since_us?: number}} stream
 */
export function stateOf({ state, reason, since, since_us: us }) {
  const found = STATES[state] ?? STATES.connecting;
  const at = since ? Date.parse(since) : us && us / 1000;
  const words = {
    never_on_air: "Never on air",
    off_air: at ? `Off air since ${when(at)}` : "Off air",
    error: reason ?? "The source has a problem",
    unsteady: `Unsteady: ${reason}`,
  }[state];
  return { ...found, words: words ?? found.words };
}

/** An API stream in a node's status format, until the node has answered. */
export const statusOf = ({ status, state, reason, since }) => ({
  status,
  state,
  reason,
  since_us: since ? Date.parse(since) * 1000 : null,
});
