"""The plan's ranges, given to the claims that are judged by them."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence

from IPython.display import Markdown

from aegan_lib.claims.claim import Claim, Measure
from aegan_lib.plan import PLAN, Range, committed, ranges
from aegan_lib.runs import Run


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
