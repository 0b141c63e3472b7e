"""The documents' statements with their verdicts, and what was planned, as tables."""

import math
from collections.abc import Sequence

import pandas as pd
from markupsafe import Markup
from pandas.io.formats.style import Styler

from aegan_lib.claims.claim import Claim, Measure
from aegan_lib.claims.conclusions import SPEAKING, as_text
from aegan_lib.claims.judging import Judged, written
from aegan_lib.evaluation.estimates import Estimate
from aegan_lib.plan import Range, ranges
from aegan_lib.tables.cells import styled
from aegan_lib.tables.dots import dots


def claims_table(judged: Sequence[Judged], identities: bool = False) -> Styler:
    """Every claim with what was measured, the rule and the verdict, a row each."""
    planned = ranges()
    rows = {}
    for one in judged:
        claim = one.claim
        if (claim.kind == "identity") != identities:
            continue
        # A claim may need several measures, each with its own line in the cell.
        pairs = zip(claim.measures, one.estimates, strict=True)
        asked = planned.get(claim.name, {})
        measured = [_measured(measure, found, asked.get(measure.name)) for measure, found in pairs]
        rows[claim.name] = {
            "statement": _statement(claim),
            **({} if identities else {"kind": claim.kind}),
            "verdict": _verdict(one),
            "document": claim.document,
            "here": Markup("").join([*measured, _turns(claim)]),
        }
    # Findings could have come out otherwise, identities could not: each kind is introduced as such.
    caption = (
        "What holds by construction, checked all the same."
        if identities
        else "What had to be measured: the mean over seeds, each seed as a dot on the range that "
        "was asked for (shaded), and from five seeds on the interval in which the mean over all "
        "seeds lies with 95 % confidence. Near the limit: the seeds are too few or too different "
        "to say on which side of it. A verdict links to where it is seen."
    )
    table = pd.DataFrame.from_dict(rows, orient="index", dtype=object)
    return styled(table, caption, index=False)


def plan_table() -> Styler:
    """Every range of the plan, and where it comes from."""
    rows = [
        (claim, measure, _asked(asked.low, asked.high, "g"), asked.source, asked.why)
        for claim, measures in ranges().items()
        for measure, asked in measures.items()
    ]
    table = pd.DataFrame(rows, columns=["statement", "measure", "asked", "from", "why"])
    ours = int((table["from"] == "ours").sum())
    return styled(
        table,
        f"The ranges: {len(table) - ours} come from numbers or words of the documents, {ours} are "
        "our own choice.",
        index=False,
    )


def _statement(claim: Claim) -> Markup:
    quote = Markup("<br><q>{}</q>").format(as_text(claim.quote)) if claim.quote else Markup()
    return Markup('<span id="{}">{}</span>{} <small>({})</small>').format(
        claim.row, as_text(claim.statement), quote, as_text(claim.source)
    )


def _verdict(judged: Judged) -> Markup:
    # The class gives the verdict its colour, the link leads to the figure that shows it.
    speaking = SPEAKING.get(judged.verdict, "open")
    note = Markup(" <small>suggestive</small>") if judged.suggestive else ""
    text: str = judged.verdict
    if judged.claim.anchor and judged.verdict != "not measured":
        text = Markup('<a href="#{}">{}</a>').format(judged.claim.anchor, text)
    return Markup('<span class="verdict {}">{}</span>{}').format(speaking, text, note)


def _measured(measure: Measure, found: Estimate, planned: Range | None) -> Markup:
    # The mean, its interval where several seeds give one, and the range that was asked for.
    text = Markup("{}: <b>{}</b>").format(as_text(measure.said), written(measure, found.mean))
    if found.low < found.high:
        text += f" ({written(measure, found.low)} to {written(measure, found.high)})"
    if measure.judged:
        asked = _asked(measure.low, measure.high, measure.form)
        text += Markup(", asked {}").format(asked)
        if planned:
            text += Markup(" <small>({})</small>").format(planned.source)
    return Markup("<div>{}{}</div>").format(text, _dots(measure, found))


def _turns(claim: Claim) -> Markup:
    return Markup('<div class="turns">Would turn it: {}.</div>').format(as_text(claim.turns))


def _asked(low: float, high: float, form: str) -> str:
    """The range in words: one value, one limit, or two."""

    def said(limit: float) -> str:
        return written(Measure("", lambda _: limit, form=form), limit)

    if low == high:
        return said(low)
    if math.isinf(low):
        return f"≤ {said(high)}"
    return f"≥ {said(low)}" if math.isinf(high) else f"{said(low)} to {said(high)}"


def _dots(measure: Measure, found: Estimate) -> Markup:
    """Every seed on the range that was asked for."""
    return dots(
        found.values,
        lambda value: written(measure, value),
        shade=(measure.low, measure.high) if measure.judged else None,
        logarithmic=measure.ratio,
    )
