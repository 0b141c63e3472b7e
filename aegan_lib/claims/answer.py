"""The question itself: what is beaten by nothing in likeness and realism, and what that costs."""

from collections.abc import Sequence

import pandas as pd
from IPython.display import Markdown

from aegan_lib.claims.claim import listed
from aegan_lib.evaluation.estimates import ENOUGH_SEEDS
from aegan_lib.evaluation.field import FAITHFUL, Field, field
from aegan_lib.evaluation.results import REAL_DISTANCE, Key
from aegan_lib.versions import VERSIONS

DOCUMENTS = ("v1", "v4", "v5")  # in which the losses themselves set the weight


def answer(results: pd.DataFrame) -> Markdown:
    """The answer in a sentence: what nothing beats, with numbers, seeds and what they are worth."""
    chosen = field(results)
    if not chosen.faithful and not chosen.left_out:
        return Markdown("No run is finished, so that there is no answer yet.")
    if not chosen.faithful:
        return Markdown("No version here reconstructs well enough for the question to be put.")
    if not _judged(chosen):
        return Markdown(
            "Likeness is measured below; realism is not, since its judge cannot be believed on "
            "these images: see its calibration under [The judge of realism](#The-judge-of-realism)."
        )
    best = _by_likeness(chosen, chosen.unbeaten)
    if len(chosen.faithful) == 1:
        said = f"only {_numbers(chosen, best[0])} reconstructs: there is nothing to compare it with"
    elif len(best) == 1:
        said = (
            f"best by {_numbers(chosen, best[0])}, which alone of {len(chosen.faithful)} that "
            "reconstruct is beaten by none in both likeness and realism"
        )
    else:
        said = (
            f"**no single weighting is best**: of {len(chosen.faithful)} that reconstruct, "
            f"{len(best)} are beaten by none in both likeness and realism, from "
            f"{_numbers(chosen, best[0])} to {_numbers(chosen, best[-1])}"
        )
    return Markdown(f"{_capital(said)}; {_seeds(chosen.seeds)}.")


def findings(results: pd.DataFrame) -> Markdown:
    """What came out beside the answer, a sentence each."""
    chosen = field(results)
    said = [_failures(chosen)]
    if chosen.faithful and _judged(chosen):
        said += [_price(chosen), _rules(chosen)]
    return Markdown("\n".join(f"- {_capital(each)}." for each in said if each))


def _judged(chosen: Field) -> bool:
    # Without enough real faces there is no distance from them, and so no second axis.
    return all(chosen.numbers[REAL_DISTANCE][name].n for name in chosen.faithful)


def _failures(chosen: Field) -> str:
    """What does not give its input back at all."""
    if not chosen.left_out:
        return ""
    return (
        f"{listed(chosen.left_out)} do{'es' * (len(chosen.left_out) == 1)} not give faces back: "
        f"less than {FAITHFUL:g} dB above the mean face"
    )


def _price(chosen: Field) -> str:
    """What realism costs: the most real version beside the closest one."""
    close = _by_likeness(chosen, chosen.faithful)[0]
    real = min(chosen.faithful, key=lambda name: _mean(chosen, REAL_DISTANCE, name))
    if real == close:
        return ""
    lost = _mean(chosen, "psnr", close) - _mean(chosen, "psnr", real)
    nearer = 1 - _mean(chosen, REAL_DISTANCE, real) / _mean(chosen, REAL_DISTANCE, close)
    detail = [_mean(chosen, "shared_detail", name) for name in (close, real)]
    before, now = [f"{value:.0%}" for value in detail]
    if before == now:
        before, now = [f"{value:.1%}" for value in detail]
    return (
        f"{real}, the most real, costs {lost:.1f} dB beside {close}, the closest: {nearer:.0%} "
        f"less distance from real faces, and {now} of the input's detail in place of {before}"
    )


def _rules(chosen: Field) -> str:
    """How the documents' own rules came out."""
    # The same outcome is said once, of all that had it: the verb of one, that of several, the rest.
    outcomes: dict[tuple[str, str, str], list[str]] = {}
    for name in DOCUMENTS:
        if name in chosen.left_out:
            outcomes.setdefault(("fails", "fail", ""), []).append(name)
        elif name in chosen.faithful:
            others = chosen.beaten_by[name]
            said = f" beaten in both by {_shortened(others)}" if others else " beaten by none"
            outcomes.setdefault(("is", "are", said), []).append(name)
    if not outcomes:
        return ""
    return "of the documents' own rules, " + "; ".join(
        f"{listed(names)} {one if len(names) == 1 else several}{said}"
        for (one, several, said), names in outcomes.items()
    )


def _by_likeness(chosen: Field, names: Sequence[str]) -> list[str]:
    return sorted(names, key=lambda name: -_mean(chosen, "psnr", name))


def _mean(chosen: Field, key: Key, name: str) -> float:
    return chosen.numbers[key][name].mean


def _numbers(chosen: Field, name: str) -> str:
    psnr, distance = (_mean(chosen, key, name) for key in ("psnr", REAL_DISTANCE))
    return f"**{name}** ({psnr:.1f} dB, distance {distance:.2f})"


def _seeds(seeds: int) -> str:
    if seeds == 1:
        return "by one seed, and another may turn it round"
    said = f"by {seeds} seeds"
    return f"{said}, too few for more than a suggestion" if seeds < ENOUGH_SEEDS else said


def _capital(text: str) -> str:
    # A version's name stays as it is.
    if text.split()[0].strip(",") in VERSIONS:
        return text
    first = len(text) - len(text.lstrip("*"))
    return text[:first] + text[first].upper() + text[first + 1 :]


def _shortened(names: Sequence[str]) -> str:
    """Up to two names, and how many more there are."""
    if len(names) <= 2:
        return " and ".join(names)
    return f"{names[0]}, {names[1]} and {len(names) - 2} more"
