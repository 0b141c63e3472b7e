"""Which part of a photograph is used: one parameter, checked before any picture is opened."""

import math
import re
from collections.abc import Mapping

from aegan_lib.errors import UserError

Box = tuple[float, float, float, float]  # left, top, right, bottom

LEAST = 0.01  # of a picture's width and height
CELEBA_SIZE = (178, 218)  # width and height of CelebA's aligned images, in pixels

# The default is the built-in faces' tight view, placed in CelebA's wider one: (1.51 - 1) * 178 /
# 3.02 = 30 pixels from the left, (1.98 - 1) * 218 / 3.7 = 58 from the top, 118 wide and high. In
# CelebA the eyes, at y = 111 and x = 69 and 108, then lie where those of the drawn faces lie.
CELEBA_CROPS: Mapping[str, Box] = {
    "tight": (30, 58, 148, 176),
    "square": (0, 20, 178, 198),
    "full": (0, 0, 178, 218),
}


def celeba_crop(text: str) -> tuple[Box, str]:
    """The box in pixels of the aligned image, and a name for it that is empty for the default.

    Raises:
        UserError: it is neither a name nor a box inside the image.
    """
    width, height = CELEBA_SIZE
    if text in CELEBA_CROPS:
        box = CELEBA_CROPS[text]
    elif text:
        expected = (
            f"{', '.join(CELEBA_CROPS)}, or left,top,right,bottom in pixels of the aligned image, "
            f"{width} wide and {height} high, such as 30,58,148,176"
        )
        # A handful of pixels shows no face, however far it is enlarged.
        box = _parsed(text, expected, width, height)
        if box[2] - box[0] < 8 or box[3] - box[1] < 8:
            raise _refused(text, f"{expected}, at least 8 pixels wide and high")
    else:
        box = CELEBA_CROPS["tight"]
    # Whoever writes the numbers of a known crop gets its name, and with it the same prepared data.
    return box, "" if box == CELEBA_CROPS["tight"] else _named(box, CELEBA_CROPS)


def folder_crop(text: str) -> tuple[Box | None, str]:
    """The box as shares of each picture, None for its central square; and a name as above.

    Raises:
        UserError: it is neither a name nor a box of shares.
    """
    if text in ("", "square"):
        return None, ""
    # Pictures of a folder have any size, so that their crop is in shares, squeezed to a square.
    whole = {"full": (0.0, 0.0, 1.0, 1.0)}
    expected = (
        "square (the central square of each picture), full, or left,top,right,bottom as shares "
        "of its width and height, such as 0.1,0,0.9,0.8"
    )
    box = whole[text] if text in whole else _parsed(text, expected, 1, 1)
    # Less is no part of a picture that could be enlarged, and each would be called damaged.
    if box[2] - box[0] < LEAST or box[3] - box[1] < LEAST:
        raise _refused(text, f"{expected}, at least {LEAST} wide and high")
    return box, _named(box, whole)


def central_square(width: int, height: int) -> Box:
    side = min(width, height)
    left, top = (width - side) / 2, (height - side) / 2
    return left, top, left + side, top + side


def written(box: Box) -> str:
    """For a reader, who need not know the order."""
    edges = zip(("left", "top", "right", "bottom"), box, strict=True)
    return ", ".join(f"{name} {edge:g}" for name, edge in edges)


def _parsed(text: str, expected: str, width: float, height: float) -> Box:
    # Commas, blanks or both; anything but four numbers cannot be taken apart.
    words = re.split(r"\s*,\s*|\s+", text)
    try:
        left, top, right, bottom = (float(word) for word in words)
    except ValueError:
        raise _refused(text, expected) from None
    # NaN fails every comparison, infinity is excluded by name.
    inside = 0 <= left < right <= width and 0 <= top < bottom <= height
    if not inside or not all(map(math.isfinite, (left, top, right, bottom))):
        raise _refused(text, expected)
    return left, top, right, bottom


def _refused(text: str, expected: str) -> UserError:
    return UserError(
        f"The crop is no part of the picture. Expected CROP to be {expected}, with left < right "
        f"and top < bottom. Received: {text!r}."
    )


def _named(box: Box, names: Mapping[str, Box]) -> str:
    known = [name for name, theirs in names.items() if theirs == box]
    return known[0] if known else "crop-" + "-".join(f"{edge:g}" for edge in box)
