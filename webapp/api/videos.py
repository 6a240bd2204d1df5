"""`/api/videos`: videos, their transcripts and moments."""

from typing import Final

from litestar import Controller, Response, delete, get, patch, post
from litestar.params import FromPath, JSONBody

from domain.videos import captions
from domain.videos.models import Transcript
from domain.videos.service import not_ready
from webapp.api.found_schemas import (
    ClipStates,
    FoundIn,
    FoundItem,
    FoundList,
    FoundPatch,
    VerticalIn,
    clip_states_out,
    found_out,
)
from webapp.api.schemas import READ, WRITE, Done, IdempotencyKey, Limit, Offset, Svc, Who, problems
from webapp.api.transcript_schemas import TranscriptOut, TranscriptPatch, transcript_out
from webapp.api.video_schemas import (
    LoudnessOut,
    NewVideoIn,
    PipelineOut,
    PromptIn,
    VideoList,
    VideoRecordOut,
    pipeline_out,
    submitted_out,
    video_out,
)

OF_RESULT: Final = problems(401, 404, 409)
# Litestar adds the character set to text, and only there.
_TEXTS: Final = {
    "vtt": "text/vtt",
    "srt": "application/x-subrip; charset=utf-8",
    "ass": "text/x-ssa",
}


class VideoController(Controller):
    """Videos."""

    path = "/videos"
    tags = ("Videos",)

    @post("/", summary="Submit a video", responses=WRITE)
    async def create_video(
        self,
        services: Svc,
        caller: Who,
        data: JSONBody[NewVideoIn],
        idempotency_key: IdempotencyKey = None,
    ) -> VideoRecordOut:
        """Fetch and process a URL, or return where to upload a file; it starts when it is there."""
        return submitted_out(await services.videos.submit(caller, data.new()))

    @get("/", summary="List videos", responses=READ)
    async def list_videos(
        self, services: Svc, caller: Who, *, limit: Limit = 50, offset: Offset = 0
    ) -> VideoList:
        """List what the caller can see, newest first."""
        page = await services.videos.list(caller, limit=limit, offset=offset)
        items = list(map(video_out, page.items))
        return VideoList(items=items, total=page.total, limit=limit, offset=offset)

    @get("/{video_id:str}", summary="Get a video", responses=READ)
    async def get_video(
        self, services: Svc, caller: Who, video_id: FromPath[str]
    ) -> VideoRecordOut:
        """Return one video with its stages."""
        return video_out(await services.videos.get(caller, video_id))

    @delete("/{video_id:str}", status_code=200, summary="Delete a video", responses=WRITE)
    async def delete_video(
        self,
        services: Svc,
        caller: Who,
        video_id: FromPath[str],
        idempotency_key: IdempotencyKey = None,
    ) -> Done:
        """Delete a video for good, with its moments, clips, transcript and files."""
        await services.videos.delete(caller, video_id)
        return Done()

    @get("/{video_id:str}/transcript", summary="Get a transcript", responses=OF_RESULT)
    async def get_transcript(
        self, services: Svc, caller: Who, video_id: FromPath[str]
    ) -> TranscriptOut:
        """Return what is said, and by whom."""
        return transcript_out(await services.videos.transcript(caller, video_id))

    @patch("/{video_id:str}/transcript", summary="Correct a transcript", responses=WRITE)
    async def correct_transcript(
        self,
        services: Svc,
        caller: Who,
        video_id: FromPath[str],
        data: JSONBody[TranscriptPatch],
        idempotency_key: IdempotencyKey = None,
    ) -> TranscriptOut:
        """Correct words, and name, merge or split speakers; no later run overwrites it."""
        return transcript_out(await services.video_editing.correct(caller, video_id, data.change()))

    @get("/{video_id:str}/loudness", summary="Get how loud it is", responses=OF_RESULT)
    async def get_loudness(
        self, services: Svc, caller: Who, video_id: FromPath[str]
    ) -> LoudnessOut:
        """Return how loud equal parts of the video are, at most 3600; none if it has no sound."""
        levels = await services.video_loudness.levels(caller, video_id)
        if levels is None:
            raise not_ready("How loud the video is has not been measured yet.")
        return LoudnessOut(levels=list(levels))

    @get("/{video_id:str}/moments", summary="List a video's moments", responses=READ)
    async def list_video_moments(
        self, services: Svc, caller: Who, video_id: FromPath[str]
    ) -> FoundList:
        """List the moments in a video, in its order, each with the reasons for it."""
        found = await services.videos.moments(caller, video_id)
        pages = await services.moment_pages.urls([each.moment for each in found])
        items = [found_out(each, pages.get(each.moment.id)) for each in found]
        return FoundList(items=items, total=len(items))

    @post("/{video_id:str}/moments", summary="Make a part a moment", responses=WRITE)
    async def add_video_moment(
        self,
        services: Svc,
        caller: Who,
        video_id: FromPath[str],
        data: JSONBody[FoundIn],
        idempotency_key: IdempotencyKey = None,
    ) -> FoundItem:
        """Make a part of a video a moment; its clip follows."""
        start_ms, end_ms = round(data.start_s * 1000), round(data.end_s * 1000)
        editing = services.video_editing
        return found_out(await editing.add(caller, video_id, start_ms, end_ms, data.title))

    @patch("/{video_id:str}/moments/{moment_id:str}", summary="Keep or trim", responses=WRITE)
    async def update_video_moment(
        self,
        services: Svc,
        caller: Who,
        video_id: FromPath[str],
        moment_id: FromPath[str],
        data: JSONBody[FoundPatch],
        idempotency_key: IdempotencyKey = None,
    ) -> FoundItem:
        """Keep, rename or trim a moment; no later run overwrites it."""
        editing = services.video_editing
        return found_out(await editing.change(caller, video_id, moment_id, data.change()))

    @delete(
        "/{video_id:str}/moments/{moment_id:str}",
        status_code=200,
        summary="Dismiss a moment",
        responses=WRITE,
    )
    async def dismiss_video_moment(
        self,
        services: Svc,
        caller: Who,
        video_id: FromPath[str],
        moment_id: FromPath[str],
        idempotency_key: IdempotencyKey = None,
    ) -> Done:
        """Move a moment to the bin; no later run finds it again."""
        await services.video_editing.dismiss(caller, video_id, moment_id)
        return Done()

    @post(
        "/{video_id:str}/moments/{moment_id:str}/refine",
        status_code=200,
        summary="Refine a moment",
        responses=problems(401, 403, 404, 409, 413, 415, 429),
    )
    async def refine_video_moment(
        self,
        services: Svc,
        caller: Who,
        video_id: FromPath[str],
        moment_id: FromPath[str],
        data: JSONBody[PromptIn],
        idempotency_key: IdempotencyKey = None,
    ) -> FoundItem:
        """Extend a moment to whole sentences and cut it in the pauses around them.

        A configured model chooses the sentences, perhaps by a wish.
        """
        editing = services.video_editing
        return found_out(await editing.refine(caller, video_id, moment_id, data.prompt))

    @post(
        "/{video_id:str}/moments/{moment_id:str}/vertical",
        status_code=202,
        summary="Export a vertical clip",
        responses=WRITE,
    )
    async def export_vertical(
        self,
        services: Svc,
        caller: Who,
        video_id: FromPath[str],
        moment_id: FromPath[str],
        data: JSONBody[VerticalIn],
        idempotency_key: IdempotencyKey = None,
    ) -> FoundItem:
        """Render the clip as 720 by 1280 with what is said; it becomes a file of the moment."""
        found = await services.vertical_exports.request(
            caller, video_id, moment_id, crop=data.crop, with_captions=data.captions
        )
        return found_out(found)

    @post(
        "/{video_id:str}/generate-moments",
        status_code=202,
        summary="Find moments again",
        responses=WRITE,
    )
    async def generate_moments(
        self,
        services: Svc,
        caller: Who,
        video_id: FromPath[str],
        data: JSONBody[PromptIn],
        idempotency_key: IdempotencyKey = None,
    ) -> PipelineOut:
        """Look for moments again, perhaps with a wish; kept and changed ones stay."""
        return pipeline_out(await services.video_editing.generate(caller, video_id, data.prompt))

    @get("/{video_id:str}/clip-extraction-status", summary="Get its clips' states", responses=READ)
    async def get_clip_states(
        self, services: Svc, caller: Who, video_id: FromPath[str]
    ) -> ClipStates:
        """Return the clip of each of a video's moments."""
        video = await services.videos.get(caller, video_id)
        return clip_states_out(video, list(await services.videos.moments(caller, video_id)))

    @get("/{video_id:str}/captions.vtt", summary="Get captions (WebVTT)", responses=OF_RESULT)
    async def get_captions_vtt(
        self, services: Svc, caller: Who, video_id: FromPath[str]
    ) -> Response[str]:
        """Return the transcript as WebVTT."""
        return _captions(await services.videos.transcript(caller, video_id), "vtt")

    @get("/{video_id:str}/captions.srt", summary="Get captions (SubRip)", responses=OF_RESULT)
    async def get_captions_srt(
        self, services: Svc, caller: Who, video_id: FromPath[str]
    ) -> Response[str]:
        """Return the transcript as SubRip."""
        return _captions(await services.videos.transcript(caller, video_id), "srt")

    @get("/{video_id:str}/captions.ass", summary="Get captions (ASS)", responses=OF_RESULT)
    async def get_captions_ass(
        self, services: Svc, caller: Who, video_id: FromPath[str]
    ) -> Response[str]:
        """Return the transcript as ASS."""
        return _captions(await services.videos.transcript(caller, video_id), "ass")

    @get("/{video_id:str}/transcript.txt", summary="Get the transcript's text", responses=OF_RESULT)
    async def get_transcript_text(
        self, services: Svc, caller: Who, video_id: FromPath[str]
    ) -> Response[str]:
        """Return the transcript as plain text."""
        text = captions.as_text(await services.videos.transcript(caller, video_id))
        return _text(text, "text/plain", "transcript.txt")

    @get("/{video_id:str}/chapters.txt", summary="Get chapters", responses=READ)
    async def get_chapters(
        self, services: Svc, caller: Who, video_id: FromPath[str]
    ) -> Response[str]:
        """Return the moments as chapters; empty where there are fewer than three."""
        video = await services.videos.get(caller, video_id)
        found = await services.videos.moments(caller, video_id)
        return _text(captions.chapters(found, video.duration_ms or 0), "text/plain", "chapters.txt")


def _captions(transcript: Transcript, form: str) -> Response[str]:
    return _text(captions.write(transcript, form), _TEXTS[form], f"captions.{form}")


def _text(text: str, media_type: str, name: str) -> Response[str]:
    headers = {
        "content-disposition": f'attachment; filename="{name}"',
        "cache-control": "private, no-store",
    }
    return Response(text, media_type=media_type, headers=headers)
