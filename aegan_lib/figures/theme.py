"""How every figure looks: one theme, and one colour for each version wherever it appears."""

import matplotlib.style
import seaborn as sns

from aegan_lib.versions import VERSIONS

# Pictures within a notebook; any other backend would look for a display to open windows on.
NOTEBOOKS = ("inline", "ipympl", "widget", "nbagg")
if not any(name in str(matplotlib.get_backend(auto_select=False)).lower() for name in NOTEBOOKS):
    matplotlib.use("agg")

# From matplotlib's own defaults: what a reader's matplotlibrc asks for, LaTeX say, counts for
# nothing here.
matplotlib.style.use("default")
sns.set_theme(
    context="notebook",
    font_scale=0.9,
    style="ticks",
    rc={"axes.spines.top": False, "axes.spines.right": False, "figure.dpi": 100},
)

# Okabe and Ito's palette, safe for colour blindness, with indigo, grey, brown and purple beside it.
PALETTE = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#56B4E9",
    "#CC79A7",
    "#E69F00",
    "#8C6D1F",
    "#000000",
    "#332288",
    "#7F3C8D",
    "#808080",
)
# Real is blue and made is orange in every figure.
REAL, FAKE = "#0072B2", "#D55E00"
OTHER = "#444444"  # what is no registered version, such as a yardstick


def colour(version: str) -> str:
    """The colour of a version, by its place among all that are registered."""
    names = list(VERSIONS)
    if version not in names:
        return OTHER
    # More versions than colours: the rest is spread over the hues, dark enough for text.
    further = sns.husl_palette(max(0, len(names) - len(PALETTE)), s=0.9, l=0.45).as_hex()
    return [*PALETTE, *further][names.index(version)]
