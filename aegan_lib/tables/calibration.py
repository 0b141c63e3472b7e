"""Whether the judge of realism can be believed on these faces, in a table and in words."""

import pandas as pd
from IPython.display import Markdown
from pandas.io.formats.style import Styler

from aegan_lib.evaluation.calibration import judged
from aegan_lib.evaluation.estimates import estimate
from aegan_lib.plan import committed
from aegan_lib.tables.cells import cell, styled
from aegan_lib.tables.dots import dots


def calibration_table(table: pd.DataFrame) -> Styler:
    """Real faces made worse on purpose, by how far the judge says they are from real ones."""
    by_set = table.groupby("set", sort=False)["distance"]
    means = by_set.mean().sort_values()
    span = float(table["distance"].min()), float(table["distance"].max())
    rows = {
        name: {
            "distance from real faces": cell(
                "real_distance", estimate([mean]), lambda _, value: f"{value:.3f}"
            ),
            "draws": dots(
                by_set.get_group(name).to_list(), "{:.3f}".format, span=span, what="Draws"
            ),
        }
        for name, mean in means.items()
    }
    return styled(
        pd.DataFrame.from_dict(rows, orient="index", dtype=object).rename_axis("test faces"),
        f"The judge of realism, calibrated before it judges. {_said(table)}",
    )


def calibration_said(table: pd.DataFrame) -> Markdown:
    """The same in a paragraph."""
    return Markdown(_said(table))


def _said(table: pd.DataFrame) -> str:
    verdict, found = judged(table), committed()
    wrong = [f"{more} before {less}" for more, less in verdict.wrong]
    when = f", of commit {found[0]}," if found else ""
    outcome = (
        "It has them all in order in the mean, and "
        f"{verdict.in_worst_draw:.0%} of them in the worst draw: it is believed here."
        if verdict.passes
        else f"It fails at {', '.join(wrong) or 'too many of them in single draws'}: on these "
        "images nothing is judged by realism."
    )
    return (
        "It is the sliced Wasserstein distance of patches from those of training faces, 0 for real "
        "faces. Test faces were made worse on purpose, in "
        f"{table['draw'].nunique()} draws, and the plan{when} says of {verdict.pairs} pairs "
        f"of such sets which is the more real one. {outcome}"
    )
