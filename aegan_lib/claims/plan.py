"""What was decided before the runs that are judged by it were trained: `reports/plan.toml`."""

import dataclasses
import math
import subprocess
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Literal

from IPython.display import Markdown

from aegan_lib.claims.claim import Claim, Measure
from aegan_lib.provenance import REPOSITORY, git
from aegan_lib.runs import Run

PLAN = REPOSITORY / "reports" / "plan.toml"


@dataclass(frozen=True)
class Range:
    """Where a measure speaks for its statement, both ends included, and where that comes from."""

    source: Literal["document", "ours"]
    why: str
    low: float = -math.inf
    high: float = math.inf


@dataclass(frozen=True)
class Comparison:
    """Two versions that are compared by paired seeds, as was planned."""

    one: str
    other: str
    asks: str


@cache
def plan() -> dict[str, Any]:
    """The whole file, as it stands."""
    return tomllib.loads(PLAN.read_text(encoding="utf-8"))


def ranges() -> dict[str, dict[str, Range]]:
    """Statement -> measure -> its range."""
    return {
        claim: {name: Range(source=told.pop("from"), **told) for name, told in _copied(measures)}
        for claim, measures in plan()["ranges"].items()
    }


def comparisons() -> list[Comparison]:
    return [Comparison(**told) for told in plan()["comparisons"]]


def ranged(claims: Iterable[Claim]) -> tuple[Claim, ...]:
    """The claims with the plan's ranges in their measures, each of which must have its measure."""
    planned = ranges()
    found = tuple(_ranged(claim, planned.get(claim.name, {})) for claim in claims)
    known = {claim.name: {measure.name for measure in claim.measures} for claim in found}
    for name, measures in planned.items():
        if unknown := measures.keys() - known.get(name, set()):
            raise ValueError(f"{PLAN.name} has a range for {name}.{min(unknown)}, which is nothing")
    return found


def _ranged(claim: Claim, planned: Mapping[str, Range]) -> Claim:
    def with_range(measure: Measure) -> Measure:
        asked = planned.get(measure.name)
        if asked is None:
            return measure
        return dataclasses.replace(measure, low=asked.low, high=asked.high)

    readings = {
        reading: tuple(map(with_range, measures)) for reading, measures in claim.readings.items()
    }
    return dataclasses.replace(claim, readings=readings)


def committed() -> tuple[str, datetime] | None:
    """The commit that last changed the plan, and when; None outside of git, or with changes."""
    try:
        if git("status", "--porcelain", "--", str(PLAN)):
            return None
        commit, when = git("log", "-1", "--format=%h %cI", "--", str(PLAN)).split()
    except (OSError, ValueError, subprocess.CalledProcessError):
        return None
    return commit, datetime.fromisoformat(when)


def told(runs: Sequence[Run]) -> Markdown:
    """Whether what was decided beforehand was: the plan's commit, and which runs came after it."""
    asked = [asked for measures in ranges().values() for asked in measures.values()]
    ours = sum(asked.source == "ours" for asked in asked)
    text = (
        f"Every range stands in `reports/plan.toml`: {len(asked) - ours} of them come from numbers "
        f"or words of the documents, {ours} are our own choice."
    )
    found = committed()
    if found is None:
        return Markdown(f"{text} This copy of it has no commit that would say how old it is.")
    commit, when = found
    since = [run.began > when if run.began else None for run in runs]
    counts = {
        "were begun after it": since.count(True),
        "before it, so that of them nothing was decided beforehand": since.count(False),
        "do not say when": since.count(None),
    }
    told = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
    return Markdown(
        f"{text} It was last changed in commit `{commit}` of {when:%Y-%m-%d %H:%M} "
        f"({when:%Z}); of the {len(runs)} runs here {told}."
    )


def _copied(measures: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    return [(name, dict(told)) for name, told in measures.items()]
