"""A client of OpenAI-compatible chat endpoints that answer with JSON.

Servers differ in what they support, so the first answer decides how to ask: by JSON schema, by JSON
mode, or by the prompt alone; some accept a schema and ignore it. Plain HTTP: one route is needed.
"""

import asyncio
import json
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import httpx

from domain.core.errors import RateLimited, Unavailable

Mode = Literal["json_schema", "json_object", "prompt"]
_MODES: Final[tuple[Mode, ...]] = ("json_schema", "json_object", "prompt")
_UNSUPPORTED: Final = frozenset({400, 404, 415, 422, 501})
_PATIENCE_S: Final = 30  # of waiting because the server asks for it
_TRIES: Final = 3
_MOST_STREAMED: Final = 1_000_000  # bytes of an answer in pieces, with what is around them
_TIMEOUT: Final = httpx.Timeout(180, connect=10)
_MOST_BYTES: Final = 4 * 1024 * 1024
Sleep = Callable[[float], Awaitable[None]]


class BadAnswer(Exception):  # noqa: N818 (it says what happened)
    """The model refused, or its answer is no JSON object; `is_cut` if it ended too early."""

    def __init__(self, reason: str, *, is_cut: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_cut = is_cut


@dataclass(frozen=True, slots=True)
class Server:
    """Where the endpoint is; `url` ends before `/chat/completions`."""

    url: str
    key: str | None = None
    model: str = ""
    speech_model: str = ""
    context: int = 8192  # tokens of question and answer together
    tokens: int = 200_000  # that may be sent for one video


class ChatClient:
    """Asks for JSON objects."""

    def __init__(
        self,
        server: Server,
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._server = server
        self._mode = 0  # into _MODES
        self._is_known = False
        self._sleep = sleep
        self._transport = transport

    async def ask(
        self, system: str, user: str, schema: Mapping[str, object], answer_tokens: int
    ) -> dict[str, Any]:
        """Return the model's object, in the first mode that the server supports.

        Raises:
            BadAnswer: The model refused, or there is no object in its answer.
            Unavailable, RateLimited: The server does not answer, or not now.
        """
        body = self._body(system, user, answer_tokens)
        while True:
            mode = _MODES[self._mode]
            response = await self.post("chat/completions", json={**body, **_format(mode, schema)})
            if response.status_code in _UNSUPPORTED and self._next_mode():
                continue
            _check(response)
            try:
                found = _content(response)
            except BadAnswer as bad:
                if not bad.is_cut:
                    self._next_mode()  # for the next try: some servers accept a mode and ignore it
                raise
            self._is_known = True
            return found

    async def stream(self, system: str, user: str, answer_tokens: int) -> AsyncGenerator[str, None]:
        """Yield the model's text as it comes; all at once from a server that does not stream.

        Raises:
            BadAnswer: The answer is not in the API's form.
            Unavailable, RateLimited: The server does not answer, or not now.
        """
        body = {**self._body(system, user, answer_tokens), "stream": True}
        try:
            async with (
                httpx.AsyncClient(
                    transport=self._transport, timeout=_TIMEOUT, trust_env=False
                ) as client,
                client.stream(
                    "POST", self._address("chat/completions"), headers=self._headers(), json=body
                ) as response,
            ):
                await self._refuse(response)
                is_stream = "event-stream" in response.headers.get("content-type", "")
                async for line in _lines(response):
                    if is_stream and not line.startswith("data:"):
                        continue
                    data = line.removeprefix("data:").strip()
                    if data == "[DONE]":
                        return
                    if data and (text := _piece(data)):
                        yield text
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _no_answer() from error

    async def _refuse(self, response: httpx.Response) -> None:
        if response.status_code == 429 or response.status_code >= 500:
            await self._wait(response, is_last=True)
        _check(response)

    def _body(self, system: str, user: str, answer_tokens: int) -> dict[str, Any]:
        return {
            "model": self._server.model,
            "messages": [
                {"role": "system", "content": system},
                {"role": "user", "content": user},
            ],
            "temperature": 0,
            "max_tokens": answer_tokens,
        }

    def _address(self, route: str) -> str:
        return f"{self._server.url.rstrip('/')}/{route}"

    def _headers(self) -> dict[str, str]:
        key = self._server.key
        return {"Authorization": f"Bearer {key}"} if key else {}

    def _next_mode(self) -> bool:
        """Go to the next mode unless one is known to work; return whether there is one."""
        has_next = not self._is_known and self._mode + 1 < len(_MODES)
        self._mode += has_next
        return has_next

    async def post(self, route: str, **content: Any) -> httpx.Response:  # noqa: ANN401 (httpx's)
        """Send a request; wait and repeat it if the server asks for that.

        Raises:
            Unavailable: The server is unreachable, too slow or failing.
            RateLimited: It asks to wait longer than is sensible now.
        """
        headers, address = self._headers(), self._address(route)
        for attempt in range(1, _TRIES + 1):
            try:
                async with httpx.AsyncClient(
                    transport=self._transport, timeout=_TIMEOUT, trust_env=False
                ) as client:
                    response = await client.post(address, headers=headers, **content)
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                if attempt == _TRIES:
                    raise _no_answer() from error
                continue
            if response.status_code != 429 and response.status_code < 500:
                return response
            await self._wait(response, is_last=attempt == _TRIES)
        return response

    async def _wait(self, response: httpx.Response, *, is_last: bool) -> None:
        asked = _retry_after(response)
        if is_last or asked > _PATIENCE_S:
            if response.status_code == 429:
                raise RateLimited(
                    "The model endpoint is over its limit. Try again later.", retry_after_s=asked
                )
            raise Unavailable(
                f"The model endpoint fails with error {response.status_code}. Try again later.",
                retry_after_s=max(asked, 30),
            )
        await self._sleep(asked)


async def _lines(response: httpx.Response) -> AsyncGenerator[str, None]:
    """Yield the lines of an answer; a server that never ends one does not fill the memory."""
    read, rest = 0, b""
    async for piece in response.aiter_bytes():
        read += len(piece)
        if read > _MOST_STREAMED:
            raise BadAnswer("it does not end")
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            yield line.decode(errors="replace").removesuffix("\r")
    yield rest.decode(errors="replace")


def _no_answer() -> Unavailable:
    return Unavailable(
        "The model endpoint does not answer. Check MOMENTS_AI_URL.", retry_after_s=60
    )


def _piece(data: str) -> str:
    """Return the text in a piece of a stream, or in a whole answer."""
    try:
        choices = json.loads(data)["choices"]
        held = choices[0].get("delta") or choices[0].get("message") or {} if choices else {}
        return str(held.get("content") or "")
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise BadAnswer("its answer is not in the API's form") from error


def _retry_after(response: httpx.Response) -> int:
    text = response.headers.get("retry-after", "")
    return min(int(text), 86_400) if text.isdecimal() and len(text) < 9 else 2


def _format(mode: Mode, schema: Mapping[str, object]) -> dict[str, Any]:
    if mode == "json_schema":
        named = {"name": "answer", "strict": True, "schema": schema}
        return {"response_format": {"type": "json_schema", "json_schema": named}}
    return {"response_format": {"type": "json_object"}} if mode == "json_object" else {}


def _check(response: httpx.Response) -> None:
    if response.status_code in {401, 403}:
        raise Unavailable(
            "The model endpoint refuses the key. Check MOMENTS_AI_KEY.", retry_after_s=3600
        )
    if response.status_code >= 300:
        raise Unavailable(
            f"The model endpoint answers with error {response.status_code}. Check MOMENTS_AI_URL "
            "and MOMENTS_AI_MODEL.",
            retry_after_s=600,
        )


def _content(response: httpx.Response) -> dict[str, Any]:
    """Return the object in an answer, also if text or a code fence surrounds it."""
    if len(response.content) > _MOST_BYTES:
        raise BadAnswer("its answer is too long")
    try:
        choice = response.json()["choices"][0]
        message = choice["message"]
        text, refusal = message.get("content") or "", message.get("refusal")
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise BadAnswer("its answer is not in the API's form") from error
    if refusal or choice.get("finish_reason") == "content_filter":
        raise BadAnswer("it refused")
    try:
        return object_in(str(text))
    except BadAnswer as error:
        raise BadAnswer(error.reason, is_cut=choice.get("finish_reason") == "length") from error


def object_in(text: str) -> dict[str, Any]:
    """Return the first JSON object in a text.

    Raises:
        BadAnswer: There is none.
    """
    text = re.sub(r"<think>.*?</think>", "", text, flags=re.DOTALL)
    start = text.find("{")
    if start >= 0:
        try:
            found, _ = json.JSONDecoder().raw_decode(text[start:])
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, dict):
            return found
    raise BadAnswer("its answer is not JSON")
