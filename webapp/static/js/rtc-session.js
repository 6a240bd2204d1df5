// One WHIP or WHEP session (RFC 9725; draft-ietf-wish-whep): posts the offer, trickles
// candidates, deletes the session. The connection is the caller's until `open`, which adds no
// tracks.

/** The server refused: `status`, its `code`, and its sentence as the message. */
export class Refused extends Error {
  constructor(status, body, retryAfter) {
    super(body?.error ?? `The server answered with ${status}.`);
    this.status = status;
    this.code = body?.code ?? "error";
    this.retryAfter = retryAfter;
  }

  /** Whether repeating the request can help. */
  get passes() {
    return this.status >= 500 || [408, 409, 425, 429].includes(this.status);
  }
}

/** ICE servers from Link headers (RFC 9725, section 4.6). */
export function iceServers(link) {
  const found = [];
  for (
    const [, url, rest] of (link ?? "").matchAll(
      /<([^>]+)>((?:\s*;\s*[\w-]+=(?:"[^"]*"|[^;,]*))*)/g,
    )
  ) {
    const params = Object.fromEntries(
      [...rest.matchAll(/([\w-]+)=(?:"([^"]*)"|([^;,\s]*))/g)].map((
        [, name, quoted, bare],
      ) => [name, quoted ?? bare]),
    );
    if (params.rel !== "ice-server") continue;
    found.push(
      params.username
        ? { urls: url, username: params.username, credential: params.credential }
        : { urls: url },
    );
  }
  return found;
}

export class RtcSession {
  /** `{url, token}`: the address for the offer, and its bearer token, if any. */
  constructor({ url, token }) {
    this.url = url;
    this.headers = token ? { Authorization: `Bearer ${token}` } : {};
    this.pc = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
    this.waiting = [];
    this.pc.onicecandidate = ({ candidate }) => this.#found(candidate);
  }

  /** Negotiate; resolves with the response's headers. Throws `Refused`, or fetch's errors. */
  async open(signal) {
    const offer = await this.pc.createOffer();
    const response = await fetch(this.url, {
      method: "POST",
      body: offer.sdp,
      signal,
      credentials: "omit",
      headers: { ...this.headers, "Content-Type": "application/sdp" },
    });
    if (response.status !== 201) {
      const body = await response.json().catch(() => null);
      throw new Refused(response.status, body, Number(response.headers.get("retry-after")) || 0);
    }
    const answer = await response.text();
    const location = response.headers.get("location");
    this.resource = location ? new URL(location, response.url || this.url).href : null;
    this.etag = response.headers.get("etag");
    if (this.isClosed) {
      this.#end();
      return response.headers;
    }
    const servers = iceServers(response.headers.get("link"));
    if (servers.length) {
      this.pc.setConfiguration({ bundlePolicy: "max-bundle", iceServers: servers });
    }
    this.fragmentHead = head(offer.sdp);
    await this.pc.setLocalDescription(offer);
    await this.pc.setRemoteDescription({ type: "answer", sdp: answer });
    return response.headers;
  }

  #found(candidate) {
    this.waiting.push(candidate ? `a=${candidate.candidate}` : "a=end-of-candidates");
    clearTimeout(this.flushing);
    this.flushing = setTimeout(() => this.#flush(), candidate ? 20 : 0);
  }

  /** Send new candidates: one PATCH at a time, in order. */
  async #flush() {
    if (this.isClosed || !this.resource || this.sending || !this.waiting.length) return;
    const lines = this.waiting.splice(0).filter((line) => line !== "a=");
    this.sending = true;
    try {
      const response = await fetch(this.resource, {
        method: "PATCH",
        credentials: "omit",
        headers: {
          ...this.headers,
          "Content-Type": "application/trickle-ice-sdpfrag",
          ...(this.etag ? { "If-Match": this.etag } : {}),
        },
        body: `${[...this.fragmentHead, ...lines].join("\r\n")}\r\n`,
      });
      this.etag = response.headers.get("etag") ?? this.etag;
    } catch {
      /** the other side learns our addresses from our checks */
    } finally {
      this.sending = false;
    }
    this.#flush();
  }

  /** Round-trip time in milliseconds, from the newest checks, or null. */
  async roundTrip() {
    for (const report of (await this.pc.getStats()).values()) {
      if (
        report.type === "candidate-pair" && report.nominated &&
        report.currentRoundTripTime !== undefined
      ) return report.currentRoundTripTime * 1000;
    }
    return null;
  }

  /** End the session; tells the server first, so that it need not time out. */
  close() {
    if (this.isClosed) return;
    this.isClosed = true;
    const closing = setTimeout(() => this.pc.close(), 500);
    this.#end().finally(() => {
      clearTimeout(closing);
      this.pc.close();
    });
  }

  async #end() {
    const { resource } = this;
    this.resource = null;
    const isOver = ["failed", "closed"].includes(this.pc.connectionState);
    if (resource && !isOver) {
      await fetch(resource, {
        method: "DELETE",
        headers: this.headers,
        credentials: "omit",
        keepalive: true,
      }).catch(() => {});
    }
  }
}

/** The head of a fragment (RFC 8840): the ICE credentials and the first media line. */
function head(sdp) {
  const lines = sdp.split(/\r\n/);
  const find = (prefix) => lines.find((line) => line.startsWith(prefix));
  return [find("a=ice-ufrag:"), find("a=ice-pwd:"), find("m="), find("a=mid:")].filter(Boolean);
}

/** H.264 first, then what the node transcodes to H.264. */
export function preferH264(transceiver) {
  const known = RTCRtpReceiver.getCapabilities?.("video")?.codecs;
  if (!known || !transceiver.setCodecPreferences) return;
  const rank = ({ mimeType, sdpFmtpLine = "" }) => {
    if (!/h264/i.test(mimeType)) return /vp8/i.test(mimeType) ? 2 : 3;
    return sdpFmtpLine.includes("packetization-mode=1") && /profile-level-id=42/i.test(sdpFmtpLine)
      ? 0
      : 1;
  };
  try {
    transceiver.setCodecPreferences([...known].sort((a, b) => rank(a) - rank(b)));
  } catch { /** the browser's own order then */ }
}
