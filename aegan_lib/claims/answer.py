"""The question itself: which versions are beaten by no other, in likeness and in realism."""

from collections.abc import Sequence

import pandas as pd
from IPython.display import Markdown

from aegan_lib.evaluation.estimates import ENOUGH_SEEDS
from aegan_lib.evaluation.field import FAITHFUL, SHOWN, Field, field
from aegan_lib.evaluation.results import REAL_DISTANCE


def answer(results: pd.DataFrame) -> Markdown:
    """The answer in a paragraph: what is best at either, what nothing beats, what is beaten."""
    chosen = field(results)
    if not chosen.faithful:
        return Markdown("No version here reconstructs well enough for the question to be put.")
    # Without enough real faces there is no distance from them, and so no second axis.
    if not all(chosen.numbers[REAL_DISTANCE][name].n for name in chosen.faithful):
        return Markdown(
            "Likeness is measured below; realism is not, since its judge cannot be believed on "
            "these images: see its calibration under [Data](#Data)."
        )
    unbeaten = sorted(chosen.unbeaten, key=lambda name: -chosen.numbers["psnr"][name].mean)
    numbers = [_numbers(chosen, name) for name in unbeaten]
    beaten = [
        f"{name} by {_shortened(others)}" for name, others in chosen.beaten_by.items() if others
    ]
    if len(unbeaten) == 1:
        text = f"One version is beaten by none in both likeness and realism: {numbers[0]}."
    else:
        text = (
            f"No single weighting is best. Of {len(chosen.faithful)} versions that reconstruct, "
            f"{len(unbeaten)} are beaten by none in both likeness and realism, from the one "
            f"closest to its input on: {'; '.join(numbers)}."
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
        f"**{name}** ({of['psnr']:.1f} dB, distance {of[REAL_DISTANCE]:.2f}, holding "
        f"{of['shared_detail']:.1%} of its input's detail at {of['laplacian_variance'] / raw:.2f} "
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


def _shortened(names: Sequence[str]) -> str:
    """Up to two names, and how many more there are."""
    if len(names) <= 2:
        return " and ".join(names)
    return f"{names[0]}, {names[1]} and {len(names) - 2} more"
