"""A span of days as a filter: days of the viewer's time zone, kept as instants."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from domain.core.errors import BadInput
from webapp.app.kit.elements import El
from webapp.app.kit.forms import Dialog, Form, Values
from webapp.app.shell import SignedInPage

Ends = tuple[datetime | None, datetime | None]  # the second is the midnight after the last day


def ask_for_days(
    page: SignedInPage, zone: tzinfo, on_choose: Callable[[Ends], Awaitable[None]]
) -> None:
    """Ask for a first and a last day, or one of them."""
    dialog = Dialog(page.client, "Between two days")

    async def choose(values: Values) -> None:
        ends = _midnight(values["from"], zone), _midnight(values["to"], zone, later=1)
        if not any(ends):
            raise BadInput("Choose at least one day.")
        dialog.close()
        await on_choose(ends)

    with dialog.body:
        form = Form(page.act, choose, action="Show", cancel=dialog.close)
        with form.body, El("div", "m-two"):
            form.add_text("from", "First day", type="date")
            form.add_text("to", "Last day", type="date")


def words_of(ends: Ends, zone: tzinfo) -> str:
    """Return a span in words, `3 Nov – 5 Nov`; none of no span."""  # noqa: RUF002 (a span)
    start, end = ends
    days = start, end and end - timedelta(milliseconds=1)
    words = [day.astimezone(zone).strftime("%-d %b") if day else "…" for day in days]
    return " – ".join(words) if any(days) else ""  # noqa: RUF001 (a span)


def _midnight(text: str, zone: tzinfo, *, later: int = 0) -> datetime | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text) + timedelta(days=later)
        return datetime.combine(day, time(), zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadInput("Choose a day of the calendar.") from None
