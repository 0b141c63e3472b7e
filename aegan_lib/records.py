"""What may stand in a record, of a run, a probe or prepared data: looked at before it is used.

Whoever wrote the folder may be a stranger: a number too large would fill the memory, a name with a
slash would be a path, and a line with control characters would reach a terminal or a page.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aegan_lib.arrays import UnreadableError
from aegan_lib.dataset import SPLITS
from aegan_lib.profiles import BACKENDS, LARGEST, LARGEST_SEED, PRECISIONS, Profile

SIZES = tuple(5 * 2**k for k in range(1, 8))  # of images, in pixels
ATTRIBUTES = 500  # that a probe may read
JOINERS = "\u200c\u200d"  # invisible, and part of how some languages are written


@dataclass(frozen=True)
class Rule:
    """What one value has to be, in words and as a test."""

    expected: str
    fits: Callable[[Any], bool]


@dataclass(frozen=True)
class Fields:
    """What an object has to hold, and what it may hold; of whatever else, if `more` is allowed."""

    needed: Mapping[str, "Rule | Fields"]
    possible: Mapping[str, "Rule | Fields"]
    more: bool = False


def check(value: Any, form: Rule | Fields, where: str = "") -> None:
    """Find nothing wrong with `value`, which stands at `where`, or is all of a record.

    Raises:
        UnreadableError: it is not of this form.
    """
    if isinstance(form, Rule):
        if not form.fits(value):
            raise UnreadableError(f"{where} is {_shown(value)}, where {form.expected} is expected")
        return
    if not isinstance(value, dict):
        raise UnreadableError(f"{where} is {_shown(value)}, where an object is expected")
    known = {**form.needed, **form.possible}
    if (strange := [name for name in value if name not in known]) and not form.more:
        raise UnreadableError(
            f"{where or 'it'} holds {_shown(strange[0])}, which is not known here"
        )
    for name, inner in known.items():
        if name in value:
            check(value[name], inner, f"{where}.{name}".strip("."))
        elif name in form.needed:
            raise UnreadableError(f"{where or 'it'} lacks {name}")


def check_run(content: Mapping[str, Any]) -> None:
    """Find nothing wrong with the record of a run.

    Raises:
        UnreadableError: it is of no run that this library could have trained.
    """
    check(content, RUN)
    check_profile(content["settings"]["profile"])


def check_profile(fields: Mapping[str, Any]) -> None:
    """Find nothing wrong with a profile.

    Raises:
        UnreadableError: a field is out of range, or all of them together ask for too much.
    """
    check(fields, PROFILE, "profile")
    profile = Profile(**fields)
    side, filters, code = profile.image_size, profile.filters, profile.latent_dim
    # A layer for every halving in all three networks, with kernels of 5, 4 and 5; and the two
    # layers between the smallest feature maps, of 5 x 5 pixels, and the code.
    layers = SIZES.index(side) + 1
    asked = {
        "numbers in its networks": (
            layers * (25 + 16 + 25) * filters**2 + 25 * code * (code + 2 * filters),
            100_000_000,  # twenty times the documents'
        ),
        "numbers in a feature map of one image": (side**2 * filters, 2**24),
        "images": (profile.train + profile.validation + profile.test, 1_000_000),
        "batches": (profile.epochs * profile.batches_per_epoch, 200_000),
        "pixels in samples of eight faces": (8 * (profile.epochs + 1) * side**2, 2**29),
    }
    for what, (number, limit) in asked.items():
        if number > limit:
            raise UnreadableError(
                f"profile asks for {number:,} {what}, where at most {limit:,} are expected"
            )


def _shown(value: Any) -> str:
    """`value` as plain letters, whatever it holds."""
    # An object may be of any size, and nothing in it says more than that it is one.
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    try:
        text = ascii(value[:80]) if isinstance(value, str) else f"{value}"
    except ValueError:  # a whole number of more digits than Python writes
        return "a number of thousands of digits"
    return text if len(text) <= 80 else f"{text[:80]}…"


def _whole(low: int, high: int) -> Rule:
    # By its type, since True is a whole number too.
    expected = f"a whole number from {low:,} to {high:,}"
    return Rule(expected, lambda value: type(value) is int and low <= value <= high)


def _number(high: float) -> Rule:
    # Written this way round, NaN is refused too.
    return Rule(
        f"a number from 0 to {high:.2g}",
        lambda value: type(value) in (int, float) and 0 <= value <= high,
    )


def _one_of(*allowed: object) -> Rule:
    listed = " or ".join(map(str, allowed))
    return Rule(listed, lambda value: type(value) in map(type, allowed) and value in allowed)


def _is_text(value: Any) -> bool:
    # What is not printable would steer a terminal, or turn the order of letters round.
    return (
        isinstance(value, str)
        and len(value) <= 1000
        and all(sign.isprintable() or sign in JOINERS for sign in value)
    )


def _is_moment(value: Any) -> bool:
    try:
        return _is_text(value) and datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def _is_name(value: Any) -> bool:
    # It may become the name of a file.
    return _is_text(value) and 0 < len(value) <= 200 and value[0] != "." and not {*"/\\"} & {*value}


def _is_made(value: Any) -> bool:
    """A name with its numbers: of a schedule or a rule, which checks them itself."""
    return (
        isinstance(value, dict)
        and len(value) == 1
        and all(_is_text(name) and isinstance(numbers, dict) for name, numbers in value.items())
    )


def _all_texts(value: Any, kind: type) -> bool:
    listed = value.values() if isinstance(value, dict) else value
    return isinstance(value, kind) and all(isinstance(text, str) for text in listed)


def _is_box(value: Any) -> bool:
    return isinstance(value, list) and len(value) in (0, 4) and all(map(WEIGHT.fits, value))


def _are_attributes(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) <= ATTRIBUTES
        and all(map(_is_text, value))
        and len({*value}) == len(value)
    )


TEXT = Rule("a text of one line, with at most 1000 printable signs", _is_text)
NAME = Rule("a name without slashes, of at most 200 printable signs", _is_name)
WEIGHT = _number(LARGEST)
COUNT = _whole(1, 1_000_000)
SEED = _whole(0, LARGEST_SEED)
OWN = {"alpha": WEIGHT, "beta": WEIGHT, "learning_rate": WEIGHT}
PROFILE = Fields(
    {
        "name": NAME,
        "image_size": _one_of(*SIZES),
        "filters": _whole(1, 1024),
        "batch_size": COUNT,
        "epochs": _whole(1, 100_000),
        "train": COUNT,
        "validation": COUNT,
        "test": COUNT,
    },
    {
        # Settings lack both scales, whose work is in the version's numbers; older ones lack more.
        "learning_rate_scale": WEIGHT,
        "slope_scale": WEIGHT,
        "latent_dim": _whole(1, 4096),
        "precision": _one_of(*PRECISIONS),
    },
)
VERSION = Fields(
    {
        "name": NAME,
        "loss": Rule("a text, or a rule and its numbers", lambda v: TEXT.fits(v) or _is_made(v)),
        "alpha": WEIGHT,
        "beta": Rule(
            "a number from 0 up, or a schedule and its numbers",
            lambda value: WEIGHT.fits(value) or _is_made(value),
        ),
        "learning_rate": WEIGHT,
        "start": Rule(f"{NAME.expected}, or null", lambda value: value is None or NAME.fits(value)),
    },
    {"reference": NAME, "base": NAME, "own": Fields({}, OWN)},
)
SETTINGS = Fields(
    {
        "version": VERSION,
        "profile": PROFILE,
        "dataset": Fields({"name": NAME, "digest": TEXT}, {}, more=True),
        "seed": SEED,
        "code": TEXT,
    },
    {"version_code": TEXT, "backend": _one_of(*BACKENDS)},
    more=True,
)
PROVENANCE = Fields(
    {
        "seconds": _number(1e9),
        "commit": TEXT,
        "python": TEXT,
        "packages": Rule(
            "an object of at most 100 texts",
            lambda value: (
                isinstance(value, dict)
                and len(value) <= 100
                and all(map(_is_text, [*value, *value.values()]))
            ),
        ),
        "platform": TEXT,
        "device": TEXT,
        "cores": COUNT,
    },
    {
        **{"lock": TEXT, "processor": TEXT, "backend": TEXT, "threads": COUNT, "memory": COUNT},
        "made_small": TEXT,
        "ended": Rule("a date and time with its zone", _is_moment),
    },
    more=True,
)
_OBJECT = Rule("an object", lambda value: isinstance(value, dict))
RUN = Fields(
    {
        "settings": SETTINGS,
        "provenance": PROVENANCE,
        "outcome": TEXT,
        "files": _OBJECT,
    },
    {},
)
_ANY_TEXT = Rule("a text", lambda value: isinstance(value, str))
_ANY_TEXTS = Rule("a list of texts", lambda value: _all_texts(value, list))
_NAMED_TEXTS = Rule("an object of texts", lambda value: _all_texts(value, dict))
MANIFEST = Fields(
    {
        "made_of": _OBJECT,
        "counts": Fields({split: _whole(0, 1_000_000) for split in SPLITS}, {}),
        "found": Fields({"notes": _ANY_TEXTS, "left_out": _NAMED_TEXTS}, {}),
        "about": Fields(
            {
                **dict.fromkeys(("title", "what", "crop"), _ANY_TEXT),
                "box": Rule("a list of numbers, none or four", _is_box),
                "notes": _ANY_TEXTS,
            },
            {},
        ),
        "files": Fields(
            {"images.npy": _ANY_TEXT, "table.csv": _ANY_TEXT}, {"example.png": _ANY_TEXT}
        ),
    },
    {},
)
PROBE = Fields(
    {
        "image_size": _one_of(*SIZES),
        "attributes": Rule(
            f"a list of at most {ATTRIBUTES} different texts of one line", _are_attributes
        ),
        "files": _OBJECT,
    },
    {"hardened": _one_of(True, False)},  # older ones lack it, and are not
    more=True,
)
