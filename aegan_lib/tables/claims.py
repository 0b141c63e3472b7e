"""The documents' statements with their verdicts, as a table."""

import math
from collections.abc import Sequence

import pandas as pd
from markupsafe import Markup
from pandas.io.formats.style import Styler

from aegan_lib.claims.claim import Measure
from aegan_lib.claims.conclusions import SPEAKING, as_text, linked
from aegan_lib.claims.judging import Judged, written
from aegan_lib.evaluation.estimates import Estimate
from aegan_lib.tables.cells import styled


def claims_table(judged: Sequence[Judged], kind: str) -> Styler:
    """Every claim of a kind with what was measured, the rule and the verdict, a row each."""
    rows = {}
    for one in judged:
        claim = one.claim
        if claim.kind != kind:
            continue
        # A claim may need several measures, each with its own line in the cell.
        pairs = zip(claim.measures, one.estimates, strict=True)
        rows[claim.name] = {
            "statement": as_text(claim.statement)
            + Markup(" <small>({})</small>").format(as_text(claim.source)),
            "verdict": _verdict(one),
            "document": claim.document,
            "here": Markup("<br>").join(_measured(measure, found) for measure, found in pairs),
        }
    # Findings could have come out otherwise, identities could not: each kind is introduced as such.
    caption = {
        "finding": "What had to be measured. In brackets, where there are several seeds, the "
        "interval in which the mean over all seeds lies with 95 % confidence (Student's t); then "
        "the range that speaks for the statement. A verdict links to where it is seen.",
        "identity": "What holds by construction, checked all the same.",
    }[kind]
    table = pd.DataFrame.from_dict(rows, orient="index", dtype=object)
    return styled(table, caption, index=False)


def _verdict(judged: Judged) -> Markup:
    # The class gives the verdict its colour, the link leads to the figure that shows it.
    speaking = SPEAKING.get(judged.verdict, "open")
    note = Markup(" <small>suggestive</small>") if judged.suggestive else ""
    verdict = linked(judged, judged.verdict)
    return Markup('<span class="verdict {}">{}</span>{}').format(speaking, verdict, note)


def _measured(measure: Measure, found: Estimate) -> Markup:
    # The mean, its interval where several seeds give one, and the range that was asked for.
    text = Markup("{}: <b>{}</b>").format(as_text(measure.label), written(measure, found.mean))
    if found.low < found.high:
        text += f" ({written(measure, found.low)} to {written(measure, found.high)})"
    return text + f", {_rule(measure)}" if measure.judged else text


def _rule(measure: Measure) -> str:
    low, high = (written(measure, limit) for limit in (measure.low, measure.high))
    # One value, one limit, or a range: an open end is infinite.
    if measure.low == measure.high:
        return f"asked {low}"
    if math.isinf(measure.low):
        return f"asked ≤ {high}"
    return f"asked ≥ {low}" if math.isinf(measure.high) else f"asked {low} to {high}"
