"""How the study was tuned and its second round is judged, in benchmarks/."""

import math
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from aegan_lib.errors import UserError
from aegan_lib.evaluation.histories import step_length
from aegan_lib.plan import plan
from aegan_lib.rules import ConflictFree, Seen
from aegan_lib.versions import GROUPS, VERSIONS
from benchmarks import controls, second_round, study, third_round
from benchmarks.controls import CONTROLLED
from benchmarks.length_variants import LengthOfConfig
from benchmarks.ramp_variants import Ramp
from benchmarks.second_round import judged
from benchmarks.study import asked, chosen_rates, measured, same, version_of
from benchmarks.v4_variants import MedianSlopeSchedule
from tests.evaluation.test_frontier import CURVE

ROUND = plan()["study"]["rates"]
THIRD = plan()["study"]["third"]


def test_a_run_that_two_grids_ask_for_is_one():
    assert same(("vqgan", "beta", 0.8, 100)) == same(("vqgan", "learning_rate", 1e-4, 100))
    assert same(("vqgan", "learning_rate", 2e-4, 100)) != same(("vqgan", "", None, 100))
    assert same(("constraint", "rate", 0.03, 100)) == ("constraint", 100)
    assert len({same(run) for run in asked()}) < len(list(asked()))


def test_a_weight_that_is_not_registered_is_made_of_its_name():
    version = version_of(("weighted-beta=0.0005", "learning_rate", 2e-4, 11))
    assert (version.alpha, version.beta, version.learning_rate) == (1, 0.0005, 2e-4)
    assert version.loss is VERSIONS["weighted"].loss


def test_controls_are_runs_of_their_own():
    made = [version_of(run) for run in CONTROLLED]
    assert len(
        {(version.name, run[-1]) for version, run in zip(made, CONTROLLED, strict=True)}
    ) == len(CONTROLLED)
    ceilings = {v.name: v.beta.ceiling for v in made if v.name.startswith("v4")}
    assert ceilings == {"v4_low": 0.01, "v4_median": 1.0, "v4_median_low": 0.01}


def test_what_has_a_row_is_not_trained_again(tmp_path):
    kept = tmp_path / "kept.csv"
    row = {"version": "vqgan", "field": "beta", "value": 0.8, "seed": 100, "psnr": 22.0}
    other = row | {"version": "weighted", "field": "", "value": ""}
    pd.DataFrame([other, row]).to_csv(kept, index=False)
    # A run that was trained for it would have more than these columns.
    measured(
        [("vqgan", "learning_rate", 1e-4, 100)], "test", 1, "smoke", tmp_path, tmp_path, str(kept)
    )
    table = pd.read_csv(kept, keep_default_na=False)
    assert table["psnr"].tolist() == [22.0] * 3 and "outcome" not in table
    assert table["field"].tolist() == ["learning_rate", "", "beta"]


POINTS = [(24.0, 0.5), (23.0, 0.3), (22.5, 0.25), (22.0, 0.24)]
CHOSEN = {"vqgan": 4e-4, "uncertainty": 2e-4, "config": 2e-4}


def a_round(rules, other=POINTS):
    """The second round's table, at one rate POINTS and `other` at two; distances grow by seed."""
    low, high = ROUND["frontier_rates"]
    fixed = [
        (name, rate, point)
        for rate, points in ((low, POINTS), (high, other))
        for name, point in zip(ROUND["frontier"], points, strict=True)
    ]
    made = [(name, CHOSEN[name], point) for name, point in rules.items()]
    return pd.DataFrame(
        {"version": name, "value": rate, "seed": seed, "psnr": x, "shared_detail": x / 100,
         "real_distance": y + 0.1 * place}
        for place, seed in enumerate(ROUND["seeds"])
        for name, rate, (x, y) in (*fixed, *made)
    )  # fmt: skip


def test_a_rule_is_held_against_the_fixed_weights_of_its_seed():
    # Between two weights the frontier is a straight line: at 23.5 it is at 0.4.
    table = a_round({"vqgan": (22.5, 0.25), "uncertainty": (22.5, 0.35), "config": (23.5, 0.3)})
    made = judged(table, CHOSEN).loc["psnr"]
    seeds = len(ROUND["seeds"])
    assert made["mean"].to_dict() == pytest.approx(
        {"vqgan": 0.0, "uncertainty": -0.1, "config": 0.1}
    )
    assert made.at["config", "p"] == pytest.approx(2 / 2**seeds, abs=1e-3)
    assert made.at["config", "corrected"] == pytest.approx(3 * 2 / 2**seeds, abs=1e-3)


def test_the_frontier_is_the_nearest_of_both_rates():
    # At the larger rate one weight is better, and another has collapsed.
    other = [(24.0, 0.5), (23.0, 0.2), (15.0, 0.7), (22.0, 0.24)]
    made = judged(a_round({"vqgan": (23.0, 0.25), "config": (22.5, 0.15)}, other), CHOSEN)
    assert made.loc[("psnr", "vqgan"), "mean"] == pytest.approx(-0.05)
    assert made.loc[("psnr", "config"), "mean"] == pytest.approx(0.05)


def test_a_seed_counts_once_all_its_fixed_weights_are_there():
    table = a_round({"config": (23.5, 0.3)})
    last = str(ROUND["seeds"][-1])
    assert judged(table, CHOSEN)[last].notna().any()
    gone = (table["seed"] == ROUND["seeds"][-1]) & (table["version"] == ROUND["frontier"][1])
    made = judged(table[~gone], CHOSEN)
    assert made[last].isna().all()
    assert made.loc[("psnr", "config"), "mean"] == pytest.approx(0.1)


def test_further_weights_take_their_place_in_the_sweep():
    table = a_round({"config": (24.5, 0.3), "vqgan": (23.5, 0.3)})
    low = ROUND["frontier_rates"][0]
    others = [("autoencoder_slow", low, 25.0, 0.6), ("weighted-beta=0.0002", low, 23.5, 0.35),
              ("weighted-beta=0.0002", 3e-4, 23.6, 0.32)]  # fmt: skip
    first = table.drop_duplicates("seed")
    grown = first["real_distance"] - first["real_distance"].iloc[0]
    rows = [
        first.assign(version=name, value=rate, psnr=x, real_distance=y + grown)
        for name, rate, x, y in others
    ]
    more = [(name, rate) for name, rate, *_ in others]

    def means(count):
        made = judged(pd.concat([table, *rows]), CHOSEN, more[:count]).loc["psnr"]
        assert count == 0 or made["corrected"].isna().all()  # not planned
        return made["mean"].loc[["config", "vqgan"]].tolist()

    assert means(0) == pytest.approx([math.nan, 0.1], nan_ok=True)
    assert means(1) == pytest.approx([0.25, 0.1])  # the sweep's end: 0.55 at 24.5
    assert means(2) == pytest.approx([0.25, 0.05])  # below the line
    assert means(3) == pytest.approx([0.25, 0.02])  # a point of its own
    # Where they are missing nothing is held against less.
    assert judged(table, CHOSEN, more).loc["psnr", "mean"].isna().all()


def test_a_table_that_is_missing_or_has_a_run_twice_is_refused_in_a_line(tmp_path, monkeypatch):
    kept = tmp_path / "third.csv"
    monkeypatch.setattr(third_round, "KEPT", str(kept))
    told = CliRunner().invoke(third_round.cli, ["tell"])
    assert told.exit_code == 1
    assert told.output == (
        "Error: There is no table third.csv. Expected: what `train` writes. Run that first.\n"
    )
    table = a_third_round()
    pd.concat([table, table[-1:]]).to_csv(kept, index=False)
    told = CliRunner().invoke(third_round.cli, ["tell"])
    assert "config at 0.0002, seed 27, more than once" in told.output and told.exit_code == 1
    # Of other seeds nothing is told.
    pd.concat([table, table[-1:].assign(seed=99)]).to_csv(kept, index=False)
    said = CliRunner().invoke(third_round.cli, ["tell"]).output
    assert "config over matched, psnr" in said and "0.039" in said
    assert CliRunner().invoke(third_round.cli, ["tell", "--profile", "huge"]).exit_code == 2
    assert CliRunner().invoke(third_round.cli, ["train", "--seeds", "x"]).exit_code == 2


@pytest.mark.parametrize(
    ("command", "missing"),
    [
        (
            (study.cli, "choose"),
            "tuning_small.csv. Expected: what `python benchmarks/study.py tune",
        ),
        ((study.cli, "picture"), "study_small.csv. Expected: what `make study PROFILE=small`"),
        ((second_round.cli, "train"), "tuning_small.csv"),
        ((second_round.cli, "picture"), "rates_small.csv"),
        ((controls.cli, "longer"), "study_small.csv"),
        ((controls.cli, "finer"), "study_small.csv"),
    ],
)
def test_what_a_command_needs_is_asked_for_before_any_training(command, missing):
    cli, name = command
    told = CliRunner().invoke(cli, [name, "--profile", "small"])
    assert told.exit_code == 1
    assert f"Error: There is no table {missing}" in told.output


def test_two_commands_on_one_table_wait_for_each_other(tmp_path):
    code = "from benchmarks.study import only; import sys\nwith only(sys.argv[1]): print('mine')"
    other = [sys.executable, "-c", code, str(tmp_path / "waited_for.csv")]
    with study.only(tmp_path / "waited_for.csv"):
        process = subprocess.Popen(other, cwd=study.ROOT, stdout=subprocess.PIPE, text=True)
        assert process.stdout.readline().startswith("The table waited_for.csv is in the hands of")
    assert process.communicate()[0] == "mine\n"


def test_what_has_no_gain_is_not_left_out_and_other_rates_are():
    table = a_round({"config": (25.0, 0.1), "vqgan": (22.5, 0.3)})
    strange = table.assign(value=0.1, real_distance=0.0)
    made = judged(pd.concat([table, strange]), CHOSEN).loc["psnr"]
    assert set(made.index) == set(CHOSEN)
    assert math.isnan(made.at["config", "mean"])  # closer to its input than any fixed weight
    assert made.at["vqgan", "mean"] == pytest.approx(-0.05)


def test_steps_are_added_to_those_that_were_kept(tmp_path, monkeypatch):
    kept = tmp_path / "steps.csv"
    monkeypatch.setattr(study, "STEPS", str(kept))
    command = ["steps", "--profile", "smoke", "--reports", str(tmp_path / "reports")]
    kept.write_text("version,seed,mean\nweighted,3,1.0\n")
    told = CliRunner().invoke(study.cli, command)
    assert "There is no finished run in" in told.output and told.exit_code == 1
    assert kept.read_text() == "version,seed,mean\nweighted,3,1.0\n"
    record = tmp_path / "reports" / "faces-smoke" / "v5" / "seed-0" / "run.json"
    record.parent.mkdir(parents=True)
    record.touch()
    even = {"weight_mse": 1.0, "weight_bce": 0.0, "gradient_cosine": 0.0,
            "gradient_norm_mse": np.ones(24), "gradient_norm_bce": 1.0}  # fmt: skip
    run = SimpleNamespace(version=VERSIONS["v5"], seed=0, history=pd.DataFrame(even))
    monkeypatch.setattr("aegan_lib.runs.find_run", lambda _: run)
    assert CliRunner().invoke(study.cli, command).exit_code == 0
    table = pd.read_csv(kept).set_index(["version", "seed"])
    assert table.index.tolist() == [("v5", 0), ("weighted", 3)]
    assert table.columns.tolist() == [*(f"part {n}" for n in range(1, 13)), "largest", "mean"]
    assert table.loc[("weighted", 3), "mean"] == 1 and table.loc[("v5", 0), "mean"] == 1


def test_each_rule_has_the_rate_that_gained_most(tmp_path, monkeypatch):
    rows = [
        {"version": name, "field": "", "value": "", "psnr": x, "real_distance": y}
        for name, (x, y) in zip(GROUPS["frontier"], CURVE, strict=True)
    ]
    for rate, distance in ((1e-4, 0.2), (2e-4, 0.1), (4e-4, 0.3)):
        rows += [
            {"version": name, "field": "learning_rate", "value": rate, "psnr": 22.0,
             "real_distance": distance}
            for name in ROUND["planned"]
        ]  # fmt: skip
    # Closer than any fixed weight: held against the closest, which is at 0.5, and 0.35 is gained.
    rows[-1] |= {"psnr": 30.0, "real_distance": 0.15}
    kept = tmp_path / "tuning.csv"
    pd.DataFrame(rows).assign(seed=100).to_csv(kept, index=False)
    monkeypatch.setattr(study, "TABLE", str(kept))
    assert chosen_rates("quick") == {"vqgan": 2e-4, "uncertainty": 2e-4, "config": 4e-4}
    pd.DataFrame(rows[:-1]).query("version != 'vqgan'").assign(seed=100).to_csv(kept, index=False)
    with pytest.raises(UserError, match="No learning rate has been tuned for vqgan"):
        chosen_rates("quick")


def test_a_median_slope_is_not_decided_by_single_batches():
    schedule = MedianSlopeSchedule(scale=2e-7, window=3, ceiling=1.0)
    assert schedule({"mse": [0.1] * 3}) == 0  # the window is not full
    # From 0.4 and 0.3 to 0.2 and 0.1: the medians lie 0.2 and two batches apart.
    assert schedule({"mse": [9.0, 0.4, 0.3, 0.2, 0.1]}) == pytest.approx(2e-7 / 0.1)
    assert schedule({"mse": [0.1] * 4}) == 1.0


def test_a_ramp_makes_adams_steps_longer_at_first():
    rule, weights = Ramp(batches=100.0), []
    state = rule.begin(None)
    for _ in range(6000):
        weight, other, state = rule.weights(Seen(0, 0, 0, 0, 0), 1.0, 0.3, state)
        assert other == pytest.approx(0.3 * weight)
        weights.append(weight)
    assert weights[:2] == pytest.approx([1, 1.01])
    history = pd.DataFrame({"weight_mse": weights, "weight_bce": 0.0, "gradient_norm_mse": 1e-3,
                            "gradient_norm_bce": 1e-3, "gradient_cosine": 0.0})  # fmt: skip
    quarters = [part.mean() for part in np.array_split(step_length(history), 4)]
    assert quarters == pytest.approx([1.46, 1.37, 1.26, 1.20], abs=0.01)


@pytest.mark.parametrize("scale", [1e-4, 1.0, 30.0, 3e3])
@pytest.mark.parametrize("shared", [-0.9, 0.0, 0.5])
def test_a_fixed_weight_is_given_the_length_of_configs_formula(scale, shared):
    mse, other = np.random.default_rng(0).normal(size=(2, 50)).astype("float32")
    bce = np.float32(scale) * (other + np.float32(shared) * 5 * mse)
    seen = Seen(0.1, 0.7, *map(np.float32, (np.linalg.norm(mse), np.linalg.norm(bce), mse @ bce)))

    def made(rule, beta):
        weight_mse, weight_bce, _ = rule.weights(seen, 1.0, beta, {})
        return float(weight_mse) * mse + float(weight_bce) * bce

    ours, theirs = made(LengthOfConfig(share=0.8), 3e-4), made(ConflictFree(), 0.8)
    assert np.linalg.norm(ours) == pytest.approx(np.linalg.norm(theirs), rel=1e-3)
    fixed = mse + 3e-4 * bce
    assert ours / np.linalg.norm(ours) == pytest.approx(fixed / np.linalg.norm(fixed), abs=1e-4)


# PSNR and distance of fixed weights, from none up, of those that Adam steps further on, and of both
# halves of what sets these apart.
PLAIN = [(23.0, 0.34), (22.9, 0.3), (22.85, 0.27), (22.8, 0.25), (22.6, 0.23), (22.4, 0.22)]
ADDED = [(23.3, 0.3), (23.2, 0.26)]
MATCHED = [(23.1, 0.24), (22.8, 0.2), (22.5, 0.19)]
PARTS = [(22.6, 0.22), (22.7, 0.3)]


def a_third_round(config=(22.8, 0.2)):
    """Its table. From seed to seed all distances grow, and what config gains."""
    runs = [run for kind in third_round.KINDS for run in third_round.asked(kind)]
    points = [*PLAIN, *ADDED, *MATCHED, *PARTS, config]
    made = [(*run, point) for run, point in zip(runs, points, strict=True)]
    rows = pd.DataFrame(
        {"version": name, "value": rate, "seed": seed, "psnr": x, "shared_detail": 1 - y,
         "real_distance": y + 0.1 * place, "input_dependence": 0.9}
        for place, seed in enumerate(THIRD["seeds"])
        for name, rate, (x, y) in made
    )  # fmt: skip
    gains = np.linspace(0, 0.01, len(THIRD["seeds"]))
    rows.loc[rows["version"] == "config", "real_distance"] -= gains
    return rows


def test_the_third_round_holds_each_against_what_was_planned_in_its_own_seed():
    made = third_round.judged(a_third_round())
    seeds = [str(seed) for seed in THIRD["seeds"]]
    assert made["mean"].tolist() == pytest.approx([0.055, 0.05, 0.005, 0.01, -0.06])
    assert made.loc["config over matched, psnr", seeds].tolist() == pytest.approx(
        np.linspace(0, 0.01, len(seeds))
    )
    least = 2 / 2 ** len(seeds)
    # The first of them gained nothing, so flipping its sign makes no difference.
    assert made["p"].tolist() == pytest.approx([least, least, 2 * least, least, least])
    assert made["corrected"].tolist() == pytest.approx([5 * least] * 5)


def test_in_the_third_round_nothing_is_without_a_gain():
    # Closer than all fixed weights: held against the closest of them, which is at 0.34.
    made = third_round.judged(a_third_round(config=(25.0, 0.2)))["mean"]
    assert made["config over fixed, psnr"] == pytest.approx(0.145)
    assert made["config over matched, psnr"] == pytest.approx(0.045)


def test_what_was_added_is_held_against_beside_what_was_planned():
    # At 23.15 the planned ones end at 23.1; the line from 23.2 to 23.1 is at 0.25.
    table = a_third_round(config=(23.15, 0.2))
    over = {
        name: third_round.gains(table, name, "psnr")["config"].mean for name in third_round.OVER
    }
    assert over["matched"] == pytest.approx(0.04 + 0.005)
    assert over["matched and added"] == pytest.approx(0.05 + 0.005)
    assert third_round.judged(table).at["config over matched, psnr", "mean"] == over["matched"]


def test_a_fixed_weight_is_held_against_the_others():
    # At 22.8 the line from 22.85 to 22.6 is at 0.262.
    table = a_third_round()
    assert third_round.gains(table, "fixed", "psnr")["weighted-beta=0.0002"].mean == pytest.approx(
        0.27 - 0.04 * 0.05 / 0.25 - 0.25
    )


def test_nothing_is_tested_before_all_seeds_of_the_third_round_are_there():
    table = a_third_round()
    first, last = THIRD["seeds"][0], THIRD["seeds"][-1]
    gone = (table["seed"] == last) & (table["version"] == THIRD["matched"][0])
    made = third_round.judged(table[~gone])
    missing = [False, False, True, False, False]
    assert made[str(last)].isna().tolist() == missing
    assert made["p"].isna().tolist() == made["corrected"].isna().tolist() == missing
    assert made[str(first)].notna().all()


def test_the_third_rounds_picture_shows_every_run():
    table = a_third_round()
    made = third_round.figure(table)
    for axes in made.axes:
        dots = sum(len(collection.get_offsets()) for collection in axes.collections)
        assert dots == len(table) + len(third_round.SINGLE)  # and the means of what is no line
        said = [text.get_text() for text in axes.texts]
        assert {*third_round.SINGLE, "β 0", "β 0.0001", "β 0.0005"} <= {*said}
    labels = [text.get_text() for text in made.axes[0].get_legend().get_texts()]
    assert labels == [*third_round.LINES.values()]


def test_the_third_rounds_picture_is_of_whole_seeds_and_of_what_did_not_collapse():
    table = a_third_round()
    first, collapsed = THIRD["seeds"][0], table["version"] == THIRD["matched"][0]
    table.loc[collapsed | (table["version"] == "config"), "input_dependence"] = 0.05
    others = table[-1:].assign(version="weighted-beta=0.7")  # that somebody else trained
    rest = (table["seed"] != first) & (table["version"] == "config")
    made = third_round.figure(pd.concat([table[~rest], others]))
    said = [text.get_text() for text in made.axes[0].texts]
    assert "config" not in said and "β 0.0002" in said
    with pytest.raises(UserError, match=r"No seed is whole\. Expected: .* 14 runs"):
        third_round.figure(table[table["version"] != "config"])
