"""The verdict on two pictures: what counts, what is forgiven, what moved."""

import io
import json
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from domain.commits import visual
from domain.commits.visual import Region, Settings
from tests.unit.commits.pictures import disc, page, png


def _verdict(before: bytes, after: bytes, settings: Settings | None = None) -> visual.Comparison:
    return visual.compare(before, after, settings or Settings()).comparison


def test_the_counts_are_those_of_pixelmatch() -> None:
    """Its version 7.2 counts these pixels in these very pictures (`benchmarks/visual_diff.py`)."""
    before = disc(disc(page(), 100, 100, 30), 0, 319, 40.3)
    after = disc(disc(page(), 103.4, 101.7, 31.5), 1.5, 318.2, 42.7)
    found = _verdict(png(before), png(after), Settings(max_shift=0))
    assert (found.fine, found.color) == (588, 639)


def test_three_pixels_of_noise_are_unchanged_and_are_said() -> None:
    before = page()
    after = before.copy()
    after[100, 100:103] += 3
    found = _verdict(png(before), png(after))
    assert (found.verdict, found.differing) == ("unchanged", 3)
    assert found.summary == "no change, 3 px ignored"
    assert found.is_match


def test_a_change_of_colour_alone_is_found_over_a_wide_area() -> None:
    before = page()
    after = before.copy()
    after[60:260] = np.where(after[60:260] == 250, (250, 238, 238), after[60:260])
    found = _verdict(png(before), png(after))
    assert found.verdict == "changed"
    assert found.fine == 0  # far below the fine threshold
    assert found.color == found.changed > 0.03 * before[..., 0].size


def test_noise_is_measured_and_limits_are_proposed() -> None:
    random = np.random.Generator(np.random.PCG64(1))
    before = page()
    noise = random.integers(-24, 25, before.shape)
    after = np.clip(before + noise, 0, 255).astype(np.uint8)
    assert _verdict(png(before), png(after)).verdict == "changed"
    found = visual.calibrate(png(before), png(after))
    assert found.comparison.is_match
    assert found.noise < found.settings.fine_threshold * 2 < 0.6
    assert _verdict(png(before), png(after), found.settings).is_match
    quiet = visual.calibrate(png(before), png(before))
    assert (quiet.noise, quiet.settings) == (0, Settings())
    hopeless = visual.calibrate(png(before), png(255 - before))
    assert "too much" in hopeless.advice


@pytest.mark.parametrize("settings", [Settings(), Settings(fine_threshold=0.2, max_shift=8)])
def test_settings_and_results_survive_their_wire_form(settings: Settings) -> None:
    """The agent, without credentials, reads the settings from a bundle: the counts are the same."""
    offline = Settings.from_json(json.loads(json.dumps(settings.to_json())))
    assert offline == settings
    pictures = png(page()), png(disc(page(), 200, 150, 20))
    online = _verdict(*pictures, settings)
    assert online == _verdict(*pictures, offline)
    assert visual.Comparison.from_json(json.loads(json.dumps(online.to_json()))) == online


def test_content_that_moved_is_a_shift_and_only_the_rest_is_boxed() -> None:
    before, after = page(), page(top=46)
    found = _verdict(png(before), png(after))
    assert (found.verdict, found.shift_x, found.shift_y) == ("moved", 0, 6)
    assert found.summary == "moved by 6 px"
    found = _verdict(png(before), png(disc(after, 400, 280, 12)))
    assert (found.verdict, found.shift_y, len(found.boxes)) == ("changed", 6, 1)
    [box] = found.boxes
    assert 380 < box.x < 390
    assert 265 < box.y < 270
    assert found.summary.startswith("moved by 6 px, 0.3 % changed in 1 place")
    assert _verdict(png(before), png(after), Settings(allowed_shift=6)).is_match


def test_a_whole_page_that_moved_has_no_boxes() -> None:
    whole = page(600, 500)
    found = _verdict(png(whole[50:400, 60:500]), png(whole[46:396, 67:507]))
    assert (found.verdict, found.shift_x, found.shift_y) == ("moved", -7, 4)


def test_boxes_are_numbered_as_one_reads() -> None:
    after = page(seed=7)
    for x, y in [(400, 60), (60, 68), (240, 200)]:
        after = disc(after, x, y, 12)
    found = _verdict(png(page()), png(after))
    assert [(box.number, box.x // 100) for box in found.boxes] == [(1, 0), (2, 3), (3, 2)]
    assert sum(box.pixels for box in found.boxes) == found.changed


def test_a_region_is_ignored() -> None:
    after = png(disc(page(), 200, 150, 20))
    region = Region(170, 120, 60, 60)
    assert _verdict(png(page()), after).verdict == "changed"
    assert _verdict(png(page()), after, Settings(ignore=(region,))).verdict == "unchanged"


def test_the_very_same_change_is_ignored_and_another_is_not() -> None:
    before = png(page())
    change = _verdict(before, png(disc(page(), 200, 150, 20)))
    settings = Settings(ignored_masks=(change.mask or "",))
    assert _verdict(before, png(disc(page(), 200, 150, 20)), settings).verdict == "ignored"
    assert _verdict(before, png(disc(page(), 240, 150, 20)), settings).verdict == "changed"
    assert _verdict(before, png(disc(page(), 200, 150, 30)), settings).verdict == "changed"


def test_any_accepted_variant_matches() -> None:
    dark, light, other = png(255 - page()), png(page()), png(disc(page(), 100, 100, 9))
    index, found = visual.compare_with_variants([dark, light], light)
    assert (index, found.comparison.verdict) == (1, "identical")
    index, found = visual.compare_with_variants([dark, light], other)
    assert (index, found.comparison.verdict) == (1, "changed")  # the closest one


def test_pictures_of_different_sizes_are_compared_at_the_larger_one() -> None:
    found = _verdict(png(page(480, 320)), png(page(480, 340)))
    assert (found.width, found.height, found.verdict) == (480, 340, "changed")
    assert found.changed == 20 * 480


def test_white_on_transparent_differs_from_nothing() -> None:
    clear = np.zeros((64, 64, 4), np.uint8)
    white = clear.copy()
    white[10:30, 10:30] = 255
    assert _verdict(png(clear), png(white)).changed == 400
    hidden = clear.copy()
    hidden[10:30, 10:30] = (255, 0, 0, 0)
    assert _verdict(png(clear), png(hidden)).verdict == "unchanged"


def _declared(width: int, height: int) -> bytes:
    """Return a PNG that declares a size and has hardly any pixels."""
    out = io.BytesIO()
    Image.new("1", (8, 8)).save(out, "PNG")
    header = b"IHDR" + struct.pack(">II", width, height) + out.getvalue()[24:29]
    return (
        out.getvalue()[:12] + header + struct.pack(">I", zlib.crc32(header)) + out.getvalue()[33:]
    )


def _thin(width: int, height: int) -> bytes:
    out = io.BytesIO()
    Image.new("1", (width, height)).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "not a readable picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a readable picture"),
        (png(page())[:4000], "damaged or cut short"),
        (_declared(5001, 10_000), "more than 50 million pixels"),
        (_declared(1, 32_768), "more than 32,767 pixels high or wide"),
        (_declared(32_768, 1), "more than 32,767 pixels high or wide"),
        (_declared(10_000, 10_000), "more than 50 million pixels"),
        (_declared(20_000, 10_000), "more than 50 million pixels"),
    ],
)
def test_a_picture_that_cannot_be_compared_is_refused_with_a_sentence(
    data: bytes, words: str
) -> None:
    with pytest.raises(visual.PictureError, match=words):
        visual.compare(png(page()), data)


def test_two_pictures_that_are_too_large_together_are_refused() -> None:
    with pytest.raises(visual.PictureError, match="50 million"):
        visual.compare(_thin(30_000, 2), _thin(2, 30_000))


@pytest.mark.parametrize(
    "data",
    [
        {"fineThreshhold": 0.1},
        {"fineThreshold": 1.5},
        {"fineThreshold": float("nan")},
        {"finePixels": True},
        {"ignore": [{"x": 1}]},
        {"ignore": {"x": 1}},
        {"ignoredMasks": [7]},
    ],
)
def test_settings_that_cannot_be_used_are_refused(data: dict[str, object]) -> None:
    with pytest.raises(visual.SettingsError):
        Settings.from_json(data)


def test_the_diff_can_be_drawn() -> None:
    after = png(disc(page(), 200, 150, 20))
    drawn = visual.read(visual.draw(after, visual.compare(png(page()), after)))
    assert (drawn.width, drawn.height) == (480, 320)
