"""The study's tables: how far every weighting is from the frontier, and what it costs besides."""

import math

import pandas as pd
from markupsafe import Markup
from pandas.io.formats.style import Styler

from aegan_lib.evaluation.estimates import ENOUGH_SEEDS, Estimate
from aegan_lib.evaluation.field import field
from aegan_lib.evaluation.frontier import KEPT, Gain, gains, study_versions, sweep, swept
from aegan_lib.plan import plan
from aegan_lib.tables.cells import cell, metrics_table, over_seeds, styled


def gains_table(results: pd.DataFrame) -> Styler | None:
    """Every weighting that is no fixed one: how much it gains over the fixed ones, by seed."""
    if not sweep(results):
        return None
    by_psnr, by_detail = gains(results), gains(results, "shared_detail")
    planned = plan()["study"]["planned"]
    rows = {
        name: {
            "gain at its PSNR": _shown(by_psnr.get(name)),
            "seeds": _seeds(by_psnr.get(name)),
            "p": _probability(by_psnr.get(name), "p"),
            "p, corrected": _probability(by_psnr.get(name), "corrected"),
            "gain at its shared detail": _shown(by_detail.get(name)),
            "planned": "yes" if name in planned else "",
        }
        for name in study_versions(results)
    }
    return styled(
        pd.DataFrame.from_dict(rows, orient="index", dtype=object),
        "How much nearer to real faces each weighting is than the fixed weights of its own seed "
        "come at the same likeness or a better one, in the judge’s units: above 0 it beats every "
        "fixed weight. Every seed is a dot beside a line at 0, with the mean and, from "
        f"{ENOUGH_SEEDS} seeds on, its BCa bootstrap interval. Seeds: how many have a gain; the "
        "others are closer to their input than any fixed weight. p is that of the exact two-sided "
        f"sign-flip test over planned seeds, corrected by Holm’s method for the {len(planned)} "
        "versions that were planned: it cannot be below 2 / 2ⁿ for n seeds.",
    )


def costs_table(results: pd.DataFrame) -> Styler:
    """What is measured of the fixed weights, in their order, and of all others after them."""
    order = [*swept(), *study_versions(results)]
    rows = pd.concat([results[results["version"] == name] for name in ("raw", *order)])
    return metrics_table(
        rows,
        list(KEPT),
        f"The frontier’s fixed weights and the other weightings, {over_seeds(results)}. Smiling "
        "men: the share of sums “smiling woman − neutral woman + neutral man” that the probe reads "
        "as a smiling man; it says nothing where outputs hardly differ from one another. What did "
        "not reconstruct is never the best.",
        failed=field(results).left_out,
    )


def _shown(gain: Gain | None) -> Markup:
    if gain is None or not gain.values:
        return Markup("–")
    found = Estimate(gain.mean, gain.low, gain.high, tuple(gain.values))
    return cell("gain", found, form=_signed, line=0.0, ends=True)


def _signed(_: object, value: float) -> str:
    return f"{value:+.3f}".replace("-", "−")


def _seeds(gain: Gain | None) -> str:
    return f"{len(gain.values)} of {len(gain.seeds)}" if gain else "0"


def _probability(gain: Gain | None, which: str) -> str:
    value = getattr(gain, which) if gain else math.nan
    return "–" if math.isnan(value) else f"{value:.3f}"
