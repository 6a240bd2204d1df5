// Cameras, microphones and screens: asked for, listed, and their sound measured.

export const SIZES = [["480", "480p", 854, 480, 1000], ["720", "720p", 1280, 720, 2500], ["1080", "1080p", 1920, 1080, 4500]];

/** Why this page gets no camera, as `{title, detail}`, or null when it may ask for one. */
export function obstacle() {
  if (!globalThis.RTCPeerConnection) return { title: "This browser has no WebRTC", detail: "Take a newer browser, or send with OBS or ffmpeg: how is said below." };
  if (!isSecureContext) return { kind: "insecure", title: "The camera needs a secure page", detail: `Browsers give the camera and the microphone to HTTPS pages only, and this page came as ${location.origin}.` };
  if (!navigator.mediaDevices?.getUserMedia) return { title: "This browser gives no camera to pages", detail: "Take another browser, or send with OBS: how is said below." };
  return null;
}

const REASONS = {
  NotAllowedError: "The browser was told not to give it to this page. Allow the camera and the microphone beside the address, then try again.",
  NotFoundError: "There is no camera or microphone here. Plug one in, or share the screen.",
  NotReadableError: "Another program holds it. Close that program, then try again.",
  OverconstrainedError: "The camera has no such picture. Choose a smaller size.",
  AbortError: "It could not be started. Try again.",
};

export const whyNot = (error) => REASONS[error.name] ?? `It could not be started: ${error.message}`;

function pictureOf(size, deviceId, facing) {
  const [, , width, height] = SIZES.find(([key]) => key === size) ?? SIZES[1];
  const which = deviceId ? { deviceId: { exact: deviceId } } : facing ? { facingMode: facing } : {};
  return { width: { ideal: width }, height: { ideal: height }, frameRate: { ideal: 30, max: 60 }, ...which };
}

/** Open a camera and a microphone; without a camera the microphone alone, and the other way round. */
export async function openCamera({ size, camera, microphone, facing, silent }) {
  const video = pictureOf(size, camera, facing);
  const audio = silent ? false : { echoCancellation: true, noiseSuppression: true, ...(microphone ? { deviceId: { exact: microphone } } : {}) };
  try {
    return await navigator.mediaDevices.getUserMedia({ video, audio });
  } catch (error) {
    if (error.name !== "NotFoundError" || !audio) throw error;
    return navigator.mediaDevices.getUserMedia({ video, audio: false }).catch(() => navigator.mediaDevices.getUserMedia({ video: false, audio }));
  }
}

export async function openScreen({ size }) {
  const { width, height } = pictureOf(size);
  return navigator.mediaDevices.getDisplayMedia({ video: { width, height, frameRate: { ideal: 30 } }, audio: true });
}

export const canShareScreen = () => Boolean(navigator.mediaDevices?.getDisplayMedia);

/** `{cameras, microphones}` as `[id, name]`; names are known once one was allowed. */
export async function listDevices() {
  const all = await navigator.mediaDevices.enumerateDevices();
  const of = (kind, word) => all.filter((each) => each.kind === kind).map(({ deviceId, label }, at) => [deviceId, label || `${word} ${at + 1}`]);
  return { cameras: of("videoinput", "Camera"), microphones: of("audioinput", "Microphone") };
}

/** Calls `show(level)` with 0…1 as the microphone hears it; returns a function that ends it. */
export function meter(media, show) {
  const [track] = media.getAudioTracks();
  const Context = globalThis.AudioContext ?? globalThis.webkitAudioContext;
  if (!track || !Context) { show(null); return () => {}; }
  const context = new Context();
  const analyser = context.createAnalyser();
  analyser.fftSize = 1024;
  context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
  const samples = new Uint8Array(analyser.fftSize);
  let shown = 0;
  const timer = setInterval(() => {
    if (context.state === "suspended") context.resume().catch(() => {});
    analyser.getByteTimeDomainData(samples);
    let peak = 0;
    for (const sample of samples) peak = Math.max(peak, Math.abs(sample - 128) / 128);
    const decibels = 20 * Math.log10(Math.max(peak, 0.001)); // -60 … 0
    shown = Math.max((decibels + 60) / 60, shown - 0.04);
    show(track.enabled ? shown : 0);
  }, 50);
  return () => { clearInterval(timer); context.close().catch(() => {}); };
}
