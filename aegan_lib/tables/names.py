"""Versions as a reader meets them: by name and weights, and in groups of what is alike."""

from collections.abc import Sequence

import pandas as pd
from markupsafe import Markup

from aegan_lib import losses
from aegan_lib.evaluation.field import Field, field
from aegan_lib.runs import Run
from aegan_lib.versions import VERSIONS, Version

ALONE, FIXED, MOVING, FAILED = (
    "no adversary",
    "a fixed weight",
    "a loss, schedule or rule of its own",
    "did not reconstruct",
)


# The same, for a column of a table.
SHORT = {ALONE: "alone", FIXED: "fixed", MOVING: "its own", FAILED: "failed"}


def weights(version: Version) -> str:
    """How a version weighs, in a few signs."""
    loss, said = version.loss, []
    if loss is losses.weighted:
        said.append(f"α {version.alpha:g}")
    else:
        said.append(_called(loss))
    beta = version.beta
    said.append(f"β by {_called(beta)}" if callable(beta) else f"β {beta:g}")
    if version.start:
        said.append(f"from {version.start}")
    return ", ".join(said)


def _called(part: object) -> str:
    return str(getattr(part, "__name__", type(part).__name__))


def named(name: str) -> Markup:
    """A version's name with its weights; that of anything else as it is."""
    if name not in VERSIONS:
        return Markup("{}").format(name)
    said = Markup('<data value="{0}">{0}</data> <small>{1}</small>')
    return said.format(name, weights(VERSIONS[name]))


def in_groups(runs: Sequence[Run], results: pd.DataFrame) -> list[Run]:
    """`runs` in the order of their versions' groups."""
    order = [name for names in grouped(field(results)).values() for name in names]
    return sorted(runs, key=lambda run: (*order, run.version.name).index(run.version.name))


def grouped(chosen: Field) -> dict[str, list[str]]:
    """Group -> its versions: what failed is told by the results, the others by how they weigh."""
    groups: dict[str, list[str]] = {name: [] for name in (ALONE, FIXED, MOVING, FAILED)}
    for name in chosen.faithful:
        version = VERSIONS[name]
        fixed = version.loss is losses.weighted and not callable(version.beta)
        groups[(FIXED if version.beta else ALONE) if fixed else MOVING].append(name)
    groups[FAILED] += chosen.left_out
    # The fixed weights of a sweep in the order of their weights, whatever the registry's.
    groups[FIXED].sort(key=lambda name: (VERSIONS[name].beta, list(VERSIONS).index(name)))
    return {name: versions for name, versions in groups.items() if versions}
