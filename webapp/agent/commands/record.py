"""`record`: films an X screen with ffmpeg and sends the recording."""

import argparse
import re
import shutil
import signal
import subprocess
from collections.abc import Mapping

from webapp.agent import journal
from webapp.agent.commands.committing import commit_at
from webapp.agent.commands.sending import complete, sender_of, share_s_of, show
from webapp.agent.content import Content
from webapp.agent.describing import body_of
from webapp.agent.errors import AgentError, UsageError
from webapp.agent.files import Upload
from webapp.agent.settings import state_dir

_GRACE_S = 30
_ENCODE = ("-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p")
# An even size, which the encoder needs; the moov box first, so that it plays while it loads.
_SHAPE = ("-vf", "crop=trunc(iw/2)*2:trunc(ih/2)*2", "-movflags", "+faststart")


def run(options: argparse.Namespace, environment: Mapping[str, str]) -> int:
    """Record until the time is over or Ctrl-C, then send."""
    command = command_of(options, environment)
    sender = sender_of(options, environment)
    share_s = share_s_of(options, sender)
    with journal.new_folder(state_dir(environment)) as folder:
        path = folder / "screen.mp4"
        film([*command, str(path)], environment)
        if not path.is_file() or path.stat().st_size == 0:
            raise AgentError("ffmpeg recorded nothing. Check DISPLAY, and record longer.")
        uploads = [Upload(path, path.name, "video/mp4", "screen_recording")]
        commit = None if options.no_git else commit_at(options, environment)
        body = body_of(options, Content(uploads, "Screen recording"), commit, environment)
        entry = sender.create(body, uploads, folder)
        show(options, complete(sender, entry, share_s))
    return 0


def command_of(options: argparse.Namespace, environment: Mapping[str, str]) -> list[str]:
    """Return ffmpeg's command line, but for the file.

    Raises:
        UsageError: There is no ffmpeg or no X display, or an option is wrong.
    """
    ffmpeg = shutil.which("ffmpeg", path=environment.get("PATH"))
    if ffmpeg is None:
        raise UsageError("A recording needs ffmpeg. Install it.")
    display = environment.get("DISPLAY", "")
    if environment.get("WAYLAND_DISPLAY") or not display:
        raise UsageError(
            "Only X11 screens can be recorded. Set DISPLAY, or record in a virtual one (xvfb-run)."
        )
    if not (0 < options.seconds <= 3600 and 1 <= options.fps <= 60):
        raise UsageError("Record 1 to 3600 seconds at 1 to 60 frames a second.")
    area = ["-video_size", options.area] if options.area else []
    if options.area and not re.fullmatch(r"\d{2,5}x\d{2,5}", options.area):
        raise UsageError("Give an area as WIDTHxHEIGHT, for example 1280x720.")
    source = ["-f", "x11grab", "-framerate", str(options.fps), *area, "-i", display]
    quiet = ["-nostdin", "-loglevel", "error", "-y"]
    return [ffmpeg, *quiet, *source, "-t", str(options.seconds), *_ENCODE, *_SHAPE]


def film(command: list[str], environment: Mapping[str, str]) -> None:
    """Run ffmpeg; Ctrl-C ends the recording, not the agent."""
    with subprocess.Popen(
        command, env=dict(environment), stderr=subprocess.PIPE, start_new_session=True
    ) as child:
        try:
            _, error = child.communicate()
        except KeyboardInterrupt:
            child.send_signal(signal.SIGINT)
            _, error = child.communicate(timeout=_GRACE_S)
            return
    if child.returncode:
        lines = error.decode(errors="replace").strip().splitlines()
        reason = lines[-1].rstrip(".") if lines else f"exit code {child.returncode}"
        raise AgentError(f"ffmpeg failed: {reason}.")
