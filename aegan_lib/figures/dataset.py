"""The page's section on the data: what the images are, which part is used, what is known of them.

Names of files and folders are a user's own text: all of it is escaped.
"""

from html import escape

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import HTML, display
from matplotlib.patches import Rectangle

from aegan_lib.dataset import Dataset, Split
from aegan_lib.datasets.photos.crop import central_square
from aegan_lib.evaluation.arithmetic import groups
from aegan_lib.figures.showing import labelled_rows, show, show_pixels
from aegan_lib.figures.theme import BLUE, ORANGE
from aegan_lib.images import enlarge, mosaic

LISTED = 20  # unusable files that a reader is told by name


def dataset_sheet(split: Split, rows: int = 5, columns: int = 12) -> None:
    # The last row may be shorter, and with few images there are fewer rows than were asked for.
    faces = enlarge(split.images[: rows * columns], to=80)
    rows = -(-len(faces) // columns)
    sheet = mosaic([faces[i * columns : (i + 1) * columns] for i in range(rows)], gap=2)
    show_pixels(
        sheet,
        alt=f"{len(faces)} images in {rows} rows.",
        caption=f"The first {len(faces)} images of the split, as the networks see them.",
    )


def attribute_groups(split: Split, each: int = 10) -> None:
    """Smiling and neutral women and men, a row each."""
    # Each group is (k, h, w, 3), with fewer than `each` where there are no more.
    rows = {name: split.images[chosen[:each]] for name, chosen in groups(split).items()}
    if not rows:
        display(HTML("<p>There are no such groups: these images lack Male or Smiling.</p>"))
        return
    # A table where one of the two never changes has no correlation.
    together = split.table["Male"].corr(split.table["Smiling"])
    known = f" Male and Smiling correlate by {together:+.2f}." if np.isfinite(together) else ""
    show(
        labelled_rows(rows),
        alt="Rows of faces: " + ", ".join(rows) + ".",
        caption=f"The groups that vector arithmetic works with.{known}",
    )


def attribute_shares(split: Split) -> None:
    """A table with a bar in each row: no font of a figure has the letters of every language."""
    if split.attributes.empty:
        display(HTML("<p>These images have no attributes, so none is counted.</p>"))
        return
    # The commonest first. Beside its text a bar tells a screen reader nothing; it is drawn as a
    # border, which is printed where backgrounds are not.
    rows = "".join(
        f'<tr><th scope="row"><bdi>{escape(str(name))}</bdi></th>'
        f'<td><data value="{float(share)!r}">{share:.0%}</data> '
        '<span aria-hidden="true" style="display: inline-block; width: 12rem">'
        f'<span style="display: block; width: {share:.1%}; border-top: 0.7em solid {BLUE}">'
        "</span></span></td></tr>"
        for name, share in split.attributes.mean().sort_values(ascending=False).items()
    )
    display(
        HTML(
            "<table><caption>How often each attribute holds.</caption><thead><tr>"
            '<th scope="col">attribute</th><th scope="col">share of faces</th></tr></thead>'
            f"<tbody>{rows}</tbody></table>"
        )
    )


def describe(dataset: Dataset) -> None:
    """What they are, where they come from and what could not be used, in sentences."""
    about, counts = dataset.about, dataset.counts
    # Only the first letter: capitalize() would make "Celeba" of "CelebA".
    said = about.what[:1].upper() + about.what[1:]
    numbers = (
        f"{counts['train']:,} to train on, {counts['validation']:,} for validation and "
        f"{counts['test']:,} to test on"
    )
    cut = f" Of each picture this part is used: {about.crop}." if about.crop else ""
    sentences = [f"{said}: {numbers}.{cut}", *about.notes]
    display(HTML("".join(f"<p>{escape(sentence)}</p>" for sentence in sentences)))
    if about.left_out:
        # The first ones by name; a folder can have thousands.
        listed = [f"{name} {why}" for name, why in list(about.left_out.items())[:LISTED]]
        more = len(about.left_out) - len(listed)
        if more:
            listed.append(f"and {more:,} more, which manifest.json beside the images lists")
        items = "".join(f"<li>{escape(text)}</li>" for text in listed)
        display(HTML(f"<p>Left out, {len(about.left_out):,} in all:</p><ul>{items}</ul>"))


def crop(dataset: Dataset) -> None:
    """The part that is used, drawn over one whole picture; nothing where nothing is cut."""
    about = dataset.about
    if about.example is None:
        return
    height, width = about.example.shape[:2]
    # The box is in shares of the picture; without one, it is the central square.
    if about.box:
        left, top, right, bottom = np.array(about.box) * (width, height, width, height)
    else:
        left, top, right, bottom = central_square(width, height)
    # At most 3.4 inches wide and high, in the picture's proportions.
    figure, axes = plt.subplots(figsize=(3.4 * width / max(width, height), 3.4))
    axes.imshow(about.example)
    # A pixel's centre is at a whole number, so the picture begins half a pixel before 0. White
    # below orange keeps the frame in sight on any colour.
    frame = (left - 0.5, top - 0.5), right - left, bottom - top
    axes.add_patch(Rectangle(*frame, fill=False, edgecolor="white", linewidth=4))
    axes.add_patch(Rectangle(*frame, fill=False, edgecolor=ORANGE, linewidth=2))
    axes.set_axis_off()
    where = f"from {left / width:.0%} to {right / width:.0%} of its width and {top / height:.0%} "
    where += f"to {bottom / height:.0%} of its height"
    show(
        figure,
        alt=f"One whole picture with a frame around the part that is used, {where}.",
        caption=f"One test picture, whole. The networks see what is inside the frame ({about.crop})"
        f", resized to {dataset.test.images.shape[2]} × {dataset.test.images.shape[1]} pixels.",
    )
