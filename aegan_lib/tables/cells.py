"""Numbers as cells of a table: rounded for the eye, exact for a script, the best one marked.

A cell is an HTML `<data>` element whose value is the unrounded number; where several seeds stand
behind it, it has the ends of its interval too. The page sorts and exports tables by these.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from html import escape
from typing import Any

import pandas as pd
from markupsafe import Markup
from pandas.io.formats.style import Styler

from aegan_lib.evaluation.estimates import ENOUGH_SEEDS, Estimate
from aegan_lib.evaluation.results import SHARES, Key, Spread, last_epoch, spread
from aegan_lib.tables.dots import dots
from aegan_lib.versions import VERSIONS

# The words of the documents where they have a word for it.
LABELS: dict[Key, str] = {
    "laplacian_variance": "blur factor",
    "d_loss_real": "discriminator loss real",
    "d_loss_fake": "discriminator loss fake",
    "d_accuracy_real": "discriminator accuracy real",
    "d_accuracy_fake": "discriminator accuracy fake",
    "g_loss": "generator loss",
    "trainable_parameters": "complexity: trainable",
    "non_trainable_parameters": "complexity: non-trainable",
    "latent_dim": "latent space nodes",
    "mse": "MSE",
    "psnr": "PSNR (dB)",
    "ssim": "SSIM",
    "input_dependence": "input dependence",
    "output_diversity": "output diversity",
    "real_distance": "distance from real faces",
    "noise": "noise",
    "checkerboard": "checkerboard",
    "eye_sharpness": "sharpness of the eyes",
    "shared_detail": "shared detail",
    "eye_detail": "detail of the eyes",
    "invented_detail": "invented detail",
    "invented_form": "invented form",
    "smile_changed": "changed smiles",
    "smile_change": "change of smile",
    "smile_grade_error": "error of the grade",
    ("smile_grade_error", "expression alone"): "error by expression",
    "attributes_changed": "changed attributes",
    "dead_units": "dead units",
    "bce": "bce",
    "way": "way to PCA",
    ("smiling_men", "averages of 3"): "smiling men",
    "seconds": "training (s)",
    ("last_epoch_median", "weight_mse"): "weight of mse",
    ("last_epoch_median", "weight_bce"): "weight of bce",
    ("last_epoch_median", "adversarial_share"): "adversary's share",
    ("last_epoch_median", "gradient_cosine"): "cosine",
    "step_length": "Adam's step",
    ("share_of_batches", "weight_bce = 0"): "silent",
    ("share_of_batches", "weight_mse < 0"): "upside down",
}
# How a number is rounded goes by its metric: whole, a percentage of so many decimals, tenths.
# What is left keeps two decimals, or three digits where it is below 1.
_WHOLE = ("trainable_parameters", "non_trainable_parameters", "latent_dim", "dead_units", "seconds")
_SHARES = {
    "d_accuracy_real": 2,
    "d_accuracy_fake": 2,
    "input_dependence": 1,
    "way": 1,
    "shared_detail": 1,
    "eye_detail": 1,
    "invented_detail": 0,
    "invented_form": 0,
    "smile_changed": 1,
    "attributes_changed": 1,
    "share_of_batches": 1,
    "smiling_men": 1,
}
_TENTHS = ("laplacian_variance", "eye_sharpness", "noise", "checkerboard")

# Noise and sharpness have no best but the real faces' own: more than theirs is not detail.
LARGER, SMALLER, LIKE_RAW = "larger", "smaller", "like raw"
BETTER: dict[Key, str] = {
    "psnr": LARGER,
    "way": LARGER,
    "ssim": LARGER,
    "input_dependence": LARGER,
    "mse": SMALLER,
    "real_distance": SMALLER,
    "shared_detail": LARGER,
    "eye_detail": LARGER,
    "invented_detail": SMALLER,
    "invented_form": SMALLER,
    "smile_changed": SMALLER,
    "smile_change": SMALLER,
    "attributes_changed": SMALLER,
    "laplacian_variance": LIKE_RAW,
    "eye_sharpness": LIKE_RAW,
    "noise": LIKE_RAW,
    "checkerboard": LIKE_RAW,
}
"""Which value is the best, of the metrics that have one."""


def label(key: Key) -> str:
    """What a column of this metric is called: its own name, or that of a metric in any case."""
    return LABELS[key] if key in LABELS else LABELS[key[0]]


def number(key: Key, value: float) -> str:
    """`value` as a table shows it, in whatever case it was measured."""
    if pd.isna(value):
        return "–"
    metric = key if isinstance(key, str) else key[0]
    # Shares are percentages; everything else has a form by its size.
    if metric in _WHOLE:
        return f"{value:,.0f}"
    if metric in _SHARES:
        return f"{value:.{_SHARES[metric]}%}"
    if metric in _TENTHS:
        return f"{value:,.1f}"
    return f"{value:#.3g}" if abs(value) < 1 else f"{value:,.2f}"


Form = Callable[[Any, float], str]  # metric, value -> text


def cell(
    metric: Key,
    found: Estimate,
    form: Form = number,
    best: bool = False,
    span: tuple[float, float] | None = None,
    line: float | None = None,
    ends: bool = False,
) -> Markup:
    """`found` as HTML: the mean, seeds as dots where there are several, and its interval.

    Over seeds half of the interval follows a ±; where it need not be symmetric, of a share or of a
    single seed's images, its two ends are shown.

    Arguments:
        metric: decides how numbers are rounded.
        found: what is shown.
        form: makes text of a metric's value.
        best: whether it is marked.
        span, line: the ends of the dots' line, and a value marked on it; no dots without either.
        ends: whether both ends of the interval are shown wherever it comes from.
    """
    if pd.isna(found.mean):
        return Markup("–")
    # What a reader sees, and what a script reads: the number with all its digits.
    text = form(metric, found.mean)
    data = f'value="{float(found.mean)!r}"'
    if found.low < found.high:
        data += f' data-low="{float(found.low)!r}" data-high="{float(found.high)!r}"'
        name = metric if isinstance(metric, str) else metric[0]
        if found.n > 1 and name not in SHARES and not ends:
            text += f" <small>± {_as_precise(text, (found.high - found.low) / 2)}</small>"
        else:
            low, high = (form(metric, end).removesuffix("%") for end in (found.low, found.high))
            text += f" <small>({low}–{high})</small>".replace("(-", "(−").replace("–-", "–−")
    # A minus sign, which is as wide as a digit, instead of a hyphen.
    text = text.replace("-", "−", 1) if text.startswith("-") else text
    if best:
        # Bold cannot be heard: a screen reader is told in words.
        data += ' class="best"'
        text += '<span class="unseen"> (best)</span>'
    shown = Markup(f"<data {data}>{text}</data>")  # of numbers alone
    if span is None and line is None:
        return shown
    return shown + dots(found.values, lambda value: form(metric, value), span=span, line=line)


def span_of(found: Iterable[Estimate]) -> tuple[float, float] | None:
    """The ends of one line for the dots of many cells, so that they can be compared by eye."""
    values = [value for each in found for value in each.values]
    return (min(values), max(values)) if values else None


def _as_precise(text: str, half: float) -> str:
    """`half` in the unit and with the decimals of `text`."""
    # Powers of ten have their own unit: two digits are all that an interval needs.
    if "e" in text:
        return f"{half:.2g}"
    # As many decimals as the mean is shown with; a percentage is a hundred times the number.
    _, _, decimals = text.removesuffix("%").partition(".")
    return f"{half * (100 if text.endswith('%') else 1):,.{len(decimals)}f}"


def metrics_table(
    results: pd.DataFrame,
    measured: list[Key],
    caption: str,
    groups: Mapping[str, str] | None = None,
    failed: Collection[str] = (),
) -> Styler:
    """Versions and yardsticks, one row each, by their last epoch; what nobody has is left out.

    Arguments:
        groups: what each row belongs to, in the order of the rows; those of the results, and no
            column of groups, where not given.
        failed: versions that cannot be the best at anything.
    """
    # One column a metric, marked column by column since the best is sought in each.
    found = known(spread(last_epoch(results), measured))
    columns: dict[str, pd.Series] = {}
    for metric, by_version in found.items():
        best = best_values(metric, {n: e for n, e in by_version.items() if n not in failed})
        span = span_of(by_version.values())
        cells = {
            name: cell(metric, e, best=name in best, span=span) for name, e in by_version.items()
        }
        columns[label(metric)] = pd.Series(cells, dtype=object)
    table = pd.DataFrame(columns).rename_axis("version")
    counts = seed_counts(results)
    if counts.max() > 1:
        # Yardsticks were not trained, and have no seeds.
        table["seeds"] = [f"{counts[name]}" if name in counts else "–" for name in table.index]
    if groups:
        table = table.reindex([*groups])
        table["kind"] = pd.Series(groups)
    # The caption explains bold only if something can be bold.
    marked = " Bold: the best version" if BETTER.keys() & found.keys() else ""
    if marked:
        marked += "; where seeds overlap, that may be chance." if counts.max() > 1 else "."
    return styled(table, f"{caption}{marked}")


def known(found: Spread) -> Spread:
    """Without what no version has."""
    return {
        key: by_version
        for key, by_version in found.items()
        if any(estimate.n for estimate in by_version.values())
    }


def best_values(metric: Key, column: Mapping[str, Estimate]) -> set[str]:
    """The versions with the best value of a metric as it is shown; yardsticks do not compete."""
    # Only trained versions compete, and only those that have the metric.
    means = {name: e.mean for name, e in column.items() if name in VERSIONS and e.n}
    rule = BETTER.get(metric)
    if not means or not rule:
        return set()
    # Nearest to the raw faces needs raw faces.
    raw = column["raw"].mean if "raw" in column else float("nan")
    if rule == LIKE_RAW and pd.isna(raw):
        return set()
    # Three rules become one, by a distance that is the smaller the better.
    distance = {LARGER: lambda v: -v, SMALLER: lambda v: v, LIKE_RAW: lambda v: abs(v - raw)}[rule]
    # Compared as they are shown: of two that look alike, neither is better to a reader.
    winner = number(metric, means[min(means, key=lambda name: distance(means[name]))])
    return {name for name, mean in means.items() if number(metric, mean) == winner}


def seed_counts(results: pd.DataFrame) -> pd.Series:
    """Version -> number of its seeds; yardsticks have none."""
    return results[results["version"].isin(VERSIONS)].groupby("version")["seed"].nunique()


def over_seeds(results: pd.DataFrame, dotted: bool = True) -> str:
    """What the numbers of a table are, for its caption; `dotted` if its cells show seeds."""
    counts = seed_counts(results)
    if counts.empty:
        return "no finished run"
    # One seed has no interval over seeds.
    if counts.max() == 1:
        return "one seed"
    several = f"{counts.min()}" if counts.min() == counts.max() else "several"
    said = f"means of {several} seeds" + ", each of them a dot" * dotted
    return said if counts.max() < ENOUGH_SEEDS else f"{said}, with their 95 % interval"


def styled(table: pd.DataFrame, caption: str, index: bool = True, kind: str = "") -> Styler:
    """A table for the page: whatever stands in its cells and labels is text.

    What is HTML is marked as such by its type, `Markup`. A column of it is of dtype object, or
    pandas may turn it into text of its own, and the marks are lost.

    Arguments:
        table: with text or Markup in its cells.
        caption: text.
        index: whether its index is shown.
        kind: a class for the page, such as "settings".
    """
    # Nobody else escapes what goes into a table: once is enough, and twice would be seen.
    style = table.map(_safe).style.set_caption(escape(caption, quote=False))
    style = style.format_index(_safe, axis=0).format_index(_safe, axis=1)
    style = style.set_table_attributes(f'class="{kind}"') if kind else style
    return style if index else style.hide(axis="index")


def _safe(value: object) -> object:
    if isinstance(value, str) and not isinstance(value, Markup):
        return escape(value, quote=False)
    return value
