// The JSON API with the browser's session. Errors contain the server's sentence.

export class ApiError extends Error {
  constructor(status, body, retryAfter) {
    super(body?.error ?? "Something went wrong on the server. Try again in a moment.");
    this.status = status;
    this.code = body?.code ?? "error";
    this.fields = body?.fields ?? {};
    this.retryAfter = retryAfter;
  }
}

/** The organisation that this page was opened with: another tab may have switched since. */
export const organization = () =>
  document.querySelector('meta[name="moments-organization"]')?.getAttribute("content");

async function request(method, path, body, options = {}) {
  const headers = { Accept: "application/json", ...options.headers };
  const isFile = body instanceof Blob;
  if (isFile) headers["Content-Type"] = "application/octet-stream";
  else if (body !== undefined) headers["Content-Type"] = "application/json";
  if (method !== "GET") headers["Idempotency-Key"] = options.key ?? uuid();
  const org = organization();
  if (org) headers["x-organization-id"] = org;
  let response;
  try {
    response = await fetch(path, {
      method,
      headers,
      body: isFile || body === undefined ? body : JSON.stringify(body),
      credentials: "same-origin",
      signal: options.signal,
    });
  } catch (cause) {
    if (cause.name === "AbortError") throw cause;
    throw new ApiError(0, {
      error: "No connection to the server. Check your network and try again.",
      code: "offline",
    });
  }
  if (response.status === 401 && !options.anonymous && !options.quiet) toSignIn();
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

export function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const raw = crypto.getRandomValues(new Uint8Array(16)); // plain http: no randomUUID
  return [...raw].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export const api = {
  get: (path, options) => request("GET", path, undefined, options),
  post: (path, body = {}, options) => request("POST", path, body, options),
  patch: (path, body, options) => request("PATCH", path, body, options),
  put: (path, body, options) => request("PUT", path, body, options),
  delete: (path, options) => request("DELETE", path, undefined, options),
};
