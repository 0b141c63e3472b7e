"""The question itself: which versions are beaten by no other, in likeness and in realism."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from IPython.display import Markdown

from aegan_lib.evaluation.estimates import ENOUGH_SEEDS, Estimate
from aegan_lib.evaluation.results import REAL_DISTANCE, Key, by_seed, last_epoch, spread
from aegan_lib.versions import VERSIONS

FAITHFUL = 3.0  # dB above the mean face, half of its squared error: what counts as reconstructing
AXES: tuple[tuple[Key, int], ...] = (("psnr", 1), (REAL_DISTANCE, -1))  # the sign of better
SHOWN: tuple[Key, ...] = ("psnr", REAL_DISTANCE, "shared_detail", "laplacian_variance")


@dataclass(frozen=True)
class Field:
    """The versions that reconstruct, and by whom each is beaten in everything.

    One version beats another if it is better on every axis in every seed that both have.
    """

    faithful: tuple[str, ...]
    left_out: tuple[str, ...]
    beaten_by: dict[str, list[str]]
    numbers: dict[Key, dict[str, Estimate]]
    seeds: int  # that the versions have, the fewest

    @property
    def unbeaten(self) -> list[str]:
        return [name for name in self.faithful if not self.beaten_by[name]]


def field(results: pd.DataFrame, axes: Sequence[tuple[Key, int]] = AXES) -> Field:
    """Compare all versions with all, seed by seed."""
    last = last_epoch(results)
    numbers = spread(last, SHOWN)
    found = numbers["psnr"]
    floor = found["mean_face"].mean + FAITHFUL
    trained = [name for name, e in found.items() if name in VERSIONS and e.n]
    faithful = [name for name in trained if found[name].mean > floor]
    # Axis by axis a table of seeds x versions, each with larger for better.
    tables = [by_seed(last, key) * sign for key, sign in axes]
    beaten_by = {
        name: [other for other in faithful if other != name and _beats(tables, other, name)]
        for name in faithful
    }
    left_out = tuple(name for name in trained if name not in faithful)
    seeds = min((found[name].n for name in faithful), default=0)
    return Field(tuple(faithful), left_out, beaten_by, numbers, seeds)


def answer(results: pd.DataFrame) -> Markdown:
    """The answer in a paragraph: what is best at either, what nothing beats, what is beaten."""
    chosen = field(results)
    if not chosen.faithful:
        return Markdown("No version here reconstructs well enough for the question to be put.")
    # Without enough real faces there is no distance from them, and so no second axis.
    if not all(chosen.numbers[REAL_DISTANCE][name].n for name in chosen.faithful):
        return Markdown("What realism is cannot be measured on these images.")
    unbeaten = sorted(chosen.unbeaten, key=lambda name: -chosen.numbers["psnr"][name].mean)
    numbers = [_numbers(chosen, name) for name in unbeaten]
    beaten = [f"{name} by {_listed(others)}" for name, others in chosen.beaten_by.items() if others]
    if len(unbeaten) == 1:
        text = f"One version is beaten by none in both likeness and realism: {numbers[0]}."
    else:
        text = (
            f"No single weighting is best. Of {len(chosen.faithful)} versions that reconstruct, "
            f"{len(unbeaten)} are beaten by none in both likeness and realism, from the closest to "
            f"its input to the most realistic: {'; '.join(numbers)}."
        )
    if beaten:
        text += f" Beaten in both, in every seed: {'; '.join(beaten)}."
    text += f" {_seeds(chosen.seeds)}"
    if chosen.left_out:
        text += (
            f" Left out, less than {FAITHFUL:g} dB above the mean face: "
            f"{', '.join(chosen.left_out)}."
        )
    return Markdown(f"**So how should they be weighed?** {text}")


def _numbers(chosen: Field, name: str) -> str:
    of = {key: chosen.numbers[key][name].mean for key in SHOWN}
    raw = chosen.numbers["laplacian_variance"]["raw"].mean
    return (
        f"**{name}** ({of['psnr']:.1f} dB, distance {of[REAL_DISTANCE]:.3g}, holding "
        f"{of['shared_detail']:.2f} of its input's detail at {of['laplacian_variance'] / raw:.2f} "
        "times its blur factor)"
    )


def _seeds(seeds: int) -> str:
    if seeds == 1:
        return (
            "One seed stands behind each number, which makes it a suggestion: another seed may "
            "turn it round."
        )
    said = f"{seeds} seeds stand behind each number"
    if seeds < ENOUGH_SEEDS:
        return f"{said}, too few for more than a suggestion."
    return f"{said}."


def _beats(tables: Sequence[pd.DataFrame], one: str, other: str) -> bool:
    for table in tables:
        if one not in table or other not in table:
            return False
        paired = (table[one] - table[other]).dropna()
        if paired.empty or not (paired > 0).all():
            return False
    return True


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
