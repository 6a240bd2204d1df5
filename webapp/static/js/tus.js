// Resumable uploads by tus 1.0 (https://tus.io) to a signed URL: after a break, the server is asked
// how much it has, and the rest follows.

const TUS = { "Tus-Resumable": "1.0.0" };
const PAUSES_MS = [1000, 3000, 8000];

/** Why an upload stopped; a temporary failure is worth another try. */
export class UploadError extends Error {
  constructor(message, isTemporary) {
    super(message);
    this.isTemporary = isTemporary;
  }
}

const broken = (sent, size) =>
  new UploadError(
    `The connection broke at ${Math.floor((100 * sent) / Math.max(1, size))} %.`,
    true,
  );

function failure(status, text, sent, size) {
  if (!status || status >= 500 || status === 409 || status === 429) return broken(sent, size);
  let message;
  try {
    message = JSON.parse(text).error;
  } catch {
    // not our API's answer
  }
  return new UploadError(message ?? "The server refused this file.", false);
}

/** How many bytes the server has. */
async function ask(url, size, signal) {
  let answer;
  try {
    answer = await fetch(url, { method: "HEAD", headers: TUS, signal });
  } catch (cause) {
    if (cause.name === "AbortError") throw cause;
    throw broken(0, size);
  }
  if (answer.ok) return Number(answer.headers.get("upload-offset"));
  throw failure(answer.status, "", 0, size);
}

/** Send the rest from an offset; `fetch` has no progress of uploads, so this is the older way. */
function send(url, file, offset, onProgress, signal) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    let sent = offset;
    request.open("PATCH", url);
    const headers = {
      ...TUS,
      "Upload-Offset": offset,
      "Content-Type": "application/offset+octet-stream",
    };
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded }) => {
      sent = offset + loaded;
      onProgress(sent);
    };
    request.onload = () => {
      if (request.status === 204) resolve(Number(request.getResponseHeader("upload-offset")));
      else reject(failure(request.status, request.responseText, sent, file.size));
    };
    request.onerror = () => reject(broken(sent, file.size));
    request.onabort = () => reject(new DOMException("Cancelled", "AbortError"));
    signal?.addEventListener("abort", () => request.abort());
    request.send(file.slice(offset));
  });
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Upload a file. `isResumed`: a part may be there already. Tries again by itself a few times after
 * a break; throws an `UploadError`, or an `AbortError` after `signal`.
 */
export async function upload(file, url, options = {}) {
  const { onProgress = () => {}, signal, isResumed = false } = options;
  const steps = { ask, send, pause, ...options.steps };
  let offset = 0;
  let tries = 0;
  let isUnsure = isResumed;
  for (;;) {
    try {
      if (isUnsure) offset = await steps.ask(url, file.size, signal);
      if (isUnsure && offset >= file.size && file.size) return;
      onProgress(offset);
      offset = await steps.send(url, file, offset, onProgress, signal);
      if (offset >= file.size) return;
      tries = 0;
    } catch (error) {
      if (!error.isTemporary || tries >= PAUSES_MS.length) throw error;
      await steps.pause(PAUSES_MS[tries]);
      if (signal?.aborted) throw new DOMException("Cancelled", "AbortError");
      tries += 1;
    }
    isUnsure = true;
  }
}

/** Cancel an upload: its bytes are removed, and its URL stops working. */
export async function cancel(url) {
  try {
    await fetch(url, { method: "DELETE", headers: TUS, keepalive: true });
  } catch {
    // without a connection the server removes it when the URL expires
  }
}
