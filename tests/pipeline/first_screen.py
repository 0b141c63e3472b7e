"""The first screen's answer, recomputed from the table of results by nothing but pandas."""

import re

import pandas as pd
from bs4 import BeautifulSoup

AXES = {"psnr": 1, "real_distance": -1}  # with the sign of better
NUMBERS = re.compile(
    r"([\w.=-]+) \((-?[\d.]+) dB, distance (-?[\d.]+), holding ([\d.]+)% of its input's detail at "
    r"([\d.]+) times"
)


def answer_of(html: str) -> str:
    paragraphs = BeautifulSoup(html, "html.parser").select("p")
    (answer,) = (p for p in paragraphs if "So how should they be weighed?" in p.get_text())
    return answer.get_text()


def check(answer: str, results: pd.DataFrame) -> None:
    """Compare every number and every name of the answer with the table."""
    ends = results.groupby(["version", "seed"])["epoch"].transform("max")
    last = results[(results["epoch"] == ends) & results["case"].isin(["", None])]
    values = last.pivot_table(index=["version", "seed"], columns="metric", values="value")
    means = values.groupby("version").mean()
    yardsticks = {"raw", "mean_face", *(name for name in means.index if name.startswith("pca_"))}
    versions = [name for name in means.index if name not in yardsticks]
    floor = means.at["mean_face", "psnr"] + 3
    faithful = {name for name in versions if means.at[name, "psnr"] > floor}

    def beats(one: str, other: str) -> bool:
        paired = values.loc[one].sub(values.loc[other]).dropna(subset=list(AXES))
        return all((paired[metric] * sign > 0).all() for metric, sign in AXES.items())

    beaten = {name: {o for o in faithful - {name} if beats(o, name)} for name in faithful}
    unbeaten = {name for name, others in beaten.items() if not others}
    # Who is named, and how many of how many.
    shown = NUMBERS.findall(answer)
    assert {name for name, *_ in shown} == unbeaten
    counted = re.search(r"Of (\d+) versions that reconstruct, (\d+) are beaten by none", answer)
    assert counted
    assert (int(counted[1]), int(counted[2])) == (len(faithful), len(unbeaten))
    # Their numbers, as precise as they are shown.
    raw = means.at["raw", "laplacian_variance"]
    for name, *numbers in shown:
        of = means.loc[name]
        expected = (
            of["psnr"],
            of["real_distance"],
            100 * of["shared_detail"],
            of["laplacian_variance"] / raw,
        )
        for text, value in zip(numbers, expected, strict=True):
            decimals = len(text.partition(".")[2])
            assert abs(float(text) - value) <= 0.5001 * 10**-decimals, (name, text, value)
    # Who is beaten by whom, who is left out, and on how many seeds it stands.
    (said,) = re.findall(r"Beaten in both, in every seed: (.*?)\. ", answer)
    for part in said.split("; "):
        name, others = part.split(" by ")
        named = {other for other in re.split(r", | and ", others) if not other.endswith("more")}
        more = re.search(r"(\d+) more", others)
        assert named <= beaten[name]
        assert len(named) + (int(more[1]) if more else 0) == len(beaten[name])
    assert said.count(" by ") == len(faithful - unbeaten)
    (left_out,) = re.findall(r"above the mean face: (.*)\.", answer)
    assert set(left_out.split(", ")) == set(versions) - faithful
    seeds = values.loc[sorted(faithful)].groupby("version").size().min()
    assert f"{seeds} seeds stand behind each number" in answer
