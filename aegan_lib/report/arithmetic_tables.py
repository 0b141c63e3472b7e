"""The scores of arithmetic as tables: made of the tidy results, a row a version or an attribute."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from IPython.display import HTML
from pandas.io.formats.style import Styler

from aegan_lib.report.evaluation import wide
from aegan_lib.versions import VERSIONS

WITHOUT = "these images lack the attributes that it takes"
TRUTH = "raw"  # the row of the results that `arithmetic.truth` is kept in
SCORES = {
    "smiling_men_before": "not edited",
    "smiling_men_single": "one man + smile",
    "smiling_men_averages": "averages of 3",
    "smiling_men_averages_10": "averages of 10",
    "male_flipped": "Male changed",
    "others_flipped": "others changed",
    "edit_kept": "SSIM kept",
    "coordinates_outside": "outside",
}
CLOSENESS = {
    f"edit_{metric}{suffix}": (name, which)
    for metric, name in {"ssim": "SSIM", "agreement": "attributes"}.items()
    for suffix, which in {"_unedited": "not edited", "": "edited", "_limit": "limit"}.items()
}
BOOTSTRAPPED = ("smiling_men_single", "smiling_men_averages", "edit_ssim", "edit_agreement")


def scores_table(results: pd.DataFrame) -> Styler | HTML:
    """How often arithmetic gives a smiling man, and what else it changes; yardsticks first."""
    if not _measured(results, "smiling_men_"):
        return HTML(f"<p>No arithmetic is scored: {WITHOUT}.</p>")
    table = _text(results, SCORES)
    shuffled = {f"{name}_shuffled": SCORES[name] for name in BOOTSTRAPPED[:2]}
    useless = wide(results, list(shuffled)).median().rename(shuffled).dropna()
    if len(useless):
        cells = useless.map("{:.1%}".format).reindex(table.columns, fill_value="–")
        table.loc["useless edits"] = cells
    first = [name for name in ("true answers", "useless edits") if name in table.index]
    return table.reindex([*first, *table.index.drop(first)]).style.set_caption(
        "Vector arithmetic, read by the probe. Not edited: the share of neutral test men whose "
        "reconstructions pass for smiling men already; where it is large, the shares after it show "
        "no arithmetic. One man + smile: after adding the mean smile of the training women. "
        "Averages: the documents’ form, smiling women − neutral women + neutral men, 200 draws of "
        "3 or of 10 test faces a group. Changed: attributes read otherwise than on the man’s own "
        "reconstruction; others are those that a smile has no part in. SSIM kept: with that "
        "reconstruction. Outside: coordinates of edited codes beyond those of training faces. True "
        "answers: men drawn smiling, real smiling men. Useless edits: smiles of shuffled labels, "
        f"averages of random faces, median of the versions. {_doubt(results)}"
    )


def closeness_table(results: pd.DataFrame) -> Styler | HTML:
    """How close each edit is to the same man drawn smiling, where he can be drawn."""
    if not _measured(results, "edit_ssim"):
        return HTML(
            "<p>No edit is compared with a true answer: nobody knows how just these people would "
            "look with another face. That takes faces drawn from known factors.</p>"
        )
    return _text(results, CLOSENESS).style.set_caption(
        "Each edit against the true answer, the same man drawn smiling: their SSIM, and the share "
        "of attributes that are read as they are. Not edited: the neutral man through the "
        "autoencoder, which an edit has to pass. Limit: the true answer through the autoencoder, "
        f"which it can hardly pass. {_doubt(results)}"
    )


def attributes_table(results: pd.DataFrame, measured: str) -> Styler | HTML:
    """Attribute x version; `measured` is "auc" (of vectors) or "probe" (of reconstructions)."""
    if not _measured(results, f"{measured}_"):
        what = {"auc": "No code is ordered by an attribute", "probe": "No attribute is read"}
        return HTML(f"<p>{what[measured]}: {WITHOUT}.</p>")
    metrics = [m for m in results["metric"].unique() if m.startswith(f"{measured}_")]
    table = wide(results, metrics).dropna(how="all").T.rename(columns={TRUTH: "test faces"})
    table.index = table.index.str.removeprefix(f"{measured}_").rename("attribute")
    table.columns.name = None  # the index has a name: one header row will do
    versions = table.columns.drop("test faces", errors="ignore")
    table = table.loc[table[versions].median(axis=1).sort_values(ascending=False).index]
    if measured == "auc":
        return table.style.format("{:.2f}", na_rep="–").set_caption(
            "How well one vector orders test codes: the share of pairs, a face with the attribute "
            "and one without, of which the first lies further along the attribute vector of the "
            "training codes. 0.5 by chance. Vector and pairs are of faces alike in Male and "
            "Smiling. A low value says that this one direction does not tell the attribute, not "
            "that codes lack it."
        )
    commoner = wide(results, [f"majority_{name}" for name in table.index]).max().to_numpy()
    lost = table.index[table[versions].max(axis=1) < commoner + 0.02]
    table.insert(0, "commoner answer", commoner)
    return table.style.format("{:.1%}", na_rep="–").set_caption(
        "Share of reconstructed test faces on which the probe reads each attribute as it is, "
        "beside the faces themselves, and always giving the commoner answer. What an autoencoder "
        "loses cannot be edited. Less than two points above the commoner answer in every version: "
        f"{', '.join(lost) or 'none'}."
    )


def _measured(results: pd.DataFrame, prefix: str) -> bool:
    """Whether any version has a metric whose name begins so; yardsticks do not count."""
    ours = results[results["version"].isin(VERSIONS)]
    return bool(ours["metric"].str.startswith(prefix).any())


def _text(results: pd.DataFrame, labels: Mapping[str, Any]) -> pd.DataFrame:
    """The rows and columns that have any of these metrics, with intervals for a single seed."""
    table = wide(results, list(labels)).dropna(how="all").dropna(how="all", axis=1)
    columns = {}
    for metric in table:
        ends = wide(results, [metric, f"{metric}_low", f"{metric}_high"]).loc[table.index]
        if metric not in BOOTSTRAPPED or not _one_seed(results):
            ends = ends[[metric]]
        columns[labels[metric]] = [_cell(metric, *row) for row in ends.to_numpy()]
    return pd.DataFrame(columns, table.index).rename(index={TRUTH: "true answers"})


def _cell(metric: str, value: float, low: float = np.nan, high: float = np.nan) -> str:
    of_ssim = metric.startswith("edit_ssim") or metric == "edit_kept"
    scale, digits, unit = (1, 3, "") if of_ssim else (100, 1, "%")
    interval = f" ({scale * low:.{digits}f}–{scale * high:.{digits}f})" if low < high else ""
    return f"{scale * value:.{digits}f}{unit}{interval}" if value == value else "–"


def _one_seed(results: pd.DataFrame) -> bool:
    return results.loc[results["version"].isin(VERSIONS), "seed"].nunique() == 1


def _doubt(results: pd.DataFrame) -> str:
    if not _one_seed(results):
        return "Means over seeds."
    return (
        "One seed. In brackets: 95 % intervals by bootstrap over the test faces, or draws, of that "
        "one run. They say nothing about another seed, and are left out where all images agree."
    )
