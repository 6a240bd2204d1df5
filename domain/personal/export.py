"""All of a person's data as a zip, built while it is read."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Final

from domain.accounts.models import Actor, Caller
from domain.accounts.rights import Rights
from domain.infra.base import Base
from domain.marks.transfer import MarkTransfer
from domain.moments.archive import Archive, Named, zipped
from domain.moments.listing import file_of
from domain.moments.records import MomentRecords
from domain.moments.search import Where

_PER_HOUR: Final = 10
_PAGE: Final = 200
_TEXT: Final = """Your data of {origin}, {now:%Y-%m-%d %H:%M} UTC.

account.json, sessions.json, tokens.json, organizations.json, notices.json, browsers.json (that
show your notices): your account.
profile.json, picture.jpg: your public page.
moments.json: the moments that you made, the bin included, in organisations that you are in.
marks-*.json: your marks of each organisation. Moments can import these files.
videos.json: your videos and what was said in them.
decisions.json, ignored.json: the commits that you approved or rejected, and changes you ignore.
webhooks.json: the webhooks that you made.
chats.json: the chats that you started, and what you wrote in others.
collections.json, links.json, likes.json, follows.json: what you made of moments.
corrections.json, names.json, suggestions.json: what you said of tracks and of others' marks.
artists.json, dismissed.json: artists whom you follow, and what is not for you.
files/: the files of your moments, in a folder for each, and files that you added elsewhere.

Passwords, and the secrets of tokens and links, are not here: we store only their hashes.
"""
# Whether a message is about, or cites, what is not the user's own nor for the organisation.
_QUOTES_HIDDEN: Final = """EXISTS (
    SELECT 1 FROM jsonb_array_elements(c.citations || CASE WHEN c.moment_id IS NULL THEN '[]'
        ELSE jsonb_build_array(jsonb_build_object('moment_id', c.moment_id)) END) e
    LEFT JOIN moments m ON m.id = e ->> 'moment_id' AND m.deleted_at IS NULL
        AND (m.created_by = $1 OR m.visibility <> 'private' AND m.source_id IS NULL)
    WHERE m.id IS NULL)"""
# $1 is the user.
_TABLES: Final = {
    "account": "SELECT id, email, name, muted, created_at, updated_at FROM app_user WHERE id = $1",
    "sessions": "SELECT ip, user_agent, created_at, last_seen_at, expires_at FROM login_session"
    " WHERE user_id = $1 ORDER BY id",
    "tokens": "SELECT name, prefix, created_at, last_used_at, expires_at, revoked_at"
    " FROM api_token WHERE user_id = $1 ORDER BY id",
    "organizations": "SELECT o.id, o.name, m.role, m.created_at AS joined_at FROM membership m"
    " JOIN organization o ON o.id = m.organization_id WHERE m.user_id = $1 ORDER BY o.id",
    "notices": "SELECT kind, title, detail, created_at, read_at FROM notifications"
    " WHERE user_id = $1 ORDER BY id",
    "browsers": "SELECT endpoint, created_at FROM push_subscription WHERE user_id = $1 ORDER BY id",
    "profile": "SELECT handle, bio, created_at, updated_at, ARRAY(SELECT h.handle"
    " FROM profile_handle h WHERE h.user_id = $1) AS handles FROM profile WHERE user_id = $1",
    "collections": "SELECT c.id, c.title, c.description, c.visibility, c.slug, c.created_at,"
    " c.updated_at, ARRAY(SELECT i.moment_id FROM collection_item i WHERE i.collection_id = c.id"
    " ORDER BY i.position) AS moment_ids FROM collection c JOIN membership m"
    " ON m.organization_id = c.organization_id AND m.user_id = $1 WHERE c.created_by = $1"
    " ORDER BY c.id",
    # Of a private chat that they started, all of it; else what they wrote. What somebody else made
    # private since then has no name here, and no answer from it.
    "chats": "SELECT s.id, CASE WHEN s.created_by = $1"  # noqa: S608 (constants)
    " OR s.visibility = 'organization'"
    " THEN s.title END AS title, s.moment_id, s.visibility, s.created_at, s.updated_at,"
    " jsonb_agg(jsonb_build_object('role', c.role, 'content', c.content,"
    " 'created_at', c.created_at) ORDER BY c.id) FILTER (WHERE c.id IS NOT NULL) AS messages"
    " FROM sessions s JOIN membership x ON x.organization_id = s.organization_id AND x.user_id = $1"
    " LEFT JOIN messages c ON c.session_id = s.id AND (c.created_by = $1 OR (s.created_by = $1"
    f" AND s.visibility = 'private' AND NOT {_QUOTES_HIDDEN}))"
    " WHERE s.deleted_at IS NULL AND (s.created_by = $1 OR c.id IS NOT NULL)"
    " GROUP BY s.id ORDER BY s.id",
    "links": "SELECT moment_ids, views, created_at, expires_at, revoked_at FROM share_link"
    " WHERE created_by = $1 ORDER BY id",
    # A moment that is no longer for everybody has no name here.
    "likes": "SELECT m.slug, m.title, l.created_at FROM moment_like l LEFT JOIN moments m"
    " ON m.id = l.moment_id AND m.visibility IN ('public', 'unlisted') AND m.deleted_at IS NULL"
    " WHERE l.user_id = $1 ORDER BY l.created_at, l.moment_id",
    "follows": "SELECT p.handle, f.created_at FROM follow f LEFT JOIN profile p"
    " ON p.user_id = f.followed_id WHERE f.follower_id = $1 ORDER BY f.created_at, f.followed_id",
    "searches": "SELECT text, created_at FROM kept_search WHERE user_id = $1 ORDER BY id",
    "dismissed": "SELECT subject, created_at FROM not_for_me WHERE user_id = $1"
    " ORDER BY created_at, subject",
    "artists": "SELECT name, created_at FROM artist_follow WHERE user_id = $1"
    " ORDER BY created_at, artist",
    "corrections": "SELECT v.track_id, s.url, v.is_same, v.offset_ds, v.created_at"
    " FROM match_votes v JOIN track_sources s ON s.id = v.source_id WHERE v.user_id = $1"
    " ORDER BY v.created_at, v.source_id",
    "names": "SELECT s.url, n.title, n.artist, n.created_at FROM source_name n"
    " JOIN track_sources s ON s.id = n.source_id WHERE n.user_id = $1"
    " ORDER BY n.created_at, n.source_id",
    "suggestions": "SELECT moment_id, start_ds, end_ds, created_at FROM mark_nudge"
    " WHERE user_id = $1 ORDER BY created_at, id",
    "decisions": "SELECT moment_id, verdict, variant_of, note, decided_at FROM commit_decisions"
    " WHERE decided_by = $1 ORDER BY id",
    "ignored": "SELECT repository, name, ignored_at, undone_at FROM ignored_changes"
    " WHERE ignored_by = $1 ORDER BY id",
    "webhooks": "SELECT w.url, w.events, w.created_at FROM webhooks w JOIN membership m"
    " ON m.organization_id = w.organization_id AND m.user_id = $1 WHERE w.created_by = $1"
    " ORDER BY w.id",
    "videos": "SELECT v.id, v.moment_id, v.created_at, ARRAY(SELECT jsonb_build_object("
    "'start_ms', l.start_ms, 'end_ms', l.end_ms, 'text', l.text) FROM transcript_lines l"
    " WHERE l.video_id = v.id ORDER BY l.start_ms) AS transcript FROM videos v"
    " JOIN moments m ON m.id = v.moment_id AND m.created_by = $1"
    " JOIN membership x ON x.organization_id = m.organization_id AND x.user_id = $1"
    " ORDER BY v.id",
}


class ExportService:
    """The service that gives people their data."""

    def __init__(
        self, base: Base, rights: Rights, records: MomentRecords, marks: MarkTransfer
    ) -> None:
        self._database = base.database
        self._storage = base.storage
        self._clock = base.clock
        self._limiter = base.limiter
        self._origin = base.settings.origin
        self._rights = rights
        self._records = records
        self._marks = marks

    async def export(self, caller: Caller) -> Archive:
        """Return a streamed zip of what the caller made, in the organisations that they are in.

        Raises:
            RateLimited: The caller asked too often within the hour.
        """
        async with self._database.transaction():
            user_id = await self._rights.person(caller)
            await self._limiter.hit("export", user_id, _PER_HOUR, 3600)
            rows = await self._database.fetch(
                "SELECT organization_id FROM membership WHERE user_id = $1 ORDER BY 1", user_id
            )
            callers = [replace(caller, organization_id=row["organization_id"]) for row in rows]
            actors = [await self._rights.load(each) for each in callers]
            picture = await self._database.fetchval(
                "SELECT avatar FROM profile WHERE user_id = $1", user_id
            )
            files = [file for actor in actors for file in await self._files(actor)]
        now = self._clock.now()
        text = _TEXT.format(origin=self._origin, now=now)
        members: list[Named] = [("README.txt", now, _whole(text.encode()))]
        members += [
            (f"{name}.json", now, self._table(sql, user_id)) for name, sql in _TABLES.items()
        ]
        members += [(f"marks-{c.organization_id}.json", now, self._own_marks(c)) for c in callers]
        members.append(("moments.json", now, self._moments(actors)))
        if picture is not None:
            members.append(("picture.jpg", now, _whole(bytes(picture))))
        return Archive(f"Moments data {now:%Y-%m-%d}.zip", zipped(self._storage, members + files))

    async def _table(self, sql: str, user_id: str) -> AsyncIterator[bytes]:
        text = await self._database.fetchval(
            f"SELECT jsonb_pretty(coalesce(jsonb_agg(t), '[]')) FROM ({sql}) t",  # noqa: S608 (constants)
            user_id,
        )
        yield text.encode()

    async def _own_marks(self, caller: Caller) -> AsyncIterator[bytes]:
        yield (await self._marks.export(caller, "json")).encode()

    async def _moments(self, actors: Sequence[Actor]) -> AsyncIterator[bytes]:
        """Yield the person's moments as a JSON array."""
        separator = b"[\n"
        for actor in actors:
            where = await self._where(actor, "m.created_by = {}")
            rows = await self._database.fetch(
                f"SELECT m.id FROM moments m WHERE {where.sql} ORDER BY m.id",  # noqa: S608 (constants)
                *where.arguments,
            )
            for start in range(0, len(rows), _PAGE):
                ids = [row["id"] for row in rows[start : start + _PAGE]]
                for row in await self._database.fetch(
                    "SELECT to_jsonb(m) - '{search,cover_id}'::text[] AS text FROM moments m"
                    " WHERE m.id = ANY($1::text[]) ORDER BY m.id",
                    ids,
                ):
                    yield separator + row["text"].encode()
                    separator = b",\n"
        yield b"\n]\n" if separator == b",\n" else b"[]\n"

    async def _files(self, actor: Actor) -> list[Named]:
        """Return the files of a person's moments, and of theirs in moments that they can see."""
        where = await self._where(actor, "(m.created_by = {0} OR a.uploaded_by = {0})")
        rows = await self._database.fetch(
            "SELECT a.* FROM moment_assets a JOIN moments m ON m.id = a.moment_id"  # noqa: S608 (constants)
            f" WHERE {where.sql} AND a.purpose = 'media' AND a.generation IS NOT NULL"
            " ORDER BY a.id",
            *where.arguments,
        )
        return [
            (
                f"files/{row['moment_id']}/{row['id']}-{row['file_name']}",
                row["created_at"],
                file_of(row),
            )
            for row in rows
        ]

    async def _where(self, actor: Actor, condition: str) -> Where:
        where = await self._records.where(actor)
        where.add_if(condition, actor.user_id)
        return where


async def _whole(data: bytes) -> AsyncIterator[bytes]:
    yield data
