// Publishes by WHIP or plays by WHEP with werift; media comes from and goes to UDP ports as RTP.
//
//   node client.mjs publish URL KEY VIDEO_PORT AUDIO_PORT
//   node client.mjs play URL - VIDEO_PORT AUDIO_PORT
//
// Says "connected" when it is, then a line of JSON with counts when its input ends, and leaves.
import { createSocket } from "node:dgram";
import { MediaStreamTrack, RTCPeerConnection, useH264, useOPUS } from "werift";

const [way, url, key, ...ports] = process.argv.slice(2);
const FEEDBACK = [{ type: "nack" }, { type: "nack", parameter: "pli" }];
const peer = new RTCPeerConnection({
  iceServers: [],
  iceUseIpv6: false,
  codecs: {
    video: [useH264({ rtcpFeedback: FEEDBACK })],
    audio: [useOPUS()],
  },
});
const counts = { video: 0, audio: 0, missing: 0, markers: 0 };
const sockets = [];

function publish(kind, port) {
  const track = new MediaStreamTrack({ kind });
  const socket = createSocket("udp4");
  socket.on("message", (packet) => {
    if (peer.connectionState !== "connected") return;
    counts[kind] += 1;
    track.writeRtp(packet);
  });
  socket.bind(port, "127.0.0.1");
  sockets.push(socket);
  peer.addTransceiver(track, { direction: "sendonly" });
}

function play(kind, port) {
  const { receiver } = peer.addTransceiver(kind, { direction: "recvonly" });
  const socket = createSocket("udp4");
  sockets.push(socket);
  let newest;
  peer.onTrack.subscribe((track) => {
    if (track.kind !== kind) return;
    track.onReceiveRtp.subscribe((packet) => {
      const { sequenceNumber, marker } = packet.header;
      if (kind === "video" && newest !== undefined) {
        const step = ((sequenceNumber - newest + 0x8000) & 0xffff) - 0x8000;
        counts.missing += step - 1;
      }
      newest = sequenceNumber;
      counts[kind] += 1;
      counts.markers += kind === "video" && marker;
      socket.send(packet.serialize(), port, "127.0.0.1");
    });
  });
  return receiver;
}

const start = way === "publish" ? publish : play;
start("video", Number(ports[0]));
start("audio", Number(ports[1]));
await peer.setLocalDescription(await peer.createOffer());
if (peer.iceGatheringState !== "complete") {
  await peer.iceGatheringStateChange.watch((state) => state === "complete");
}
const headers = { "content-type": "application/sdp" };
if (way === "publish") headers.authorization = `Bearer ${key}`;
const answer = await fetch(url, { method: "POST", headers, body: peer.localDescription.sdp });
const text = await answer.text();
if (answer.status !== 201) throw new Error(`${answer.status}: ${text}`);
const session = new URL(answer.headers.get("location"), url);
await peer.setRemoteDescription({ type: "answer", sdp: text });
if (peer.connectionState !== "connected") {
  await peer.connectionStateChange.watch((state) => state === "connected", 20_000);
}
console.log("connected");
process.stdin.resume();
process.stdin.on("end", async () => {
  const left = await fetch(session, { method: "DELETE" });
  console.log(JSON.stringify({ ...counts, left: left.status }));
  await peer.close();
  sockets.forEach((socket) => socket.close());
  process.exit(0);
});
