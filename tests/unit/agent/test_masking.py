"""Secrets in texts: what is hidden, what is not, and that it takes no longer for hostile texts."""

from pathlib import Path

import pytest

from webapp.agent.content import gather
from webapp.agent.errors import AgentError, UsageError
from webapp.agent.main import parser
from webapp.agent.masking import mask

LONG = "a1B2c3D4" * 5
PEM = "-----BEGIN RSA PRIVATE KEY-----\n+MIIEow{0}\n+{0}\n+-----END RSA PRIVATE KEY-----"


@pytest.mark.parametrize(
    "text",
    [
        f"vmt_{LONG}",
        f"mt_{LONG}",
        f"ghp_{LONG}",
        f"github_pat_{LONG}",
        f"glpat-{LONG}",
        f"sk-proj-{LONG}",
        f"sk-ant-{LONG}",
        "AKIAIOSFODNN7EXAMPLE",
        f"xoxb-{LONG}",
        f"eyJ{LONG}.eyJ{LONG}.{LONG}",
        f"Authorization: Bearer {LONG}",
        f"-H 'authorization: {LONG}'",
        f"Cookie: session={LONG}",
        f"postgres://app:{LONG}@db/x",
        f"https://user:{LONG}@example.org",
        f"DB_PASSWORD={LONG}",
        f'+  "clientSecret": "{LONG}",',
        f"api_key: {LONG}",
        f"aws_secret_access_key = {LONG}",
        PEM.format(LONG),
    ],
)
def test_a_secret_is_hidden_and_the_rest_stays(text: str) -> None:
    masked = mask(f"before\n{text}\nafter")
    assert masked.findings == 1
    assert LONG not in masked.text
    assert masked.text.startswith("before\n")
    assert masked.text.endswith("\nafter")
    assert masked.text.count("\n") == text.count("\n") + 2
    assert mask(masked.text).findings == 0


@pytest.mark.parametrize(
    "text",
    [
        "commit 04d273f6d3cf25a7e56e57ab4b8e411189a5d95d",
        "index 3f2a1bc..9d8e7f6 100644",
        "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "12:00:01 INFO start of the worker",
        "password = os.environ['PASSWORD']",
        "password: ${DB_PASSWORD}",
        "token: str | None = None",
        "max_tokens: 4096",
        "tokenizer: bert-base-uncased",
        "https://example.org:8080/a@b",
        "The secret of good tests",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert mask(text).text == text


def test_hostile_texts_take_linear_time() -> None:
    """Each would take hours if the expression tried every way to split it."""
    for piece in ("token", "password=", "-----BEGIN PRIVATE KEY-----", "a" * 50, "://x:", "eyJ."):
        mask(piece * (200_000 // len(piece)))


@pytest.mark.parametrize("beside", [[], ["--url", "http://127.0.0.1:1"], ["--screen"]])
def test_a_mask_that_no_file_gets_is_refused(tmp_path: Path, beside: list[str]) -> None:
    (tmp_path / "shot.png").write_bytes(b"x")
    words = ["capture", "--file", str(tmp_path / "shot.png"), "--mask", "0,0,9,9", *beside]
    with pytest.raises(UsageError, match="not files"):
        gather(parser().parse_args(words), {}, tmp_path)


def test_a_mask_leaves_a_log_beside_the_screen_alone(tmp_path: Path) -> None:
    (tmp_path / "app.log").write_text("x")
    words = ["capture", "--file", str(tmp_path / "app.log"), "--mask", "0,0,9,9", "--screen"]
    with pytest.raises(AgentError, match="There is no screen"):  # it got as far as the screen
        gather(parser().parse_args(words), {}, tmp_path)
