"""Every rule on made-up runs, with a case for every verdict that it can give."""

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup

from aegan_lib.claims import CLAIMS
from aegan_lib.claims.claim import SeedRuns
from aegan_lib.claims.conclusions import SUBJECTS, board, conclusions, counts, exchange
from aegan_lib.claims.judging import judge
from aegan_lib.claims.verdicts import answer, either_way, every
from aegan_lib.evaluation import histories
from aegan_lib.evaluation.estimates import estimate
from aegan_lib.schedules import SlopeSchedule, replay
from aegan_lib.tables.claims import claims_table
from aegan_lib.versions import VERSIONS

BY_NAME = {claim.name: claim for claim in CLAIMS}
BATCHES = 1000
SCHEDULE = SlopeSchedule(scale=1e-6, window=50, ceiling=1.0)
ALL = [
    "psnr", "mse", "way", "input_dependence", "output_diversity", "invented_detail",
    "laplacian_variance", "eye_sharpness", "noise", "checkerboard", "smile_changed", "bce",
    "d_accuracy_real", "d_accuracy_fake", "d_loss_real", "d_loss_fake",
]  # fmt: skip
AVERAGES, UNEDITED = ("smiling_men", "averages of 3"), ("smiling_men", "unedited")
COLUMNS = pd.MultiIndex.from_tuples([*((metric, "") for metric in ALL), AVERAGES, UNEDITED])


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
    epochs = {name: pd.DataFrame({"mse": [8.0, 4.0, 2.0, 1.0]}) for name in VERSIONS}
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


LIMITS = {"autoencoder": 1e-14, "gan": 0.0}
RATIOS: dict[str, float] = {}
SPIKE = np.where((np.arange(BATCHES) >= 500) & (np.arange(BATCHES) < 530), 10.0, 1.0)
LOST = np.where(np.arange(BATCHES) >= 500, 10.0, 1.0)
MSE = falling(wobble=0.0) + 0.02 * np.sin(np.arange(BATCHES) / 30)  # falls, rises, falls, ...
BETA = replay(SCHEDULE, {"mse": MSE})
RISING = (histories.slopes(pd.Series(MSE), 50) > 0).to_numpy()

# A claim's name, what makes it true, what makes it false; each change is made to every seed.
ROWS = [
    ("silent_adversary", {"autoencoder history weight_bce": 0.0}, {}),
    ("autoencoder_learns",
     {"autoencoder way": 0.8, "autoencoder input_dependence": 1.0},
     {"autoencoder way": 0.3, "autoencoder input_dependence": 1.0}),
    ("gan_fails",
     {"gan psnr": 0.4, "gan input_dependence": 0.01}, {"gan psnr": 5.0}),
    ("slower_autoencoder",
     {"autoencoder_slow history mse": falling(wobble=0.05)},
     {"autoencoder_slow history mse": falling(wobble=0.2)}),
    ("slower_is_calmer",
     {"weighted history mse": falling(wobble=0.05)}, {"weighted history mse": falling(wobble=0.2)}),
    ("slower_is_better_sooner",
     {"weighted psnr": 1.0, "weighted epochs mse": [8.0, 2.0, 1.0, 0.5]},
     {"weighted psnr": 1.0, "weighted epochs mse": [8.0, 7.0, 6.0, 1.0]}),
    ("spike_and_recovery",
     {"weighted history bce": SPIKE, "weighted history mse": 1.0},
     {"weighted history bce": LOST, "weighted history mse": 1.0}),
    ("spike_and_recovery",
     {"weighted history bce": SPIKE, "weighted history mse": 1.0},
     {"weighted history bce": 1.0, "weighted history mse": 1.0}),
    ("mix_fools", {"gan d_accuracy_fake": 0.9}, {"gan d_accuracy_fake": 0.4}),
    ("mix_converges",
     {"weighted psnr": 5.0, "weighted input_dependence": 1.0},
     {"weighted psnr": 1.0, "weighted input_dependence": 1.0}),
    ("pretrained_disconnects",
     {"autoencoder input_dependence": 1.0, "pretrained input_dependence": 0.1},
     {"autoencoder input_dependence": 1.0, "pretrained input_dependence": 0.9}),
    ("pretrained_same_images",
     {"pretrained output_diversity": 0.1}, {"pretrained output_diversity": 0.9}),
    ("v1_weight",
     {"v1 history weight_bce": 0.0005 / falling()}, {"v1 history weight_bce": 0.0005}),
    ("v1_order_of_magnitude",
     {"v1 history weight_bce": 1.0}, {"v1 history weight_bce": 0.01}),
    ("v1_changes_smiles",
     {"v1 smile_changed": 0.1, "autoencoder_slow smile_changed": 0.05},
     {"v1 smile_changed": 0.1, "autoencoder_slow smile_changed": 0.1}),
    ("v1_changes_smiles",  # not slightly
     {"v1 smile_changed": 0.2, "autoencoder_slow smile_changed": 0.05},
     {"v1 smile_changed": 0.4, "autoencoder_slow smile_changed": 0.05}),
    ("v1_invents", {"v1 invented_detail": 0.8}, {"v1 invented_detail": 0.5}),
    ("v1_blurry", {"raw laplacian_variance": 2.0}, {"raw laplacian_variance": 0.6}),
    ("v1_softer", {"v1 laplacian_variance": 0.4}, {"v1 laplacian_variance": 0.6}),
    ("v4_schedule",
     {"v4 history mse": MSE, "v4 history beta": BETA},
     {"v4 history mse": MSE, "v4 history beta": BETA * 1.001}),
    ("v4_schedule",
     {"v4 history mse": MSE, "v4 history beta": BETA},
     {"v4 history mse": MSE, "v4 history beta": np.maximum(BETA, 1e-9)}),  # not 0 at first
    ("v4_beta_rises",
     {"v4 history beta": np.arange(BATCHES)}, {"v4 history beta": 1.0}),
    ("v4_beta_symmetric",
     {"v4 history mse": MSE, "v4 history beta": 1.0},
     {"v4 history mse": MSE, "v4 history beta": np.where(RISING, 1.0, 0.1)}),
    ("v4_twice_as_sharp", {"v4 laplacian_variance": 1.0}, {"v4 laplacian_variance": 0.6}),
    ("v4_twice_as_sharp", {"v4 laplacian_variance": 1.0}, {"v4 laplacian_variance": 5.0}),
    ("v4_eyes", {"v4 eye_sharpness": 1.0}, {"v4 eye_sharpness": 0.5}),
    ("v4_more_adversarial", {"v4 history weight_bce": 2.0}, {"v4 history weight_bce": 0.5}),
    ("v4_blurry", {"raw laplacian_variance": 2.0}, {"raw laplacian_variance": 0.6}),
    ("v5_like_weighted", {}, {"v5 psnr": 2.0}),
    ("v5_like_weighted", {}, {"v5 laplacian_variance": 0.6}),
    ("v5_like_autoencoder_slow", {}, {"v5 psnr": 2.0}),
    ("discriminator_wins",
     {f"{name} {m}": 0.99 for name in ("weighted", "v1", "v4", "v5")
      for m in ("d_accuracy_real", "d_accuracy_fake")}, {}),
    ("discriminator_certain",
     {f"{name} {m}": 1e-9 for name in ("weighted", "v1", "v4", "v5")
      for m in ("d_loss_real", "d_loss_fake")}, {}),
    ("arithmetic",
     {(name, *key): value for name in ("v1", "v4", "v5")
      for key, value in ((AVERAGES, 0.9), (UNEDITED, 0.01))},
     {(name, *AVERAGES): 0.9 for name in ("v1", "v4", "v5")}),  # as without it
]  # fmt: skip
YES = {"identity": "holds", "finding": "same direction here"}
NO = {"identity": "does not hold", "finding": "not here"}


def seeds(*changes):
    return [made_up(number, change) for number, change in enumerate(changes)]


@pytest.mark.parametrize(("name", "true", "false"), ROWS)
def test_every_verdict_that_a_rule_can_give(name, true, false):
    claim = BY_NAME[name]
    yes, no = YES[claim.kind], NO[claim.kind]
    at_full_size = {"identity": "holds", "finding": "reproduced"}[claim.kind]
    assert judge(claim, seeds(true, true, true)).verdict == yes
    assert judge(claim, seeds(true, true, true), at_full_size=True).verdict == at_full_size
    assert judge(claim, seeds(false, false, false)).verdict == no
    assert judge(claim, seeds(false, false, false), at_full_size=True).verdict == no
    assert judge(claim, []).verdict == "not measured"


@pytest.mark.parametrize(("name", "true", "false"), ROWS)
def test_seeds_that_disagree_decide_nothing(name, true, false):
    if name == "spike_and_recovery" and math.isnan(
        BY_NAME[name].measures[1].of(seeds(false))[0]  # where nothing spikes, nothing recovers
    ):
        return
    claim = BY_NAME[name]
    judged = judge(claim, seeds(true, false, true))
    assert not judged.suggestive
    if claim.kind == "identity":  # one run that breaks it is enough
        assert judged.verdict == "does not hold"
    else:
        assert judged.verdict == "inconclusive"
        assert judged.conclusion.startswith("It stays open whether")


@pytest.mark.parametrize(("name", "true", "false"), ROWS)
def test_below_three_seeds_a_finding_is_suggestive_at_most(name, true, false):
    claim = BY_NAME[name]
    for few in (seeds(true), seeds(true, true), seeds(false)):
        judged = judge(claim, few, at_full_size=True)
        assert judged.verdict in (YES[claim.kind], NO[claim.kind])
        assert judged.suggestive == (claim.kind == "finding")


def test_every_claim_has_its_row():
    elsewhere = {
        "limit_autoencoder", "limit_gan", "generator_loss", "generator_parameters",
        "discriminator_parameters", "batches_per_epoch", "latent_dim",
    }  # fmt: skip
    assert {row[0] for row in ROWS} | elsewhere == set(BY_NAME)
    assert len(BY_NAME) == len(CLAIMS)


@pytest.mark.parametrize("limit", ["autoencoder", "gan"])
def test_the_limits_are_read_from_their_verification(limit, monkeypatch):
    claim = BY_NAME[f"limit_{limit}"]
    assert judge(claim, seeds({})).verdict == "holds"
    monkeypatch.setitem(RATIOS, limit, 1e-3)
    assert judge(claim, seeds({})).verdict == "does not hold"


@pytest.mark.parametrize(
    "name", ["generator_parameters", "discriminator_parameters", "batches_per_epoch", "latent_dim"]
)
def test_sizes_hold(name):
    assert judge(BY_NAME[name], seeds({})).verdict == "holds"


def test_the_generator_loss_is_never_comparable():
    judged = judge(BY_NAME["generator_loss"], seeds({}, {}, {}), at_full_size=True)
    assert judged.verdict == "not comparable"
    assert not judged.suggestive
    assert "at most 0.145 (here 0.50)" in judged.conclusion  # (0.017 / 2)**2 / 0.0005
    assert "at least 0.35 (here 0.5000)" in judged.conclusion


def test_readings_that_disagree_decide_nothing():
    """Twice as sharp as one candidate for the baseline, as sharp as the other."""
    changes = {"v4 laplacian_variance": 1.0, "autoencoder laplacian_variance": 1.0}
    assert judge(BY_NAME["v4_twice_as_sharp"], seeds(changes)).verdict == "inconclusive"


def test_estimates():
    found = estimate([1.0, 2.0, 3.0])
    # Student's t for two degrees of freedom: 4.3027; the standard error is 1 / sqrt(3).
    assert found.mean == 2
    assert (found.low, found.high) == pytest.approx(
        (2 - 4.3027 / 3**0.5, 2 + 4.3027 / 3**0.5), 1e-4
    )
    ratio = estimate([0.5, 2.0], ratio=True)
    assert ratio.mean == pytest.approx(1)
    assert ratio.low == pytest.approx(1 / ratio.high)
    assert estimate([7.0]).n == estimate([7.0, math.nan]).n == 1
    assert math.isnan(estimate([7.0]).low)
    assert estimate([]).n == 0
    assert estimate([0.0, 2.0], ratio=True).mean == 0
    assert (estimate([3.0] * 3).low, estimate([3.0] * 3).high) == (3, 3)


def test_answers():
    assert answer([2, 2.1, 1.9], 1, 3) == "yes"
    assert answer([4, 4.1, 3.9], 1, 3) == "no"
    assert answer([2, 2.9, 1.1], 1, 3) == "open"  # the interval reaches out
    assert answer([2, 2.9], 1, 3) == "yes"
    assert answer([2, 4], 1, 3) == "open"
    assert answer([math.nan], 1, 3) == "open"
    # Both ends count as inside, for the interval of many and for each of few.
    for end in (1, 3):
        assert answer([end] * 3, 1, 3) == answer([end], 1, 3) == "yes"
    assert answer([-1, -1, -1], -2, 0) == "yes"  # no logarithms are taken unless asked for
    # As ratios, these have the interval [0.77, 1.30], as numbers [0.74, 1.27].
    assert answer([0.9, 1, 1 / 0.9], 0.75, 1.35, ratio=True) == "yes"
    assert answer([0.9, 1, 1 / 0.9], 0.75, 1.35) == "open"
    # What only touches the range is neither inside nor outside.
    found = estimate([1, 2, 3])
    assert answer([1, 2, 3], found.high, 9) == answer([1, 2, 3], -9, found.low) == "open"
    assert answer([1, 5], 1, 2) == answer([2, 5], 1, 2) == "open"
    assert every(["yes", "open", "no"]) == "no"
    assert every(["yes", "open"]) == every([]) == "open"
    assert either_way(["yes", "no"]) == "open"
    assert either_way(["no", "no"]) == "no"


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
    judged = [judge(claim, seeds({}, {}, {})) for claim in CLAIMS]
    text = conclusions(judged).data
    assert "nan" not in text
    assert "{" not in text
    for paragraph in text.split("\n\n"):
        assert paragraph.startswith("**")
        assert paragraph.endswith(".")
    assert {j.claim.about for j in judged} == set(SUBJECTS)
    assert f"The documents make {len(CLAIMS)} statements" in counts(judged).data
    assert "suggestive" not in counts(judged).data
    assert "suggestive" in counts([judge(claim, seeds({})) for claim in CLAIMS]).data


def test_the_table_shows_every_claim_once():
    judged = [judge(claim, seeds({}, {}, {})) for claim in CLAIMS]
    html = "".join(claims_table(judged, kind).to_html() for kind in ("finding", "identity"))
    for claim in CLAIMS:
        assert html.count(f"{claim.statement} <small>") == 1
    linked = [j.claim.anchor for j in judged if j.verdict != "not measured"]
    assert len(linked) > 30
    assert all(f'href="#{anchor}"' in html for anchor in linked)


def test_the_board_shows_every_finding_once_under_what_its_verdict_says():
    judged = [judge(claim, seeds({}, {}, {})) for claim in CLAIMS]
    soup = BeautifulSoup(board(judged).data, "html.parser")
    shown = {section["class"][0]: section.select("li") for section in soup.select("section")}
    assert list(shown) == ["for", "against", "open"]
    findings = [j for j in judged if j.claim.kind == "finding"]
    assert sum(map(len, shown.values())) == len(findings)
    for column, lines in shown.items():
        verdicts = {j.claim.statement: j.verdict for j in findings}
        for line in lines:
            statement = (
                line.get_text().removesuffix(" not comparable").removesuffix(" not measured")
            )
            expected = {"same direction here": "for", "not here": "against"}
            assert expected.get(verdicts[statement], "open") == column


def results(**psnr):
    rows = [("mean_face", "psnr", 15.0), ("raw", "laplacian_variance", 100.0),
            ("raw", "noise", 1.0), ("raw", "checkerboard", 1.0)]  # fmt: skip
    for name, value in psnr.items():
        sharp = 30.0 if name == "autoencoder" else 95.0
        rows += [(name, "psnr", value), (name, "laplacian_variance", sharp), (name, "noise", 3.0),
                 (name, "checkerboard", 2.0)]  # fmt: skip
    table = pd.DataFrame(rows, columns=["version", "metric", "value"])
    return table.assign(seed=0, epoch=1, case="")


def test_the_exchange():
    text = exchange(results(autoencoder=27.0, v1=24.5, gan=10.0)).data
    assert "Closest to its input comes **autoencoder** with 27.0 dB, at 0.30 times" in text
    assert "**v1** at 0.95 times, for 2.5 dB less" in text
    assert "noise is 3.0 times" in text
    assert "comparison: gan." in text
    assert (
        "Its noise" not in text and "v1** at 0.95 times as well." in exchange(results(v1=24.5)).data
    )
    assert "No version" in exchange(results(gan=10.0)).data
