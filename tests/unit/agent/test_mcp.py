"""The Model Context Protocol, message by message, in both of its eras."""

import json
import threading
from collections.abc import Mapping
from typing import Any

import pytest

from webapp.agent.errors import UsageError
from webapp.agent.mcp import LEGACY, Server
from webapp.agent.schemas import TOOLS, check

META = "io.modelcontextprotocol/"
ENVELOPE = {f"{META}protocolVersion": "2026-07-28", f"{META}clientCapabilities": {}}


class Echo:
    """One tool, which waits if it is told to."""

    def __init__(self) -> None:
        self.may_end = threading.Event()

    def definitions(self) -> list[dict[str, Any]]:
        return TOOLS

    def call(self, name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        if name == "find":
            raise ValueError(name)
        if arguments.get("wait"):
            assert self.may_end.wait(60)
        return {"content": [], "structuredContent": dict(arguments), "isError": False}


class Connection:
    """A server, and what it answered."""

    def __init__(self) -> None:
        self.tools = Echo()
        self.answers: list[Any] = []
        self._server = Server(self.tools, self._written)

    def _written(self, text: str) -> None:
        assert text.count("\n") == 1
        self.answers.append(json.loads(text))

    def say(self, *messages: object) -> list[Any]:
        """Send messages; return the answers once all of them are there."""
        lines = [text if isinstance(text, str) else json.dumps(text) for text in messages]
        self.answers.clear()
        self._server.serve([f"{line}\n" for line in lines])
        return list(self.answers)

    def ask(self, method: str, **parameters: object) -> dict[str, Any]:
        """Send one request; return its answer."""
        answer: dict[str, Any]
        [answer] = self.say({"jsonrpc": "2.0", "id": 7, "method": method, "params": parameters})
        assert (answer["jsonrpc"], answer["id"]) == ("2.0", 7)
        return answer


@pytest.fixture
def connection() -> Connection:
    return Connection()


@pytest.mark.parametrize("version", LEGACY)
def test_each_earlier_version_begins_with_a_handshake(connection: Connection, version: str) -> None:
    assert "Send initialize first" in connection.ask("tools/list")["error"]["message"]
    begun = connection.ask("initialize", protocolVersion=version, capabilities={})["result"]
    assert begun["protocolVersion"] == version
    assert begun["capabilities"] == {"tools": {"listChanged": False}}
    assert connection.say({"jsonrpc": "2.0", "method": "notifications/initialized"}) == []
    assert connection.ask("ping")["result"] == {}
    tools = connection.ask("tools/list")["result"]["tools"]
    assert [each["name"] for each in tools] == ["capture", "attach", "find", "compare", "approve"]
    assert ("title" in tools[0]) == (version >= "2025-06-18")
    assert ("annotations" in tools[0]) == (version >= "2025-03-26")
    result = connection.ask("tools/call", name="capture", arguments={"a": 1})["result"]
    assert ("structuredContent" in result) == (version >= "2025-06-18")
    assert connection.ask("tools/call", name="absent")["error"]["code"] == -32602
    assert connection.ask("resources/list")["error"]["code"] == -32601
    assert connection.ask("tools/call", name="find")["error"]["code"] == -32603


def test_an_unknown_version_is_answered_with_ours(connection: Connection) -> None:
    begun = connection.ask("initialize", protocolVersion="1999-01-01", capabilities={})
    assert begun["result"]["protocolVersion"] == "2025-11-25"


def test_the_newest_version_needs_no_handshake(connection: Connection) -> None:
    found = connection.ask("server/discover", _meta=ENVELOPE)["result"]
    assert (found["resultType"], found["cacheScope"], found["ttlMs"]) == ("complete", "private", 0)
    assert found["supportedVersions"][0] == "2026-07-28"
    assert found["_meta"][f"{META}serverInfo"]["name"] == "moments"
    listed = connection.ask("tools/list", _meta=ENVELOPE)["result"]
    assert (listed["resultType"], listed["tools"]) == ("complete", TOOLS)
    called = connection.ask("tools/call", name="capture", arguments={"a": 1}, _meta=ENVELOPE)
    assert called["result"]["structuredContent"] == {"a": 1}
    assert connection.ask("ping", _meta=ENVELOPE)["error"]["code"] == -32601
    old = {**ENVELOPE, f"{META}protocolVersion": "1900-01-01"}
    refused = connection.ask("tools/list", _meta=old)["error"]
    assert (refused["code"], refused["data"]["requested"]) == (-32022, "1900-01-01")
    bare = {f"{META}protocolVersion": "2026-07-28"}
    assert connection.ask("tools/list", _meta=bare)["error"]["code"] == -32602


def test_a_batch_is_for_the_one_version_that_has_it(connection: Connection) -> None:
    ping = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    call = {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "capture"}}
    note = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    [refused] = connection.say([ping])
    assert refused["error"]["code"] == -32600
    connection.ask("initialize", protocolVersion="2025-03-26", capabilities={})
    [answers] = connection.say([ping, note, call])
    assert [each["id"] for each in answers] == [1, 2]


def test_a_cancelled_call_is_not_answered_and_holds_nothing_up(connection: Connection) -> None:
    connection.ask("initialize", protocolVersion="2025-11-25", capabilities={})
    parameters = {"name": "capture", "arguments": {"wait": True}}
    call = {"jsonrpc": "2.0", "id": "slow", "method": "tools/call", "params": parameters}
    server = Server(connection.tools, connection._written)
    server._session.version = "2025-11-25"
    connection.answers.clear()
    server.receive(json.dumps(call))
    while "slow" not in server._session.running:
        threading.Event().wait(0.001)
    server.receive('{"jsonrpc":"2.0","id":1,"method":"ping"}')
    assert [each["id"] for each in connection.answers] == [1]
    cancel = {"jsonrpc": "2.0", "method": "notifications/cancelled"}
    server.receive(json.dumps({**cancel, "params": {"requestId": "slow"}}))
    connection.tools.may_end.set()
    server.serve([])
    assert [each["id"] for each in connection.answers] == [1]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("nonsense", -32700),
        ("[]", -32600),
        ("7", -32600),
        ('{"id": 1, "method": "ping"}', -32600),
        ('{"jsonrpc": "2.0", "id": true, "method": "ping"}', -32600),
        ('{"jsonrpc": "2.0", "id": null, "method": "ping"}', -32600),
        ('{"jsonrpc": "2.0", "id": 1, "method": 5}', -32600),
        ('{"jsonrpc": "2.0", "id": 1, "method": "ping", "params": [1]}', -32600),
        ('{"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {}}', -32602),
    ],
)
def test_a_wrong_message_is_an_error(connection: Connection, line: str, code: int) -> None:
    [answer] = connection.say(line, "")
    assert answer["error"]["code"] == code


def test_answers_and_unknown_notifications_are_passed_over(connection: Connection) -> None:
    assert connection.say({"jsonrpc": "2.0", "id": 5, "result": {}}) == []
    assert connection.say({"jsonrpc": "2.0", "method": "notifications/of_the_future"}) == []


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("attach", {"moment": "moment_1"}),
        ("attach", {"moment": 1, "files": []}),
        ("attach", {"moment": "moment_1", "files": [1]}),
        ("capture", {"path": "x"}),
        ("approve", {"moment": "moment_1", "verdict": "maybe"}),
        ("find", {"limit": True}),
        ("find", {"limit": 1000}),
    ],
)
def test_wrong_arguments_are_a_sentence(tool: str, arguments: dict[str, Any]) -> None:
    schema = next(each["inputSchema"] for each in TOOLS if each["name"] == tool)
    with pytest.raises(UsageError):
        check(schema, arguments)
