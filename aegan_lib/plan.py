"""What was decided before the runs that are judged by it were trained: `reports/plan.toml`."""

import math
import subprocess
import tomllib
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Literal

from aegan_lib.provenance import REPOSITORY, git

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
        claim: {
            name: Range(**{"source" if key == "from" else key: v for key, v in told.items()})
            for name, told in measures.items()
        }
        for claim, measures in plan()["ranges"].items()
    }


def comparisons() -> list[Comparison]:
    return [Comparison(**told) for told in plan()["comparisons"]]


def calibration() -> dict[str, Any]:
    """How a judge of realism has to show that it can be believed."""
    return plan()["calibration"]


def committed() -> tuple[str, datetime] | None:
    """The commit that last changed the plan, and when; None outside of git, or with changes."""
    try:
        if git("status", "--porcelain", "--", str(PLAN)):
            return None
        commit, when = git("log", "-1", "--format=%h %cI", "--", str(PLAN)).split()
    except (OSError, ValueError, subprocess.CalledProcessError):
        return None
    return commit, datetime.fromisoformat(when)
