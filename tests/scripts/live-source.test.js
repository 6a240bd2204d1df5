import { deepEqual, equal } from "node:assert/strict";
import { LiveSource } from "moments/live-source.js";

class Hls {
  static Events = {};
  static ErrorTypes = {};
  static isSupported = () => true;
  static loaded = [];
  on() {}
  attachMedia() {}
  destroy() {}
  loadSource(url) {
    Hls.loaded.push(url);
  }
}

const refusal = (status) => Object.assign(new Error(String(status)), { status });

/** Start a source whose access is answered like this in turn; return what is loaded and heard. */
async function started(answers) {
  const heard = [];
  Hls.loaded = [];
  const real = globalThis.setTimeout;
  globalThis.setTimeout = /** @type {any} */ ((run) => queueMicrotask(run)); // waits take no time
  const grant = async () => {
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const source = new LiveSource(new EventTarget(), grant, async () => ({ default: Hls }));
  for (const name of ["lost", "gone"]) source.addEventListener(name, () => heard.push(name));
  const end = new Promise((resolve) => source.addEventListener("gone", resolve));
  await Promise.race([source.start(), end]);
  globalThis.setTimeout = real;
  return { source, heard };
}

Deno.test("access that fails while the database restarts is asked for until it is there", async () => {
  const answers = [refusal(503), new TypeError("network"), refusal(503), { hls_url: "/live.m3u8" }];
  const { heard } = await started(answers);
  deepEqual(Hls.loaded, ["/live.m3u8"]);
  deepEqual(heard, ["lost", "lost", "lost"]);
});

Deno.test("access that is refused ends the source, and it can be started again", async () => {
  const { source, heard } = await started([refusal(404), { hls_url: "/live.m3u8" }]);
  deepEqual([heard, Hls.loaded], [["gone"], []]);
  equal(source.isStarted, false);
  await source.start();
  deepEqual(Hls.loaded, ["/live.m3u8"]);
});
