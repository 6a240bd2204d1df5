// Marks that were made without a connection, kept on the device and sent later. A mark's id is its
// Idempotency-Key: one that is sent twice is saved once.

const DATABASE = "moments";
const STORES = ["outbox", "about"];

/** @returns {Promise<IDBDatabase>} */
function opened() {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open(DATABASE, 1);
    asked.onupgradeneeded = () => STORES.forEach((name) => asked.result.createObjectStore(name));
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}

/** Do something with a store of the device's database. */
async function inStore(name, mode, act) {
  const database = await opened();
  try {
    return await new Promise((resolve, reject) => {
      const asked = act(database.transaction(name, mode).objectStore(name));
      asked.transaction.oncomplete = () => resolve(asked.result);
      asked.transaction.onabort = () => reject(asked.transaction.error);
    });
  } finally {
    database.close();
  }
}

/** The device's store: marks by id, and who was last signed in here. */
export const device = {
  all: () => inStore("outbox", "readonly", (store) => store.getAll()),
  put: (mark) => inStore("outbox", "readwrite", (store) => store.put(mark, mark.id)),
  drop: (id) => inStore("outbox", "readwrite", (store) => store.delete(id)),
  who: () => inStore("about", "readonly", (store) => store.get("who")),
  setWho: (who) => inStore("about", "readwrite", (store) => store.put(who, "who")),
};

/** Keep a mark until it is sent: `{url, start, end, note}`, times in whole seconds. */
export async function keep(body, store = device) {
  const mark = { id: crypto.randomUUID(), at: Date.now(), who: await store.who(), body };
  await store.put(mark);
  return mark;
}

/**
 * Send what waits, oldest first; what the server refuses stays, with its reason.
 * Returns `{sent, kept, problem}`; the problem says why sending ended early.
 */
export async function send(store = device, post = fetch) {
  const now = await store.who();
  const waiting = (await store.all()).sort((a, b) => a.at - b.at);
  const outcome = { sent: 0, kept: 0, problem: "" };
  for (const mark of waiting) {
    const isTheirs = !mark.who || mark.who.user === now?.user;
    if (!isTheirs || mark.reason || outcome.problem) {
      outcome.kept += 1;
      continue;
    }
    const { verdict, sentence } = await sendOne(mark, mark.who ?? now, post);
    if (verdict === "done") {
      await store.drop(mark.id);
      outcome.sent += 1;
      continue;
    }
    outcome.kept += 1;
    if (verdict === "refused") await store.put({ ...mark, reason: sentence });
    else outcome.problem = sentence;
  }
  return outcome;
}

async function sendOne(mark, who, post) {
  const headers = { "Content-Type": "application/json", "Idempotency-Key": mark.id };
  if (who?.organization) headers["x-organization-id"] = who.organization;
  let answer;
  try {
    answer = await post("/api/marks", {
      method: "POST",
      headers,
      body: JSON.stringify(mark.body),
      credentials: "same-origin",
    });
  } catch {
    return { verdict: "later", sentence: "There is no connection yet." };
  }
  const { error, code, fields } = await answer.json().catch(() => ({}));
  if (answer.ok || code === "mark_exists") return { verdict: "done", sentence: "" };
  if (answer.status === 401) return { verdict: "later", sentence: "Sign in to send them." };
  if (answer.status === 429 || answer.status >= 500) {
    return { verdict: "later", sentence: error ?? "The server is busy. Try again in a moment." };
  }
  const details = Object.entries(fields ?? {}).map(([name, why]) => `${name} ${why}`);
  return { verdict: "refused", sentence: details.join(". ") || error || "The server refused it." };
}
