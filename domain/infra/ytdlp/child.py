"""The child process: one job as a line on standard input, one answer as a line on its output."""

import os
import sys
from pathlib import Path
from typing import Any, Final, TextIO

import msgspec
from yt_dlp import YoutubeDL
from yt_dlp.networking.exceptions import HTTPError, TransportError
from yt_dlp.utils import DownloadError

from domain.core.errors import BadInput, MomentsError, TooLarge, Unavailable
from domain.infra.http.addresses import AddressRules
from domain.infra.http.safe_http import SafeFetcher
from domain.infra.ytdlp import guard
from domain.infra.ytdlp.client import Job
from domain.infra.ytdlp.requests import Allowance, GuardedRH

_NONE: Final = (
    "There is no video or audio at this address that may be fetched. Use a direct link to a file, "
    "or ask the operator to allow the site."
)


def main() -> None:
    """Do the job."""
    answers, sys.stdout = sys.stdout, sys.stderr  # whatever prints cannot disturb the answer
    job = msgspec.json.decode(sys.stdin.buffer.readline(), type=Job)
    guard.limit(job.max_bytes, job.total_s)
    try:
        answer = _run(job)
    except MomentsError as error:
        answer = {"error": _kind(error), "message": error.message, "code": error.code}
    except MemoryError:
        answer = {"error": "too_large", "message": "The site sends too much. Try another link."}
    _write(answers, answer)


def _write(answers: TextIO, answer: dict[str, Any]) -> None:
    answers.buffer.write(msgspec.json.encode(answer) + b"\n")
    answers.buffer.flush()
    os._exit(0)  # threads of look-ups may still hang


def _kind(error: MomentsError) -> str:
    if isinstance(error, TooLarge):
        return "too_large"
    return "unavailable" if isinstance(error, Unavailable) else "bad_input"


def _run(job: Job) -> dict[str, Any]:
    fetcher = SafeFetcher(job.policy, job.networks)
    allowance = Allowance(job.max_bytes)
    GuardedRH.fetcher, GuardedRH.allowance = fetcher, allowance
    GuardedRH.refused_hosts = job.refused_hosts
    with YoutubeDL(_options(job)) as ydl:
        ydl._request_director = ydl.build_request_director([GuardedRH])
        guard.lock(AddressRules(job.policy, job.networks), Path(job.folder))
        try:
            found = ydl.extract_info(job.url, download=job.file_name is not None)
        except MomentsError:
            raise
        except Exception as error:
            raise allowance.error or _translated(error) from error
        return _facts(ydl.sanitize_info(found))


def _options(job: Job) -> dict[str, Any]:
    return {
        "allowed_extractors": list(job.extractors),
        "outtmpl": {"default": os.path.join(job.folder, job.file_name or "media")},  # noqa: PTH118
        "paths": {"home": job.folder, "temp": job.folder},
        # One file as it is: nothing is merged, converted or run.
        "format": "b/ba/bv",
        "match_filter": _refuse_live,
        "max_filesize": job.max_bytes,
        "noplaylist": True,
        "playlist_items": "1",
        "hls_prefer_native": True,
        "fixup": "never",
        "ignore_no_formats_error": job.file_name is None,
        "js_runtimes": {},
        "cachedir": False,
        "retries": 1,
        "fragment_retries": 1,
        "extractor_retries": 0,
        "file_access_retries": 0,
        "socket_timeout": 10,
        "updatetime": False,
        "quiet": True,
        "no_warnings": True,
        "noprogress": True,
        "color": "never",
        "logger": _Silence(),
    }


def _refuse_live(info: dict[str, Any], *, incomplete: bool = False) -> str | None:
    if info.get("is_live"):
        raise BadInput("This is a live stream. Fetch it when it has ended, or pull it as a stream.")
    return None


class _Silence:
    """Drops yt-dlp's messages: they quote hostile pages."""

    def debug(self, message: str) -> None:
        """Drop it."""

    warning = error = debug


def _translated(error: Exception) -> MomentsError:
    """Return yt-dlp's error as ours, without its words."""
    cause = error
    if isinstance(error, DownloadError) and error.exc_info and error.exc_info[1]:
        cause = error.exc_info[1]
        cause = getattr(cause, "cause", None) or cause
    is_down = isinstance(cause, TransportError) or (
        isinstance(cause, HTTPError) and (cause.status >= 500 or cause.status == 429)
    )
    if is_down:
        return Unavailable("The site answers with an error. Try again later.", retry_after_s=60)
    return BadInput(_NONE, code="no_media")


def _facts(found: Any) -> dict[str, Any]:  # noqa: ANN401 (yt-dlp is untyped)
    if isinstance(found, dict) and found.get("_type") == "playlist":
        found = next(iter(found.get("entries") or ()), None)
    if not isinstance(found, dict):
        raise BadInput(_NONE, code="no_media")
    artists = found.get("artists")
    names = artists if isinstance(artists, list) else [found.get("artist")]
    cut = {
        "site": found.get("extractor_key"),
        "title": found.get("track") or found.get("title"),
        "artist": "; ".join(name for name in names[:20] if isinstance(name, str)),
        "album": found.get("album"),
        "channel": found.get("channel") or found.get("uploader"),
    }
    texts = {name: value[:1200] for name, value in cut.items() if isinstance(value, str)}
    return {**texts, "duration": found.get("duration")}


if __name__ == "__main__":
    main()
