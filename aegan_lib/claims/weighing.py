"""What the study found: which weighting when, what it costs, and what stays open."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from IPython.display import Markdown

from aegan_lib.claims.claim import listed
from aegan_lib.evaluation.estimates import ENOUGH_SEEDS
from aegan_lib.evaluation.field import FAITHFUL
from aegan_lib.evaluation.frontier import (
    Gain,
    among_fixed,
    gains,
    planned_seeds,
    sweep,
    swept,
)
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
    curves = sweep(results)
    if not curves:
        return Markdown(
            "There is no frontier here to hold anything against: that takes a run of every fixed "
            f"weight with the same seed ({', '.join(swept())}), and a judge of realism that can be "
            "believed."
        )
    last = last_epoch(results)
    tables = [by_seed(last, key) for key in ("psnr", REAL_DISTANCE)]
    # What does not reconstruct is no answer, however real it looks.
    floor = tables[0]["mean_face"].mean() + FAITHFUL
    # Means over the seeds that have a frontier, of whatever was measured in them.
    psnr, distance = (table.reindex(list(curves)).mean() for table in tables)
    fixed = [_Point(name, psnr[name], distance[name]) for name in swept()]
    found = {name: gain for name, gain in gains(results).items() if psnr[name] > floor}
    others = [_Point(name, psnr[name], distance[name]) for name in found]
    parts = [_fixed(np.array(list(curves.values())), fixed)]
    if found:
        over = among_fixed(curves)
        # The ends of the sweep lie in no gap, and what is written as 0.000 is nothing.
        inner = [point for point in fixed[1:-1] if point.psnr > floor]
        bend = {_beta(p): over[p.name] for p in inner if over[p.name] >= 0.0005}
        parts += [_cleverer(found, bend)]
    parts += [
        _which([point for point in fixed if point.psnr > floor], others, found),
        _open(list(curves), found),
    ]
    return Markdown("\n\n".join(parts))


def _fixed(points: np.ndarray, fixed: list[_Point]) -> str:
    """Of the sweep alone: `points` are (seeds, weights, 2), `fixed` their means."""
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
        told = listed(f"{point} (β = {_beta(point)})" for point in larger)
        text += f" Every larger weight gives up both: {told}."
    return text


def _cleverer(found: Mapping[str, Gain], bend: Mapping[str, float]) -> str:
    """`bend` are fixed weights that gain over the others too, by their β."""
    nearer, further, either, closer = [], [], [], []
    for name, gain in found.items():
        if not gain.values:
            closer.append(name)
            continue
        # Where a seed has no gain, "every seed" is every one that has.
        of = "" if len(gain.values) == len(gain.seeds) else f" in {_seeds(len(gain.values))}"
        if min(gain.values) > 0:
            nearer.append(f"{name} (by {gain.mean:.3f}{of}{_longer(name)})")
        elif max(gain.values) < 0:
            further.append(f"{name} (by {-gain.mean:.3f}{of}{_longer(name)})")
        else:
            mean = f"{gain.mean:+.3f}".replace("-", "−")
            either.append(f"{name} (in the mean {mean}{of}{_longer(name)})")
    said = {
        "Nearer to real faces than every fixed weight of its likeness, in every seed": nearer,
        "Further from them than a fixed weight of its likeness, in every seed": further,
        "Nearer or further by the seed": either,
        "Closer to its input than any fixed weight, and so without a comparison": closer,
    }
    sentences = [f"{what}: {listed(names)}." for what, names in said.items() if names]
    if not nearer:
        sentences.insert(0, "Nothing beats every fixed weight of its likeness in every seed.")
    if bend:
        most = max(bend, key=lambda beta: bend[beta])
        sentences.append(
            "The lines between fixed weights are straight where the frontier is bent, so that one "
            f"of them seems to gain as well where it is left out, β = {most} the most, by "
            f"{bend[most]:.3f}: a gain of that size may be the gap's."
        )
    return " ".join(["**Anything cleverer.**", *sentences, _tests(found)]).strip()


def _tests(found: Mapping[str, Gain]) -> str:
    planned = plan()["study"]["planned"]
    tested = {n: found[n] for n in planned if n in found and found[n].corrected <= 1}
    if not tested:
        return ""
    level = plan()["study"]["level"]
    sure = [
        f"{n} is {'nearer' if g.mean > 0 else 'further'} (p = {g.corrected:.3f})"
        for n, g in tested.items()
        if g.corrected <= level
    ]
    if sure:
        return (
            f"The planned tests, corrected for {len(planned)}, find a difference at "
            f"{100 * level:g} %: {listed(sure)}."
        )
    # What is closer to its input than any fixed weight has no gain, and is no part of a test.
    most = max(len(planned_seeds(s for s, v in g.seeds.items() if v == v)) for g in tested.values())
    least = min(1.0, 2 / 2**most * len(planned))
    if least > level:
        return (
            f"The planned tests cannot tell yet: with {_seeds(most)} no corrected p is below "
            f"{least:.2f}."
        )
    return (
        f"The planned tests, corrected for {len(planned)}, find no difference at {100 * level:g} %."
    )


def _which(fixed: list[_Point], others: list[_Point], found: Mapping[str, Gain]) -> str:
    planned = plan()["study"]["planned"]
    both = [*fixed, *others]
    if not both:
        return (
            "**Which, then?** None of these: no weighting comes "
            f"{FAITHFUL:g} dB above the mean face."
        )
    closest = max(both, key=lambda point: point.psnr)
    real = min(both, key=lambda point: point.distance)
    text = (
        f"**Which, then?** For likeness {closest.name}: {closest}. For realism {real.name}: {real}"
    )
    if fixed and real not in fixed:
        best = min(fixed, key=lambda point: point.distance)
        text += f"; of the fixed weights β = {_beta(best)}: {best}"
    # What was picked out of many after the runs were seen looks better than it is.
    picked = [p.name for p in dict.fromkeys((closest, real)) if p in others]
    if unplanned := [f"{n} in {_seeds(len(found[n].seeds))}" for n in picked if n not in planned]:
        text += f". Not planned, and so no more than a suggestion: {listed(unplanned)}"
    # A rule that spares the sweep is worth something even where it gains nothing.
    told = [f"{p.name} {p}" for p in others if p.name in planned]
    return f"{text}. What needs no sweep: {listed(told)}." if told else f"{text}."


def _open(seeds: list[int], found: Mapping[str, Gain]) -> str:
    planned = plan()["study"]
    known = len(planned_seeds(seeds))
    text = f"**What stays open.** {_seeds(known)} of {len(planned['seeds'])} planned"
    if known < ENOUGH_SEEDS:
        text += ", too few for more than a suggestion"
    if missing := [name for name in planned["planned"] if name not in found]:
        text += f"; without a gain here: {listed(missing)}"
    return (
        f"{text}. Rules and the sweep have one learning rate; but a weighting under which all of "
        "the gradient grows makes longer steps of Adam, which a fixed weight can have by a larger "
        "rate. One kind of faces, one size, one architecture and one budget of training stand "
        "behind all of it; and realism is what one calibrated judge says, which does not see how "
        "details belong together."
    )


def _longer(name: str) -> str:
    return ", after twice the training" if VERSIONS[name].start else ""


def _beta(point: _Point) -> str:
    return f"{VERSIONS[point.name].beta:g}"


def _seeds(count: int) -> str:
    return f"{count} seed{'s' * (count != 1)}"
