"""Figures that a reader can choose parts of: drawn as vectors, each part under its version's name.

They stand in the page as SVG. Its script `linked.js` hides the parts of versions that are not
chosen, and moves the marks of the epoch that is shown.
"""

import io
import re
from collections.abc import Iterable, Mapping
from html import escape
from xml.etree import ElementTree

import matplotlib
import matplotlib.pyplot as plt
from IPython.display import HTML, display
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from aegan_lib.figures import theme  # noqa: F401  # whatever is shown was drawn with it

PART, MARK = "version:", "epoch-mark"  # what a part's id begins with; the id of an epoch's mark
SVG, LINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"


def part(version: str, *artists: Artist | Iterable[Artist]) -> None:
    """Name what is drawn of a version."""
    for artist in artists:
        for each in [artist] if isinstance(artist, Artist) else artist:
            each.set_gid(f"{PART}{version}")


def mark_epoch(axes: Axes, epoch: float) -> None:
    """A line at the last epoch, which the page moves to the one that is shown."""
    axes.axvline(epoch, color="#888888", linewidth=1, zorder=0, gid=MARK)


def drawn(figure: Figure, alt: str) -> str:
    """`figure` as SVG for the page, `alt` saying what it shows; it is closed."""
    figure.draw_without_rendering()  # only now is it known where things lie
    axes = figure.axes[0]
    # How far a mark goes from one epoch to the next, in the units of the drawing, 72 an inch.
    (start, _), (end, _) = axes.transData.transform([(0, 1), (1, 1)])
    step = (end - start) * 72 / figure.dpi
    buffer = io.BytesIO()
    # Text stays text, which a reader can copy; ids are the same each time it is drawn.
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": alt}):
        nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        figure.savefig(buffer, format="svg", transparent=True, metadata=nothing)
    plt.close(figure)
    last = axes.get_xlim()[1]
    told = {"aria-label": alt, "data-step": f"{step:.4g}", "data-last": f"{last:g}"}
    return _embedded(buffer.getvalue().decode(), told)


def show_drawings(drawings: Iterable[str], caption: str, beside: str = "") -> None:
    """Display drawings side by side, where there is room, over one caption.

    Arguments:
        beside: HTML that stands beside them.
    """
    inner = "".join(drawings) + str(beside)
    display(
        HTML(
            f'<figure class="drawn"><div class="drawings">{inner}</div>'
            f"<figcaption>{escape(caption)}</figcaption></figure>"
        )
    )


def _embedded(svg: str, told: Mapping[str, str]) -> str:
    for prefix, space in (("", SVG), ("xlink", LINK)):
        ElementTree.register_namespace(prefix, space)
    root = ElementTree.fromstring(svg)
    used = {*re.findall(r"#([\w:-]+)", svg)}
    for parent in [*root.iter()]:
        for child in [*parent]:
            # Who made it, and a rule that would reach the whole page.
            if child.tag.rpartition("}")[2] in ("metadata", "style"):
                parent.remove(child)
    for element in root.iter():
        name = element.attrib.pop("id", "")
        if name.startswith(PART):
            element.set("data-version", name.removeprefix(PART))
        elif name == MARK:
            element.set("class", MARK)
        elif name in used:
            element.set("id", name)
    for size in ("width", "height"):
        root.attrib.pop(size)
    width = float(root.attrib["viewBox"].split()[2]) * 96 / 72
    root.attrib |= {"class": "chart", "style": f"max-width: {width:.0f}px", "role": "img", **told}
    return ElementTree.tostring(root, encoding="unicode")
