"""A server of the Model Context Protocol over standard input and output.

It speaks both of the protocol's eras: 2026-07-28, where each request carries its version, and the
earlier ones, which begin with `initialize`. One message a line; tools run in threads of their own,
so that a long capture holds up neither a ping nor its own cancellation.
Source: https://modelcontextprotocol.io/specification
"""

import json
import threading
import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from webapp.agent import VERSION

MODERN = ("2026-07-28",)
LEGACY = ("2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05")
_BATCHES = "2025-03-26"  # the only one with arrays of messages
_STRUCTURED = "2025-06-18"  # the first with titles and structured results
_HINTS = "2025-03-26"  # the first with hints about tools
_META = "io.modelcontextprotocol/"
_PARSE, _INVALID, _NO_METHOD, _BAD_PARAMETERS = -32700, -32600, -32601, -32602
_INTERNAL = -32603
_UNSUPPORTED_VERSION = -32022
_GRACE_S = 5.0
_INFO = {"name": "moments", "title": "Moments", "version": VERSION}
_INSTRUCTIONS = (
    "Captures what a commit looks like and keeps it in Moments. Put the Markdown that a tool "
    "answers into pull requests and chats: its link is for people who are signed in. Ask for a "
    "shared link only if somebody wants the picture to be visible to anybody."
)

Message = dict[str, Any]


class ToolSet(Protocol):
    """The tools."""

    def definitions(self) -> list[Message]:
        """Return the tools' definitions, in a fixed order."""
        ...

    def call(self, name: str, arguments: Mapping[str, Any]) -> Message:
        """Return a tool's result."""
        ...


class ProtocolError(Exception):
    """A request that is answered with an error."""

    def __init__(self, code: int, message: str, data: Message | None = None) -> None:
        super().__init__(message)
        self.error = {"code": code, "message": message, **({"data": data} if data else {})}


@dataclass(slots=True)
class Session:
    """What the connection has agreed on, and which requests are running."""

    version: str | None = None  # None: no `initialize` yet
    running: set[str | int] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)


class Server:
    """Answers messages."""

    def __init__(self, tools: ToolSet, out: Callable[[str], None]) -> None:
        self._tools = tools
        self._out = out
        self._session = Session()
        self._threads: list[threading.Thread] = []

    def serve(self, lines: Iterable[str]) -> None:
        """Answer until the input ends."""
        for line in lines:
            if line.strip():
                self.receive(line)
        for thread in self._threads:
            thread.join(_GRACE_S)

    def receive(self, line: str) -> None:
        """Answer one line."""
        try:
            message = json.loads(line)
        except ValueError:
            self._send(_error(None, ProtocolError(_PARSE, "This line is not JSON.").error))
            return
        if isinstance(message, dict) and message.get("method") != "tools/call":
            self._send(self._answer(message))
            return
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        thread = threading.Thread(target=self._run, args=(message,), daemon=True)
        self._threads.append(thread)
        thread.start()

    def _run(self, message: object) -> None:
        if isinstance(message, list) and message and self._session.version == _BATCHES:
            answers = [answer for each in message if (answer := self._answer(each)) is not None]
            self._send(answers or None)
        else:
            self._send(self._answer(message))

    def _send(self, answer: Message | list[Message] | None) -> None:
        if answer is not None:
            with self._session.lock:
                self._out(json.dumps(answer, separators=(",", ":")) + "\n")

    def _answer(self, message: object) -> Message | None:
        """Return the response to a message; None to a notification, and to what was cancelled."""
        if not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
            return _error(None, ProtocolError(_INVALID, "This is no JSON-RPC 2.0 message.").error)
        method, parameters = message.get("method"), message.get("params", {})
        if not isinstance(method, str) or not isinstance(parameters, dict):
            is_answer = "method" not in message and ("result" in message or "error" in message)
            wrong = ProtocolError(_INVALID, "The request has no method, or wrong params.").error
            return None if is_answer else _error(_id_of(message), wrong)
        if "id" not in message:
            self._notice(method, parameters)
            return None
        number = _id_of(message)
        if number is None:
            wrong = ProtocolError(_INVALID, "An id must be a string or an integer.").error
            return _error(None, wrong)
        return self._respond(number, method, parameters)

    def _respond(self, number: str | int, method: str, parameters: Message) -> Message | None:
        with self._session.lock:
            self._session.running.add(number)
        try:
            result = self._result(method, parameters)
            answer: Message = {"jsonrpc": "2.0", "id": number, "result": result}
        except ProtocolError as error:
            answer = _error(number, error.error)
        except Exception as error:  # noqa: BLE001 (a request without an answer would hang its client)
            traceback.print_exc()  # on standard error, which is the log
            answer = _error(number, {"code": _INTERNAL, "message": f"{type(error).__name__}"})
        with self._session.lock:
            is_wanted = number in self._session.running
            self._session.running.discard(number)
        return answer if is_wanted else None

    def _notice(self, method: str, parameters: Message) -> None:
        if method == "notifications/cancelled":
            number = parameters.get("requestId")
            with self._session.lock:
                if isinstance(number, str | int):
                    self._session.running.discard(number)

    def _result(self, method: str, parameters: Message) -> Message:
        meta = parameters.get("_meta")
        if isinstance(meta, dict) and f"{_META}protocolVersion" in meta:
            return self._modern(method, parameters, meta)
        if method == "initialize":
            return self._initialize(parameters)
        if method == "ping":
            return {}
        version = self._session.version
        if version is None:
            names = ", ".join((*MODERN, *LEGACY))
            raise ProtocolError(_INVALID, f"Send initialize first. Supported versions: {names}.")
        if method == "tools/list":
            return {"tools": [_tool_of(each, version) for each in self._tools.definitions()]}
        if method == "tools/call":
            result = self._call(parameters)
            if version < _STRUCTURED:
                result.pop("structuredContent", None)
            return result
        raise ProtocolError(_NO_METHOD, f"There is no method {method}.")

    def _initialize(self, parameters: Message) -> Message:
        asked = parameters.get("protocolVersion")
        if not isinstance(asked, str):
            raise ProtocolError(_BAD_PARAMETERS, "initialize needs a protocolVersion.")
        self._session.version = asked if asked in LEGACY else LEGACY[0]
        return {
            "protocolVersion": self._session.version,
            "capabilities": {"tools": {"listChanged": False}},
            "serverInfo": _INFO,
            "instructions": _INSTRUCTIONS,
        }

    def _modern(self, method: str, parameters: Message, meta: Message) -> Message:
        asked = meta[f"{_META}protocolVersion"]
        if asked not in MODERN:
            data = {"supported": [*MODERN, *LEGACY], "requested": asked}
            raise ProtocolError(_UNSUPPORTED_VERSION, "Unsupported protocol version", data)
        if not isinstance(meta.get(f"{_META}clientCapabilities"), dict):
            raise ProtocolError(_BAD_PARAMETERS, f"_meta needs {_META}clientCapabilities.")
        whole: Message = {"resultType": "complete", "_meta": {f"{_META}serverInfo": _INFO}}
        fresh = {"ttlMs": 0, "cacheScope": "private"}
        if method == "server/discover":
            found = {"supportedVersions": [*MODERN, *LEGACY], "instructions": _INSTRUCTIONS}
            return whole | fresh | found | {"capabilities": {"tools": {"listChanged": False}}}
        if method == "tools/list":
            return whole | fresh | {"tools": self._tools.definitions()}
        if method == "tools/call":
            return whole | self._call(parameters)
        raise ProtocolError(_NO_METHOD, f"There is no method {method}.")

    def _call(self, parameters: Message) -> Message:
        name, arguments = parameters.get("name"), parameters.get("arguments", {})
        if not isinstance(name, str) or not isinstance(arguments, dict):
            raise ProtocolError(_BAD_PARAMETERS, "tools/call needs a name and arguments.")
        if name not in [each["name"] for each in self._tools.definitions()]:
            raise ProtocolError(_BAD_PARAMETERS, f"Unknown tool: {name}")
        return self._tools.call(name, arguments)


def _tool_of(tool: Message, version: str) -> Message:
    """Return a tool's definition without what a version does not know."""
    unknown = {"title"} if version < _STRUCTURED else set()
    unknown |= {"annotations"} if version < _HINTS else set()
    return {name: value for name, value in tool.items() if name not in unknown}


def _id_of(message: Message) -> str | int | None:
    number = message.get("id")
    return number if isinstance(number, str | int) and not isinstance(number, bool) else None


def _error(number: str | int | None, error: Message) -> Message:
    return {"jsonrpc": "2.0", "id": number, "error": error}
