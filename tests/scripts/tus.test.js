// Resumable uploads, with the server's part played by functions.
import { deepEqual, equal, rejects } from "node:assert/strict";
import { upload, UploadError } from "moments/tus.js";

const FILE = { size: 100 };
const broken = () => new UploadError("The connection broke at 40 %.", true);

/** What a server that breaks off now and then is asked, and the progress that was said. */
function server({ breaksAt = [], has = 0, error = broken } = {}) {
  const seen = { asked: 0, sent: [], paused: [], progress: [] };
  const steps = {
    ask: async () => {
      seen.asked += 1;
      return has;
    },
    send: async (_url, file, offset) => {
      seen.sent.push(offset);
      const at = breaksAt.shift();
      if (at === undefined) return (has = file.size);
      has = Math.max(has, at);
      throw error();
    },
    pause: async (ms) => void seen.paused.push(ms),
  };
  return { seen, options: { steps, onProgress: (sent) => seen.progress.push(sent) } };
}

Deno.test("a whole upload asks nothing", async () => {
  const { seen, options } = server();
  await upload(FILE, "/files/a", options);
  deepEqual([seen.asked, seen.sent, seen.paused], [0, [0], []]);
});

Deno.test("after a break it goes on with what the server has", async () => {
  const { seen, options } = server({ breaksAt: [40, 70] });
  await upload(FILE, "/files/a", options);
  deepEqual(seen.sent, [0, 40, 70]);
  deepEqual(seen.progress, [0, 40, 70]);
  deepEqual(seen.paused, [1000, 3000]);
});

Deno.test("it gives up after some tries, and goes on later", async () => {
  const { seen, options } = server({ breaksAt: [10, 20, 30, 40] });
  await rejects(upload(FILE, "/files/a", options), /broke at 40/);
  await upload(FILE, "/files/a", { ...options, isResumed: true });
  equal(seen.sent.at(-1), 40);
});

Deno.test("what is there already is not sent again", async () => {
  const { seen, options } = server({ has: 100 });
  await upload(FILE, "/files/a", { ...options, isResumed: true });
  deepEqual(seen.sent, []);
});

Deno.test("a refusal is final", async () => {
  const { seen, options } = server({
    breaksAt: [0],
    error: () => new UploadError("This upload has expired.", false),
  });
  await rejects(upload(FILE, "/files/a", options), /expired/);
  deepEqual(seen.paused, []);
});

Deno.test("a cancelled upload does not try again", async () => {
  const aborter = new AbortController();
  const { seen, options } = server({ breaksAt: [10] });
  options.steps.pause = async () => aborter.abort();
  const done = upload(FILE, "/files/a", { ...options, signal: aborter.signal });
  await rejects(done, { name: "AbortError" });
  deepEqual(seen.sent, [0]);
});

Deno.test("an empty file is sent once", async () => {
  const { seen, options } = server();
  await upload({ size: 0 }, "/files/a", options);
  deepEqual(seen.sent, [0]);
});
