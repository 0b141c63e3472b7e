"""What players are made of: sheets of frames, controls that choose some, canvases that show them.

A player is a `<figure>` of sprite sheets, captioned grids of frames, which are all of it without
a script, in print and in JupyterLab. `page.js` puts a form in their place: native controls that
choose frames, and canvases that show them. Frames are counted row by row and on from sheet to
sheet; a canvas names those it starts from, side by side, and how far a control's step moves it.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from html import escape

import numpy as np
from IPython.display import HTML, display
from PIL import Image

from aegan_lib.figures.showing import webp
from aegan_lib.images import enlarge, mosaic

TILE = 80  # about the pixels of a frame in a sheet; the browser enlarges it from there


def show(kind: str, sheets: Sequence[str], form: str, reading: str, caption: str) -> None:
    """Display a player; the form waits hidden for a script, and method="dialog" sends nothing."""
    form = f'<form method="dialog" autocomplete="off" hidden>{form}</form>'
    grids = f'<div class="sheets"><p>{escape(reading)}</p>{"".join(sheets)}</div>'
    caption = f"<figcaption>{escape(caption)}</figcaption>"
    display(HTML(f'<figure class="player {kind}">{form}{grids}{caption}</figure>'))


def sheet(frames: np.ndarray, columns: int, label: str) -> str:
    """Frames (n, h, w, 3) uint8, row by row."""
    rows = np.split(enlarge(frames, to=TILE), len(frames) // columns)
    image = Image.fromarray(mosaic(rows, gap=0))
    address = f"data:image/webp;base64,{base64.b64encode(webp(image)).decode()}"
    alt = escape(f"{label}: {len(rows)} rows of {columns} faces")
    grid = f'data-grid="[{columns}, {len(rows)}]" width="{image.width}"'
    return f'<div><p>{escape(label)}</p><img alt="{alt}" {grid} src="{address}"></div>'


def view(first: Sequence[int], axes: Mapping[str, int], label: str, wiped: bool = False) -> str:
    """A canvas of the frames `first`, moved by axes; {axis} in a label stands for its text.

    With `wiped`, the first frames of all lie below, and these cover them as far as the first
    control says.
    """
    frames = f'data-frames="{[*first]}" data-axes="{escape(json.dumps(axes))}"'
    frames += " data-wiped" if wiped else ""
    size = f'width="{TILE * len(first)}" height="{TILE}"'
    return f'<canvas role="img" {size} {frames} data-label="{escape(label)}"></canvas>'


def output(label: str) -> str:
    return f'<output data-label="{escape(label)}"></output>'


def select(axis: str, texts: Sequence[str]) -> str:
    options = (f'<option value="{i}">{escape(text)}</option>' for i, text in enumerate(texts))
    return f'<label>{axis} <select name="{axis}">{"".join(options)}</select></label>'


def slider(axis: str, texts: Sequence[str], start: int, plays: bool = False) -> str:
    """A slider over `texts`, its ends named, and its middle where it has one.

    It may get a button that moves it on; nothing moves before that is pressed.
    """
    middle, odd = divmod(len(texts), 2)
    marked = dict.fromkeys([texts[0], *texts[middle : middle + odd], texts[-1]])
    marks = "".join(f"<span>{text}</span>" for text in marked)
    data = f'max="{len(texts) - 1}" value="{start}" data-texts="{escape(json.dumps(texts))}"'
    control = f'<input type="range" name="{axis}" {data}>'
    button = f'<button type="button" data-plays="{axis}">Play</button>' if plays else ""
    marks = f'<span class="marks" aria-hidden="true">{marks}</span>'
    return f"{button}<label>{axis} {control}{marks}</label>"
