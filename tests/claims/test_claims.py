"""Every rule on made-up runs, with a case for every verdict that it can give."""

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup

from aegan_lib.claims import CLAIMS
from aegan_lib.claims.claim import KINDS, SeedRuns
from aegan_lib.claims.conclusions import counts
from aegan_lib.claims.judging import judge, written
from aegan_lib.claims.verdicts import answer, either_way, every
from aegan_lib.claims.version_5_and_table import DISCRIMINATORS
from aegan_lib.evaluation import histories
from aegan_lib.evaluation.estimates import ENOUGH_SEEDS, estimate
from aegan_lib.evaluation.results import REAL_DISTANCE, SETTLED_FAKE, SETTLED_REAL
from aegan_lib.plan import comparisons, plan, ranges
from aegan_lib.schedules import SlopeSchedule, replay
from aegan_lib.tables.claims import identities, statements
from aegan_lib.versions import VERSIONS

BY_NAME = {claim.name: claim for claim in CLAIMS}
BATCHES = 1000
SCHEDULE = SlopeSchedule(scale=1e-6, window=50, ceiling=1.0)
ALL = [
    "psnr", "mse", "way", "input_dependence", "output_diversity", "invented_form",
    "laplacian_variance", "shared_detail", "eye_detail", "noise", "checkerboard", "smile_change",
    "attributes_changed", "bce", REAL_DISTANCE,
]  # fmt: skip
OF_3, ANYONE, OF_10 = "averages of 3", "averages, shuffled", "averages of 10"
CASES = [(probe, case) for probe in ("smiling_men", "smiling_men_hardened")
         for case in (OF_3, ANYONE, OF_10)]  # fmt: skip
COLUMNS = pd.MultiIndex.from_tuples(
    [*((metric, "") for metric in ALL), SETTLED_REAL, SETTLED_FAKE, *CASES]
)


def falling(level=1.0, wobble=0.1):
    """A loss that decays to `level`, off it by a share of about `wobble`."""
    t = np.arange(BATCHES)
    off = np.random.default_rng(0).normal(size=BATCHES)
    return level * (1 + 9 * np.exp(-t / 100)) * np.exp(wobble * off)


def made_up(number=0, changes=()):
    """A seed in which every metric is 0.5 and all histories are alike, but for `changes`.

    A change's key is "version metric", "version history column" or "version epochs column"; of a
    metric with cases, (version, metric, case).
    """
    metrics = pd.DataFrame(0.5, index=[*VERSIONS, "raw", "mean_face", "pca_100"], columns=COLUMNS)
    history = pd.DataFrame(
        {
            "mse": falling(), "bce": falling(), "beta": 0.0, "weight_mse": 1.0, "weight_bce": 0.5,
            "gradient_norm_mse": 1.0, "gradient_norm_bce": 1.0,
        }
    )  # fmt: skip
    histories = {name: history.copy() for name in VERSIONS}
    epochs = {name: pd.DataFrame(EPOCHS) for name in VERSIONS}
    for key, value in dict(changes).items():
        match key.split() if isinstance(key, str) else list(key):
            case [version, metric]:
                assert (metric, "") in metrics
                metrics.loc[version, (metric, "")] = value
            case [version, "history", column]:
                histories[version][column] = value
            case [version, "epochs", column]:
                epochs[version][column] = value
            case [version, metric, case]:
                assert (metric, case) in metrics
                metrics.loc[version, (metric, case)] = value
            case [limit]:
                raise AssertionError(limit)
    verification = pd.DataFrame({"largest_ratio": dict(LIMITS) | dict(RATIOS)})
    versions = VERSIONS | {"v4": dataclasses.replace(VERSIONS["v4"], beta=SCHEDULE)}
    return SeedRuns(number, metrics, histories, epochs, versions, verification)


EPOCHS = {
    "mse": [8.0, 4.0, 2.0, 1.0], "output_diversity": [0.0, 0.5, 0.9, 0.9],
    "input_dependence": [0.0, 0.9, 0.9, 0.9],
}  # fmt: skip
LIMITS = {"autoencoder": 1e-14, "gan": 0.0}
RATIOS: dict[str, float] = {}
SPIKE = np.where((np.arange(BATCHES) >= 500) & (np.arange(BATCHES) < 530), 10.0, 1.0)
LOST = np.where(np.arange(BATCHES) >= 500, 10.0, 1.0)
MSE = falling(wobble=0.0) + 0.02 * np.sin(np.arange(BATCHES) / 30)  # falls, rises, falls, ...
BETA = replay(SCHEDULE, {"mse": MSE})
RISING = (histories.slopes(pd.Series(MSE), 50) > 0).to_numpy()


def trembling(own, number):
    """The falling loss of every run, and some of this run's own that its batches do not explain."""
    return falling() * np.exp(own * np.random.default_rng(number).normal(size=BATCHES))


def order(*names, key="laplacian_variance"):
    """Versions whose values fall in this order."""
    return {f"{name} {key}": 9.0 - i for i, name in enumerate(names)}


def accuracies(*names):
    return {(name, *SETTLED_REAL): 0.9 - 0.01 * i for i, name in enumerate(names)}


CALM, WILD = trembling(0.1, number=1), trembling(0.2, number=2)
UNSTABLE = {"gan history bce": falling(wobble=0.5)}
# A claim's name, what makes it true, what makes it false; each change is made to every seed.
ROWS = [
    ("silent_adversary", {"autoencoder history weight_bce": 0.0}, {}),
    ("gan_fails",
     {"gan output_diversity": 0.1, f"gan {REAL_DISTANCE}": 2.0, ("gan", *SETTLED_FAKE): 1.0},
     {"gan output_diversity": 0.9, f"gan {REAL_DISTANCE}": 2.0, ("gan", *SETTLED_FAKE): 1.0}),
    ("gan_fails",
     {"gan output_diversity": 0.1, f"gan {REAL_DISTANCE}": 2.0, ("gan", *SETTLED_FAKE): 1.0},
     {"gan output_diversity": 0.1, f"gan {REAL_DISTANCE}": 0.6, ("gan", *SETTLED_FAKE): 1.0}),
    ("slower_autoencoder",
     {"autoencoder_slow history mse": CALM, "autoencoder history mse": WILD},
     {"autoencoder_slow history mse": WILD, "autoencoder history mse": CALM}),
    ("slower_is_calmer",
     {"weighted history mse": CALM, "weighted_fast history mse": WILD},
     {"weighted history mse": WILD, "weighted_fast history mse": CALM}),
    ("slower_is_better_sooner",
     {"weighted psnr": 1.0, "weighted epochs mse": [8.0, 2.0, 1.0, 0.5]},
     {"weighted psnr": 1.0, "weighted epochs mse": [8.0, 7.0, 6.0, 1.0]}),
    ("rule_of_thumb",
     UNSTABLE | {"gan_slow history bce": falling(wobble=0.1)},
     UNSTABLE | {"gan_slow history bce": falling(wobble=0.9)}),
    ("spike",
     {"weighted history bce": SPIKE},
     {"weighted history bce": LOST}),
    ("recovery",
     {"weighted history bce": SPIKE, "gan history bce": LOST},
     {"weighted history bce": SPIKE, "gan history bce": SPIKE}),
    ("mix_fools",
     {("weighted", *SETTLED_FAKE): 0.4, ("autoencoder_slow", *SETTLED_FAKE): 0.9},
     {("weighted", *SETTLED_FAKE): 0.9, ("autoencoder_slow", *SETTLED_FAKE): 0.9}),
    ("mix_converges",
     {"weighted output_diversity": 0.9, f"gan {REAL_DISTANCE}": 2.0},
     {"weighted output_diversity": 0.9}),
    ("pretrained_disconnects",
     {"pretrained input_dependence": 0.1, "pretrained_mix input_dependence": 0.1},
     {"pretrained input_dependence": 0.9, "pretrained_mix input_dependence": 0.9}),
    ("pretraining_is_why",
     {"pretrained input_dependence": 0.1, "pretrained_mix input_dependence": 0.1,
      "gan input_dependence": 0.9, "weighted_fast input_dependence": 0.9}, {}),
    ("pretrained_same",
     {"pretrained output_diversity": 0.1, "pretrained_mix output_diversity": 0.1},
     {"pretrained output_diversity": 0.9, "pretrained_mix output_diversity": 0.9}),
    ("v1_weight",
     {"v1 history weight_bce": 0.0005 / falling()}, {"v1 history weight_bce": 0.0005}),
    ("v1_order", {"v1 history weight_bce": 1.0}, {"v1 history weight_bce": 0.01}),
    ("failure_recovery",
     {"v1 epochs output_diversity": [0.0, 0.9, 0.01, 0.9]},
     {"v1 epochs output_diversity": [0.0, 0.9, 0.01, 0.01]}),
    ("failure_recovery",  # never begun to work
     {"v1 epochs input_dependence": [0.0, 0.9, 0.01, 0.9]},
     {"v1 epochs input_dependence": [0.0, 0.01, 0.01, 0.01]}),
    ("v1_smiles",
     {"v1 smile_change": 0.1, "autoencoder_slow smile_change": 0.05},
     {"v1 smile_change": 0.1, "autoencoder_slow smile_change": 0.1}),
    ("v1_smiles",  # not slightly
     {"v1 smile_change": 0.2, "autoencoder_slow smile_change": 0.05},
     {"v1 smile_change": 0.4, "autoencoder_slow smile_change": 0.05}),
    ("v1_changes", {"v1 invented_form": 0.8}, {}),
    ("v1_blurry", {"v1 shared_detail": 0.3}, {"v1 shared_detail": 0.6}),
    ("v1_softer", {"v1 shared_detail": 0.4}, {"v1 shared_detail": 0.6}),
    ("v4_schedule",
     {"v4 history mse": MSE, "v4 history beta": BETA},
     {"v4 history mse": MSE, "v4 history beta": BETA * 1.001}),
    ("v4_schedule",
     {"v4 history mse": MSE, "v4 history beta": BETA},
     {"v4 history mse": MSE, "v4 history beta": np.maximum(BETA, 1e-9)}),  # not 0 at first
    ("v4_symmetric",
     {"v4 history mse": MSE, "v4 history beta": BETA},
     {"v4 history mse": MSE, "v4 history beta": np.where(RISING, 0.1 * BETA, BETA)}),
    ("a_adjusted", {"v4_quiet psnr": 2.5}, {}),
    ("v4_rises",
     {"v4 history beta": np.arange(BATCHES)}, {"v4 history beta": np.arange(BATCHES, 0, -1)}),
    ("v4_twice", {"v4 laplacian_variance": 1.0}, {"v4 laplacian_variance": 0.6}),
    ("v4_twice", {"v4 laplacian_variance": 1.0}, {"v4 laplacian_variance": 5.0}),
    ("v4_eyes", {"v4 eye_detail": 1.0}, {}),
    ("v4_active", {"v4 history weight_bce": 2.0}, {"v4 history weight_bce": 0.5}),
    ("v4_eyes_why",
     {"v4 history weight_bce": 2.0, "v4 eye_detail": 1.0}, {"v4 history weight_bce": 2.0}),
    ("v4_blurry", {"v4 shared_detail": 0.3}, {"v4 shared_detail": 0.6}),
    ("v5_alike", {}, {"v5 psnr": 2.0}),
    ("v5_alike", {}, {"v5 laplacian_variance": 0.6}),
    ("table_sharpness",
     order("v4", "v5", "weighted", "v1") | order("v4", "v5", "autoencoder_slow", "v1"),
     order("v1", "v5", "weighted", "v4") | order("v1", "v5", "autoencoder_slow", "v4")),
    ("table_accuracy",
     accuracies("weighted", "v5", "v1", "v4") | {("autoencoder_slow", *SETTLED_REAL): 0.95},
     accuracies("v4", "v5", "v1", "weighted")),
    ("arithmetic",
     {(name, probe, OF_3): 0.9 for name in ("v1", "v4", "v5")
      for probe in ("smiling_men", "smiling_men_hardened")},
     {(name, "smiling_men", OF_3): 0.9 for name in ("v1", "v4", "v5")}),  # by one probe alone
]  # fmt: skip
# Where what a statement is about does not happen, or is decided by no run.
APART = {
    "limit_autoencoder", "limit_gan", "sizes", "gan_fails_why", "discriminator_rows",
    "generator_loss",
}  # fmt: skip


def outcome(claim, true):
    if claim.kind == "identity":
        return "holds" if true else "does not hold"
    return "here too" if true else "not here"


def all_judged(number):
    made = seeds(*[{}] * number)
    return [judge(claim, made) for claim in CLAIMS]


def seeds(*changes):
    return [made_up(number, change) for number, change in enumerate(changes)]


@pytest.mark.parametrize(("name", "true", "false"), ROWS)
def test_every_verdict_that_a_rule_can_give(name, true, false):
    claim = BY_NAME[name]
    assert judge(claim, seeds(*[true] * 5)).verdict == outcome(claim, True)
    assert judge(claim, seeds(*[false] * 5)).verdict == outcome(claim, False)
    at_full_size = "holds" if claim.kind == "identity" else "reproduced"
    assert judge(claim, seeds(*[true] * 5), at_full_size=True).verdict == at_full_size
    assert judge(claim, seeds(*[false] * 5), at_full_size=True).verdict == outcome(claim, False)
    assert judge(claim, []).verdict == "not measured"


@pytest.mark.parametrize(("name", "true", "false"), ROWS)
def test_seeds_that_disagree_decide_nothing(name, true, false):
    claim = BY_NAME[name]
    judged = judge(claim, seeds(true, false, true, false, true))
    assert not judged.suggestive
    if claim.kind == "identity":  # one run that breaks it is enough
        assert judged.verdict == "does not hold"
    else:
        assert judged.verdict == "near the limit"
        assert judged.conclusion.startswith("Too near its limit to say is whether")


@pytest.mark.parametrize(("name", "true", "false"), ROWS)
def test_below_enough_seeds_a_finding_is_suggestive_at_most(name, true, false):
    claim = BY_NAME[name]
    for changes in ([true], [true] * (ENOUGH_SEEDS - 1), [false]):
        judged = judge(claim, seeds(*changes), at_full_size=True)
        assert judged.verdict == outcome(claim, changes[0] is true)
        assert judged.suggestive == (claim.kind != "identity")


def test_every_claim_has_its_row():
    assert {row[0] for row in ROWS} | APART == set(BY_NAME)
    assert len(BY_NAME) == len(CLAIMS)


def test_every_finding_is_decided_by_a_range_of_the_plan():
    """Ranges stand in the plan alone, and what holds by construction needs none."""
    planned = ranges()
    for claim in CLAIMS:
        judged = {measure.name for measure in claim.measures if measure.judged}
        if claim.kind == "identity":
            assert claim.name not in planned
        else:
            assert judged == set(planned.get(claim.name, {}))
            assert judged or claim.apart
        assert claim.kind in KINDS
        assert claim.turns
        assert claim.quote or claim.source == "April 20, metrics"
    assert all({pair.one, pair.other} <= set(VERSIONS) for pair in comparisons())
    assert plan()["seeds"]["enough"] == ENOUGH_SEEDS


@pytest.mark.parametrize("limit", ["autoencoder", "gan"])
def test_the_limits_are_read_from_their_verification(limit, monkeypatch):
    claim = BY_NAME[f"limit_{limit}"]
    assert judge(claim, seeds({})).verdict == "holds"
    monkeypatch.setitem(RATIOS, limit, 1e-3)
    assert judge(claim, seeds({})).verdict == "does not hold"


def test_sizes_hold():
    judged = judge(BY_NAME["sizes"], seeds({}))
    assert judged.verdict == "holds"
    assert "3,222,587 and 1,651,841 parameters, 100 numbers, 195 batches" in judged.conclusion


@pytest.mark.parametrize(
    ("name", "happens"),
    [
        ("spike", {"weighted history bce": SPIKE, "weighted history mse": 1.0}),
        ("rule_of_thumb", UNSTABLE),
        ("recovery", {"weighted history bce": SPIKE, "gan history bce": SPIKE}),
        ("failure_recovery", {"v1 epochs input_dependence": [0.0, 0.9, 0.01, 0.9]}),
    ],
)
def test_what_does_not_happen_is_not_observed(name, happens):
    """No spike refutes nothing that is said of spikes, however many seeds there are."""
    for number in (1, 5):
        judged = judge(BY_NAME[name], seeds(*[{}] * number))
        assert judged.verdict == "not observed"
        assert not judged.suggestive
        assert judged.conclusion.startswith("Not observed")
    assert judge(BY_NAME[name], seeds(*[happens] * 5)).verdict in ("here too", "not here")


def test_seeds_in_which_nothing_happened_do_not_make_a_finding_sure():
    happens = {"weighted history bce": SPIKE, "weighted history mse": 1.0}
    judged = judge(BY_NAME["spike"], seeds(happens, *[{}] * 4), at_full_size=True)
    assert (judged.verdict, judged.suggestive) == ("here too", True)


def test_more_than_all_of_the_way_is_said_to_be():
    way, _ = (m for m in BY_NAME["limit_autoencoder"].measures[::-1])
    assert written(way, 1.084) == "108%"
    share = next(m for m in BY_NAME["recovery"].measures if m.share)
    assert written(share, 1.084) == "100%"  # where its interval is too wide


def test_a_slow_start_is_no_failure():
    learning = {"v1 epochs input_dependence": [0.0, 0.02, 0.05, 0.9]}
    assert judge(BY_NAME["failure_recovery"], seeds(learning)).verdict == "not observed"


@pytest.mark.parametrize(("beta", "verdict"), [(BETA, "here too"), (BETA[::-1], "not here")])
def test_a_conclusion_says_nothing_of_what_is_missing(beta, verdict):
    whole = seeds({"v4 history beta": beta})
    assert "v5's losses" in judge(BY_NAME["v4_rises"], whole).conclusion
    without = [
        dataclasses.replace(seed, histories={k: h for k, h in seed.histories.items() if k != "v5"})
        for seed in whole
    ]
    judged = judge(BY_NAME["v4_rises"], without)
    assert judged.verdict == verdict
    assert "last quarter" in judged.conclusion
    assert "v5" not in judged.conclusion
    assert "–" not in judged.conclusion


def test_the_generator_loss_is_never_comparable():
    judged = judge(BY_NAME["generator_loss"], seeds(*[{}] * 5), at_full_size=True)
    assert judged.verdict == "not comparable"
    assert not judged.suggestive
    assert "at most 0.145 (here 0.50)" in judged.conclusion  # (0.017 / 2)**2 / 0.0005
    assert "at least 0.35 (here 0.5000)" in judged.conclusion


def test_the_discriminators_rows_contradict_each_other():
    """In the one cell of eight without a wrong answer, no loss is too small."""
    judged = judge(BY_NAME["discriminator_rows"], seeds({}))
    assert judged.verdict == "not comparable"
    assert "which 7 of their 8 cells" in judged.conclusion
    possible = [loss for loss, accuracy in DISCRIMINATORS if accuracy == 1]
    assert len(possible) == 1
    assert (1 - 0.978) * math.log(2) == pytest.approx(1.5e-2, rel=0.02)  # by hand, of version 4


def test_readings_that_disagree_depend_on_what_is_left_open():
    """Twice as sharp as one candidate for the baseline, as sharp as the other."""
    changes = {"v4 laplacian_variance": 1.0, "autoencoder_slow laplacian_variance": 1.0}
    judged = judge(BY_NAME["v4_twice"], seeds(*[changes] * 5))
    assert judged.verdict == "depends on the reading"
    assert "yes with weighted, no with autoencoder_slow" in judged.conclusion


def test_estimates():
    found = estimate([1.0, 2.0, 3.0, 4.0, 5.0])
    # Student's t for four degrees of freedom: 2.7764; the standard error is sqrt(2.5 / 5).
    assert found.mean == 3
    assert (found.low, found.high) == pytest.approx(
        (3 - 2.7764 * 0.5**0.5, 3 + 2.7764 * 0.5**0.5), 1e-4
    )
    assert found.values == (1, 2, 3, 4, 5)
    assert found.deviation == pytest.approx(2.5**0.5)
    ratio = estimate([0.5, 2.0, 1.0, 0.25, 4.0], ratio=True)
    assert ratio.mean == pytest.approx(1)
    assert ratio.low == pytest.approx(1 / ratio.high)
    # Of few seeds there is no interval: they are shown one by one.
    assert math.isnan(estimate([1.0, 2.0, 3.0, 4.0]).low)
    assert estimate([7.0]).n == estimate([7.0, math.nan]).n == 1
    assert math.isnan(estimate([7.0]).low)
    assert math.isnan(estimate([7.0]).deviation)
    assert estimate([]).n == 0
    assert estimate([0.0, 2.0], ratio=True).mean == 0
    assert (estimate([3.0] * 5).low, estimate([3.0] * 5).high) == (3, 3)


@pytest.mark.parametrize(
    "values",
    [
        [1.0] * 5,
        [0.0] * 5,
        [0.009, 1.0, 1.0, 0.0, 1.0],
        [0.99, 1.0, 0.97, 1.0, 1.0],
        [0.0, 1e-3] * 3,
    ],
)
def test_intervals_of_shares_are_shares(values):
    """Student's own went to 67 % ± 142 points here."""
    found = estimate(values, share=True)
    assert 0 <= found.low <= found.mean <= found.high <= 1
    if len(set(values)) == 1:
        assert found.low == found.high == pytest.approx(values[0])


def test_intervals_of_shares_by_hand():
    """In the middle, where the angle is nearly straight, they are Student's own."""
    values = [0.48, 0.5, 0.52, 0.49, 0.51]
    share, plain = estimate(values, share=True), estimate(values)
    assert (share.low, share.high) == pytest.approx((plain.low, plain.high), abs=1e-4)


def test_what_was_there_before_any_training_took_no_time_to_reach():
    untrained_is_best = [1.0, 2.0, 2.0, 2.0]
    changes = {
        "weighted psnr": 1.0,  # better, whatever the time
        "weighted epochs mse": untrained_is_best,
        "weighted_fast epochs mse": untrained_is_best,
    }
    judged = judge(BY_NAME["slower_is_better_sooner"], [made_up(changes=changes)])
    assert judged.verdict == "not observed"


def test_answers():
    assert answer([2, 2.1, 1.9], 1, 3) == "yes"
    assert answer([4, 4.1, 3.9], 1, 3) == "no"
    assert answer([2], 1, 3) == "yes"
    assert answer([4], 1, 3) == "no"
    # All inside, but a limit within one standard deviation of the mean: 2.8 ± 0.28.
    assert answer([2.6, 3.0], 1, 3) == "near"
    assert answer([3.05, 3.6], 1, 3) == "near"
    assert answer([2, 4], 1, 3) == "near"
    assert answer([math.nan], 1, 3) == answer([], 1, 3) == "open"
    # Both ends count as inside, for the interval of many and for each of few.
    for end in (1, 3):
        assert answer([end] * 5, 1, 3) == answer([end], 1, 3) == "yes"
    assert answer([-1, -1, -1], -2, 0) == "yes"  # no logarithms are taken unless asked for
    # From five seeds on by the interval, 2 ± 1.24 standard deviations of 0.158: 1.80 to 2.20.
    many = [1.8, 1.9, 2.0, 2.1, 2.2]
    assert answer(many, 1.82, 9) == "near"
    assert answer(many, 1.79, 9) == "yes"
    assert answer(many, 2.21, 9) == "no"
    assert answer(many, 2.18, 9) == "near"
    # As ratios of few: 1 and a standard deviation of √2 · log 0.9, a factor of 0.86.
    assert answer([0.9, 1 / 0.9], 0.87, 9, ratio=True) == "near"
    assert answer([0.9, 1 / 0.9], 0.85, 1 / 0.85, ratio=True) == "yes"
    assert answer([0.99, 1 / 0.99], 0.95, 1 / 0.95, ratio=True) == "yes"
    assert answer([0.0, 0.1], -math.inf, 0.5, ratio=True) == "yes"
    # A share's interval is by its angle, as it is printed: 0.896 to 1, and plainly 0.903 to 1.025.
    shares = [1.0, 1.0, 1.0, 0.91, 0.91]
    assert answer(shares, 0.9, math.inf, share=True) == "near"
    assert answer(shares, 0.9, math.inf) == "yes"
    assert every(["yes", "open", "no"]) == "no"
    assert every(["yes", "near"]) == "near"
    assert every(["yes", "open"]) == every([]) == "open"
    assert every(["yes", "yes"]) == "yes"
    assert either_way(["yes", "no"]) == "depends"
    assert either_way(["no", "no"]) == "no"
    assert either_way(["yes", "near"]) == either_way(["near", "no"]) == "near"
    assert either_way(["yes", "open"]) == either_way([]) == "open"


def test_calmer_leaves_out_what_two_runs_share():
    """Both tremble by 0.1 with their batches, and by 0.02 and 0.04 on their own."""
    shared, one, other = (np.random.default_rng(i).normal(size=20_000) for i in range(3))
    slow, fast = (pd.Series(np.exp(0.1 * shared + own)) for own in (0.02 * one, 0.04 * other))
    assert histories.volatility(slow) / histories.volatility(fast) == pytest.approx(0.95, abs=0.02)
    assert histories.calmer(slow, fast) == pytest.approx(0.5, abs=0.05)


def test_recoveries():
    failed = pd.Series([False, True, True, False, True, False, True])
    assert histories.recoveries(failed) == [True, True, False]
    assert histories.recoveries(pd.Series([True, True])) == [False]
    assert histories.recoveries(pd.Series([False, False])) == []


def test_volatility():
    assert histories.volatility(pd.Series(falling(wobble=0.1))) == pytest.approx(0.1, rel=0.2)
    assert histories.volatility(pd.Series(falling(wobble=0.0))) < 0.01


def test_spikes():
    (one,) = histories.spikes(pd.Series(SPIKE))
    assert 500 <= one.start < 505
    assert 530 <= one.end <= 545
    assert one.height == pytest.approx(10)
    (lost,) = histories.spikes(pd.Series(LOST))
    assert lost.end is None
    assert histories.spikes(pd.Series(falling())) == []
    twice = np.where(np.isin(np.arange(BATCHES) // 20, [20, 40]), 10.0, 1.0)
    assert [spike.end is not None for spike in histories.spikes(pd.Series(twice))] == [True, True]


def test_adversarial_share():
    history = pd.DataFrame(
        {"weight_mse": [1, -2, 0], "gradient_norm_mse": 3.0, "weight_bce": [1, 2, 0],
         "gradient_norm_bce": 1.0}
    )  # fmt: skip
    shares = histories.adversarial_share(history)
    assert shares[:2].tolist() == [0.25, 0.25]
    assert math.isnan(shares[2])


def test_slopes_are_those_of_the_schedule():
    beta = np.abs(SCHEDULE.scale / histories.slopes(pd.Series(MSE), 50)).clip(upper=1)
    np.testing.assert_allclose(beta[51:], BETA[51:], rtol=1e-9)


def test_epochs_to_reach():
    epochs = pd.DataFrame({"mse": [8.0, 4.0, 2.0, 1.0]})
    assert histories.epochs_to_reach(epochs, 4.0) == 1
    assert histories.epochs_to_reach(epochs, 3.0) == 1.5
    assert histories.epochs_to_reach(epochs, 9.0) == 0
    assert math.isnan(histories.epochs_to_reach(epochs, 0.5))


def test_conclusions_read_as_sentences():
    judged = all_judged(5)
    for j in judged:
        assert "nan" not in j.conclusion
        assert "{" not in j.conclusion
        assert j.conclusion.endswith((".", ".)"))
    assert f"The documents make {len(CLAIMS)} statements" in counts(judged).data
    assert "suggestive" not in counts(judged).data
    assert "suggestive" in counts(all_judged(1)).data


def test_every_statement_unfolds_to_its_numbers_under_what_its_verdict_says():
    judged = all_judged(3)
    soup = BeautifulSoup(statements(judged).data, "html.parser")
    expected = {"here too": "for", "not here": "against"}
    findings = [j for j in judged if j.claim.kind != "identity"]
    assert len(soup.select("details")) == len(findings)
    for j in findings:
        (row,) = soup.select(f"#{j.claim.row}")
        assert row.summary.span.get_text() == j.claim.statement
        assert row.select_one(".verdict").get_text() == j.verdict
        assert j.claim.kind in row.summary.get_text()
        assert ("suggestive" in row.summary.get_text()) == j.suggestive
        text = row.get_text()
        for said in (j.claim.quote, j.claim.turns, *(m.said for m in j.claim.measures)):
            assert said in text
        for asked in ranges().get(j.claim.name, {}).values():
            assert f"({asked.source}: {asked.why})" in text
        heading = row.find_previous_sibling("p")
        assert heading["class"] == [expected.get(j.verdict, "open")]
    # How many stand under each heading is said there.
    for heading in soup.select(".statements > p"):
        below = heading.find_next_siblings(["p", "details"])
        names = [each.name for each in below]
        count = names.index("p") if "p" in names else len(names)
        assert heading.get_text().split()[-1] == str(count)


def test_a_statement_leads_to_where_it_is_seen():
    judged = all_judged(5)
    soup = BeautifulSoup(statements(judged).data, "html.parser")
    assert {a["href"] for a in soup.select("a")} == {
        f"#{j.claim.anchor}"
        for j in judged
        if j.claim.kind != "identity" and j.claim.anchor and j.verdict != "not measured"
    }


def test_what_holds_by_construction_is_listed():
    judged = [j for j in all_judged(1) if j.claim.kind == "identity"]
    soup = BeautifulSoup(identities(all_judged(1)).data, "html.parser")
    assert [row["id"] for row in soup.select("li")] == [j.claim.row for j in judged]
    assert all(j.conclusion in soup.get_text() for j in judged)
