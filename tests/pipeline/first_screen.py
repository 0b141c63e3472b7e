"""The first screen's answer and findings, recomputed from the table of results by pandas alone."""

import re

import pandas as pd
from bs4 import BeautifulSoup

AXES = {"psnr": 1, "real_distance": -1}  # with the sign of better
NUMBERS = re.compile(r"([\w.=-]+) \((-?[\d.]+) dB, distance (-?[\d.]+)\)")
PRICE = re.compile(
    r"([\w.=-]+), the most real, costs ([\d.]+) dB beside ([\w.=-]+), the closest: (\d+)% less "
    r"distance from real faces, and ([\d.]+)% of the input's detail in place of ([\d.]+)%"
)


def said_on(html: str) -> str:
    """The answer, and below the figure what came out beside it, a line each."""
    main = BeautifulSoup(html, "html.parser").main
    answer = main.select_one("h1").find_next("p")
    found = answer.find_next("ul")
    return "\n".join([answer.get_text(), *(line.get_text() for line in found.select("li"))])


def check(said: str, results: pd.DataFrame) -> None:
    """Compare every number and every name with the table."""
    answer, *findings = said.split("\n")
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

    def rounded(text: str, value: float) -> bool:
        return abs(float(text) - value) <= 0.5001 * 10 ** -len(text.partition(".")[2])

    beaten = {name: {o for o in faithful - {name} if beats(o, name)} for name in faithful}
    unbeaten = {name for name, others in beaten.items() if not others}
    # The two ends of what nobody beats, their numbers, and how many of how many there are.
    order = means.loc[sorted(unbeaten), "psnr"].sort_values()
    shown = NUMBERS.findall(answer)
    assert [name for name, *_ in shown] == list(dict.fromkeys([order.index[-1], order.index[0]]))
    for name, psnr, distance in shown:
        assert rounded(psnr, means.at[name, "psnr"])
        assert rounded(distance, means.at[name, "real_distance"])
    (count,) = re.findall(r"of (\d+) that reconstruct", answer)
    assert int(count) == len(faithful)
    assert len(unbeaten) == 1 or f"{len(unbeaten)} are beaten by none" in answer
    seeds = values.loc[sorted(faithful)].groupby("version").size().min()
    assert (f"by {seeds} seeds" if seeds > 1 else "by one seed") in answer
    # What fails, what realism costs, and how the documents' own rules came out.
    failed = set(versions) - faithful
    assert bool(failed) == any("not give faces back" in line for line in findings)
    for line in findings:
        if "not give faces back" in line:
            names = re.split(r", | and ", re.split(" do(?:es)? not", line)[0])
            assert set(names) == failed
        elif match := PRICE.search(line):
            real, lost, close, nearer, detail, before = match.groups()
            of = means.loc[sorted(faithful)]
            assert (real, close) == (of["real_distance"].idxmin(), of["psnr"].idxmax())
            assert rounded(lost, of.at[close, "psnr"] - of.at[real, "psnr"])
            share = of.at[real, "real_distance"] / of.at[close, "real_distance"]
            assert rounded(nearer, 100 * (1 - share))
            assert rounded(detail, 100 * of.at[real, "shared_detail"])
            assert rounded(before, 100 * of.at[close, "shared_detail"])
        else:
            assert line.startswith("Of the documents' own rules, ")
            _rules(line.partition("rules, ")[2].rstrip("."), beaten, failed)


def _rules(said: str, beaten: dict[str, set[str]], failed: set[str]) -> None:
    told = set()
    for part in said.split("; "):
        who, outcome = re.split(" (?=is |are |fails?)", part, maxsplit=1)
        for name in re.split(r", | and ", who):
            told.add(name)
            if outcome.startswith("fail"):
                assert name in failed
                continue
            others = outcome.partition(" by ")[2]
            named = {o for o in re.split(r", | and ", others) if not o.endswith("more")} - {"none"}
            more = re.search(r"(\d+) more", others)
            assert named <= beaten[name]
            assert len(named) + (int(more[1]) if more else 0) == len(beaten[name])
    assert told == {"v1", "v4", "v5"} & (beaten.keys() | failed)
