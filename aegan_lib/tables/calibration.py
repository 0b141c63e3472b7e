"""Whether the judge of realism can be believed on these faces, as a table."""

import pandas as pd
from pandas.io.formats.style import Styler

from aegan_lib.evaluation.calibration import judged
from aegan_lib.evaluation.estimates import estimate
from aegan_lib.plan import committed
from aegan_lib.tables.cells import cell, styled
from aegan_lib.tables.dots import dots


def calibration_table(table: pd.DataFrame) -> Styler:
    """Real faces made worse on purpose, by how far the judge says they are from real ones."""
    verdict, found = judged(table), committed()
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
    wrong = [f"{more} before {less}" for more, less in verdict.wrong]
    when = f", of commit {found[0]}," if found else ""
    said = (
        "It has them all in order in the mean, and "
        f"{verdict.in_worst_draw:.0%} of them in the worst draw: it is believed here."
        if verdict.passes
        else f"It fails at {', '.join(wrong) or 'too many of them in single draws'}: on these "
        "images nothing is judged by realism."
    )
    return styled(
        pd.DataFrame.from_dict(rows, orient="index", dtype=object).rename_axis("test faces"),
        "The judge of realism, calibrated before it judges: the sliced Wasserstein distance of "
        "patches from those of training faces, 0 for real faces. Test faces were made worse on "
        f"purpose, in {table['draw'].nunique()} draws (dots), and the plan{when} says of "
        f"{verdict.pairs} pairs of such sets which is the more real one. {said}",
    )
