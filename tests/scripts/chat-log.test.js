import { deepEqual, equal } from "node:assert/strict";

Object.assign(globalThis, { Vue: { h: (tag, { href }, [text]) => [tag, href, text] } });
const { default: ChatLog } = await import("../../webapp/app/components/chat_log.js");
const { piece } = ChatLog.methods;

Deno.test("addresses that people write are links, without the full stop", () => {
  const url = "https://example.org/a?b=(c";
  deepEqual(piece({ text: `See ${url}). javascript:alert(1)` }, "mine"), [
    "See ",
    ["a", url, url],
    "). javascript:alert(1)",
  ]);
  deepEqual(piece({ text: "Hello" }, "theirs"), ["Hello"]);
});

Deno.test("an answer's text is only text", () => {
  const text = "Visit https://example.org now.";
  equal(piece({ text }, "answer"), text);
});
