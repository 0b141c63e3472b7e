"""What the commands of `python -m aegan_lib` can be asked for, each also as a variable."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from aegan_lib.profiles import BACKENDS, LARGEST_SEED, PRECISIONS

PATH = click.Path(path_type=Path)


class Names(click.ParamType):
    """Several names in one string, separated by spaces or commas: "v1 v4"."""

    name = "names"

    def convert(self, value: object, param: object, ctx: object) -> tuple[str, ...]:
        # Click asks of a type that it takes its own result as well as what was typed.
        return value if isinstance(value, tuple) else tuple(str(value).replace(",", " ").split())


class Seeds(Names):
    """Whole numbers from 0 to 2^32 - 1, in one string: "0 1 2"."""

    name = "seeds"

    def convert(self, value: object, param: object, ctx: object) -> tuple[int, ...]:  # type: ignore[override]
        words = super().convert(value, param, ctx)
        # One message for what is no number, for one out of range and for none at all.
        try:
            seeds = tuple(int(word) for word in words)
        except ValueError:
            seeds = ()
        if not seeds or min(seeds) < 0 or max(seeds) > LARGEST_SEED:
            raise click.BadParameter(
                f'expected whole numbers from 0 to {LARGEST_SEED}, like "0 1". Received: {value!r}.'
            )
        return seeds


def choose_backend(context: object, option: object, name: str) -> None:
    # Read once, when the library first computes: before that, and so before any other option.
    os.environ["AEGAN_BACKEND"] = name


BACKEND_OPTION = click.option(
    "--backend",
    envvar="AEGAN_BACKEND",
    type=click.Choice(BACKENDS),
    default=BACKENDS[0],
    show_default=True,
    is_eager=True,
    expose_value=False,
    callback=choose_backend,
    help="What computes: jax is for accelerators. Its runs are kept apart.",
)
EXTRA_OPTION = click.option(
    "--extra",
    envvar="EXTRA",
    default="",
    metavar="FILE.py",
    help="A Python file with further versions of your own.",
)
# Where things are kept.
FOLDER_OPTIONS = (
    click.option(
        "--reports",
        envvar="REPORTS",
        type=PATH,
        default=Path("reports"),
        show_default=True,
        help="Where runs and pages go.",
    ),
    click.option(
        "--data",
        envvar="DATA",
        type=PATH,
        default=Path("data"),
        show_default=True,
        help="Where prepared data is kept.",
    ),
)
# What everything is about: which images, and at which size.
DATA_OPTIONS = (
    click.option(
        "--dataset",
        envvar="DATASET",
        default="faces",
        show_default=True,
        metavar="NAME",
        help="faces, celeba, celeba:PATH or folder:PATH.",
    ),
    click.option(
        "--crop",
        envvar="CROP",
        default="",
        metavar="BOX",
        help="The part of each photograph that is used; data/README.md says how to give it. "
        "[default: tight for celeba, the central square for a folder]",
    ),
    click.option(
        "--images",
        envvar="IMAGES",
        type=click.IntRange(min=1),
        default=None,
        metavar="N",
        help="Training images. [default: the profile's]",
    ),
    click.option(
        "--profile",
        envvar="PROFILE",
        default="quick",
        show_default=True,
        help="smoke (a few minutes), quick (half an hour), small (the documents' course of "
        "training on small pictures: many hours) or full (a GPU's work).",
    ),
    click.option(
        "--precision",
        envvar="PRECISION",
        type=click.Choice(["", *PRECISIONS]),
        default="",
        metavar="NAME",
        help=f"What networks compute in: {' or '.join(PRECISIONS)}, which is faster where the "
        "processor or card has instructions for it. Its runs are kept apart. [default: the "
        "profile's]",
    ),
    BACKEND_OPTION,
    *FOLDER_OPTIONS,
    EXTRA_OPTION,
)
JOBS_OPTION = click.option(
    "--jobs",
    envvar="JOBS",
    type=click.IntRange(min=0),
    default=0,
    metavar="N",
    help="Runs at a time. [default: one a core, one in all on a GPU]",
)


def run_options(versions: str, seeds: str | None, which: str, times: str) -> tuple[Any, Any]:
    """Which runs are in it: `versions` and `seeds` unless asked for, and what is said of both."""
    return (
        click.option(
            "--versions",
            envvar="VERSIONS",
            type=Names(),
            default=versions,
            metavar='"v1 v4"',
            help=which,
        ),
        click.option(
            "--seeds", envvar="SEEDS", type=Seeds(), default=seeds, metavar='"0 1"', help=times
        ),
    )


RUN_OPTIONS = run_options(
    "",
    "0",
    "Only these versions, on a page of their own; documents, frontier, rules and all are groups of "
    "them. [default: documents]",
    "Every version once for each seed. [default: 0]",
)
STUDY_OPTIONS = run_options(
    "all",
    None,
    "Only these versions or groups; without the frontier nothing is held against it. [default: "
    "all]",
    "Only these seeds. [default: those of reports/plan.toml]",
)


def options(*chosen: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Several options as one decorator, in their order; `parse` takes them as they are."""

    def decorate(command: Any) -> Any:
        # The decorator that is applied last comes first in the help.
        for option in reversed(chosen):
            command = option(command)
        return command

    return decorate
