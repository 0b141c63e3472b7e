"""Figures of the dataset, and of all versions side by side; each function draws one."""

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import HTML, display

from aegan_lib.dataset import Split
from aegan_lib.evaluation.arithmetic import groups
from aegan_lib.figures.showing import labelled_rows, show, show_pixels
from aegan_lib.images import enlarge, mosaic

# --- the dataset -----------------------------------------------------------------------------


def dataset_sheet(split: Split, rows: int = 5, columns: int = 12) -> None:
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
    rows = {name: split.images[chosen[:each]] for name, chosen in groups(split).items()}
    if not rows:
        display(HTML("<p>There are no such groups: these images lack Male or Smiling.</p>"))
        return
    together = split.table["Male"].corr(split.table["Smiling"])
    known = f" Male and Smiling correlate by {together:+.2f}." if np.isfinite(together) else ""
    show(
        labelled_rows(rows),
        alt="Rows of faces: " + ", ".join(rows) + ".",
        caption=f"The groups that vector arithmetic works with.{known}",
    )


def attribute_shares(split: Split) -> None:
    if split.attributes.empty:
        display(HTML("<p>These images have no attributes, so none is counted.</p>"))
        return
    shares = split.attributes.mean().sort_values()
    figure, axes = plt.subplots(figsize=(7, 0.26 * len(shares) + 0.8))
    axes.barh(shares.index, shares, color="#56B4E9")
    axes.bar_label(axes.containers[0], [f"{share:.0%}" for share in shares], padding=3, fontsize=9)
    axes.set(xlabel="share of faces", xlim=(0, 1))
    show(
        figure,
        alt="Bars: " + ", ".join(f"{name} {share:.0%}" for name, share in shares.items()) + ".",
        caption="How often each attribute holds.",
    )
