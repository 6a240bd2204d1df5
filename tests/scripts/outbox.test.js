// Marks that wait on the device, with the store and the server played by functions.
import { deepEqual, equal } from "node:assert/strict";
import { keep, send } from "moments/outbox.js";

const ADA = { user: "user_ada", organization: "org_ada" };

function store(who = ADA) {
  const marks = new Map();
  return {
    marks,
    who: async () => who,
    setWho: async (next) => (who = next),
    all: async () => [...marks.values()],
    put: async (mark) => marks.set(mark.id, mark),
    drop: async (id) => marks.delete(id),
  };
}

/** A server that answers in turn, and remembers what it was asked. */
function server(...answers) {
  const asked = [];
  const post = (path, { headers, body }) => {
    asked.push({ path, headers, body: JSON.parse(body) });
    const answer = answers.shift();
    if (!answer) return Promise.reject(new TypeError("no connection"));
    return Promise.resolve(new Response(JSON.stringify(answer[1] ?? {}), { status: answer[0] }));
  };
  return { asked, post };
}

Deno.test("what waits is sent once, oldest first, under its own id", async () => {
  const kept = store();
  const first = await keep({ url: "a" }, kept);
  const second = await keep({ url: "b" }, kept);
  second.at = first.at + 1;
  const web = server([201], [409, { code: "mark_exists" }]);
  deepEqual(await send(kept, web.post), { sent: 2, kept: 0, problem: "" });
  deepEqual(web.asked.map(({ headers }) => headers["Idempotency-Key"]), [first.id, second.id]);
  equal(web.asked[0].headers["x-organization-id"], "org_ada");
  equal(kept.marks.size, 0);
});

Deno.test("without a connection, everything stays and one attempt is made", async () => {
  const kept = store();
  await keep({ url: "a" }, kept);
  await keep({ url: "b" }, kept);
  const web = server();
  const { sent, problem } = await send(kept, web.post);
  deepEqual([sent, problem, web.asked.length], [0, "There is no connection yet.", 1]);
  equal(kept.marks.size, 2);
});

for (const status of [401, 429, 500, 503]) {
  Deno.test(`after ${status} it is tried again later`, async () => {
    const kept = store();
    await keep({ url: "a" }, kept);
    equal((await send(kept, server([status]).post)).kept, 1);
    equal((await send(kept, server([201]).post)).sent, 1);
  });
}

Deno.test("what is refused stays with its reason, is not sent again, and stops nothing", async () => {
  const kept = store();
  const bad = await keep({ url: "bad" }, kept);
  const good = await keep({ url: "good" }, kept);
  good.at = bad.at + 1;
  const refusal = [400, { error: "Invalid request body", fields: { end: "must be greater" } }];
  deepEqual(await send(kept, server(refusal, [201]).post), { sent: 1, kept: 1, problem: "" });
  equal(kept.marks.get(bad.id).reason, "end must be greater");
  const web = server();
  await send(kept, web.post);
  equal(web.asked.length, 0);
});

Deno.test("nobody sends what another person made on this device", async () => {
  const kept = store();
  await keep({ url: "a" }, kept);
  await kept.setWho({ user: "user_bob", organization: "org_bob" });
  const web = server([201]);
  equal((await send(kept, web.post)).kept, 1);
  equal(web.asked.length, 0);
});
