"""Two versions seed by seed, as it was planned."""

from collections.abc import Sequence

import pandas as pd
from markupsafe import Markup
from pandas.io.formats.style import Styler

from aegan_lib.evaluation.estimates import ENOUGH_SEEDS, estimate
from aegan_lib.evaluation.results import REAL_DISTANCE, Key, by_seed, last_epoch
from aegan_lib.plan import Comparison, comparisons
from aegan_lib.tables.cells import LABELS, cell, styled

METRICS: tuple[Key, ...] = ("psnr", "shared_detail", REAL_DISTANCE)


def comparisons_table(
    results: pd.DataFrame, planned: Sequence[Comparison] | None = None
) -> Styler | None:
    """What was planned to be compared: the difference of every seed, and how many agree."""
    last = last_epoch(results)
    tables = {key: by_seed(last, key) for key in METRICS}
    rows = {}
    for pair in comparisons() if planned is None else planned:
        cells = {LABELS[key]: _difference(table, pair, key) for key, table in tables.items()}
        if any(cells.values()):
            rows[f"{pair.one} − {pair.other}"] = {**cells, "asks": pair.asks}
    if not rows:
        return None
    return styled(
        pd.DataFrame.from_dict(rows, orient="index", dtype=object),
        "Planned comparisons: the first version less the second, trained with the same seed on the "
        "same batches; the mean, every seed as a dot beside a line at no difference, and how many "
        f"seeds agree on the sign. From {ENOUGH_SEEDS} seeds on with a 95 % interval. Whatever "
        "else is compared on this page was not planned.",
    )


def _difference(table: pd.DataFrame, pair: Comparison, key: Key) -> Markup:
    if not {pair.one, pair.other} <= set(table):
        return Markup()
    differences = (table[pair.one] - table[pair.other]).dropna()
    if differences.empty:
        return Markup()
    found = estimate(differences)
    agree = max((differences > 0).sum(), (differences < 0).sum())
    text = cell(key, found, line=0.0)
    return text + Markup(" <small>{} of {}</small>").format(agree, found.n)
