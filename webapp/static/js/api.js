// The JSON API with the browser's session. Errors contain the server's sentence.

class ApiError extends Error {
  constructor(status, body, retryAfter) {
    super(body?.error ?? "Something went wrong on the server. Try again in a moment.");
    this.status = status;
    this.code = body?.code ?? "error";
    this.fields = body?.fields ?? {};
    this.retryAfter = retryAfter;
  }
}

/** The organisation that this page was opened with: another tab may have switched since. */
const organization = () =>
  document.querySelector('meta[name="moments-organization"]')?.getAttribute("content");

async function request(method, path, body, { anonymous = false } = {}) {
  const headers = { Accept: "application/json" };
  const isFile = body instanceof Blob;
  if (isFile) headers["Content-Type"] = "application/octet-stream";
  else if (body !== undefined) headers["Content-Type"] = "application/json";
  if (method !== "GET") headers["Idempotency-Key"] = uuid();
  const org = organization();
  if (org) headers["x-organization-id"] = org;
  let response;
  try {
    response = await fetch(path, {
      method,
      headers,
      body: isFile || body === undefined ? body : JSON.stringify(body),
      credentials: "same-origin",
    });
  } catch {
    throw new ApiError(0, {
      error: "No connection to the server. Check your network and try again.",
      code: "offline",
    });
  }
  if (response.status === 401 && !anonymous) toSignIn();
  const isJson = (response.headers.get("content-type") ?? "").includes("json");
  const data = isJson ? await response.json().catch(() => null) : null;
  if (!response.ok) {
    throw new ApiError(response.status, data, Number(response.headers.get("retry-after")) || 0);
  }
  return data;
}

function toSignIn() {
  const next = location.pathname + location.search;
  if (!location.pathname.startsWith("/sign-in")) {
    location.assign(`/sign-in?next=${encodeURIComponent(next)}`);
  }
}

function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const raw = crypto.getRandomValues(new Uint8Array(16)); // plain http: no randomUUID
  return [...raw].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export const api = {
  get: (path, options) => request("GET", path, undefined, options),
  post: (path, body, options) => request("POST", path, body, options),
  put: (path, body) => request("PUT", path, body),
};
