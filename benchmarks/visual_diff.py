"""The visual diff at 1080p against pixelmatch 7.2 and `odiff --server`, in the same run.

Run: python -m benchmarks.visual_diff [--runs 9]. It needs Node.js and npm, which fetches both tools
into a folder of the user's cache. Each of them compares a pair twice, as our verdict needs: with
the fine threshold and with the one for colours. Fails when a count differs from pixelmatch's by
more than 1 %. On a busy machine only the ratios mean something.
"""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from domain.commits import visual
from domain.commits.visual.comparing import compare_pictures
from tests.unit.commits.pictures import Pixels, disc, page, png

HERE = Path(__file__).parent / "pixelmatch"
WIDTH, HEIGHT = 1920, 1080
_MOST = 0.01


def pairs() -> dict[str, tuple[bytes, bytes]]:
    """Return pairs of pages, from a small change to another page."""
    base = page(WIDTH, HEIGHT, rows=44)
    noisy = base.copy()
    random = np.random.Generator(np.random.PCG64(3))
    noisy[::2] = np.clip(noisy[::2] + random.integers(-2, 3, noisy[::2].shape), 0, 255)
    made: dict[str, Pixels] = {
        "one badge": disc(base, 900, 500, 24.3),
        "a card and a badge": disc(disc(base, 900, 500, 90.4), 300, 800, 40.7),
        "noise": noisy.astype(np.uint8),
        "another page": page(WIDTH, HEIGHT, seed=8, rows=44),
    }
    return {name: (png(base), png(after)) for name, after in made.items()}


def median_ms(work: Callable[[], Any], runs: int) -> float:
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1000


def installed() -> Path:
    """Install the tools once, outside the repository."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        raise SystemExit("needs Node.js and npm")
    folder = Path.home() / ".cache" / "moments" / "visual_diff"
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "compare.mjs"):
        shutil.copy(HERE / name, folder / name)
    if not (folder / "node_modules" / "odiff-bin").exists():
        subprocess.run([npm, "install", "--no-audit", "--no-fund"], cwd=folder, check=True)
    return folder


def of_others(folder: Path, files: list[Path], runs: int) -> list[dict[str, float]]:
    """Return what the others counted, and their times."""
    command = ["node", str(folder / "compare.mjs"), str(runs), *map(str, files)]
    done = subprocess.run(command, cwd=folder, check=True, stdout=subprocess.PIPE, text=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=9)
    runs = parser.parse_args().runs
    folder = installed()
    settings = visual.Settings()
    without_shift = visual.Settings(max_shift=0)
    plain = visual.Settings(max_shift=0, antialiasing=False)
    failed = False
    with tempfile.TemporaryDirectory() as out:
        found = pairs()
        files = []
        for number, pair in enumerate(found.values()):
            for side, data in zip("ab", pair, strict=True):
                files.append(Path(out) / f"{number}{side}.png")
                files[-1].write_bytes(data)
        others = of_others(folder, files, runs)
        for (name, (before, after)), other in zip(found.items(), others, strict=True):
            old, new = visual.read(before), visual.read(after)
            made = compare_pictures(old, new, without_shift).comparison
            every = compare_pictures(old, new, plain).comparison.fine
            kernel = median_ms(lambda a=old, b=new: compare_pictures(a, b, without_shift), runs)  # type: ignore[misc]
            whole = median_ms(lambda a=before, b=after: visual.compare(a, b, settings), runs)  # type: ignore[misc]
            ours = {"fine": made.fine, "color": made.color, "all": every}
            off = max(abs(ours[key] - other[key]) / max(1, other[key]) for key in ours)
            off_odiff = abs(every - other["odiff_all"]) / max(1, other["odiff_all"])
            failed |= off > _MOST
            print(
                f"{name}: {made.fine:,} and {made.color:,} px; off pixelmatch by {off:.2%},"
                f" odiff (without antialiasing) by {off_odiff:.2%}\n"
                f"  pixels only: {kernel:.0f} ms, pixelmatch {other['pixels_ms']:.0f}"
                f" ({kernel / other['pixels_ms']:.2f}); from files: {whole:.0f} ms, pixelmatch"
                f" {other['files_ms']:.0f} ({whole / other['files_ms']:.2f}), odiff --server"
                f" {other['odiff_ms']:.0f} ({whole / other['odiff_ms']:.2f})"
            )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
