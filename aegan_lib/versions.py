"""The experiment, read from top to bottom: every way of weighing the two losses.

A version is a loss variant or a rule, its alpha and beta (a number, or a schedule), a learning
rate and where its weights start. Adding one is one record here and one row in
`tests/core/test_versions.py`; `extras` reads further ones from a file of one's own.
"""

import dataclasses
import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from inspect import isfunction
from types import FunctionType
from typing import Any

from aegan_lib import losses, rules, schedules
from aegan_lib.errors import UserError
from aegan_lib.losses import Loss
from aegan_lib.profiles import LARGEST, Profile
from aegan_lib.rules import Rule, Slopes
from aegan_lib.schedules import History, Schedule, SlopeSchedule, TunedSlopeSchedule


@dataclass(frozen=True)
class Version:
    """One answer to how reconstruction and adversary should be weighed.

    Arguments:
        name: its key in VERSIONS, in paths and in tables.
        loss: a function of `losses`, a rule of `rules`, or one of your own.
        alpha: weight of the reconstruction loss, >= 0.
        beta: weight of the adversarial loss, >= 0, or a schedule that gives it per batch.
        learning_rate: Adam's, before the profile scales it.
        intent: what the version is for, one sentence.
        source: whose version it is, *doc* or *ours*, and after it where each setting stands for
            which that is not so: *doc*, *scripts* (the author's published ones) or *ours*.
        start: the version from whose finished run the autoencoder's weights come.
        reference: the version whose finished run tells the rule what a good mse is.
        base: the registered version that this one is, but for numbers of your own.
        own: these numbers, by the names of their fields.
    """

    name: str
    loss: Loss | Rule
    alpha: float
    beta: float | Schedule
    learning_rate: float
    intent: str = ""
    source: str = "ours"
    start: str | None = None
    reference: str | None = None
    base: str | None = None
    own: tuple[tuple[str, float], ...] = ()

    def __post_init__(self) -> None:
        for field, (expected, fits) in FIELDS.items():
            if not fits(value := getattr(self, field)):
                raise UserError(
                    f"{field} of version {self.name!r:.80} must be {expected}. "
                    f"Received: {value!r:.200}."
                )

    @property
    def rule(self) -> Rule:
        """How it weighs: its own rule, or the slopes of its loss."""
        return self.loss if isinstance(self.loss, Rule) else Slopes(self.loss)

    @property
    def needs(self) -> list[str]:
        """The versions of which a run of the same seed has to be finished before one of this."""
        return [name for name in (self.start, self.reference) if name]

    def scaled(self, profile: Profile) -> "Version":
        """This version with the numbers that `profile` uses in place of the documents'."""
        # Only a schedule may have numbers that hang on the profile; a constant beta stays as it is.
        scale = getattr(self.beta, "scaled", None)
        beta = scale(profile) if scale else self.beta
        rate = self.learning_rate * profile.learning_rate_scale
        return dataclasses.replace(self, beta=beta, learning_rate=rate)

    def beta_after(self, history: History) -> float:
        """Beta of the batch that follows those recorded.

        Raises:
            UserError: the schedule fails, or gives no number that is 0 or more.
        """
        if not callable(self.beta):
            return float(self.beta)
        try:
            beta = float(self.beta(history))
            if not beta >= 0:  # NaN included; one that grows beyond all bounds is an outcome
                raise ValueError(beta)
            return beta
        except Exception as error:  # whatever somebody's own schedule raises
            raise UserError(
                f"The schedule of version {self.name!r} fails after {len(history.get('mse', ()))} "
                "batches. Expected: a number, 0 or more, for every history, also for one without a "
                "batch, from the columns of history.csv. "
                f"Received: {type(error).__name__}: {' '.join(str(error).split())[:300]}."
            ) from error

    def reweighed(
        self,
        alpha: float | None = None,
        beta: float | None = None,
        learning_rate: float | None = None,
    ) -> "Version":
        """This version with numbers of your own; its name says which.

        Where a registered version is just this, that one: no run is trained twice under two names.
        """
        # Not given is not the same as 0, which is a weight like any other.
        given = {"alpha": alpha, "beta": beta, "learning_rate": learning_rate}
        if all(value is None for value in given.values()):
            return self
        # One that is reweighed already is the same as if all had been given at once.
        base, before = self.base or self.name, dict(self.own)
        every = {field: before.get(field) if v is None else v for field, v in given.items()}
        own = {field: value for field, value in every.items() if value is not None}
        # The name is the run's folder, so the numbers go into it, and the old name into `base`.
        name = "-".join([base, *(f"{field}={exactly(value)}" for field, value in own.items())])
        made = dataclasses.replace(
            self, name=name, base=base, own=tuple(own.items()), **dict[str, Any](own)
        )
        return next((known for known in VERSIONS.values() if made.trains_as(known)), made)

    def trains_as(self, other: "Version") -> bool:
        """Whether a run of the other would end in the same weights, whatever both are called."""
        return all(getattr(self, field) == getattr(other, field) for field in DECISIVE)

    def described(self) -> dict[str, Any]:
        """The settings that decide how a run of this version ends, as JSON.

        Raises:
            UserError: a schedule holds what JSON does not give back.
        """
        # Functions are named, for `recorded` to find them again; numbers of a schedule or a rule
        # go along.
        return {
            "name": self.name,
            "loss": self._made_of(self.loss) if isinstance(self.loss, Rule) else _name(self.loss),
            "alpha": self.alpha,
            "beta": self._made_of(self.beta) if callable(self.beta) else self.beta,
            "learning_rate": self.learning_rate,
            "start": self.start,
            **({"reference": self.reference} if self.reference else {}),
            **({"base": self.base, "own": dict(self.own)} if self.base else {}),
        }

    def _made_of(self, part: Schedule | Rule) -> dict[str, dict[str, Any]]:
        # There and back: a tuple is a list afterwards, as in the record that it is compared with.
        try:
            numbers = json.loads(json.dumps(schedules.numbers(part), allow_nan=False))
        except (TypeError, ValueError, RecursionError) as error:
            raise UserError(
                f"The schedule or rule of version {self.name!r} goes into its runs' records. "
                "Expected: fields that are Python's own finite numbers or texts, or lists of "
                f"these. Received: {part!r:.200} ({error})."
            ) from error
        return {_name(_code(part)): numbers}

    def code(self) -> tuple[Any, ...]:
        """What is this version's own code, for a run's fingerprint.

        A function or class of this library; of a file of one's own all of it, since what else
        stands there may be called.
        """
        # The library's code and a notebook's is digested by itself, that of a file with its module.
        parts = [self.loss, self.beta] if callable(self.beta) else [self.loss]
        return tuple(
            code
            if code.__module__ == "__main__" or f"{code.__module__}".startswith("aegan_lib.")
            else sys.modules.get(code.__module__, code)
            for part in parts
            for code in _all_code(part)
        )


def _is_weight(value: Any) -> bool:
    # The largest number that float32 has: beyond it, the step would compute with infinity.
    # Written this way round, NaN is refused too: it is not below 0 either.
    return schedules.is_number(value) and 0 <= value <= LARGEST


def _is_schedule(value: Any) -> bool:
    # What decides about a run is its code and the numbers of its fields: other objects hide theirs.
    made = dataclasses.is_dataclass(value) and not isinstance(value, type)
    return isfunction(value) or (made and callable(value))


def _is_rule(value: Any) -> bool:
    return dataclasses.is_dataclass(value) and isinstance(value, Rule)


_FINITE = f"a finite number, 0 or more and at most {LARGEST:.2g}"
_TEXT = ("a text", lambda value: isinstance(value, str))
_OTHER = ("a version's name, or None", lambda v: v is None or (isinstance(v, str) and v != ""))
# What a version may be made of: in words and as a test.
FIELDS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "name": _TEXT,
    "loss": (
        "a function of mse, bce, alpha and beta, or a rule",
        lambda value: isfunction(value) or _is_rule(value),
    ),
    "alpha": (_FINITE, _is_weight),
    "beta": (
        f"{_FINITE}, or a schedule: a function, or an object of a dataclass that can be called",
        lambda value: _is_weight(value) or _is_schedule(value),
    ),
    "learning_rate": (_FINITE, _is_weight),
    "intent": _TEXT,
    "source": _TEXT,
    "start": _OTHER,
    "reference": _OTHER,
}


def exactly(number: float) -> str:
    """A number with all its digits: two that differ must not share a name or a command."""
    return repr(float(number)).removesuffix(".0")


# What a run's weights are made by; the rest are words and names.
DECISIVE = ("loss", "alpha", "beta", "learning_rate", "start", "reference")
# The two documents' answers, and what they have to be held against.
DOCUMENTS = {
    version.name: version
    for version in (
        # The two limits: verification that the loss does what it says. Their rate is the one from
        # which that of the mix "was" reduced.
        Version(
            "autoencoder", losses.weighted, alpha=1, beta=0, learning_rate=2e-4, source="doc",
            intent="The limit without an adversary: it must be a typical autoencoder.",
        ),
        Version(
            "gan", losses.weighted, alpha=0, beta=1, learning_rate=2e-4, source="doc",
            intent="The limit without reconstruction: a typical GAN, expected not to converge.",
        ),
        # A fixed rate of exchange.
        Version(
            "weighted", losses.weighted, alpha=1, beta=0.005, learning_rate=1e-4, source="doc",
            intent="The mix that should fool the discriminator and prevent convergence failure.",
        ),
        Version(
            "weighted_fast", losses.weighted, alpha=1, beta=0.005, learning_rate=2e-4,
            source="ours; loss, α, β, rate: doc",
            intent="The same mix at the earlier learning rate, which was found too volatile.",
        ),
        Version(
            "pretrained", losses.weighted, alpha=0, beta=1, learning_rate=2e-4,
            start="autoencoder", source="doc; α, β, rate: ours",
            intent="GAN training of an autoencoder that has already learned to reconstruct.",
        ),
        # The documents leave the weights of their pretrained run open: read as a GAN's above, as
        # those of the section before it here. The control has the same budget and no such start.
        Version(
            "pretrained_mix", losses.weighted, alpha=1, beta=0.005, learning_rate=2e-4,
            start="autoencoder", source="ours; loss, start: doc",
            intent="The mix, of an autoencoder that has already learned to reconstruct.",
        ),
        Version(
            "weighted_long", losses.weighted, alpha=1, beta=0.005, learning_rate=2e-4,
            start="weighted_fast", source="ours; loss, α, β, rate: doc",
            intent="The mix from the start and for as long: the fair twin of pretrained_mix.",
        ),
        # Let the losses themselves set the rate. The documents number their versions 1, 4 and 5:
        # 2 and 3 do not appear in them.
        Version(
            "v1", losses.inverse, alpha=1, beta=0.0005, learning_rate=1e-4,
            source="doc; α, rate: scripts",
            intent="The GAN loss should grow as the reconstruction loss falls.",
        ),
        Version(
            "v1_detached", losses.inverse_detached, alpha=1, beta=0.0005, learning_rate=1e-4,
            source="ours; β: doc; α, rate: scripts",
            intent="What v1 meant: the same growth, without a gradient through the 1/mse.",
        ),
        Version(
            "v4", losses.weighted, alpha=1, learning_rate=1e-4,
            source="doc; rate: scripts",
            beta=SlopeSchedule(scale=2e-7, window=50, ceiling=1.0),
            intent="The adversary should grow as the reconstruction loss stops falling.",
        ),
        Version(
            "v4_quiet", losses.weighted, alpha=1, learning_rate=1e-4,
            source="ours; loss, α: doc; rate: scripts",
            beta=TunedSlopeSchedule(scale=2e-7, window=50, ceiling=1.0),
            intent="v4 with the slope scale that was tuned to the experiment's size.",
        ),
        Version(
            "v5", losses.min_ceiling, alpha=1, beta=1, learning_rate=1e-4,
            source="doc; rate: scripts; α, β: not used",
            intent="The GAN loss should count, but never for more than the reconstruction loss.",
        ),
        Version(
            "autoencoder_slow", losses.weighted, alpha=1, beta=0, learning_rate=1e-4,
            source="ours; loss, α, β: doc; rate: scripts",
            intent="The autoencoder at v5's learning rate: the fair twin of v5.",
        ),
        Version(
            "gan_slow", losses.weighted, alpha=0, beta=1, learning_rate=1e-4,
            source="ours; loss, α, β: doc",
            intent="The least stable run at half its learning rate: the rule of thumb, tried.",
        ),
    )
}  # fmt: skip
# Every other fixed weight of the adversary, at weighted's rate: what a rule has to beat. With
# autoencoder_slow, whose β is 0, and weighted they are the frontier.
SWEEP = {
    name: Version(
        name, losses.weighted, alpha=1, beta=beta, learning_rate=1e-4,
        source="ours; loss, α: doc; rate: scripts", base="weighted", own=(("beta", beta),),
        intent=f"A fixed weight of {beta:g} in place of weighted's 0.005: a point of the frontier.",
    )
    for beta in (0.0001, 0.0003, 0.001, 0.02, 0.2, 1)
    for name in (f"weighted-beta={exactly(beta)}",)
}  # fmt: skip
# Answers of others: the weights are set by the losses or by their gradients, at weighted's rate.
# One number of each of the first three was tuned, by four runs (benchmarks/tuning_quick.csv).
RULES = {
    version.name: version
    for version in (
        Version(
            "vqgan", rules.AdaptiveWeight(), alpha=1, beta=0.8, learning_rate=1e-4,
            source="ours; loss, β: theirs",
            intent="The field's usual rule: the adversary pulls with a fixed share of the force.",
        ),
        Version(
            "uncertainty", rules.Uncertainty(), alpha=1, beta=0.1, learning_rate=1e-4,
            source="ours; loss, α: theirs",
            intent="Weights that are learned: each comes to rest at a share of one over its loss.",
        ),
        Version(
            "constraint", rules.Constraint(rate=0.03), alpha=1, beta=1, learning_rate=1e-4,
            reference="autoencoder_slow", source="ours; loss: theirs",
            intent="As much adversary as 1.25 times the autoencoder's mse leaves room for.",
        ),
        Version(
            "pcgrad", rules.GradientSurgery(), alpha=1, beta=0.005, learning_rate=1e-4,
            source="ours; loss: theirs",
            intent="weighted, where neither gradient may work against the other.",
        ),
        Version(
            "mgda", rules.MinimumNorm(), alpha=1, beta=1, learning_rate=1e-4,
            source="ours; loss, α, β: theirs",
            intent="The shortest mixture of both gradients: expected to favour the weaker one.",
        ),
        # All three pull in nearly one direction. shares comes out nearly as vqgan does; config,
        # whose length grows while training goes on, makes longer steps of Adam (docs/study.md).
        Version(
            "shares", rules.Shares(), alpha=1, beta=0.8, learning_rate=1e-4,
            source="ours; loss: theirs",
            intent="vqgan with norms averaged over a thousand batches.",
        ),
        Version(
            "config", rules.ConflictFree(), alpha=1, beta=0.8, learning_rate=1e-4,
            source="ours; loss: theirs",
            intent="vqgan with a length that is shared by both gradients.",
        ),
    )
}  # fmt: skip
VERSIONS = DOCUMENTS | SWEEP | RULES
# What can be asked for by one word, and the word for whatever there is.
ALL = "all"
GROUPS = {
    "documents": tuple(DOCUMENTS),
    "frontier": ("autoencoder_slow", *list(SWEEP)[:3], "weighted", *list(SWEEP)[3:]),
    "rules": tuple(RULES),
}


LIBRARY = tuple(VERSIONS)  # what is registered here, and not from a file of one's own


def recorded(described: Mapping[str, Any]) -> Version:
    """The version that a run's settings describe, with the numbers that it was trained with.

    Its loss and its schedule are looked up by name in this library and among VERSIONS, its intent
    and source in VERSIONS.

    Raises:
        UserError: the loss or the schedule is known nowhere, or takes other numbers.
    """
    # What is left in it in the end are fields that need no looking up.
    given = dict(described)
    loss, beta = given.pop("loss"), given.pop("beta")
    # Intent and source are words for a reader and not part of the settings: today's are used.
    registered = VERSIONS.get(given["name"]) or VERSIONS.get(given.get("base", ""))
    about: dict[str, Any] = {}
    if registered:
        about = {"intent": registered.intent, "source": registered.source}
    own = tuple(given.pop("own", {}).items())
    versions = VERSIONS.values()
    if isinstance(beta, dict):
        beta = _made(beta, "schedule", schedules, (v.beta for v in versions))
    loss = (
        _made(loss, "rule", rules, (v.loss for v in versions))
        if isinstance(loss, dict)
        else _known(loss, "loss", losses, (v.loss for v in versions))
    )
    return Version(loss=loss, beta=beta, own=own, **about, **given)


def _made(
    described: Mapping[str, Mapping[str, Any]], what: str, module: Any, registered: Iterable[Any]
) -> Any:
    # One entry: the name of the code, and its numbers. A function has none.
    ((name, numbers),) = described.items()
    code = _known(name, what, module, registered)
    try:
        return code if isfunction(code) else code(**numbers)
    except TypeError as error:
        raise UserError(
            f"The {what} {name!r} of a finished run takes other numbers. Expected: those of "
            f"its class here. Received: {', '.join(numbers)} ({error}). Train the run again."
        ) from error


def _known(name: str, what: str, module: Any, registered: Iterable[Any]) -> Callable[..., Any]:
    # Registered versions are asked too: functions of one's own stand in none of our modules.
    for part in filter(callable, registered):
        if _name(_code(part)) == name:
            return _code(part)
    # Nothing else that stands in the module: a record may be a stranger's.
    kind = FunctionType if module is losses else type
    found = vars(module).get(name)
    if isinstance(found, kind) and found.__module__ == module.__name__:
        return found
    raise UserError(
        f"The {what} {name!r} of a finished run is not known here. Expected: one of this library, "
        "or of a file of your own. Give that file as EXTRA=…, or --extra on the command line."
    )


def _code(part: Any) -> Any:
    """The function, or the class of a schedule or a rule, that holds the code."""
    return part if isfunction(part) else type(part)


def _all_code(part: Any) -> list[Any]:
    """The same, and the classes that it takes code from."""
    code = _code(part)
    return [code] if isfunction(code) else [c for c in code.__mro__ if c is not object]


def _name(part: Any) -> str:
    """A name that tells apart what has one name in two modules; this library's is short."""
    ours = part.__module__ in (losses.__name__, rules.__name__, schedules.__name__)
    return part.__qualname__ if ours else f"{part.__module__}.{part.__qualname__}"


def training_order(names: Sequence[str]) -> list[str]:
    """`names` with every version that they need put in, each before those that need it."""
    ordered: list[str] = []
    for name in names:
        # Whatever it needs, and what that one needs in turn, goes before it; nothing goes twice.
        for needed in [*training_order(VERSIONS[name].needs), name]:
            if needed not in ordered:
                ordered.append(needed)
    return ordered
