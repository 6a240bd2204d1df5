// The browser extension, with the server played by functions.
import { deepEqual, equal } from "node:assert/strict";
import { ask, markOf, readSeconds, save, secondsText } from "../../webapp/extension/marking.js";

const AT = { server: "https://moments.example", token: "secret", organization: "org_1" };
const MEDIA = { url: "https://youtu.be/dQw4w9WgXcQ", title: "Song", time: 62.4, known: 212.09 };

Deno.test("times are read as people write them", () => {
  const texts = ["45", "1:02", "1:02:03", "0:45.5", "x", "", "-1", "1:2:3:4"];
  deepEqual(texts.map(readSeconds), [45, 62, 3723, 45.5, null, null, null, null]);
  deepEqual([0, 62.9, 3723, -4].map(secondsText), ["0:00", "1:02", "1:02:03", "0:00"]);
});

Deno.test("a draft becomes a body in whole seconds, with the length that was seen", () => {
  const draft = { start: "0:45.5", end: "1:00.2", note: "That drop", visibility: "public" };
  deepEqual(markOf(draft, MEDIA).body, {
    url: MEDIA.url,
    start: 45,
    end: 61,
    duration: 213,
    note: "That drop",
    visibility: "public",
  });
  equal(markOf({ ...draft, end: "0:30" }, MEDIA).problem, "The end must be after the start.");
  equal(markOf({ ...draft, end: "soon" }, MEDIA).problem, "Write times as 0:45 or 45.");
});

Deno.test("a mark is saved with the token, under its key", async () => {
  const seen = [];
  const reach = (url, init) => {
    const { authorization, "idempotency-key": key, "x-organization-id": org } = init.headers;
    seen.push([url, authorization, key, org, init.credentials]);
    return Promise.resolve(Response.json({ id: "moment_1" }, { status: 201 }));
  };
  deepEqual(await save(AT, {}, "key", reach), { made: { id: "moment_1" } });
  deepEqual(seen, [["https://moments.example/api/marks", "Bearer secret", "key", "org_1", "omit"]]);
});

Deno.test("each refusal has its sentence", async () => {
  const told = async (status, body) =>
    (await ask(AT, "/", {}, () => Promise.resolve(Response.json(body, { status })))).problem;
  equal(await told(401, {}), "The token is no longer valid. Connect again.");
  equal(await told(400, { fields: { end: "must be at most 212" } }), "End must be at most 212.");
  equal(
    await told(409, { error: "You have one there.", fields: { id: "x" } }),
    "You have one there.",
  );
  const gone = await ask(AT, "/", {}, () => Promise.reject(new TypeError()));
  equal(gone.problem, "moments.example does not answer. Check the address.");
  const proxy = await ask(
    AT,
    "/",
    {},
    () => Promise.resolve(new Response("<h1>", { status: 502 })),
  );
  equal(proxy.problem, "The server answered 502.");
});
