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
    rc={
        "axes.spines.top": False,
        "axes.spines.right": False,
        "figure.dpi": 100,
        "axes.formatter.useoffset": False,
    },
)

# Real is blue and made is orange in every figure: no version has either of them.
BLUE, ORANGE = "#0072B2", "#D55E00"
REAL, FAKE = BLUE, ORANGE
# One for each version of the library, in their order. All are dark enough to be read on white, and
# were sought to be as far as possible from each other and from those above, also to eyes that lack
# one kind of cones. Versions that are twins have a light and a dark shade where there was one.
PALETTE = (
    "#106965",  # teal: autoencoder
    "#BC2669",  # crimson: gan
    "#1601AF",  # ultramarine: weighted
    "#3B50A2",  # slate blue: weighted_fast
    "#602702",  # brown: pretrained
    "#685F02",  # olive: pretrained_mix
    "#121439",  # navy: weighted_long
    "#B90FF5",  # violet: v1
    "#6D2265",  # plum: v1_detached
    "#4F8047",  # green: v4
    "#3A5435",  # dark green: v4_quiet
    "#96658C",  # mauve: v5
    "#023031",  # dark teal: autoencoder_slow
    "#3B060B",  # maroon: gan_slow
)
OTHER = "#444444"  # what is no registered version, such as a yardstick


def colour(version: str) -> str:
    """The colour of a version, by its place among all that are registered."""
    names = list(VERSIONS)
    if version not in names:
        return OTHER
    place = names.index(version)
    if place < len(PALETTE):
        return PALETTE[place]
    # More versions than colours: the rest is spread over the hues, dark enough for text, and those
    # that are neighbours in the registry far from one another, by steps of the golden ratio.
    hues = sns.husl_palette(count := len(names) - len(PALETTE), s=0.9, l=0.45).as_hex()
    order = sorted(range(count), key=lambda step: step * 0.618 % 1)
    return hues[order.index(place - len(PALETTE))]
