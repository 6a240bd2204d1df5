"""`diff` without a server: the verdict and counts of the server's own kernel."""

import hashlib
import json
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from domain.commits import visual
from webapp.agent.main import main


def picture(path: Path, *, colour: str = "white", box: bool = False) -> bytes:
    image = Image.new("RGB", (300, 200), colour)
    if box:
        ImageDraw.Draw(image).rectangle((20, 20, 120, 80), fill="red")
    image.save(path)
    return path.read_bytes()


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A baseline of two pictures; the second has two accepted variants."""
    folder = tmp_path / "baseline"
    folder.mkdir()
    pictures = []
    for name, colour in (("home.png", "white"), ("about.png", "white"), ("about.png", "navy")):
        data = picture(tmp_path / "made.png", colour=colour)
        digest = hashlib.sha256(data).hexdigest()
        (folder / digest).write_bytes(data)
        pictures.append({"name": name, "sha256": digest})
    settings = visual.Settings(fine_pixels=7).to_json()
    text = json.dumps({"baselineId": "moment_1", "settings": settings, "pictures": pictures})
    (folder / "baseline.json").write_text(text)
    return folder


def test_the_counts_are_those_of_the_server(
    bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    after = picture(tmp_path / "home.png", box=True)
    picture(tmp_path / "about.png", colour="navy")
    options = ["--baseline", str(bundle), "--out", str(tmp_path / "out"), "--json"]
    files = [f"--file={tmp_path}/{name}.png" for name in ("home", "about")]
    assert main(["diff", *options, *files]) == 3
    home, about = json.loads(capsys.readouterr().out)["pictures"]
    before = picture(tmp_path / "before.png")
    expected = visual.compare(before, after, visual.Settings(fine_pixels=7)).comparison.to_json()
    assert home["comparison"] == expected
    assert (about["isMatch"], about["summary"]) == (True, "identical")
    kept = sorted(each.name for each in (tmp_path / "out").iterdir())
    assert kept == ["about.png", "home.png", "home.png.diff.png"]


def test_pictures_that_came_or_went_are_changes(
    bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("home", "new", "newer"):
        picture(tmp_path / f"{name}.png")
    assert main(["diff", "--baseline", str(bundle), "--file", f"{tmp_path}/[hn][oe]*.png"]) == 3
    lines = capsys.readouterr().out.splitlines()
    assert "home.png: identical" in lines
    assert "new.png: not in the baseline" in lines
    assert "about.png: only in the baseline" in lines


def test_noise_is_measured_and_limits_are_proposed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = tmp_path / "a.png", tmp_path / "b.png"
    noise = Image.effect_noise((300, 200), 12)
    noise.save(first)
    noise.transpose(Image.Transpose.ROTATE_180).save(second)
    call = ["calibrate", "--pair", str(first), str(second), "--json"]
    assert main(call) == 0
    measured = json.loads(capsys.readouterr().out)["b.png"]
    assert measured == visual.calibrate(first.read_bytes(), second.read_bytes()).to_json()
    assert measured["differingPixels"] > 10_000
    picture(second, box=True)
    assert main(call[:-1]) == 3
    assert "differ too much" in capsys.readouterr().out
    assert main(["calibrate", "--file", str(first)]) == 0  # the same file twice
    assert capsys.readouterr().out == (
        "a.png: 0 pixels differ. The present limits accept this noise. Keep them.\n"
    )
    (tmp_path / "a.log").write_text("started")
    assert main(["calibrate", "--file", str(tmp_path / "a.log")]) == 2


def test_no_bundle_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "--baseline", str(tmp_path), "--file", __file__]) == 2
    assert "has no baseline" in capsys.readouterr().err
