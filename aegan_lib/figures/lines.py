"""Lines over a training: every batch thin, a running median bold, names at their ends."""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from adjustText import adjust_text
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

from aegan_lib.figures.theme import colour

# A sentence for the captions of all figures that are made of these lines.
STROKES = "Thin: every batch; bold: running median over 50 batches."
RULE: dict[str, Any] = {"color": "gray", "linewidth": 0.7, "zorder": 1}
STRETCHES = 5_000  # into which a long line is cut: more than one for each pixel of any figure


def line(
    panel: Axes,
    values: pd.Series,
    colour: str,
    log: bool = False,
    **style: Any,
) -> pd.Series:
    """Every value and their running median, which is returned without its gaps."""
    # What is not positive leaves a gap on a logarithmic axis, not a line to its lower edge.
    values = values.where(values > 0) if log else values
    bold = values.rolling(50, min_periods=1).median()
    panel.plot(visible(values), color=colour, alpha=0.35, linewidth=0.6)
    panel.plot(visible(bold), color=colour, linewidth=1.8, **style)
    if log and bold.notna().any():  # without values, its ticks would mean nothing
        panel.set_yscale("log")
    return bold.dropna()


def visible(values: pd.Series) -> pd.Series:
    """What of a long line can be seen: of each of STRETCHES its two ends, its lowest and highest.

    A line through these covers the same pixels, and a million values are drawn in no more time than
    some thousands.
    """
    if len(values) <= 4 * STRETCHES:
        return values
    # Rows of one stretch each, the last one filled up with what is never its lowest or highest.
    length = -(-len(values) // STRETCHES)
    begins = np.arange(0, len(values), length)
    ends = np.minimum(begins + length, len(values)) - 1
    numbers = values.to_numpy(float)
    shown = np.isfinite(numbers)
    extremes = [
        pick(
            np.pad(
                np.where(shown, numbers, never),
                (0, len(begins) * length - len(values)),
                constant_values=never,
            ).reshape(-1, length),
            axis=1,
        )
        for pick, never in ((np.argmin, np.inf), (np.argmax, -np.inf))
    ]
    # In a stretch without any number both are its first value, which leaves the gap.
    return values.iloc[np.unique([begins, begins + extremes[0], begins + extremes[1], ends])]


def legend_above(figure: Figure, panel: Axes, **options: Any) -> None:
    """One row above the panels, where it covers no line."""
    # All panels have the same lines, so that one panel's legend serves all.
    handles, labels = panel.get_legend_handles_labels()
    place = {"loc": "outside upper center", "ncols": len(labels), "frameon": False}
    figure.legend(handles, labels, **place | options)


def move_apart(
    axes: Axes, texts: Sequence[Text], points: Sequence[tuple[float, float]]
) -> list[Any]:
    """Move names apart; the arrow patches that join those that went far to their points."""
    x, y = zip(*points, strict=True)
    leader = {"arrowstyle": "-", "color": "#999999", "linewidth": 0.6}
    _, leaders = adjust_text(
        texts, x=x, y=y, ax=axes, expand=(1.15, 1.5), iter_lim=300, arrowprops=leader
    )
    return leaders


def named_lines(panel: Axes, columns: Mapping[str, pd.Series], log: bool) -> None:
    """A line a version, named at its right end; those that coincide have one place for names."""
    # Lines coincide if all their numbers are the same, byte for byte.
    together: dict[bytes, list[str]] = {}
    for version, values in columns.items():
        together.setdefault(values.to_numpy(float).tobytes(), []).append(version)
    # Each place for names: the versions, a remark, and the last point of their line, if any.
    ends = []
    for versions in together.values():
        for i, version in enumerate(versions):
            # Lines that coincide are dashed, and their dashes take turns: all of them are seen.
            turn = (6 * i, (6, 6 * len(versions) - 6)) if len(versions) > 1 else "-"
            bold = line(panel, columns[version], colour(version), log, linestyle=turn)
        # On a logarithmic axis a line of zeros is not there, and its name says why.
        remark = ""
        if bold.empty:
            remark = "0 throughout: " if columns[version].eq(0).all() else "undefined: "
        ends.append((versions, remark, list(bold.items())[-1:]))
    if not log:
        # Linear between -0.1 and 0.1 and logarithmic beyond: weights of either sign and any size.
        panel.set_yscale("symlog", linthresh=0.1)
        panel.axhline(0, **RULE)
        panel.yaxis.set_major_formatter("{x:g}")
    elif panel.get_yscale() != "log":
        # No line has a positive value, so the axis never became logarithmic.
        panel.set_yticks([])
    panel.set_ylim(panel.get_ylim())  # heights are read now: the scale may not move any more
    _write_names(panel, ends)


def _write_names(panel: Axes, ends: Sequence[tuple[list[str], str, list[Any]]]) -> None:
    """Right of the panel: versions, after a remark, joined to the point where their line ends."""
    # Ends of lines in shares of the panel: (k, 2), x to the right and y up, 1 being its top. A line
    # that is not drawn is named at the bottom.
    to_panel = panel.transData - panel.transAxes
    points = np.array([to_panel.transform(p[0]) if p else (1.026, 0) for *_, p in ends])
    texts = [textwrap.fill(remark + ", ".join(versions), 40) for versions, remark, _ in ends]
    height = 0.17 * panel.figure.dpi / panel.get_window_extent().height  # of text, in panel heights
    # From the bottom up, each text as high as its lines, and a third of a line of space.
    order = points[:, 1].argsort()
    heights = np.array([height * (1.3 + texts[i].count("\n")) for i in order])
    middles = heights.cumsum() - heights / 2  # of names stacked; first pushed up, then down
    pushed = np.maximum.accumulate(points[order, 1] - middles) + middles
    outside: dict[str, Any] = {"transform": panel.transAxes, "clip_on": False}
    # Pushed up, a name is above the one below it; cut at the top, it still is, since the places
    # that are left there are stacked as well.
    for i, y in zip(order, np.minimum(pushed, 1 - middles[-1] + middles), strict=True):
        # A thin rule from the line's end, a square in the colour of each version, and the names.
        colours = [colour(version) for version in ends[i][0]]
        marks = 1.035 + 0.016 * np.arange(len(colours))
        panel.plot([points[i, 0], 1.026], [points[i, 1], y], **RULE, **outside)
        panel.scatter(marks, 0 * marks + y, c=colours, s=30, marker="s", **outside)
        panel.text(marks[-1] + 0.014, y, texts[i], fontsize=9, va="center", **outside)
