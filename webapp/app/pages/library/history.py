"""What happened to a moment, told from what its rooms keep anyway."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final
from urllib.parse import urlsplit

from domain.commits.models import Decision
from domain.moments.models import Asset, Moment, UserRef
from domain.sharing.models import ShareLink
from domain.webhooks.models import Sent
from webapp.app.components.local_time import LocalTime
from webapp.app.kit.elements import El, Icon, plural
from webapp.app.shell import SignedInPage

_MOST: Final = 12


@dataclass(frozen=True, slots=True)
class Happened:
    """One line."""

    at: datetime
    glyph: str
    words: str


async def read_history(
    page: SignedInPage,
    moment: Moment,
    capture_id: str | None,
    assets: Sequence[Asset],
    links: Sequence[ShareLink],
) -> Sequence[Happened]:
    """Return what happened, oldest first; webhooks are for owners and admins."""
    decisions: Sequence[Decision] = ()
    sent: Sequence[Sent] = ()
    if moment.kind == "commit":
        decisions = await page.services.reviews.decisions(page.caller, moment.id)
    if page.me["is_admin"]:
        subjects = [moment.id, capture_id] if capture_id else [moment.id]
        sent = await page.services.webhooks.of_subjects(page.caller, subjects)
    found = [
        _created(moment),
        *_files(assets),
        *(_decided(each) for each in decisions),
        *(Happened(each.created_at, "link", _link(each)) for each in links),
        *(_sent(each) for each in sent),
    ]
    return sorted(found, key=lambda each: each.at)


def draw_history(found: Sequence[Happened]) -> None:
    """Draw the newest lines."""
    with El("section", "m-happened", aria_label="What happened"):
        El("h2", text="What happened")
        with El("ol"):
            for each in found[-_MOST:]:
                with El("li", "m-row m-t m-sm"):
                    Icon(each.glyph, "s")
                    El("span", "m-grow", each.words)
                    with El("span", "m-3"):
                        LocalTime(each.at)
        if len(found) > _MOST:
            El("p", "m-3 m-sm", f"And {len(found) - _MOST} earlier.")


def _created(moment: Moment) -> Happened:
    by = moment.vm.name if moment.vm and not moment.created_by else _name(moment.created_by)
    return Happened(moment.created_at, "plus", f"Created by {by}" if by else "Created")


def _files(assets: Sequence[Asset]) -> Iterable[Happened]:
    """Tell of files added within one minute at once."""
    whole = sorted(
        (each for each in assets if each.processing_status != "pending"),
        key=lambda each: each.created_at,
    )
    for _, group in groupby(
        whole, lambda a: (a.created_at.replace(second=0, microsecond=0), a.uploaded_by)
    ):
        files = list(group)
        name = files[0].file.file_name if len(files) == 1 else plural(len(files), "file")
        by = _name(files[0].uploaded_by)
        yield Happened(files[-1].created_at, "upload", f"{name} added{f' by {by}' if by else ''}")
        if checked := [each for each in files if each.processing_status == "completed"]:
            at = max(each.updated_at for each in checked)
            yield Happened(at, "check", f"{_all(checked, files)} checked")
        for each in files:
            if each.processing_status == "failed":
                words = f"{each.file.file_name} could not be read"
                yield Happened(each.updated_at, "warn", words)


def _all(checked: Sequence[Asset], files: Sequence[Asset]) -> str:
    if len(checked) == 1:
        return checked[0].file.file_name
    return f"All {len(files)}" if len(checked) == len(files) else f"{len(checked)} of {len(files)}"


def _decided(decision: Decision) -> Happened:
    by = _name(decision.decided_by) or "a former member"
    how = " beside its baseline" if decision.variant_of else ""
    glyph = "check" if decision.verdict == "approved" else "close"
    return Happened(decision.decided_at, glyph, f"{decision.verdict.capitalize()}{how} by {by}")


def _link(link: ShareLink) -> str:
    return f"Shared by a link{' with a password' if link.has_password else ''}"


def _sent(sent: Sent) -> Happened:
    each = sent.delivery
    answer = str(each.response_status) if each.response_status else "no answer"
    state = {
        "delivered": "delivered",
        "failed": f"{answer}, not delivered",
        "pending": f"{answer}, next try soon" if each.attempts else "waiting",
    }[each.status]
    words = f"Webhook to {urlsplit(sent.url).hostname}, {each.event}, {state}"
    return Happened(each.attempted_at or each.created_at, "out", words)


def _name(person: UserRef | None) -> str:
    return (person.name or person.email) if person else ""
