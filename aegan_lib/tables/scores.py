"""The scores of arithmetic as tables: made of the tidy results, a row a version or an attribute."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import pandas as pd
from IPython.display import HTML
from pandas.io.formats.style import Styler

from aegan_lib.evaluation.estimates import estimate
from aegan_lib.evaluation.results import last_epoch, spread, wide
from aegan_lib.tables.cells import cell, over_seeds, seed_counts, styled
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
    table = _cells(results, SCORES)
    shuffled = {f"{name}_shuffled": SCORES[name] for name in BOOTSTRAPPED[:2]}
    useless = wide(results, list(shuffled)).median().rename(shuffled).dropna()
    if len(useless):
        cells = useless.map(lambda v: cell("share", estimate([v]), _form))
        table.loc["useless edits"] = cells.reindex(table.columns, fill_value="–")
    first = [name for name in ("true answers", "useless edits") if name in table.index]
    return styled(
        table.reindex([*first, *table.index.drop(first)]),
        "Vector arithmetic, read by the probe. Not edited: the share of neutral test men whose "
        "reconstructions pass for smiling men already; where it is large, the shares after it show "
        "no arithmetic. One man + smile: after adding the mean smile of the training women. "
        "Averages: the documents’ form, smiling women − neutral women + neutral men, 200 draws of "
        "3 or of 10 test faces a group. Changed: attributes read otherwise than on the man’s own "
        "reconstruction; others are those that a smile has no part in. SSIM kept: with that "
        "reconstruction. Outside: coordinates of edited codes beyond those of training faces. True "
        "answers: men drawn smiling, real smiling men. Useless edits: smiles of shuffled labels, "
        f"averages of random faces, median of the versions. {_doubt(results)}",
    )


def closeness_table(results: pd.DataFrame) -> Styler | HTML:
    """How close each edit is to the same man drawn smiling, where he can be drawn."""
    if not _measured(results, "edit_ssim"):
        return HTML(
            "<p>No edit is compared with a true answer: nobody knows how just these people would "
            "look with another face. That takes faces drawn from known factors.</p>"
        )
    return styled(
        _cells(results, CLOSENESS),
        "Each edit against the true answer, the same man drawn smiling: their SSIM, and the share "
        "of attributes that are read as they are. Not edited: the neutral man through the "
        "autoencoder, which an edit has to pass. Limit: the true answer through the autoencoder, "
        f"which it can hardly pass. {_doubt(results)}",
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
    means = "" if _one_seed(results) else " Means over seeds."
    if measured == "auc":
        return styled(
            table.map(lambda v: cell("auc", estimate([v]), lambda _, value: f"{value:.2f}")),
            "How well one vector orders test codes: the share of pairs, a face with the attribute "
            "and one without, of which the first lies further along the attribute vector of the "
            "training codes. 0.5 by chance. Vector and pairs are of faces alike in Male and "
            "Smiling. A low value says that this one direction does not tell the attribute, not "
            f"that codes lack it.{means}",
        )
    commoner = wide(results, [f"majority_{name}" for name in table.index]).max().to_numpy()
    lost = table.index[table[versions].max(axis=1) < commoner + 0.02]
    table.insert(0, "commoner answer", commoner)
    return styled(
        table.map(lambda v: cell("share", estimate([v]), _form)),
        "Share of reconstructed test faces on which the probe reads each attribute as it is, "
        "beside the faces themselves, and always giving the commoner answer. What an autoencoder "
        "loses cannot be edited. Less than two points above the commoner answer in every version: "
        f"{', '.join(lost) or 'none'}.{means}",
    )


def _measured(results: pd.DataFrame, prefix: str) -> bool:
    """Whether any version has a metric whose name begins so; yardsticks do not count."""
    ours = results[results["version"].isin(VERSIONS)]
    return bool(ours["metric"].str.startswith(prefix).any())


def _cells(results: pd.DataFrame, labels: Mapping[str, Any]) -> pd.DataFrame:
    """The rows and columns that have any of these metrics; a single seed's are bootstrapped."""
    rows = last_epoch(results)
    found = spread(rows, list(labels))
    found = found.loc[[any(e.n for e in row) for row in found.to_numpy()]]
    found = found.loc[:, [any(e.n for e in found[metric]) for metric in found]]
    if _one_seed(results):
        for metric in (name for name in BOOTSTRAPPED if name in found):
            ends = wide(results, [f"{metric}_low", f"{metric}_high"]).loc[found.index].to_numpy()
            found[metric] = [
                dataclasses.replace(e, low=low, high=high)
                for e, (low, high) in zip(found[metric], ends, strict=True)
            ]
    columns = {labels[m]: [cell(m, e, _form) for e in found[m]] for m in found}
    return pd.DataFrame(columns, found.index).rename(index={TRUTH: "true answers"})


def _form(metric: str, value: float) -> str:
    of_ssim = metric.startswith("edit_ssim") or metric == "edit_kept"
    return f"{value:.3f}" if of_ssim else f"{100 * value:.1f}%"


def _one_seed(results: pd.DataFrame) -> bool:
    return bool(seed_counts(results).max() == 1)


def _doubt(results: pd.DataFrame) -> str:
    if not _one_seed(results):
        return f"The versions: {over_seeds(results)}."
    return (
        "One seed. In brackets: 95 % intervals by bootstrap over the test faces, or draws, of that "
        "one run. They say nothing about another seed, and are left out where all images agree."
    )
