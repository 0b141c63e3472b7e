"""Claims meet runs: what was measured of each, and its verdict."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from aegan_lib.claims import CLAIMS
from aegan_lib.claims.claim import Claim, Measure, SeedRuns
from aegan_lib.claims.verdicts import FINDING, IDENTITY, Answer, Verdict, answer, either_way, every
from aegan_lib.evaluation.estimates import ENOUGH_SEEDS, Estimate, estimate
from aegan_lib.evaluation.results import by_version, last_epoch, with_way
from aegan_lib.runs import Run

ORIGINAL_IMAGES = 49_900  # of the documents' 50,000: a few photographs may be damaged
MISSING = "–"  # of a value that there is none of
SENTENCES = re.compile(r"(?<=\.) (?=[A-Z])")
VERIFICATION = "verification.csv"  # in a report's folder: how the two limits came out


@dataclass(frozen=True)
class Judged:
    """A claim with its verdict; `suggestive` where too few seeds stand behind it."""

    claim: Claim
    verdict: Verdict
    suggestive: bool
    estimates: tuple[Estimate, ...]  # one a measure
    answers: Mapping[str, Answer]  # one a reading

    @property
    def conclusion(self) -> str:
        """One sentence, as a person would write it."""
        # Every measure is written, also those that are only shown: the sentence may name any.
        numbers = [
            written(measure, found.mean)
            for measure, found in zip(self.claim.measures, self.estimates, strict=True)
        ]
        # Decided one way or the other, a claim has its own sentence for each.
        match self.verdict:
            case "holds" | "reproduced" | "here too":
                return _filled(self.claim.yes, numbers)
            case "does not hold" | "not here" | "not comparable" | "measured elsewhere":
                return _filled(self.claim.no, numbers)
        # Undecided, it has none: one is made of the statement and what was measured of it.
        statement = self.claim.statement[0].lower() + self.claim.statement[1:]
        if self.verdict == "not measured":
            return f"Not measured, for want of a run or of what it needs: {statement}."
        if self.verdict == "not observed":
            return f"Not observed, so that nothing can be said of it: {statement}."
        judged = [
            f"{measure.said} {number}"
            for measure, number in zip(self.claim.measures, numbers, strict=True)
            if measure.judged
        ]
        measured = ", ".join(judged)
        if self.verdict == "depends on the reading":
            ways = ", ".join(
                f"{given if given in ('yes', 'no') else 'open'} with {reading}"
                for reading, given in self.answers.items()
            )
            return (
                f"It depends on what the documents leave open whether {statement}: {ways} "
                f"({measured})."
            )
        return f"Too near its limit to say is whether {statement} ({measured})."


def _filled(text: str, numbers: Sequence[str]) -> str:
    """A conclusion with its numbers; a sentence about one that is missing is left out.

    The first stays in any case: it has the decision.
    """
    first, *further = SENTENCES.split(text)
    missing = [f"{{{place}}}" for place, number in enumerate(numbers) if number == MISSING]
    kept = [sentence for sentence in further if not any(place in sentence for place in missing)]
    return " ".join([first, *kept]).format(*numbers)


def judge_all(runs: Sequence[Run], results: pd.DataFrame, folder: Path) -> list[Judged]:
    """A verdict on every claim, from the finished runs and results in a report's folder."""
    # In float64, where rounding cannot be mistaken for a difference.
    verification = pd.DataFrame()
    if (folder / VERIFICATION).exists():
        table = pd.read_csv(folder / VERIFICATION)
        verification = table[table["dtype"] == "float64"].set_index("limit")
    original = any(
        # The name is just this for all of CelebA at the usual crop and number of images.
        run.settings["dataset"]["name"] == "celeba"
        and run.profile.name == "full"
        and run.profile.train >= ORIGINAL_IMAGES
        for run in runs
    )
    seeds = gather(runs, results, verification)
    return [judge(claim, seeds, original) for claim in CLAIMS]


def judge(claim: Claim, seeds: Sequence[SeedRuns], at_full_size: bool = False) -> Judged:
    """The verdict on a claim, by what each seed's runs left.

    Arguments:
        claim: one of CLAIMS.
        seeds: at least one.
        at_full_size: whether this is the documents' own experiment, the profile `full` on
            CelebA: only there can a finding be reproduced.
    """
    # All measures of a reading must hold. Which reading was meant is unknown: all must agree. One
    # that only shows numbers has no say.
    answers = {
        reading: every(_answer(claim, measure, seeds) for measure in measures if measure.judged)
        for reading, measures in claim.readings.items()
        if any(measure.judged for measure in measures)
    }
    values = [measure.of(seeds) for measure in claim.measures]
    estimates = tuple(
        estimate(found, measure.ratio, measure.share)
        for measure, found in zip(claim.measures, values, strict=True)
    )
    judged = [found for m, found in zip(claim.measures, values, strict=True) if m.judged]
    verdict = _verdict(claim, either_way(answers.values()), missing=not all(judged))
    # A share of what never happened is not a number, and no want of seeds.
    counts = [sum(not math.isnan(value) for value in found) for found in judged]
    few = min(filter(None, counts), default=0) < ENOUGH_SEEDS
    suggestive = few and verdict in FINDING.values() and verdict != "not observed"
    # Only the documents' own experiment, with seeds enough, can be said to reproduce them.
    if verdict == "here too" and at_full_size and not suggestive:
        verdict = "reproduced"
    return Judged(claim, verdict, suggestive, estimates, answers)


def _answer(claim: Claim, measure: Measure, seeds: Sequence[SeedRuns]) -> Answer:
    values = measure.of(seeds)
    if claim.kind == "identity":  # what holds by construction holds in every single run
        return every(answer([value], measure.low, measure.high) for value in values)
    return answer(values, measure.low, measure.high, measure.ratio, measure.share)


def _verdict(claim: Claim, given: Answer, missing: bool) -> Verdict:
    # What cannot be compared never is. A decided answer counts, whatever other measure is missing.
    if claim.apart:
        return claim.apart
    if given == "open" and missing:
        return "not measured"
    return (IDENTITY if claim.kind == "identity" else FINDING)[given]


def written(measure: Measure, value: float) -> str:
    """A value of the measure as text; a share is one, even where its interval is too wide."""
    if math.isnan(value):
        return MISSING
    if measure.share:
        value = min(max(value, 0.0), 1.0)
    # A minus sign, and not the hyphen that Python writes.
    text = f"{value:{measure.form}}"
    return text.replace("-", "−", 1) if text.startswith("-") else text


def gather(
    runs: Sequence[Run], results: pd.DataFrame, verification: pd.DataFrame
) -> tuple[SeedRuns, ...]:
    """What claims are judged by, from finished runs and the tidy table of results.

    Arguments:
        runs: of any versions and seeds.
        results: with the rows of these runs and of the yardsticks.
        verification: what the notebook on the limits found, indexed by limit.
    """
    seeds = []
    for number in dict.fromkeys(run.seed for run in runs):
        # Compared within a seed, and with yardsticks, which belong to none.
        chosen = {run.version.name: run for run in runs if run.seed == number}
        yardsticks = ~results["version"].isin([run.version.name for run in runs])
        rows = results[yardsticks | (results["seed"] == number)]
        seeds.append(
            SeedRuns(
                number=number,
                metrics=by_version(last_epoch(with_way(rows))),
                histories={name: run.history for name, run in chosen.items()},
                epochs={name: run.epochs for name, run in chosen.items()},
                versions={name: run.version for name, run in chosen.items()},
                verification=verification,
            )
        )
    return tuple(seeds)
