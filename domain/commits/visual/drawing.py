"""The diff as a picture: the new one faded, changed pixels in colour, numbered boxes."""

import io
from typing import Final

import numpy as np
from PIL import Image, ImageDraw

from domain.commits.visual.comparing import Compared
from domain.commits.visual.pictures import read

_CHANGED: Final = (255, 64, 64)
_BOX: Final = (255, 140, 40)
_FADE: Final = 0.25


def draw(after: bytes, compared: Compared) -> bytes:
    """Return a PNG of a comparison.

    Raises:
        PictureError: The picture is damaged, unknown or too large.
    """
    comparison = compared.comparison
    words = read(after).words
    rgba = Image.fromarray(words.view(np.uint8).reshape(*words.shape, 4))
    page = Image.new("RGB", (comparison.width, comparison.height), (255, 255, 255))
    page.paste(rgba, mask=rgba.getchannel("A"))
    page = Image.blend(Image.new("RGB", page.size, (255, 255, 255)), page, _FADE)
    if compared.mask is not None:
        page.paste(_CHANGED, mask=Image.fromarray(compared.mask.astype(np.uint8) * 255))
    pen = ImageDraw.Draw(page)
    for box in comparison.boxes:
        corners = (box.x - 3, box.y - 3, box.x + box.width + 2, box.y + box.height + 2)
        pen.rectangle(corners, outline=_BOX, width=2)
        pen.text((max(0, box.x), max(0, box.y - 16)), str(box.number), fill=_BOX)
    out = io.BytesIO()
    page.save(out, "PNG", compress_level=3)
    return out.getvalue()
