import { deepEqual } from "node:assert/strict";
import "moments/rehydrate.js";

/** Tell a page that the server no longer knows it, while that answers like this; return what happens. */
async function forgotten(answer) {
  const done = [];
  const waits = [];
  const page = /** @type {any} */ (globalThis);
  const real = { setTimeout, fetch };
  page.document = { querySelector: () => null };
  page.location = { href: "http://localhost/live", reload: () => done.push("reload") };
  page.setTimeout = (run, ms) => waits.push([run, ms]);
  page.fetch = answer;
  const warn = console.warn;
  console.warn = () => {};
  let fail = async (_error) => {};
  const socket = {
    on: (_, listener) => fail = listener,
    connect: () => done.push("connect"),
  };
  page.io = () => socket;
  page.io("/", { query: {} }).on("connect_error", () => done.push("listener"));
  await fail(new Error("Implicit handshake failed"));
  for (const [run] of waits) run();
  Object.assign(page, real);
  console.warn = warn;
  delete page.document;
  return { done, waits: waits.map(([, ms]) => ms > 0) };
}

Deno.test("a page waits for a server that starts, or whose database does", async () => {
  for (
    const answer of [
      async () => new Response("", { status: 503 }),
      async () => {
        throw new TypeError("network");
      },
    ]
  ) deepEqual(await forgotten(answer), { done: ["connect"], waits: [true] });
});

Deno.test("a page that cannot be renewed is loaded anew", async () => {
  const answer = async () => new Response("another page");
  deepEqual(await forgotten(answer), { done: ["reload"], waits: [] });
});
