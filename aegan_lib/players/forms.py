"""What players are made of: sheets of frames, and forms that a script puts in their place.

A player is a `<figure>` of sprite sheets, captioned grids of frames, which are all of it without
a script, in print and in JupyterLab. `players.js` puts a form in their place: native controls that
choose frames, and canvases that show them. Frames are counted row by row and on from sheet to
sheet. The HTML is in the templates beside this file.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from IPython.display import HTML, display
from jinja2 import Environment, PackageLoader, StrictUndefined
from PIL import Image

from aegan_lib.figures.showing import webp
from aegan_lib.images import mosaic

TILE = 160  # pixels of a frame on a canvas: a browser enlarges what is stored pixel by pixel
WIDTH = 60  # about the pixels of a frame of a sheet where there is no script
TEMPLATES = Environment(
    loader=PackageLoader("aegan_lib.players", "."), autoescape=True, undefined=StrictUndefined
)


@dataclass(frozen=True)
class Sheet:
    """Frames (n, h, w, 3) uint8, row by row, in one picture."""

    label: str
    columns: int
    rows: int
    width: int
    address: str

    @property
    def alt(self) -> str:
        return f"{self.label}: {self.rows} rows of {self.columns} faces"


@dataclass(frozen=True)
class Row:
    """Canvases side by side under one name, of the frames `first`; see the template's `view`.

    The frames `under` lie below these, which cover them from the left as far as the reader wipes.
    """

    name: str
    first: Sequence[int]
    label: str
    under: Sequence[int]
    axes: Mapping[str, int] = field(default_factory=dict)
    version: str = ""  # hidden with it, where a reader chooses versions
    said: str = ""
    numbers: Sequence[str] = ()  # one an epoch


def sheet(frames: np.ndarray, columns: int, label: str) -> Sheet:
    """Frames (n, h, w, 3) uint8 as a sheet of so many columns, each as large as it is."""
    # (n, h, w, 3) -> rows of (columns, h, w, 3). No gap: the script cuts frames out by their place.
    rows = np.split(frames, len(frames) // columns)
    image = Image.fromarray(mosaic(rows, gap=0))
    # Nearly without loss, colours and all: sharpness is what is looked at.
    content = webp(image, lossless=True, quality=100)
    address = f"data:image/webp;base64,{base64.b64encode(content).decode()}"
    return Sheet(
        label, columns, len(rows), image.width * max(1, round(WIDTH / frames.shape[2])), address
    )


def show(template: str, **content: Any) -> None:
    """Display a player; whatever text it is given is escaped."""
    html = TEMPLATES.get_template(f"{template}.html.j2").render(size=TILE, **content)
    display(HTML(html))
