"""What stands beside a picture's pixels: it says at most which side is up, and costs no pixel."""

import struct
import zlib
from collections.abc import Iterator

from PIL import ExifTags, Image

# How a camera held the picture -> what turns it upright; what is not here is upright already.
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
ON_ITS_SIDE = (5, 6, 7, 8)  # width and height are exchanged
PNG = b"\x89PNG\r\n\x1a\n"
# Of a PNG's chunks, those that pixels are made of, and the one that knows the orientation.
NEEDED = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"eXIf")
# A JPEG's segments: the orientation, how its colours are stored, and where its pixels begin.
EXIF, ADOBE, SCAN = 0xE1, 0xEE, 0xDA


def orientation(image: Image.Image) -> int:
    """1 to 8 as Exif or XMP have it; anything odd means 1."""
    try:
        found = image.getexif().get(ExifTags.Base.Orientation, 1)
        return int(found) if found in UPRIGHT else 1
    except Exception:  # whatever broken metadata makes its readers say
        return 1


def bare(content: bytes) -> bytes:
    """The file without the metadata that Pillow refuses a whole picture for, as far as it is known.

    A text that unpacks to megabytes, a wrong checksum of a colour profile, a segment that is cut
    short: none of them is a pixel.
    """
    if content.startswith(PNG):
        return PNG + b"".join(_needed_chunks(content))
    if content.startswith(b"\xff\xd8"):
        return b"\xff\xd8" + b"".join(_needed_segments(content))
    return content


def _needed_chunks(content: bytes) -> Iterator[bytes]:
    at = len(PNG)
    while at + 12 <= len(content):
        # Length, kind, the content itself, and a checksum of the last two.
        (length,) = struct.unpack_from(">I", content, at)
        kind, end = content[at + 4 : at + 8], at + 12 + length
        whole = zlib.crc32(content[at + 4 : end - 4]).to_bytes(4) == content[end - 4 : end]
        # What is wrong with pixels has to be seen; an orientation must be whole to be believed.
        if kind in NEEDED and (whole or kind != b"eXIf"):
            yield content[at:end]
        at = end


def _needed_segments(content: bytes) -> Iterator[bytes]:
    at = 2
    while at + 4 <= len(content) and content[at] == 0xFF:
        marker, length = struct.unpack_from(">xBH", content, at)
        # From the start of the scan on, all is pixels.
        if marker == SCAN:
            yield content[at:]
            return
        body = content[at + 4 : at + 2 + length]
        # Applications' segments are 0xE0 to 0xEF, and 0xFE is a comment.
        if marker == EXIF:
            needed = body.startswith(b"Exif\0\0")
        elif marker == ADOBE:
            needed = len(body) >= 12
        else:
            needed = not (0xE0 <= marker <= 0xEF or marker == 0xFE)
        if needed:
            yield content[at : at + 2 + length]
        at += 2 + length
