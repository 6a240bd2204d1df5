// Cameras, microphones and screens: access, lists, audio level.

/** Width, height and kbit/s. */
export const SIZES = { 480: [854, 480, 1000], 720: [1280, 720, 2500], 1080: [1920, 1080, 4500] };

/** Why this page cannot use a camera, as `{glyph, title, detail}`, or null if it can ask for one. */
export function obstacle() {
  if (!globalThis.RTCPeerConnection) {
    return {
      glyph: "warn",
      title: "This browser has no WebRTC",
      detail: "Use a newer browser, or publish with OBS or ffmpeg as described below.",
    };
  }
  if (!isSecureContext) {
    return {
      glyph: "lock",
      title: "The camera needs a secure page",
      detail:
        `Browsers allow camera and microphone access on HTTPS pages only, and this page was loaded from ${location.origin}.`,
    };
  }
  if (!navigator.mediaDevices?.getUserMedia) {
    return {
      glyph: "warn",
      title: "This browser does not support camera access",
      detail: "Use another browser, or publish with OBS as described below.",
    };
  }
  return null;
}

const REASONS = {
  NotAllowedError:
    "Camera access is blocked. Allow the camera and the microphone next to the address bar, then try again.",
  NotFoundError: "No camera or microphone was found. Plug one in, or share the screen.",
  NotReadableError: "Another program is using it. Close that program, then try again.",
  OverconstrainedError: "The camera does not support this resolution. Choose a smaller one.",
  AbortError: "It failed to start. Try again.",
};

export const whyNot = (error) => REASONS[error.name] ?? `It failed to start: ${error.message}`;

/** @returns {any} what to ask a camera or a screen for */
function pictureOf(size, deviceId, facing) {
  const [width, height] = SIZES[size] ?? SIZES[720];
  const which = deviceId ? { deviceId: { exact: deviceId } } : facing ? { facingMode: facing } : {};
  return {
    width: { ideal: width },
    height: { ideal: height },
    frameRate: { ideal: 30, max: 60 },
    ...which,
  };
}

/** Open a camera and a microphone, or whichever of the two exists. */
export async function openCamera({ size, camera, microphone, facing, silent }) {
  const video = pictureOf(size, camera, facing);
  const audio = silent ? false : {
    echoCancellation: true,
    noiseSuppression: true,
    ...(microphone ? { deviceId: { exact: microphone } } : {}),
  };
  try {
    return await navigator.mediaDevices.getUserMedia({ video, audio });
  } catch (error) {
    if (error.name !== "NotFoundError" || !audio) throw error;
    return navigator.mediaDevices.getUserMedia({ video, audio: false }).catch(() =>
      navigator.mediaDevices.getUserMedia({ video: false, audio })
    );
  }
}

export async function openScreen({ size }) {
  const { width, height } = pictureOf(size);
  return navigator.mediaDevices.getDisplayMedia({
    video: { width, height, frameRate: { ideal: 30 } },
    audio: true,
  });
}

export const canShareScreen = () => Boolean(navigator.mediaDevices?.getDisplayMedia);

/** `{cameras, microphones}` as `[id, name]`; names are known only after access was allowed. */
export async function listDevices() {
  const all = await navigator.mediaDevices.enumerateDevices();
  const of = (kind, word) =>
    all.filter((each) => each.kind === kind).map((
      { deviceId, label },
      at,
    ) => [deviceId, label || `${word} ${at + 1}`]);
  return { cameras: of("videoinput", "Camera"), microphones: of("audioinput", "Microphone") };
}

/** Call `show(level)` with 0…1 for the microphone; returns a function that stops it. */
export function meter(media, show) {
  const [track] = media.getAudioTracks();
  const Context = globalThis.AudioContext ?? globalThis.webkitAudioContext;
  if (!track || !Context) {
    show(null);
    return () => {};
  }
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
  return () => {
    clearInterval(timer);
    context.close().catch(() => {});
  };
}
