"""How the statements came out, counted."""

from collections import Counter
from collections.abc import Sequence

from IPython.display import Markdown

from aegan_lib.claims.claim import KINDS, listed
from aegan_lib.claims.judging import Judged
from aegan_lib.evaluation.estimates import ENOUGH_SEEDS


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
        + listed([f"{number} came out **{name}**" for name, number in verdicts.items()])
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
