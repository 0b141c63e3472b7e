"""How a figure reaches the page: embedded, captioned, with alt text.

Everything is displayed as `<figure>` with its image inside, so that a page made of the notebook
needs nothing beside itself.
"""

import base64
import html
import io
from collections.abc import Mapping
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import seaborn as sns
from IPython.display import HTML, display
from matplotlib.figure import Figure
from PIL import Image

from aegan_lib.figures import theme  # noqa: F401  # whatever is shown was drawn with it
from aegan_lib.images import enlarge, mosaic

SHARPNESS = 192  # pixels per inch of what matplotlib draws: two for each of a page's pixels
SHADES = 64  # colours of a figure that is kept without loss
QUALITY = 70  # of one that is not


def encoded(figure: Figure) -> bytes:
    """`figure` as a WebP file; it is closed.

    Lines and text keep their edges in few colours and no loss, faces need less with some loss:
    whichever is smaller.
    """
    # Drawn once without loss, then encoded in both ways.
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=SHARPNESS, bbox_inches="tight")
    plt.close(figure)
    image = Image.open(drawn).convert("RGB")
    # Without dithering, flat colours stay flat, which is what packs well.
    few = image.quantize(SHADES, dither=Image.Dither.NONE).convert("RGB")
    return min(webp(few, lossless=True), webp(image), key=len)


def webp(image: Image.Image, **options: Any) -> bytes:
    """A WebP file, as small as `QUALITY` allows unless options say otherwise."""
    buffer = io.BytesIO()
    # The encoder's effort, from 0 to 6.
    method = 4 if "lossless" in options else 6
    image.save(buffer, "WEBP", **{"quality": QUALITY, "method": method} | options)
    return buffer.getvalue()


def show(figure: Figure, alt: str, caption: str) -> None:
    """Display `figure` with its caption, and close it."""
    # Lines alone can be shown light on dark; faces cannot.
    kind = "" if any(axes.images for axes in figure.axes) else "chart"
    content = encoded(figure)
    width = Image.open(io.BytesIO(content)).width * 96 // SHARPNESS  # so that 10 pt are 10 pt
    _display(content, alt, caption, width, kind)


def show_pixels(image: np.ndarray, alt: str, caption: str) -> None:
    """Display an image (h, w, 3) uint8 as it is."""
    _display(webp(Image.fromarray(image)), alt, caption, image.shape[1])


def _display(content: bytes, alt: str, caption: str, width: int, kind: str = "") -> None:
    scrolls = ' class="wide"' if width > 680 else ""  # on a phone, rather than shrinking
    address = f"data:image/webp;base64,{base64.b64encode(content).decode()}"
    display(
        HTML(
            f'<figure{scrolls}><img class="{kind}" alt="{html.escape(alt)}" width="{width}" '
            f'src="{address}">'
            f"<figcaption>{html.escape(caption)}</figcaption></figure>"
        )
    )


def labelled_rows(
    rows: Mapping[str, np.ndarray],
    columns: Mapping[int, str] | None = None,
    inches: float = 0.75,
) -> Figure:
    """Rows of images, each (n, h, w, 3) uint8 under its own label; a face is `inches` wide."""
    # Each (n, side, side, 3); a whole number of pixels for each of the image's.
    faces = [enlarge(row) for row in rows.values()]
    side = faces[0].shape[1]
    canvas = mosaic(faces)  # (h, w, 3)
    scale = inches / side  # inches per pixel
    figure, axes = plt.subplots(figsize=(canvas.shape[1] * scale, canvas.shape[0] * scale))
    axes.imshow(canvas, interpolation="none")
    # A label at the middle of each row; the mosaic leaves 4 pixels between two of them.
    axes.set_yticks([i * (side + 4) + side / 2 for i in range(len(faces))], list(rows))
    axes.set_xticks(
        [i * (side + 4) + side / 2 for i in columns or {}], list((columns or {}).values())
    )
    # Titles stand above their columns, and no ticks or frame are drawn around faces.
    axes.xaxis.tick_top()
    axes.tick_params(length=0, labelsize=9)
    sns.despine(ax=axes, left=True, bottom=True)
    return figure
