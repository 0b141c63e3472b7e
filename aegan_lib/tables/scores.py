"""The scores of arithmetic as tables: made of the tidy results, a row a version or an attribute."""

from collections.abc import Mapping
from dataclasses import replace
from math import nan
from typing import Any

import pandas as pd
from IPython.display import HTML
from markupsafe import Markup
from pandas.io.formats.style import Styler

from aegan_lib.evaluation.estimates import estimate
from aegan_lib.evaluation.results import Key, last_epoch, spread
from aegan_lib.tables.cells import cell, known, over_seeds, seed_counts, span_of, styled
from aegan_lib.versions import VERSIONS

WITHOUT = "these images lack the attributes that it takes, or all runs diverged"
TRUTH = "raw"  # the row of the results that `arithmetic.truth` is kept in
# Columns of the tables: a metric, or a metric and its case, and the title above it.
PROBES = {"smiling_men": "first probe", "smiling_men_hardened": "second"}
EDITS = {
    "unedited": "not edited",
    "single": "one man + smile",
    "averages of 3": "averages of 3",
    "averages of 10": "averages of 10",
}
SCORES: dict[Key, tuple[str, str]] = {
    (metric, case): (edit, probe)
    for case, edit in EDITS.items()
    for metric, probe in PROBES.items()
} | {
    "male_flipped": ("changed", "Male"),
    "others_flipped": ("changed", "others"),
    "edit_kept": ("kept", "SSIM"),
    "coordinates_outside": ("codes", "outside"),
}
USELESS: dict[Key, tuple[str, str]] = {
    (metric, case): (edit, probe)
    for case, edit in (
        ("single, shuffled", "one man + smile"),
        ("averages, shuffled", "averages of 3"),
    )
    for metric, probe in PROBES.items()
}
CLOSENESS: dict[Key, tuple[str, str]] = {
    ("edit_ssim", "unedited"): ("SSIM", "not edited"),
    ("edit_ssim", "edited"): ("SSIM", "edited"),
    ("edit_ssim", "limit"): ("SSIM", "limit"),
    ("edit_agreement", "unedited"): ("attributes", "not edited"),
    ("edit_agreement", "edited"): ("attributes", "edited"),
    ("edit_agreement", "limit"): ("attributes", "limit"),
}
# Where one seed's interval over images is shown: everywhere, it would bury the numbers.
DOUBTED: set[Key] = {
    ("smiling_men", "single"),
    ("smiling_men", "averages of 3"),
    ("edit_ssim", "edited"),
    ("edit_agreement", "edited"),
}
LOST = 0.02  # above the commoner answer, below which an attribute counts as lost


def scores_table(results: pd.DataFrame) -> Styler | HTML:
    """How often arithmetic gives a smiling man, and what else it changes; yardsticks first."""
    if not _measured(results, "smiling_men"):
        return HTML(f"<p>No arithmetic is scored: {WITHOUT}.</p>")
    # Yardsticks come first: the true answers, and edits that should do nothing.
    table = _cells(results, SCORES)
    useless = _useless(results)
    if useless:
        table.loc["useless edits"] = [useless.get(column, "–") for column in table.columns]
    first = [name for name in ("true answers", "useless edits") if name in table.index]
    return styled(
        table.reindex([*first, *table.index.drop(first)]),
        "Vector arithmetic, read by two probes; the second has learned from blurred and grainy "
        "faces too. Not edited: the share of neutral test men whose "
        "reconstructions pass for smiling men already; where it is large, the shares after it show "
        "no arithmetic. One man + smile: after adding the direction of Smiling, the mean "
        "difference among training faces of one sex. Averages: the documents’ form, smiling women "
        "− neutral women + neutral men, 200 draws of 3 or of 10 test faces a group. Changed: "
        "attributes read "
        "otherwise than on the man’s own reconstruction; others are those that a smile has no part "
        "in. SSIM kept: with that reconstruction. Outside: coordinates of edited codes beyond "
        "those of training faces. True answers: men drawn smiling, real smiling men. Useless "
        "edits: smiles of shuffled labels, averages of random faces, median of the versions. "
        f"{_doubt(results)}",
    )


def closeness_table(results: pd.DataFrame) -> Styler | HTML:
    """How close each edit is to the same man drawn smiling, where he can be drawn."""
    # Photographs have no true answer: the sentence says what would be needed.
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


def separations_table(results: pd.DataFrame) -> Styler | HTML:
    """How well one direction orders the codes by each attribute, attribute x version."""
    if not _measured(results, "auc"):
        return HTML(f"<p>No code is ordered by an attribute: {WITHOUT}.</p>")
    return styled(
        # The area under a ROC curve is usually written as a number up to 1, not in percent.
        _by_attribute(results, "auc", lambda _, value: f"{value:.2f}"),
        "How well one direction orders test codes: the share of pairs, a face with the attribute "
        "and one without, of which the first lies further along the attribute’s direction, which "
        "is that of the training codes. 0.5 by chance. Direction and pairs are of faces alike in "
        "Male and Smiling. A low value says that this one direction does not tell the attribute, "
        f"not that codes lack it. {_seeds(results, dotted=False)}",
    )


def readings_table(results: pd.DataFrame) -> Styler | HTML:
    """Which attributes can still be read off reconstructions, attribute x version."""
    if not _measured(results, "probe_accuracy"):
        return HTML(f"<p>No attribute is read: {WITHOUT}.</p>")
    # A probe that always gives the commoner answer is right that often, so it stands first.
    table = _by_attribute(results, "probe_accuracy", _form)
    majority = _of_attributes(results, "majority")
    commoner = {name: majority.get(name, {}).get(TRUTH, estimate([])) for name in table.index}
    answers = {name: cell("share", commoner[name], _form) for name in table.index}
    table.insert(0, "commoner answer", pd.Series(answers, dtype=object))

    # Lost is what no version holds, by its best mean.
    found = _of_attributes(results, "probe_accuracy")
    lost = []
    for name in table.index:
        read = [e.mean for version, e in found[name].items() if version in VERSIONS]
        if pd.Series(read).max() < commoner[name].mean + LOST:
            lost.append(name)
    return styled(
        table,
        "Share of reconstructed test faces on which the probe reads each attribute as it is, "
        "beside the faces themselves, and always giving the commoner answer. What an autoencoder "
        "loses cannot be edited. Less than two points above the commoner answer in every version: "
        f"{', '.join(lost) or 'none'}. {_seeds(results, dotted=False)}",
    )


def _measured(results: pd.DataFrame, metric: str) -> bool:
    """Whether any version has this metric; yardsticks do not count."""
    # Yardsticks are measured even where no version is.
    ours = results[results["version"].isin(VERSIONS)]
    return bool((ours["metric"] == metric).any())


def _cells(results: pd.DataFrame, labels: Mapping[Any, Any]) -> pd.DataFrame:
    """The rows and columns that have any of these metrics."""
    columns = {}
    for key, by_version in known(spread(last_epoch(results), list(labels))).items():
        cells, span = {}, span_of(by_version.values())
        for name, found in by_version.items():
            # Intervals of a single seed are shown only where they matter most.
            sure = found.n == 1 and key not in DOUBTED
            shown = replace(found, low=nan, high=nan) if sure else found
            cells[name] = cell(key, shown, _form, span=span)
        columns[labels[key]] = pd.Series(cells, dtype=object)
    table = pd.DataFrame(columns)
    # Versions that have none of these metrics would be rows of dashes.
    table = table[(table != "–").any(axis=1)]
    return table.rename(index={TRUTH: "true answers"}).rename_axis("version")


def _useless(results: pd.DataFrame) -> dict[tuple[str, str], str]:
    """What useless edits score, the median of the versions, by column."""
    cells: dict[tuple[str, str], str] = {}
    for key, by_version in spread(last_epoch(results), list(USELESS)).items():
        # Useless edits were measured on every version's codes; one number stands for all of them.
        median = pd.Series([e.mean for e in by_version.values()]).median()
        if not pd.isna(median):
            shown = _form(key, median)
            cells[USELESS[key]] = Markup('<data value="{!r}">{}</data>').format(median, shown)
    return cells


def _of_attributes(results: pd.DataFrame, metric: str) -> Any:
    """Attribute -> version -> its estimate."""
    # The attribute is the case of its metric; dict.fromkeys keeps their order and drops repeats.
    rows = last_epoch(results)
    rows = rows[rows["metric"] == metric]
    found = spread(rows, [(metric, name) for name in dict.fromkeys(rows["case"])])
    return {key[1]: by_version for key, by_version in found.items()}


def _by_attribute(results: pd.DataFrame, metric: str, form: Any) -> pd.DataFrame:
    """A row an attribute, the one that versions hold best first; a column a version."""
    rows, medians = {}, {}
    for name, by_version in _of_attributes(results, metric).items():
        rows[name] = {version: cell(metric, e, form) for version, e in by_version.items()}
        # Ordered by what versions do: the test faces' own value has no say.
        ours = [e.mean for version, e in by_version.items() if version in VERSIONS]
        medians[name] = pd.Series(ours).median()
    order = pd.Series(medians).dropna().sort_values(ascending=False).index
    table = pd.DataFrame.from_dict(rows, orient="index", dtype=object).loc[order]
    return table.rename(columns={TRUTH: "test faces"}).rename_axis("attribute")


def _form(key: Key, value: float) -> str:
    # Similarities are numbers from 0 to 1, everything else is a share.
    metric = key if isinstance(key, str) else key[0]
    return f"{value:.3f}" if metric in ("edit_ssim", "edit_kept") else f"{100 * value:.1f}%"


def _one_seed(results: pd.DataFrame) -> bool:
    return bool(seed_counts(results).max() == 1)


def _seeds(results: pd.DataFrame, dotted: bool = True) -> str:
    return f"The versions: {over_seeds(results, dotted)}."


def _doubt(results: pd.DataFrame) -> str:
    if not _one_seed(results):
        return _seeds(results)
    return (
        "One seed. In brackets: 95 % intervals over the test faces, or draws, of that one run, "
        "Wilson’s for shares of images and by bootstrap elsewhere. They say nothing about another "
        "seed."
    )
