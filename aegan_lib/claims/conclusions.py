"""What was found, in tables and in sentences."""

import math
from collections import Counter
from collections.abc import Sequence
from html import escape

import pandas as pd
from IPython.display import HTML, Markdown
from markupsafe import Markup

from aegan_lib.claims.judging import Judged
from aegan_lib.evaluation.estimates import ENOUGH_SEEDS
from aegan_lib.evaluation.results import wide
from aegan_lib.versions import VERSIONS

SUBJECTS = {
    "limits": "The two limits",
    "mix": "A fixed mix",
    "rate": "The learning rate",
    "pretrained": "A pretrained start",
    "v1": "Version 1",
    "v4": "Version 4",
    "v5": "Version 5",
    "discriminator": "The discriminator",
    "arithmetic": "Vector arithmetic",
    "size": "Sizes",
}
MORE = 1.1  # times the raw faces' noise, above which it is said to be more
COLUMNS = {"for": "As the documents say", "against": "Not as they say", "open": "Open"}
SPEAKING = {
    "holds": "for", "reproduced": "for", "same direction here": "for",
    "does not hold": "against", "not here": "against",
}  # fmt: skip


def board(judged: Sequence[Judged]) -> HTML:
    """All statements at a glance: a column for each way that a verdict speaks."""
    findings = [j for j in judged if j.claim.kind == "finding"]
    columns = []
    for speaking, title in COLUMNS.items():
        # Whatever does not speak for or against is open, for whichever reason.
        chosen = [j for j in findings if SPEAKING.get(j.verdict, "open") == speaking]
        lines = Markup()
        for j in chosen:
            remark = _remark(j) if speaking == "open" else ""
            statement = linked(j, as_text(j.claim.statement))
            lines += Markup("<li>{}{}</li>").format(statement, remark)
        section = Markup(
            '<section class="{}" aria-label="{}"><p>{} <b>{}</b></p><ul>{}</ul></section>'
        )
        columns.append(section.format(speaking, title, title, len(chosen), lines))
    return HTML(f'<div class="board">{"".join(columns)}</div>')


def _remark(judged: Judged) -> str:
    said = judged.verdict
    return "" if said == "inconclusive" else Markup(" <small>{}</small>").format(said)


def counts(judged: Sequence[Judged]) -> Markdown:
    """How many claims ended how, identities and findings apart."""
    # Identities hold by construction and check the code; findings are about training.
    identities = [j for j in judged if j.claim.kind == "identity"]
    findings = [j for j in judged if j.claim.kind == "finding"]
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


def conclusions(judged: Sequence[Judged]) -> Markdown:
    """A paragraph for each subject."""
    paragraphs = []
    for about, title in SUBJECTS.items():
        sentences = [j.conclusion for j in judged if j.claim.about == about]
        if sentences:
            paragraphs.append(f"**{title}.** {' '.join(sentences)}")
    return Markdown("\n\n".join(paragraphs))


def exchange(results: pd.DataFrame) -> Markdown:
    """The question itself: what the adversary costs in fidelity and gives in sharpness."""
    # Only versions that reconstruct: 3 dB above the mean face is half of its squared error.
    table = wide(results, ["psnr", "laplacian_variance", "noise", "checkerboard"])
    raw = table.loc["raw"]
    versions = table[table.index.isin(VERSIONS)].dropna(subset="psnr")
    faithful = versions[versions["psnr"] > table.at["mean_face", "psnr"] + 3]
    if faithful.empty:
        return Markdown("No version here reconstructs well enough for the question to be put.")
    # Two answers: the closest to its input, and the one whose sharpness is nearest to that of raw
    # faces by factor, since twice as sharp is as far off as half.
    closest = faithful["psnr"].idxmax()
    sharpness = (faithful["laplacian_variance"] / raw["laplacian_variance"]).rename("sharpness")
    as_sharp = sharpness.map(lambda ratio: abs(math.log(ratio))).idxmin()
    text = (
        f"**So how should they be weighed?** Closest to its input comes **{closest}** with "
        f"{faithful.at[closest, 'psnr']:.1f} dB, at {sharpness[closest]:.2f} times the sharpness "
        f"of raw faces. Nearest to their sharpness comes **{as_sharp}** at "
        f"{sharpness[as_sharp]:.2f} times"
    )
    if as_sharp == closest:
        silent = VERSIONS[str(closest)].beta == 0 and len(faithful) > 1
        remark = ": here the adversary bought nothing" if silent else ""
        return Markdown(f"{text} as well{remark}.")
    # What sharpness cost, and whether it is detail: noise and checkerboards are sharp as well.
    lost = faithful.at[closest, "psnr"] - faithful.at[as_sharp, "psnr"]
    artefacts = faithful.loc[as_sharp, ["noise", "checkerboard"]] / raw[["noise", "checkerboard"]]
    gained = "What it gained is not all detail: its" if artefacts.max() > MORE else "Its"
    left_out = _left_out(versions, faithful)
    names = f": {', '.join(left_out)}" if left_out else ""
    return Markdown(
        f"{text}, for {lost:.1f} dB less. {gained} "
        f"noise is {artefacts['noise']:.1f} times and its checkerboard pattern "
        f"{artefacts['checkerboard']:.1f} times that of raw faces. Versions that do not "
        f"reconstruct, less than 3 dB above the mean face, are left out of this comparison{names}."
    )


def as_text(text: str) -> Markup:
    """`text` as part of HTML, between tags, where quotes are like any other sign."""
    return Markup(escape(text, quote=False))


def linked(judged: Judged, text: str) -> str:
    """`text` as a link to where the statement is seen, if it was measured at all."""
    if judged.verdict == "not measured":
        return text
    return Markup('<a href="#{}">{}</a>').format(judged.claim.anchor, text)


def _left_out(versions: pd.DataFrame, faithful: pd.DataFrame) -> list[str]:
    return [str(name) for name in versions.index.difference(faithful.index, sort=False)]


def _listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
