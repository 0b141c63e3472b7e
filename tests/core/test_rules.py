"""Rules: by hand, by what they promise whatever the gradients are, and in training."""

import math
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from aegan_lib import rules
from aegan_lib.backend import ops
from aegan_lib.images import to_floats
from aegan_lib.losses import weighted
from aegan_lib.models import build_models
from aegan_lib.rules import Constraint, Rule, Seen, Slopes, Uncertainty
from aegan_lib.runs import find_run
from aegan_lib.step import make_step
from aegan_lib.training import last_mse, train
from aegan_lib.versions import GROUPS, RULES, VERSIONS, Version, recorded, training_order
from tests.conftest import blobs

# Two gradients in the plane: their lengths as far apart as training sees them, any angle.
lengths = st.floats(1e-5, 1e3)
angles = st.floats(-math.pi, math.pi)
pairs = st.tuples(lengths, lengths, angles)


def seen(n1, n2, angle=math.pi / 2, mse=0.05, bce=0.7):
    return Seen(*map(tensor, (mse, bce, n1, n2, n1 * n2 * math.cos(angle))))


def tensor(value):
    return ops.convert_to_tensor(value, "float64")


def begun(rule):
    return {name: tensor(value) for name, value in rule.begin(0.04).items()}


def weighed(rule, point, alpha=1.0, beta=1.0, state=None):
    """Both weights and what is remembered, as plain numbers."""
    state = begun(rule) if state is None else state
    _, w_mse, w_bce, after = rule(point, tensor(alpha), tensor(beta), state)
    return float(w_mse), float(w_bce), {name: float(value) for name, value in after.items()}


def pull(weights, n1, n2, angle):
    """The sum that the generator follows, in the plane."""
    return np.array([
        weights[0] * n1 + weights[1] * n2 * math.cos(angle), weights[1] * n2 * math.sin(angle)
    ])  # fmt: skip


# By hand: 3 along one axis, 4 along the other, an mse of 0.05 and a bce of 0.7.


@pytest.mark.parametrize(
    ("name", "alpha", "beta", "expected"),
    [
        ("vqgan", 1, 0.8, (1, 0.8 * 3 / 4)),
        ("shares", 1, 0.8, (1, 0.8 * 3 / 4)),
        ("config", 1, 0.8, (3.5 / 3, 0.8 * 3.5 / 4)),
        ("pcgrad", 1, 0.005, (1, 0.005)),
        ("mgda", 1, 1, (16 / 25, 9 / 25)),
        ("uncertainty", 1, 0.1, (0.5, 0.05)),
        ("constraint", 1, 1, (1, 1)),
    ],
)
def test_a_batch_by_hand(name, alpha, beta, expected):
    version = VERSIONS[name]
    assert (version.alpha, version.beta) == (alpha, pytest.approx(beta)), "not the row's numbers"
    assert weighed(version.rule, seen(3, 4), alpha, beta)[:2] == pytest.approx(expected)


def test_what_surgery_takes_away():
    opposed = weighed(VERSIONS["pcgrad"].rule, seen(3, 4, math.pi))
    assert opposed[:2] == pytest.approx((1 + 12 / 9, 1 + 12 / 16))
    assert pull(opposed, 3, 4, math.pi) == pytest.approx(0, abs=1e-6)
    angle = 2 * math.pi / 3
    got = pull(weighed(VERSIONS["pcgrad"].rule, seen(2, 2, angle)), 2, 2, angle)
    # Of two of length 2 at 120 degrees each keeps √3, at 60 degrees to one another.
    assert np.linalg.norm(got) == pytest.approx(3)


def test_averages_forget_what_the_first_batches_lack():
    rule = rules.Shares(decay=0.5)
    state = begun(rule)
    assert weighed(rule, seen(3, 4), state=state)[1] == pytest.approx(3 / 4)
    _, _, after = weighed(rule, seen(3, 4), state=state)
    _, times, after = weighed(rule, seen(3, 1), state=after)
    assert times == pytest.approx((1.5 + 0.75) / (0.5 + 1))
    assert after == pytest.approx({"average_norm_mse": 2.25, "average_norm_bce": 1.5})


def test_uncertainty_comes_to_rest_at_one_over_twice_the_loss():
    rule, point = Uncertainty(rate=0.1), seen(3, 4)
    state = begun(rule)
    for _ in range(500):
        state = rule(point, tensor(1), tensor(1), state).state
    assert weighed(rule, point, state=state)[:2] == pytest.approx((1 / 0.1, 1 / 1.4), rel=1e-6)


def test_uncertainty_stays_within_its_limit():
    rule, state = Uncertainty(rate=1), {"s_mse": tensor(0), "s_bce": tensor(0)}
    for _ in range(50):
        state = rule(seen(3, 4, mse=0.0, bce=1e9), tensor(1), tensor(1), state).state
    assert {name: float(s) for name, s in state.items()} == {"s_mse": -6, "s_bce": 6}


def test_a_constraint_listens_to_the_adversary_as_far_as_it_is_met():
    rule = Constraint(times=2, rate=0.5, decay=0.0)
    begin = {name: tensor(value) for name, value in rule.begin(0.02).items()}
    assert float(begin["limit_mse"]) == pytest.approx(0.04)
    # Nine times the limit: the multiplier is trebled; at a quarter of it, halved.
    worse = weighed(rule, seen(3, 4, mse=0.36), state=begin)[2]
    assert worse["multiplier"] == pytest.approx(3)
    assert weighed(rule, seen(3, 4, mse=0.01), state=begin)[2]["multiplier"] == pytest.approx(0.5)
    assert weighed(rule, seen(3, 4), state=worse)[:2] == pytest.approx((1.5, 0.5))


def test_a_constraint_needs_no_average_to_begin_with():
    rule = Constraint(decay=0.9)
    _, _, after = weighed(rule, seen(3, 4, mse=0.5))
    assert after["average_mse"] == pytest.approx(0.5)
    _, _, after = weighed(rule, seen(3, 4, mse=0.3), state={k: tensor(v) for k, v in after.items()})
    assert after["average_mse"] == pytest.approx(0.48)


# Whatever the gradients are.

BALANCED = ("vqgan", "shares", "config")  # those that claim not to see how a loss is scaled
UNBALANCED = ("pcgrad", "mgda")


@pytest.mark.parametrize("name", BALANCED)
@given(pair=pairs, k=st.floats(1e-3, 1e3))
def test_a_loss_times_k_pulls_in_the_same_direction(name, pair, k):
    n1, n2, angle = pair
    rule = VERSIONS[name].rule
    once = pull(weighed(rule, seen(n1, n2, angle)), n1, n2, angle)
    assume(np.linalg.norm(once) > 1e-6 * (n1 + n2))  # opposed ones leave none
    # The cap is no part of the claim: it is there for what is nearly 0.
    assume(max(n1 / n2, n1 / (k * n2), k * n1 / n2) < 1e4)
    for scaled in ((n1, k * n2, angle), (k * n1, n2, angle)):
        other = pull(weighed(rule, seen(*scaled)), *scaled)
        assert other / np.linalg.norm(other) == pytest.approx(once / np.linalg.norm(once), abs=1e-5)


@pytest.mark.parametrize("name", UNBALANCED)
def test_the_others_do_see_it(name):
    rule, angle = VERSIONS[name].rule, 2.0
    once, other = (pull(weighed(rule, seen(1, n2, angle)), 1, n2, angle) for n2 in (1, 3))
    across = once[0] * other[1] - once[1] * other[0]
    assert abs(across) > 1e-3 * np.linalg.norm(once) * np.linalg.norm(other)


@pytest.mark.parametrize("name", RULES)
@given(pair=pairs, size=st.sampled_from([2, 16, 256]))
def test_the_size_of_a_batch_changes_no_weight(name, pair, size):
    # Both norms fall as 1/√n, their product as 1/n.
    n1, n2, angle = pair
    rule = VERSIONS[name].rule
    fewer = weighed(rule, seen(n1 / size**0.5, n2 / size**0.5, angle))[:2]
    assert fewer == pytest.approx(weighed(rule, seen(n1, n2, angle))[:2], rel=1e-4, abs=1e-9)


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("n1", "n2", "cosine"),
    [(0, 0, 0), (0, 1, 0), (1, 0, 0), (1, 1, -1), (1, 1, 1), (1e-18, 1e-18, -1), (1e-20, 1, 1)],
)
def test_zero_and_opposed_gradients_are_finite(name, dtype, n1, n2, cosine):
    point = [ops.convert_to_tensor(v, dtype) for v in (0.05, 0.7, n1, n2, n1 * n2 * cosine)]
    rule = VERSIONS[name].rule
    state = {key: ops.convert_to_tensor(v, dtype) for key, v in rule.begin(0.04).items()}
    one = ops.ones((), dtype)
    loss, w_mse, w_bce, after = rule(Seen(*point), one, one, state)
    assert np.isfinite([float(v) for v in (loss, w_mse, w_bce, *after.values())]).all()
    assert min(float(w_mse), float(w_bce)) >= 0


@pytest.mark.parametrize("name", RULES)
@given(pair=pairs)
def test_without_a_weight_for_it_the_adversary_has_none(name, pair):
    """So that it can start late, by a schedule of beta."""
    w_mse, w_bce, _ = weighed(VERSIONS[name].rule, seen(*pair), beta=0)
    assert w_mse > 0 == w_bce
    w_mse, w_bce, _ = weighed(VERSIONS[name].rule, seen(*pair), alpha=0)
    assert w_bce > 0 == w_mse


@given(pair=pairs)
def test_no_mixture_is_shorter_than_that_of_minimum_norm(pair):
    n1, n2, angle = pair
    w = weighed(VERSIONS["mgda"].rule, seen(n1, n2, angle))
    assert w[0] + w[1] == pytest.approx(1)
    shortest = np.linalg.norm(pull(w, n1, n2, angle))
    for gamma in np.linspace(0, 1, 11):
        other = np.linalg.norm(pull((gamma, 1 - gamma), n1, n2, angle))
        assert shortest <= other * (1 + 1e-6) + 1e-12


@given(pair=pairs)
def test_surgery_leaves_no_pull_against_either_gradient(pair):
    n1, n2, angle = pair
    got = pull(weighed(VERSIONS["pcgrad"].rule, seen(n1, n2, angle)), n1, n2, angle)
    first, second = np.array([n1, 0]), n2 * np.array([math.cos(angle), math.sin(angle)])
    scale = (n1 + n2) ** 2
    assert got @ first >= -1e-9 * scale
    assert got @ second >= -1e-9 * scale


# As versions.


def test_a_loss_variant_is_the_rule_of_its_slopes():
    assert VERSIONS["weighted"].rule == Slopes(weighted)
    assert weighed(Slopes(weighted), seen(3, 4), 1, 0.005)[:2] == pytest.approx((1, 0.005))


@pytest.mark.parametrize("name", RULES)
def test_a_rule_is_given_back_by_its_record(name):
    version = VERSIONS[name]
    assert recorded(version.described()) == version


def test_numbers_that_are_none_are_refused():
    for value in (-1, float("nan"), "much", None):
        with pytest.raises(ValueError, match="times of the rule Constraint must be a finite"):
            Constraint(times=value)


def test_what_a_rule_is_measured_by_is_trained_first():
    assert training_order(["constraint"]) == ["autoencoder_slow", "constraint"]


def test_the_frontier_is_the_fixed_weights_in_their_order():
    betas = [VERSIONS[name].beta for name in GROUPS["frontier"]]
    assert betas == sorted(betas) == [0, 0.0001, 0.0003, 0.001, 0.005, 0.02, 0.2, 1]
    alike = {(v.loss, v.alpha, v.learning_rate) for v in map(VERSIONS.get, GROUPS["frontier"])}
    assert len(alike) == 1


@pytest.mark.parametrize("name", GROUPS["frontier"])
def test_a_version_is_known_by_what_it_is(name):
    """However it is asked for: no run is trained twice under two names."""
    assert VERSIONS["weighted"].reweighed(beta=float(VERSIONS[name].beta)).name == name


@pytest.fixture(scope="module")
def trained(dataset, tiny, tmp_path_factory):
    """A run of every rule."""
    place = tmp_path_factory.mktemp("rules")
    return {name: train(name, dataset, reports=place, progress=False) for name in RULES}, place


@pytest.mark.parametrize("name", RULES)
def test_a_history_gives_all_weights_again(name, trained):
    runs, _ = trained
    run = runs[name]
    reference = None
    if run.version.reference:
        reference = last_mse(find_run(run.folder.parent.parent / run.version.reference / "seed-0"))
    again = rules.replay(run.version.rule, run.history, run.version.alpha, reference)
    for column, values in again.items():
        assert values == pytest.approx(run.history[column].to_numpy(), rel=1e-4), column
    assert {*again} == {"weight_mse", "weight_bce", *(f"state_{name}" for name in run.state)}
    assert {*run.state} == {*run.version.rule.begin(1.0)}
    for name, value in run.state.items():
        assert value == run.history[f"state_{name}"].iloc[-1]


def test_a_constraint_is_told_the_reference_of_its_own_seed(trained):
    runs, _ = trained
    reference = find_run(runs["constraint"].folder.parent.parent / "autoencoder_slow" / "seed-0")
    assert runs["constraint"].state["limit_mse"] == pytest.approx(1.25 * last_mse(reference))
    assert runs["constraint"].settings["reference"] == reference.settings


@dataclass(frozen=True)
class ManyWeights(Rule):
    def weights(self, seen, alpha, beta, state):
        return seen.mse, ops.ones(2), state


@dataclass(frozen=True)
class Forgetful(Rule):
    def begin(self, reference):
        return {"norm": 0.0}

    def weights(self, seen, alpha, beta, state):
        return seen.mse, seen.bce, {}


@dataclass(frozen=True)
class Raising(Rule):
    def weights(self, seen, alpha, beta, state):
        return seen.nothing


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (ManyWeights(), r"a value of shape \(2,\)"),
        (Forgetful(), "KeyError: 'norm'"),
        (Raising(), "AttributeError"),
    ],
)
def test_a_rule_that_fails_is_refused_before_training(rule, said, dataset, tiny, tmp_path):
    version = Version("mine", rule, alpha=1, beta=1, learning_rate=1e-4)
    with pytest.raises(ValueError, match=f"(?s)cannot be trained.*{said}"):
        train(version, dataset, reports=tmp_path, progress=False)
    assert not list(tmp_path.iterdir())


def test_the_adversary_brakes_with_its_gradient_unless_a_rule_evens_it_out():
    """What dividing by n2 takes away: how far the discriminator is from being fooled."""
    vqgan = VERSIONS["vqgan"].rule
    near, far = (weighed(vqgan, seen(1, n2))[1] * n2 for n2 in (0.01, 10))
    assert near == pytest.approx(far)
    fixed = VERSIONS["weighted"].rule
    assert weighed(fixed, seen(1, 0.01))[1] * 0.01 < weighed(fixed, seen(1, 10))[1] * 10


def test_memory_is_part_of_what_a_checkpoint_holds():
    rule = VERSIONS["constraint"].rule
    step = make_step(build_models(20, 4, 20, seed=0), rule, 1e-3, seed=0, eager=True, reference=0.1)
    before = float(step.state()["rule/multiplier"].numpy())
    step(to_floats(blobs(8, 20, seed=5)), 1.0, 1.0, 0)
    assert (before, float(step.state()["rule/multiplier"].numpy())) != (1.0, 1.0)
