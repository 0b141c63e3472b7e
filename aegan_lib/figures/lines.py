"""Lines over a training: every batch thin, a running median bold, names at their ends."""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from aegan_lib.figures.theme import colour

STROKES = "Thin: every batch; bold: running median over 50 batches."
RULE: dict[str, Any] = {"color": "gray", "linewidth": 0.7, "zorder": 1}


def line(
    panel: Axes,
    values: pd.Series,
    colour: str,
    log: bool = False,
    strength: float = 0.35,
    **style: Any,
) -> pd.Series:
    """Every value and their running median, which is returned without its gaps."""
    values = values.where(values > 0) if log else values
    bold = values.rolling(50, min_periods=1).median()
    panel.plot(values, color=colour, alpha=strength, linewidth=0.6)
    panel.plot(bold, color=colour, linewidth=1.8, **style)
    if log and bold.notna().any():  # without values, its ticks would mean nothing
        panel.set_yscale("log")
    return bold.dropna()


def legend_above(figure: Figure, panel: Axes, **options: Any) -> None:
    """One row above the panels, where it covers no line."""
    handles, labels = panel.get_legend_handles_labels()
    place = {"loc": "outside upper center", "ncols": len(labels), "frameon": False}
    figure.legend(handles, labels, **place | options)


def named_lines(panel: Axes, columns: Mapping[str, pd.Series], log: bool) -> None:
    """A line a version, named at its right end; those that coincide have one place for names."""
    together: dict[bytes, list[str]] = {}
    for version, values in columns.items():
        together.setdefault(values.to_numpy(float).tobytes(), []).append(version)
    ends = []
    for versions in together.values():
        for i, version in enumerate(versions):  # dashes take turns, so that each is seen
            turn = (6 * i, (6, 6 * len(versions) - 6)) if versions[1:] else "-"
            bold = line(panel, columns[version], colour(version), log, linestyle=turn)
        remark = "0 throughout: " if columns[version].eq(0).all() else "undefined: "
        ends.append((versions, remark * bold.empty, list(bold.items())[-1:]))
    if not log:
        panel.set_yscale("symlog", linthresh=0.1)
        panel.axhline(0, **RULE)
        panel.yaxis.set_major_formatter("{x:g}")
    elif panel.get_yscale() != "log":
        panel.set_yticks([])
    panel.set_ylim(panel.get_ylim())  # heights are read now: the scale may not move any more
    _write_names(panel, ends)


def _write_names(panel: Axes, ends: Sequence[tuple[list[str], str, list[Any]]]) -> None:
    """Right of the panel: versions, after a remark, joined to the point where their line ends."""
    to_panel = panel.transData - panel.transAxes
    points = np.array([to_panel.transform(p[0]) if p else (1.026, 0) for *_, p in ends])
    texts = [textwrap.fill(remark + ", ".join(versions), 40) for versions, remark, _ in ends]
    height = 0.17 * panel.figure.dpi / panel.get_window_extent().height  # of text, in panel heights
    order = points[:, 1].argsort()
    heights = np.array([height * (1.3 + texts[i].count("\n")) for i in order])
    middles = heights.cumsum() - heights / 2  # of names stacked; first pushed up, then down
    pushed = np.maximum.accumulate(points[order, 1] - middles) + middles
    outside: dict[str, Any] = {"transform": panel.transAxes, "clip_on": False}
    for i, y in zip(order, np.minimum(pushed, 1 - middles[-1] + middles), strict=True):
        colours = [colour(version) for version in ends[i][0]]
        marks = 1.035 + 0.016 * np.arange(len(colours))
        panel.plot([points[i, 0], 1.026], [points[i, 1], y], **RULE, **outside)
        panel.scatter(marks, 0 * marks + y, c=colours, s=30, marker="s", **outside)
        panel.text(marks[-1] + 0.014, y, texts[i], fontsize=9, va="center", **outside)
