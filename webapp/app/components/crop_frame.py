"""The part of a wide picture that a vertical clip keeps."""

from nicegui.elements.mixins.value_element import ValueElement


class CropFrame(ValueElement[float], component="crop_frame.js"):
    """A window over a picture; its value is 0 (left) to 1 (right)."""

    LOOPBACK = False

    def __init__(self, picture: str, value: float) -> None:
        super().__init__(value=value, on_value_change=None)
        self._props["picture"] = picture
