"""Providers by job: what they say, and everything that can go wrong, on a local port."""

import asyncio
import contextvars
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from email.utils import format_datetime

import pytest
import pytest_asyncio

from domain.core.errors import BadInput, TooLarge, Unavailable
from domain.infra.base import Base
from domain.infra.events import Events
from domain.infra.http.safe_http import Policy, SafeFetcher
from domain.infra.ytdlp.client import Facts
from domain.marks.enrichment import Enrichment
from domain.marks.linking import TrackLinks
from domain.marks.links import parse_link
from domain.marks.matches import MatchService
from domain.marks.models import Correction, NewMark, TrackSource
from domain.marks.rows import MarkRows
from domain.marks.wiring import wire_lookup
from domain.moments.access import Access
from domain.moments.records import MomentRecords
from tests.conftest import isolated_settings
from tests.fakes.providers import ISRC, KEYS, TRACK, VIDEO, FakeProviders, fake_providers
from tests.fakes.ytdlp import ScriptedYtDlp
from tests.integration.domain.conftest import World
from tests.integration.domain.test_mark_sums import NoSources

YOUTUBE = f"https://www.youtube.com/watch?v={VIDEO}"
SPOTIFY = f"https://open.spotify.com/track/{TRACK}"
PART = NewMark(YOUTUBE, 450, 600)


@dataclass
class Asking:
    """The job on fake providers."""

    world: World
    fake: FakeProviders
    rows: MarkRows
    enrichment: Enrichment
    fetcher: SafeFetcher
    ytdlp: ScriptedYtDlp

    async def mark(self, url: str) -> TrackSource:
        """Save a mark, ask about its source, and return that."""
        new = NewMark(url, 450, 600, visibility="public")
        mark = await self.world.services.marks.create(self.world.member, new)
        return await self.ask(mark.source.id)

    async def ask_anew(self, source_id: str) -> TrackSource:
        """The same, after what was said before has become old."""
        await self.world.services.database.execute("UPDATE track_sources SET fetched_at = NULL")
        return await self.ask(source_id)

    async def ask(self, source_id: str) -> TrackSource:
        await self.world.services.database.execute("DELETE FROM job")
        await self.enrichment.enrich(source_id)
        source = await self.rows.source_by_id(source_id)
        assert source
        return source

    async def delay_s(self) -> float | None:
        """Return in how many seconds the job is to run again."""
        delay: float | None = await self.world.services.database.fetchval(
            "SELECT extract(epoch FROM run_at - created_at)::float8 FROM job"
            " WHERE name = 'marks.enrich'"
        )
        return delay


@asynccontextmanager
async def _asking(world: World, **values: object) -> AsyncIterator[Asking]:
    async with fake_providers() as fake:
        asking = _wired(world, fake, **values)
        yield asking
        asking.fetcher.close()


def _wired(world: World, fake: FakeProviders, **values: object) -> Asking:
    services = world.services
    settings = isolated_settings(services.settings.home, provider_metadata=True, **values)
    database, clock = services.database, world.clock
    base = Base(
        settings,
        services.keyring,
        clock,
        database,
        database,
        services.storage,
        Events(database, clock),
    )
    records = MomentRecords(database, clock, Access(NoSources()))
    rows = MarkRows(database, clock, records)
    links = TrackLinks(database, clock, rows, records)
    fetcher = SafeFetcher(Policy.PULL, ["127.0.0.0/8"], connect_timeout_s=2, read_timeout_s=2)
    ytdlp = ScriptedYtDlp()
    lookup = wire_lookup(base, lambda: fetcher, fake.endpoints, ytdlp)
    matches = MatchService(base, services.rights, rows, links)
    enrichment = Enrichment(base, rows, lookup.fetch, lookup.by_isrc, matches.link)
    return Asking(world, fake, rows, enrichment, fetcher, ytdlp)


@pytest_asyncio.fixture
async def keyless(world: World) -> AsyncIterator[Asking]:
    async with _asking(world) as asking:
        yield asking


@pytest_asyncio.fixture
async def keyed(world: World) -> AsyncIterator[Asking]:
    keys = {"spotify_client_id": KEYS[0], "spotify_client_secret": KEYS[1]}
    contact = "https://moments.example"
    async with _asking(world, youtube_api_key="a key", public_url=contact, **keys) as asking:
        yield asking


async def test_who_looks_at_a_source_hears_what_it_is(keyless: Asking) -> None:
    database, member = keyless.world.services.database, keyless.world.member
    source = await keyless.world.services.choosing.open(member, parse_link(YOUTUBE))
    assert source is not None
    args = json.loads(await database.fetchval("SELECT args FROM job WHERE name = 'marks.enrich'"))
    await keyless.enrichment.enrich(args["source_id"], args["asker"])
    row = await database.fetchrow("SELECT * FROM event WHERE kind = 'track.named'")
    assert row is not None
    assert json.loads(row["payload"]) == {"id": source.id}
    assert list(row["audience"]) == [member.user_id]


async def test_without_keys_oembed_has_to_do(keyless: Asking) -> None:
    source = await keyless.mark(YOUTUBE)
    assert (source.title, source.artist) == ("Faithless - Insomnia (Official Video)", "Faithless")
    assert source.duration_ms is None
    assert source.thumbnail_url == f"https://i.ytimg.com/vi/{VIDEO}/hqdefault.jpg"
    cloud = await keyless.mark("https://soundcloud.com/faithless/insomnia")
    assert (cloud.title, cloud.artist) == ("Insomnia", "Faithless")
    assert (await keyless.mark("https://vimeo.com/76979871")).duration_ms == 216_000
    asked = len(keyless.fake.calls)
    await keyless.ask(source.id)  # it is fresh
    await keyless.mark("https://cdn.example.org/song.mp3")
    assert len(keyless.fake.calls) == asked


async def test_ytdlp_adds_lengths_where_it_is_allowed(keyless: Asking) -> None:
    url = "https://soundcloud.com/faithless/insomnia"
    cloud = await keyless.mark(url)
    assert (cloud.duration_ms, keyless.ytdlp.asked) == (None, [])
    keyless.ytdlp.sites = ("soundcloud",)
    for error in (BadInput("No."), TooLarge("No."), *[Unavailable("No.")] * 4):
        keyless.ytdlp.answer = error
        cloud = await keyless.ask_anew(cloud.id)
        assert (cloud.title, cloud.duration_ms) == ("Insomnia", None)
    assert len(keyless.ytdlp.asked) == 5  # after three failures it is left alone
    keyless.world.clock.advance(61)
    keyless.ytdlp.answer = Facts("soundcloud", "x", "", "Reverence", "", 216_400)
    cloud = await keyless.ask_anew(cloud.id)
    assert (cloud.title, cloud.album, cloud.duration_ms) == ("Insomnia", "Reverence", 216_400)
    await keyless.mark(YOUTUBE)
    assert set(keyless.ytdlp.asked) == {url}


REFUSALS = [
    (401, "Unauthorized", "other sites"),
    (403, "Forbidden", "private"),
    (200, "Forbidden", "private"),
    (404, "Not Found", "removed"),
    (400, "Bad Request", "Check the link"),
]


async def test_refusals_in_plain_text_become_reasons(keyless: Asking) -> None:
    for number, (status, body, word) in enumerate(REFUSALS):
        keyless.fake.fail("/oembed/youtube", status, body)
        source = await keyless.mark(f"https://youtu.be/{number:_<11}")
        assert word in source.restrictions["reason"]
        found = await keyless.world.services.marks.resolve(keyless.world.viewer, source.url)
        assert found.reason == source.restrictions["reason"]


async def test_hostile_answers_leave_nothing(keyless: Asking) -> None:
    hostile = {
        "title": "<script>alert(1)</script>\u202e\x07" + "x" * 10_000,
        "author_name": {"$ne": 1},
        "thumbnail_url": "https://evil.example/i.ytimg.com/x.jpg",
        "duration": float("1e300"),
    }
    keyless.fake.fail("/oembed/youtube", 200, json.dumps(hostile))
    source = await keyless.mark(YOUTUBE)
    assert len(source.title) <= 300
    assert source.title.isprintable()
    assert (source.artist, source.thumbnail_url, source.duration_ms) == ("", None, None)
    for body in (b"[" * 5000, b"null", b"\xff", b"<html>", b'{"title": 5}'):
        await keyless.world.services.database.execute("UPDATE track_sources SET fetched_at = NULL")
        keyless.fake.fail("/oembed/youtube", 200, body)
        await keyless.ask(source.id)


async def test_with_keys_lengths_isrc_and_limits_are_known(keyed: Asking) -> None:
    video = await keyed.mark(YOUTUBE)
    assert (video.title, video.artist, video.album) == (
        "Insomnia",
        "Faithless; Maxi Jazz",
        "Reverence",
    )
    assert (video.duration_ms, video.restrictions) == (216_000, {"regions_blocked": ["DE"]})
    song = await keyed.mark(SPOTIFY)
    assert (song.isrc, song.duration_ms, song.artist) == (ISRC, 216_400, "Faithless; Maxi Jazz")
    assert "Moments/1 (https://moments.example)" in keyed.fake.agents
    # The rules found that both are the same, and the sums count them together.
    assert song.track_id == video.track_id
    assert (song.decided_by, song.offset_ds) == ("rule", 0)
    services, member = keyed.world.services, keyed.world.member
    track = await services.tracks.get(member, song.track_id)
    assert {source.provider for source in track.sources} == {"youtube", "spotify"}
    assert (track.isrc, track.title, track.artist) == (ISRC, "Insomnia", "Faithless")
    heat = await services.tracks.heatmap(member, song.track_id)
    assert max(heat.values) == 1  # one person, two sources


async def test_what_may_not_play_here_is_kept_with_its_reason(keyed: Asking) -> None:
    adults = {"contentDetails": {"contentRating": {"ytRating": "ytAgeRestricted"}}}
    for said, flags, word in (
        (adults, {"age_restricted": True}, "adults"),
        ({"status": {"embeddable": False}}, {"embeddable": False}, "does not allow"),
        ({"status": {"madeForKids": True, "embeddable": True}}, {"made_for_kids": True}, None),
        ({"status": {"embeddable": "no"}, "contentDetails": 7}, {}, None),
    ):
        item = {"id": VIDEO, "snippet": {"title": "Insomnia"}, **said}
        keyed.fake.fail("/youtube/videos", 200, json.dumps({"items": [item]}))
        source = await keyed.mark(YOUTUBE)
        found = dict(source.restrictions)
        reason = found.pop("reason", None)
        assert found == flags
        resolved = await keyed.world.services.marks.resolve(keyed.world.member, YOUTUBE)
        assert resolved.reason == reason
        assert word is None if reason is None else word in reason
        await keyed.world.services.database.execute("DELETE FROM moments")
        await keyed.world.services.database.execute("UPDATE track_sources SET fetched_at = NULL")


async def test_spotify_refreshes_a_revoked_token_once(keyed: Asking) -> None:
    await keyed.mark(SPOTIFY)
    keyed.fake.tokens += 1  # the one in use is revoked
    keyed.world.clock.advance(2)  # MusicBrainz takes one question a second
    await keyed.world.services.database.execute("UPDATE track_sources SET fetched_at = NULL")
    source = await keyed.rows.sources([(await keyed.mark(YOUTUBE)).track_id])
    song = next(each for each in source if each.provider == "spotify")
    assert (await keyed.ask(song.id)).fetched_at is not None
    assert keyed.fake.calls.count("/token") == 2


async def test_a_long_wait_is_never_slept_through(keyed: Asking) -> None:
    path = f"/spotify/tracks/{TRACK}"
    keyed.fake.fail(path, 429, "{}", retry_after="80000")
    source = await keyed.mark(SPOTIFY)
    assert source.fetched_at is None
    assert 79_990 <= (await keyed.delay_s() or 0) <= 80_010
    await keyed.ask(source.id)  # too early: nobody is asked
    assert keyed.fake.calls.count(path) == 1
    keyed.world.clock.advance(80_001)
    assert (await keyed.ask(source.id)).isrc == ISRC


async def test_every_form_of_a_wait_is_kept(keyless: Asking) -> None:
    world, fake = keyless.world, keyless.fake
    source = await keyless.mark(YOUTUBE)
    soon = format_datetime(world.clock.now() + timedelta(minutes=5), usegmt=True)
    waits = [
        (429, "120", 120),
        (429, soon, 300),
        (429, "Thu, 01 Jan 1970 00:00:00 GMT", 1),  # it has passed
        (429, "99999999999999", 24 * 3600),  # a day at most
        (429, "-5", 60),
        (429, "soon", 60),
        (429, None, 60),
        (503, "30", 30),
    ]
    for status, header, seconds in waits:
        await world.services.database.execute("DELETE FROM provider_state")
        fake.fail("/oembed/youtube", status, "", **({"retry_after": header} if header else {}))
        await keyless.ask_anew(source.id)
        delay_s = await keyless.delay_s()
        assert delay_s is not None
        assert seconds - 2 <= delay_s <= seconds + 5, (status, header)
        asked = len(fake.calls)
        await keyless.ask_anew(source.id)  # too early: nobody is asked
        assert len(fake.calls) == asked


async def test_answers_that_break_off_or_never_stop_are_failures(keyless: Asking) -> None:
    source = await keyless.mark(YOUTUBE)
    for body, is_half in ((b'{"title": "Ins', True), (b"x" * 2_000_000, False)):
        keyless.fake.is_half = is_half
        keyless.fake.fail("/oembed/youtube", 200, body)
        await keyless.ask_anew(source.id)
        assert await keyless.delay_s() is not None
    keyless.fake.is_half = False
    failures = await keyless.world.services.database.fetchval(
        "SELECT failures FROM provider_state WHERE provider = 'youtube'"
    )
    assert failures == 2
    assert (await keyless.ask_anew(source.id)).title == "Faithless - Insomnia (Official Video)"


async def test_a_used_up_quota_waits(keyed: Asking) -> None:
    quota = {"error": {"errors": [{"reason": "quotaExceeded"}]}}
    keyed.fake.fail("/youtube/videos", 403, json.dumps(quota))
    source = await keyed.mark(YOUTUBE)
    assert 3500 <= (await keyed.delay_s() or 0) <= 3700
    keyed.world.clock.advance(3602)
    await keyed.world.services.database.execute(
        "UPDATE provider_state SET units = 10000 WHERE provider = 'youtube-api'"
    )
    await keyed.ask(source.id)
    assert keyed.fake.calls.count("/youtube/videos") == 1
    assert (await keyed.delay_s() or 0) > 3600  # until the next day
    keyed.world.clock.advance(24 * 3600)
    assert (await keyed.ask(source.id)).duration_ms == 216_000


async def test_a_broken_provider_is_left_alone(keyless: Asking) -> None:
    keyless.fake.is_half = True
    source = await keyless.mark(YOUTUBE)
    keyless.fake.is_half = False
    for _ in range(2):
        keyless.fake.fail("/oembed/youtube", 500, "oops")
        await keyless.ask(source.id)
    assert keyless.fake.calls.count("/oembed/youtube") == 3
    await keyless.ask(source.id)
    assert keyless.fake.calls.count("/oembed/youtube") == 3
    keyless.world.clock.advance(61)
    assert (await keyless.ask(source.id)).title


async def test_deezer_answers_errors_with_200(keyed: Asking) -> None:
    keyed.fake.fail(f"/ws/isrc/{ISRC}", 404, "{}")
    busy = {"error": {"type": "Exception", "code": 4}}
    keyed.fake.fail(f"/deezer/track/isrc:{ISRC}", 200, json.dumps(busy))
    source = await keyed.mark(SPOTIFY)
    assert source.fetched_at is None
    assert 1 <= (await keyed.delay_s() or 0) <= 10
    keyed.world.clock.advance(10)
    keyed.fake.fail(f"/ws/isrc/{ISRC}", 404, "{}")
    source = await keyed.ask(source.id)
    track = await keyed.world.services.tracks.get(keyed.world.member, source.track_id)
    assert (track.isrc, track.title) == (ISRC, "Insomnia")


async def test_a_source_is_asked_about_though_the_save_that_wanted_it_failed(
    keyless: Asking,
) -> None:
    world = keyless.world
    database, save = world.services.database, world.services.marks.create
    first = await save(world.member, PART)
    await database.execute("DELETE FROM job")
    with pytest.raises(InterruptedError):
        async with database.transaction():
            await save(world.admin, PART)
            own = contextvars.Context()  # without the transaction of this one
            await asyncio.create_task(save(world.owner, PART), context=own)  # waits for nothing
            raise InterruptedError
    assert await keyless.delay_s() is None
    await keyless.enrichment.find_unasked()
    assert await keyless.delay_s() is None  # a job that starts at once needs some time
    world.clock.advance(601)
    await keyless.enrichment.find_unasked()
    assert await keyless.delay_s() == 0
    keyless.fake.fail("/oembed/youtube", 429, "later", retry_after="3000")
    await keyless.ask(first.source.id)
    for _ in range(2):  # it was asked: the provider decides when to ask again
        assert (await keyless.delay_s() or 0) >= 3000
        await keyless.enrichment.find_unasked()
    world.clock.advance(3001)
    assert (await keyless.ask(first.source.id)).title


async def test_what_providers_said_is_dropped_after_30_days(keyed: Asking) -> None:
    source, song = await keyed.mark(YOUTUBE), await keyed.mark(SPOTIFY)
    keyed.world.clock.advance(timedelta(days=26).total_seconds())
    await keyed.enrichment.refresh()
    assert await keyed.delay_s() is not None
    assert (await keyed.rows.source_by_id(source.id) or source).title == "Insomnia"
    keyed.world.clock.advance(timedelta(days=5).total_seconds())
    await keyed.enrichment.refresh()
    dropped = await keyed.rows.source_by_id(source.id)
    assert dropped
    assert (dropped.title, dropped.duration_ms, dropped.fetched_at) == ("", None, None)
    track = await keyed.world.services.tracks.get(None, song.track_id)
    assert (track.title, track.artist, track.isrc) == ("", "", None)


async def test_three_equal_corrections_become_the_default(keyed: Asking) -> None:
    world, matches = keyed.world, keyed.world.services.matches
    video, song = await keyed.mark(YOUTUBE), await keyed.mark(SPOTIFY)
    for caller in (world.owner, world.admin):
        for start, url in ((1000, YOUTUBE), (1200, SPOTIFY)):
            await world.services.marks.create(caller, NewMark(url, start, start + 50))
    said = Correction(song.id, is_same=False)
    for caller, is_linked in ((world.owner, True), (world.owner, True), (world.admin, True)):
        found = await matches.correct(caller, video.track_id, said)
        assert (song.id in {match.source.id for match in found}) is is_linked
    found = await matches.correct(world.member, video.track_id, said)
    assert [match.source.id for match in found] == [video.id]
    apart = await keyed.rows.source_by_id(song.id)
    assert apart
    assert (apart.decided_by, apart.title) == ("people", "Insomnia")
    assert apart.track_id != video.track_id
