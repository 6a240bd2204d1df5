import { deepEqual, equal } from "node:assert/strict";
import { frameOf, insideFrame, keepFrame } from "moments/presses.js";
import { StatusPoll } from "moments/status-poll.js";

/** Ask a node that answers like this once; return what is heard, and what the player was told. */
async function asked(answer) {
  const told = [];
  const heard = [];
  const real = globalThis.fetch;
  globalThis.fetch = answer;
  const player = { setStatus: (status) => told.push(status) };
  const poll = new StatusPoll({ player, statusUrl: () => "/status.json" });
  const done = new Promise((resolve) => {
    for (const name of ["answer", "stale", "silence"]) {
      poll.addEventListener(name, ({ detail }) => {
        heard.push([name, detail]);
        resolve();
      });
    }
  });
  poll.start();
  await done;
  poll.stop();
  globalThis.fetch = real;
  return { told, heard };
}

Deno.test("a status is told with what the node left out", async () => {
  const found = { status: "live", state: "healthy", viewers: 3 };
  const { told, heard } = await asked(() => Promise.resolve(Response.json(found)));
  deepEqual(told, [{ ...found, error: null, reason: null, since_us: null }]);
  deepEqual(heard, [["answer", { status: told[0] }]]);
});

Deno.test("access that has ended is not silence", async () => {
  const { told, heard } = await asked(() => Promise.resolve(new Response("", { status: 401 })));
  deepEqual([told.length, heard[0][0]], [0, "stale"]);
});

Deno.test("a node that does not answer is counted", async () => {
  for (
    const answer of [
      () => Promise.reject(new TypeError("network")),
      () => Promise.resolve(new Response("", { status: 502 })),
    ]
  ) {
    const { told, heard } = await asked(answer);
    deepEqual([told.length, heard], [0, [["silence", { missed: 1 }]]]);
  }
});

Deno.test("the frames of the last presses are kept", () => {
  const numbers = Array.from({ length: 20 }, (_, at) => keepFrame(`data:${at}`));
  equal(frameOf(numbers[19]), "data:19");
  equal(frameOf(numbers[8]), "data:8");
  equal(frameOf(numbers[7]), null);
  equal(frameOf(undefined), null);
});

Deno.test("an instant is inside its frame, whatever the frame rate", () => {
  deepEqual([insideFrame(1000, 30), insideFrame(1000, 120)].map(Math.round), [1008, 1004]);
  equal(insideFrame(1000, 1), 1008);
});
