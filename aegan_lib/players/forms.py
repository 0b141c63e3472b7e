"""What players are made of: sheets of frames, and forms that a script puts in their place.

A player is a `<figure>` of sprite sheets, captioned grids of frames, which are all of it without
a script, in print and in JupyterLab. `page.js` puts a form in their place: native controls that
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
from aegan_lib.images import enlarge, mosaic

TILE = 80  # about the pixels of a frame in a sheet; the browser enlarges it from there
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

    With `wiped`, the first frames of all lie below, and these cover them as far as the first
    control says.
    """

    name: str
    first: Sequence[int]
    label: str
    axes: Mapping[str, int] = field(default_factory=dict)
    wiped: bool = False


def sheet(frames: np.ndarray, columns: int, label: str) -> Sheet:
    """Frames (n, h, w, 3) uint8 as a sheet of so many columns."""
    # (n, h, w, 3) -> rows of (columns, h, w, 3). No gap: the script cuts frames out by their place.
    rows = np.split(enlarge(frames, to=TILE), len(frames) // columns)
    image = Image.fromarray(mosaic(rows, gap=0))
    address = f"data:image/webp;base64,{base64.b64encode(webp(image)).decode()}"
    return Sheet(label, columns, len(rows), image.width, address)


def show(template: str, **content: Any) -> None:
    """Display a player; whatever text it is given is escaped."""
    html = TEMPLATES.get_template(f"{template}.html.j2").render(size=TILE, **content)
    display(HTML(html))
