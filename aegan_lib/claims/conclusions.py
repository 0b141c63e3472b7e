"""What was found, in tables and in sentences."""

from collections import Counter
from collections.abc import Sequence
from html import escape

from IPython.display import HTML, Markdown
from markupsafe import Markup

from aegan_lib.claims.claim import KINDS
from aegan_lib.claims.judging import Judged
from aegan_lib.evaluation.estimates import ENOUGH_SEEDS

SUBJECTS = {
    "limits": "The two limits",
    "mix": "A fixed mix",
    "rate": "The learning rate",
    "pretrained": "A pretrained start",
    "v1": "Version 1",
    "v4": "Version 4",
    "v5": "Version 5",
    "table": "The metrics table",
    "arithmetic": "Vector arithmetic",
    "size": "Sizes",
}
COLUMNS = {"for": "Here too", "against": "Not here", "open": "Open"}
SPEAKING = {
    "holds": "for", "reproduced": "for", "here too": "for",
    "does not hold": "against", "not here": "against",
}  # fmt: skip


def board(judged: Sequence[Judged]) -> HTML:
    """All statements at a glance: a column for each way that a verdict speaks."""
    findings = [j for j in judged if j.claim.kind != "identity"]
    # How many seeds stand behind a column belongs to its heading.
    seeds = seeds_behind(judged)
    note = f" · {seeds}" if seeds else ""
    columns = []
    for speaking, title in COLUMNS.items():
        # Whatever does not speak for or against is open, for whichever reason.
        chosen = [j for j in findings if SPEAKING.get(j.verdict, "open") == speaking]
        lines = Markup()
        for j in chosen:
            remark = j.verdict if speaking == "open" else j.claim.kind
            statement = linked(j, as_text(j.claim.statement))
            lines += Markup("<li>{} <small>{}</small></li>").format(statement, remark)
        section = Markup(
            '<section class="{}" aria-label="{}"><p>{} <b>{}</b><small>{}</small></p>'
            "<ul>{}</ul></section>"
        )
        columns.append(section.format(speaking, title, title, len(chosen), note, lines))
    return HTML(f'<div class="board">{"".join(columns)}</div>')


def seeds_behind(judged: Sequence[Judged]) -> str:
    """How many seeds stand behind the verdicts, and what that is worth."""
    # By the seeds of most statements: few of them lack a run.
    counts = Counter(max((e.n for e in j.estimates), default=0) for j in judged)
    counts.pop(0, None)
    if not counts:
        return ""
    seeds = max(counts, key=lambda n: counts[n])
    said = f"{seeds} seed{'s' * (seeds > 1)}"
    return f"{said}, suggestive at most" if seeds < ENOUGH_SEEDS else said


def counts(judged: Sequence[Judged]) -> Markdown:
    """How many claims ended how, identities and findings apart."""
    # Identities hold by construction and check the code; findings are about training.
    identities = [j for j in judged if j.claim.kind == "identity"]
    findings = [j for j in judged if j.claim.kind != "identity"]
    holding = sum(j.verdict == "holds" for j in identities)
    broken = [j.claim.name for j in identities if j.verdict == "does not hold"]
    verdicts = Counter(j.verdict for j in findings)
    alarm = f"; **broken: {', '.join(broken)}**" if broken else ""
    text = (
        f"The documents make {len(judged)} statements that can be tested. Of the {len(findings)} "
        "that had to be measured, "
        + _listed([f"{number} came out **{name}**" for name, number in verdicts.items()])
        + f"; {holding} of the {len(identities)} that hold by construction were checked and hold"
        + f"{alarm}."
    )
    if any(j.suggestive for j in findings):
        text += (
            f" With fewer than {ENOUGH_SEEDS} seeds, every comparison is *suggestive* at most: "
            "another seed may turn it round."
        )
    return Markdown(text)


def kinds() -> Markdown:
    """What the kinds of statements are."""
    found = [f"*{kind}*, {said}" for kind, said in KINDS.items() if kind != "identity"]
    return Markdown(f"Statements are of four kinds: {'; '.join(found)}.")


def conclusions(judged: Sequence[Judged]) -> Markdown:
    """A paragraph for each subject."""
    paragraphs = []
    for about, title in SUBJECTS.items():
        sentences = [j.conclusion for j in judged if j.claim.about == about]
        if sentences:
            paragraphs.append(f"**{title}.** {' '.join(sentences)}")
    return Markdown("\n\n".join(paragraphs))


def as_text(text: str) -> Markup:
    """`text` as part of HTML, between tags, where quotes are like any other sign."""
    return Markup(escape(text, quote=False))


def linked(judged: Judged, text: str) -> str:
    """`text` as a link to the row of its statement, where its numbers stand."""
    return Markup('<a href="#{}">{}</a>').format(judged.claim.row, text)


def _listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
