"""The documents' statements with their verdicts, each to be unfolded."""

import math
from collections.abc import Sequence
from html import escape

from IPython.display import HTML
from markupsafe import Markup

from aegan_lib.claims.claim import Measure
from aegan_lib.claims.judging import Judged, written
from aegan_lib.evaluation.estimates import Estimate
from aegan_lib.plan import Range, ranges
from aegan_lib.tables.dots import dots

COLUMNS = {"for": "Here too", "against": "Not here", "open": "Open"}
SPEAKING = {
    "holds": "for", "reproduced": "for", "here too": "for",
    "does not hold": "against", "not here": "against",
}  # fmt: skip


def statements(judged: Sequence[Judged]) -> HTML:
    """Every statement that had to be measured, by how its verdict speaks; each unfolds."""
    findings = [one for one in judged if one.claim.kind != "identity"]
    sections = []
    for speaking, title in COLUMNS.items():
        # Whatever does not speak for or against is open, for whichever reason.
        chosen = [one for one in findings if SPEAKING.get(one.verdict, "open") == speaking]
        if chosen:
            head = Markup('<p class="{}"><strong>{}</strong> {}</p>').format(
                speaking, title, len(chosen)
            )
            sections.append(head + Markup().join(map(_unfolding, chosen)))
    return HTML(f'<div class="statements">{"".join(sections)}</div>')


def identities(judged: Sequence[Judged]) -> HTML:
    """What holds by construction and was checked all the same."""
    line = Markup('<li id="{}">{} <strong>{}.</strong> {}{}</li>')
    rows = [
        line.format(
            one.claim.row,
            _verdict(one),
            as_text(one.claim.statement),
            as_text(one.conclusion),
            _seen(one),
        )
        for one in judged
        if one.claim.kind == "identity"
    ]
    return HTML(f"<ul>{''.join(rows)}</ul>")


def _unfolding(one: Judged) -> Markup:
    """A statement with its verdict; below it its words, its measures, and what would turn it."""
    claim, planned = one.claim, ranges().get(one.claim.name, {})
    pairs = zip(claim.measures, one.estimates, strict=True)
    measured = [_measured(measure, found, planned.get(measure.name)) for measure, found in pairs]
    quote = Markup("<q>{}</q> ").format(as_text(claim.quote)) if claim.quote else Markup()
    theirs = Markup("{}<small>{}: {}</small>").format(
        quote, as_text(claim.source), as_text(claim.document)
    )
    return Markup(
        '<details id="{}"><summary><span>{}</span> {}</summary><div><div><p>{}</p>'
        '<p>{} <span class="turns">Would turn it: {}.</span>{}</p></div><div>{}</div></div>'
        "</details>"
    ).format(
        claim.row,
        as_text(claim.statement),
        _verdict(one),
        theirs,
        as_text(one.conclusion),
        as_text(claim.turns),
        _seen(one),
        Markup("").join(measured),
    )


def _verdict(judged: Judged) -> Markup:
    # The class gives the verdict its colour.
    speaking = SPEAKING.get(judged.verdict, "open")
    note = f"{judged.claim.kind}{', suggestive' * judged.suggestive}"
    return Markup('<span><span class="verdict {}">{}</span> <small>{}</small></span>').format(
        speaking, judged.verdict, note
    )


def _seen(judged: Judged) -> Markup:
    """A link to the part of the page where it is seen."""
    if not judged.claim.anchor or judged.verdict == "not measured":
        return Markup()
    place = judged.claim.anchor.replace("-", " ")
    return Markup(' <a href="#{}">Seen under “{}”</a>').format(judged.claim.anchor, place)


def as_text(text: str) -> Markup:
    """`text` as part of HTML, between tags, where quotes are like any other sign."""
    return Markup(escape(text, quote=False))


def _measured(measure: Measure, found: Estimate, planned: Range | None) -> Markup:
    # The mean, its interval where several seeds give one, and the range that was asked for.
    text = Markup("{}: <b>{}</b>").format(as_text(measure.said), written(measure, found.mean))
    if found.low < found.high:
        text += f" ({written(measure, found.low)} to {written(measure, found.high)})"
    if measure.judged:
        asked = _asked(measure.low, measure.high, measure.form)
        text += Markup(", asked {}").format(asked)
        if planned:
            text += Markup(" <small>({}: {})</small>").format(planned.source, planned.why)
    return Markup("<div>{}{}</div>").format(text, _dots(measure, found))


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
