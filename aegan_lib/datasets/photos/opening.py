"""A picture from a file, within what may be held in memory, and upright in RGB.

Whoever reads it gets it through here, so that the limits hold for all.
"""

import io
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

from aegan_lib.datasets.photos import metadata

FORMATS = ("JPEG", "PNG", "WEBP")
# What one picture may take of the memory, of which each core holds one.
LARGEST = 50_000_000  # pixels that are held
LARGEST_JPEG = 250_000_000  # that its header may announce: it is decoded at down to an eighth
LARGEST_PROGRESSIVE = 90_000_000  # of one in finer and finer scans: all are held at full size
LARGEST_FILE = 64 * 2**20  # bytes of a file that is read as a whole, to take its metadata out

# All limits are those above. Pillow's own would refuse JPEGs by what is never held, and print
# warnings between our lines, as it does about metadata that nobody asks for. Both are set once,
# for all threads: what can be set for a while belongs to all of them too.
Image.MAX_IMAGE_PIXELS = None
warnings.filterwarnings("ignore", module=r"PIL\.")


class UnusableError(ValueError):
    """A picture that cannot be used; the text follows its name in a sentence."""


def opened(file: bytes | Path, read: Callable[[Image.Image], np.ndarray]) -> np.ndarray:
    """What `read` makes of the picture; metadata that Pillow stumbles over is taken out first."""
    # A pipe would be waited for; of a folder, the system says so itself.
    if isinstance(file, Path) and file.exists() and not (file.is_file() or file.is_dir()):
        raise UnusableError("is no plain file")
    try:
        return _opened(file, read)
    except UnusableError:
        raise
    except Exception:
        # Damaged, or only its metadata: without them, pixels that are whole can be read.
        if not isinstance(file, bytes):
            if file.stat().st_size > LARGEST_FILE:
                raise
            file = file.read_bytes()
        bare = metadata.bare(file)
        if bare == file:
            raise
        try:
            return _opened(bare, read)
        except UnusableError:
            raise
        except Exception:
            # The first error tells more about the file that a reader has.
            pass
        raise


def _opened(file: bytes | Path, read: Callable[[Image.Image], np.ndarray]) -> np.ndarray:
    with Image.open(io.BytesIO(file) if isinstance(file, bytes) else file, formats=FORMATS) as it:
        # Opening has read the header alone; a bomb is refused before anything is unpacked.
        if _is_bomb(it):
            raise UnusableError(_too_large(it))
        # A PNG may have its metadata behind its pixels. A JPEG waits, to be decoded smaller.
        if not isinstance(it, JpegImageFile):
            it.load()
        return read(it)


def _is_bomb(image: Image.Image) -> bool:
    """Whether decoding it, at the size that is needed, could take too much memory."""
    pixels = image.width * image.height
    if not isinstance(image, JpegImageFile):
        return pixels > LARGEST
    return pixels > (LARGEST_PROGRESSIVE if image.info.get("progressive") else LARGEST_JPEG)


def upright(image: Image.Image, orientation: int, enough: tuple[int, int]) -> Image.Image:
    """All of the picture in RGB as it was seen; a JPEG smaller, if that is still `enough`."""
    # Asked again, of what is decoded: a large JPEG may be small enough by now.
    image.draft(image.mode, enough)
    if image.width * image.height > LARGEST:
        raise UnusableError(_too_large(image))
    # Pillow's own function would write the metadata anew, which fails where they are broken.
    turned = metadata.UPRIGHT.get(orientation)
    return rgb(image if turned is None else image.transpose(turned))


def rgb(image: Image.Image) -> Image.Image:
    """Any mode as RGB: transparency on white, 16 bits as 8, grey, CMYK and palettes converted."""
    # 16 bits are scaled, not clipped: 65,535 / 255 is 257.
    if image.mode.startswith("I"):
        values = np.asarray(image).astype(np.int64)
        image = Image.fromarray(np.clip(np.rint(values / 257), 0, 255).astype(np.uint8))
    # What is transparent has some colour too, often black: it must not show.
    if image.has_transparency_data:
        on_top = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", on_top.size, "white"), on_top)
    return image.convert("RGB")


def _too_large(image: Image.Image) -> str:
    return (
        f"has {image.width:,} × {image.height:,} pixels, too many to be decoded safely "
        "(a decompression bomb?)"
    )
