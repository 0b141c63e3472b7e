"""What the study found: which weighting when, what it costs, and what stays open."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from IPython.display import Markdown

from aegan_lib.evaluation.estimates import ENOUGH_SEEDS
from aegan_lib.evaluation.field import FAITHFUL
from aegan_lib.evaluation.frontier import Gain, gains, sweep, swept
from aegan_lib.evaluation.results import REAL_DISTANCE, by_seed, last_epoch
from aegan_lib.plan import plan
from aegan_lib.versions import VERSIONS


@dataclass(frozen=True)
class _Point:
    """Where a weighting ended, in the mean over its seeds."""

    name: str
    psnr: float
    distance: float

    def __str__(self) -> str:
        return f"{self.psnr:.1f} dB at a distance of {self.distance:.2f}"


def discussion(results: pd.DataFrame) -> Markdown:
    """The study's answer, sentence by sentence out of its numbers."""
    if not sweep(results):
        return Markdown(
            "There is no frontier here to hold anything against: that takes a run of every fixed "
            f"weight with the same seed ({', '.join(swept())}), and a judge of realism that can be "
            "believed."
        )
    last = last_epoch(results)
    psnr, distance = (by_seed(last, key).mean() for key in ("psnr", REAL_DISTANCE))
    fixed = [_Point(name, psnr[name], distance[name]) for name in swept()]
    # What does not reconstruct is no answer, however real it looks.
    floor = psnr["mean_face"] + FAITHFUL
    found = {name: gain for name, gain in gains(results).items() if psnr[name] > floor}
    others = [_Point(name, psnr[name], distance[name]) for name in found]
    parts = [
        _fixed(results, fixed),
        _cleverer(found),
        _which(fixed, others, found),
        _open(results, found),
    ]
    return Markdown("\n\n".join(parts))


def _fixed(results: pd.DataFrame, fixed: list[_Point]) -> str:
    points = np.array(list(sweep(results).values()))  # (seeds, weights, 2)
    place = min(range(len(fixed)), key=lambda i: fixed[i].distance)
    none, best, larger = fixed[0], fixed[place], fixed[place + 1 :]
    text = f"**A fixed weight.** Without an adversary it is {none} from real faces."
    if best is none:
        return f"{text} No fixed weight of the adversary brings outputs nearer to them."
    agree = int((points[:, :, 1].argmin(axis=1) == place).sum())
    text += (
        f" β = {_beta(best)} comes nearest to them: {best}, which costs "
        f"{none.psnr - best.psnr:.1f} dB; it is the nearest in {agree} of {_seeds(len(points))}."
    )
    if larger and all(p.psnr < best.psnr for p in larger):
        told = _listed(f"{point} (β = {_beta(point)})" for point in larger)
        text += f" Every larger weight gives up both: {told}."
    return text


def _cleverer(found: Mapping[str, Gain]) -> str:
    nearer, further, either, beyond = [], [], [], []
    for name, gain in found.items():
        if not gain.values:
            beyond.append(name)
        elif min(gain.values) > 0:
            nearer.append(f"{name} (by {gain.mean:.3f}{_longer(name)})")
        elif max(gain.values) < 0:
            further.append(f"{name} (by {-gain.mean:.3f}{_longer(name)})")
        else:
            mean = f"{gain.mean:+.3f}".replace("-", "−")
            either.append(f"{name} (in the mean {mean}{_longer(name)})")
    said = {
        "Nearer to real faces than every fixed weight of its likeness, in every seed": nearer,
        "Further from them than a fixed weight of its likeness, in every seed": further,
        "Nearer or further by the seed": either,
        "Of a likeness beyond the ends of the sweep, and so without a comparison": beyond,
    }
    sentences = [f"{what}: {_listed(names)}." for what, names in said.items() if names]
    if not nearer:
        sentences.insert(0, "Nothing beats every fixed weight of its likeness in every seed.")
    return " ".join(["**Anything cleverer.**", *sentences, _tests(found)]).strip()


def _tests(found: Mapping[str, Gain]) -> str:
    planned = plan()["study"]["planned"]
    tested = {n: found[n] for n in planned if n in found and found[n].corrected <= 1}
    if not tested:
        return ""
    level = plan()["study"]["level"]
    sure = [f"{n} (p = {g.corrected:.3f})" for n, g in tested.items() if g.corrected <= level]
    if sure:
        return f"By the planned tests, corrected for {len(tested)}, no chance: {_listed(sure)}."
    fewest = min(len(gain.values) for gain in tested.values())
    least = min(1.0, 2 / 2**fewest * len(tested))
    if least > level:
        return (
            f"The planned tests cannot tell yet: with {_seeds(fewest)} no corrected p is below "
            f"{least:.2f}."
        )
    return f"By the planned tests, corrected for {len(tested)}, all of this may be chance."


def _which(fixed: list[_Point], others: list[_Point], found: Mapping[str, Gain]) -> str:
    closest = max([*fixed, *others], key=lambda point: point.psnr)
    real = min([*fixed, *others], key=lambda point: point.distance)
    text = (
        f"**Which, then?** For likeness {closest.name}: {closest}. For realism {real.name}: {real}"
    )
    if real not in fixed:
        best = min(fixed, key=lambda point: point.distance)
        text += f"; of the fixed weights β = {_beta(best)}: {best}"
    # A rule that spares the sweep is worth something even where it gains nothing.
    planned = plan()["study"]["planned"]
    told = [f"{p.name} {p}" for p in others if p.name in planned and found[p.name].values]
    return f"{text}. What needs no sweep: {_listed(told)}." if told else f"{text}."


def _open(results: pd.DataFrame, found: Mapping[str, Gain]) -> str:
    seeds, planned = len(sweep(results)), plan()["study"]
    text = f"**What stays open.** {_seeds(seeds)} of {len(planned['seeds'])} planned"
    if seeds < ENOUGH_SEEDS:
        text += ", too few for more than a suggestion"
    if missing := [name for name in planned["planned"] if name not in found]:
        text += f"; without a gain here: {_listed(missing)}"
    return (
        f"{text}. One kind of faces, one size, one architecture and one budget of training stand "
        "behind all of it; and realism is what one calibrated judge says, which does not see how "
        "details belong together."
    )


def _longer(name: str) -> str:
    return ", after twice the training" if VERSIONS[name].start else ""


def _beta(point: _Point) -> str:
    return f"{VERSIONS[point.name].beta:g}"


def _seeds(count: int) -> str:
    return f"{count} seed{'s' * (count != 1)}"


def _listed(parts: Iterable[str]) -> str:
    *first, last = parts
    return f"{', '.join(first)} and {last}" if first else last
