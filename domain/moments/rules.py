"""Rules for titles, descriptions, tags, git facts and the rest."""

import json
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit

from domain.core.errors import BadFields
from domain.core.slugs import slug_problem
from domain.infra.storage import safe_file_name
from domain.moments.models import Git, Insight, MomentChange, NewMoment

MAX_AT_ONCE: Final = 500
MAX_TITLE: Final = 200
MAX_DESCRIPTION: Final = 5000
MAX_TAGS: Final = 30
MAX_TAG: Final = 50
MAX_METADATA_BYTES: Final = 64 * 1024
MAX_REPOSITORY_BYTES: Final = 400
MAX_DIFF: Final = 1_000_000
_MAX_GIT: Final = 500
_MAX_MESSAGE: Final = 20_000
_MAX_SPEAKERS: Final = 10_000
_MAX_LINE: Final = 20_000
_MAX_IMAGES: Final = 100
_MAX_URI: Final = 2000
_EXTENSIONS: Final = {
    "video/mp4": "mp4",
    "audio/mp4": "m4a",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
}


def check_number(moment_ids: Sequence[str]) -> None:
    """Refuse no moments at all, or too many at once.

    Raises:
        BadFields: There are none, or more than `MAX_AT_ONCE`.
    """
    if not 1 <= len(moment_ids) <= MAX_AT_ONCE:
        raise BadFields({"ids": f"must be 1 to {MAX_AT_ONCE} ids of moments"})


def clean_new(new: NewMoment) -> NewMoment:
    """Return a new moment, normalised.

    Raises:
        BadFields: Something is missing, too long, or contains control characters.
    """
    words = clean_words(new.title, new.description, new.tags)
    problems = _git_problems(new.git) | _insight_problems(new.insight) | _source_problems(new)
    problems["slug"] = slug_problem(new.slug) if new.slug is not None else None
    if not words.title:
        problems["title"] = "is required"
    if problem := metadata_problem(new.metadata):
        problems["metadata"] = problem
    _refuse(problems)
    return replace(
        new,
        title=words.title or "",
        description=words.description or "",
        tags=words.tags or (),
        insight=replace(
            new.insight,
            key_emotions=_once(new.insight.key_emotions) or (),
            emotion_tags=_once(new.insight.emotion_tags) or (),
            topic_tags=_once(new.insight.topic_tags) or (),
        ),
    )


def clean_change(change: MomentChange) -> MomentChange:
    """Return changes, normalised; an empty title keeps the old one.

    Raises:
        BadFields: Something is too long or contains control characters.
    """
    words = clean_words(change.title, change.description, change.tags)
    insight = Insight(
        change.images or (),
        change.speakers or (),
        change.key_emotions or (),
        change.emotion_tags or (),
        change.topic_tags or (),
    )
    slug = None if change.slug is None else slug_problem(change.slug)
    _refuse({**_insight_problems(insight), "slug": slug})
    return replace(
        change,
        title=words.title or None,
        description=words.description,
        tags=words.tags,
        key_emotions=_once(change.key_emotions),
        emotion_tags=_once(change.emotion_tags),
        topic_tags=_once(change.topic_tags),
    )


def clean_words(
    title: str | None, description: str | None, tags: Sequence[str] | None
) -> MomentChange:
    """Return title, description and tags, normalised.

    Raises:
        BadFields: One of them is too long or contains control characters.
    """
    title = None if title is None else _line(title)
    description = None if description is None else description.replace("\r\n", "\n").strip()
    tags = _once(tags)
    _refuse(
        {
            "title": _text_problem(title, MAX_TITLE),
            "description": _text_problem(description, MAX_DESCRIPTION),
            "tags": _tags_problem(tags or ()),
        }
    )
    return MomentChange(title=title, description=description, tags=tags)


def default_title(name: str, instant: datetime) -> str:
    """Return a capture's default title: its source and its time."""
    return f"{name} {instant.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def file_name(title: str, mime_type: str) -> str:
    """Return a capture's file name."""
    extension = _EXTENSIONS.get(mime_type, "bin")
    plain = title.replace(":", ".").translate(dict.fromkeys(map(ord, '/\\<>"|?*'), "-"))
    name = safe_file_name(f"{plain}.{extension}")
    return name if name.endswith(f".{extension}") else f"moment.{extension}"


def _refuse(problems: Mapping[str, str | None]) -> None:
    wrong = {field: problem for field, problem in problems.items() if problem}
    if wrong:
        raise BadFields(wrong)


def _line(text: str) -> str:
    return " ".join(text.split())


def _once(tags: Sequence[str] | None) -> list[str] | None:
    return None if tags is None else list(dict.fromkeys(filter(None, map(_line, tags))))


def _text_problem(text: str | None, limit: int) -> str | None:
    if text is None:
        return None
    if any(unicodedata.category(c) in {"Cc", "Cs"} and c not in "\r\n\t" for c in text):
        return "holds control characters"
    return f"must have at most {limit} characters" if len(text) > limit else None


def _tags_problem(tags: Sequence[str], most: int = MAX_TAGS, longest: int = MAX_TAG) -> str | None:
    if len(tags) > most:
        return f"must be at most {most}"
    problems = [problem for tag in tags if (problem := _text_problem(tag, longest))]
    return f"each {problems[0]}" if problems else None


def _git_problems(git: Git) -> dict[str, str | None]:
    return {
        "gitBranch": _text_problem(git.branch, _MAX_GIT),
        "gitCommitHash": _text_problem(git.commit_hash, _MAX_GIT),
        "gitCommitMessage": _text_problem(git.commit_message, _MAX_MESSAGE),
        "gitAuthor": _text_problem(git.author, _MAX_GIT),
        "gitAuthorEmail": _text_problem(git.author_email, _MAX_GIT),
        "gitDiff": _diff_problem(git.diff),
    }


def _source_problems(new: NewMoment) -> dict[str, str | None]:
    source = new.source
    problems = range_problems(new.start_s, new.end_s, source.duration_s if source else None)
    if source is None:
        return problems
    texts = (source.provider, source.provider_id, source.title, source.artist)
    wrong = [problem for text in texts if (problem := _text_problem(text, _MAX_GIT))]
    if not source.provider.strip():
        problems["source"] = "needs a provider"
    elif wrong:
        problems["source"] = f"each text {wrong[0]}"
    elif source.url is not None and not _is_web_address(source.url):
        problems["source"] = "its url must be an http(s) URL"
    elif source.duration_s is not None and source.duration_s <= 0:
        problems["source"] = "its durationS must be positive"
    return problems


def range_problems(
    start_s: int | None, end_s: int | None, duration_s: int | None
) -> dict[str, str | None]:
    """Return the problem with a range in whole seconds: 0 <= start < end <= duration."""
    if start_s is None and end_s is None:
        return {}
    if start_s is None or start_s < 0:
        return {"startS": "must be at least 0"}
    if end_s is None or end_s <= start_s:
        return {"endS": "must be greater than startS"}
    if duration_s is not None and end_s > duration_s:
        return {"endS": f"must be at most {duration_s}, the length of the media"}
    return {}


def _is_web_address(text: str) -> bool:
    return len(text) <= _MAX_URI and urlsplit(text).scheme in {"http", "https"}


def _diff_problem(diff: str | None) -> str | None:
    """A diff may contain its files' escapes and form feeds, but no NUL."""
    if diff is None:
        return None
    if "\0" in diff:
        return "holds a NUL character"
    return f"must have at most {MAX_DIFF} characters" if len(diff) > MAX_DIFF else None


def _insight_problems(insight: Insight) -> dict[str, str | None]:
    return {
        "images": _images_problem(insight.images),
        "speakers": _speakers_problem(insight),
        "keyEmotions": _tags_problem(insight.key_emotions),
        "emotionTags": _tags_problem(insight.emotion_tags),
        "topicTags": _tags_problem(insight.topic_tags),
    }


def _images_problem(images: Sequence[str]) -> str | None:
    """Images are our own assets (`asset_…`) or web addresses: never scripts."""
    if problem := _tags_problem(images, _MAX_IMAGES, _MAX_URI):
        return problem
    for image in images:
        if not image.startswith("asset_") and not _is_web_address(image):
            return "each must be an http(s) URL or the id of an asset"
    return None


def _speakers_problem(insight: Insight) -> str | None:
    if len(insight.speakers) > _MAX_SPEAKERS:
        return f"must be at most {_MAX_SPEAKERS}"
    for speaker in insight.speakers:
        for text, limit in (
            (speaker.text, _MAX_LINE),
            (speaker.speaker_identifier, _MAX_GIT),
            (speaker.emotion, MAX_TAG),
        ):
            if problem := _text_problem(text, limit):
                return f"each text {problem}"
        if not speaker.speaker_identifier.strip():
            return "each needs a speaker_identifier"
    return None


def metadata_problem(metadata: Mapping[str, Any]) -> str | None:
    """Return the problem with free-form metadata, or None."""
    text = json.dumps(metadata, ensure_ascii=False)
    if "\\u0000" in text or any("\ud800" <= c <= "\udfff" for c in text):
        return "holds characters that cannot be stored"
    if len(text.encode()) > MAX_METADATA_BYTES:
        return f"must have at most {MAX_METADATA_BYTES} bytes as JSON"
    problem = repository_problem(metadata.get("repository", ""))
    return f"has a repository that {problem}" if problem else None


def repository_problem(repository: Any) -> str | None:  # noqa: ANN401 (of metadata)
    """Return the problem with a repository's name, or None: an index holds it beside a branch."""
    text = repository if isinstance(repository, str) else json.dumps(repository, ensure_ascii=False)
    is_long = len(text.encode(errors="replace")) > MAX_REPOSITORY_BYTES
    return f"must have at most {MAX_REPOSITORY_BYTES} bytes" if is_long else None
