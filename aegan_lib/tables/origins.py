"""Where the numbers come from: versions, settings, profile, runs."""

import dataclasses
import re
import shlex
from collections.abc import Iterable, Mapping, Sequence

import pandas as pd
from markupsafe import Markup
from pandas.io.formats.style import Styler

from aegan_lib.losses import Loss
from aegan_lib.profiles import BACKENDS, PRECISIONS, Profile
from aegan_lib.rules import Rule
from aegan_lib.runs import Run
from aegan_lib.schedules import Schedule, numbers
from aegan_lib.tables.cells import styled
from aegan_lib.versions import VERSIONS, Version, exactly

# What of a run's provenance decides how sums are rounded, as `provenance.execution` records it.
EXECUTION = ("device", "processor", "threads", "backend", "platform", "python", "packages")
USUAL = (BACKENDS[0], PRECISIONS[0])  # what computes a run, and in what, unless it is asked for
# For captions: the names of the places where a value may stand.
SOURCES = (
    "“doc” is the two documents of April 2022, “scripts” are the author’s published training "
    "scripts, “theirs” is where a rule that others made is published"
)


def registry_table(names: Sequence[str], profile: Profile) -> Styler:
    """What each version is, with the numbers that this profile uses."""
    rows = {}
    for name in names:
        version = VERSIONS[name].scaled(profile)
        beta = version.beta
        rows[name] = {
            "loss": _as_written(_formula(version)) + _numbers(version),
            "α": f"{version.alpha:g}",
            "β": _with_numbers(beta) if callable(beta) else f"{beta:g}",
            "learning rate": f"{version.learning_rate:g}",
            "starts from": version.start or "scratch",
            "source": version.source,
        }
    scale = profile.learning_rate_scale
    times = "" if scale == 1 else f" (the profile {profile.name} multiplies all by {scale:g})"
    return styled(
        pd.DataFrame.from_dict(rows, orient="index").rename_axis("version"),
        f"The versions: loss, weights, learning rate in use here{times}, and their source: whose "
        "the version is, then where those settings stand for which that is not so. "
        f"{SOURCES}; what is “ours” was chosen here. All use Adam with β₁ = 0.5 (scripts).",
    )


def _numbers(version: Version) -> str:
    """What a rule's own numbers are, and whose mse it is measured by."""
    said = _listed(version.loss)
    said += [f"against {version.reference}"] if version.reference else []
    return f" ({', '.join(said)})" if said else ""


def _listed(part: Schedule | Loss | Rule) -> list[str]:
    return [f"{name} {value:g}" for name, value in numbers(part).items()]


def _formula(version: Version) -> str:
    """A loss, or the two weights of a rule, as the code's own documentation writes it."""
    loss = version.loss
    code = type(loss) if isinstance(loss, Rule) else loss
    # The first line of a docstring; after a semicolon, or a rule's colon, stands a remark.
    first = (code.__doc__ or code.__name__).strip().splitlines()[0].rstrip(".")
    return re.split("[;:]" if isinstance(loss, Rule) else ";", first)[0]


def _as_written(formula: str) -> str:
    """A formula of code with the letters of the other columns, which also makes it short."""
    for code, written in {r"\balpha\b": "α", r"\bbeta\b": "β", r" \* ": "·"}.items():
        formula = re.sub(code, written, formula)
    return formula


def _with_numbers(part: Schedule | Loss | Rule) -> str:
    """The name of a schedule, a loss or a rule, and its numbers."""
    # It may be a plain function, or an object of a class with settings.
    name = getattr(part, "__name__", type(part).__name__)
    settings = ", ".join(_listed(part))
    return f"{name}: {settings}" if settings else name


def said(value: float | str) -> str:
    """A profile's number or name, for a cell."""
    return value.replace("_", " ") if isinstance(value, str) else f"{value:,}"


def settings_table(runs: Sequence[Run]) -> Styler:
    """Every setting of every version, as its run was trained; the page can show what differs."""
    columns = {run.version.name: _settings(run) for run in runs}
    return styled(
        pd.DataFrame(columns),
        "Every setting of these runs, as they were trained. Seeds differ as well: they are not "
        "settings.",
        kind="settings",
    )


def _settings(run: Run) -> dict[str, str]:
    """Setting -> its value as text."""
    version, profile = run.version, run.profile
    beta = version.beta
    # In the order of the registry's table, then every field of the profile that the run knew.
    chosen = {
        "loss": _with_numbers(version.loss),
        "α": f"{version.alpha:g}",
        "β": _with_numbers(beta) if callable(beta) else f"{beta:g}",
        "learning rate": f"{version.learning_rate:g}",
        "starts from": version.start or "scratch",
        "dataset": run.settings["dataset"]["name"],
        "profile": profile.name,
    }
    for field in run.settings["profile"]:
        # The fields that the run has recorded; the profile's name stands above already.
        value = getattr(profile, field)
        if field != "name":
            chosen[field.replace("_", " ")] = said(value)
    return chosen


def provenance_table(runs: Sequence[Run], options: Mapping[str, str] = {}) -> Styler:
    """Where the runs of each version come from, and a command that trains them again.

    Arguments:
        runs: of one dataset.
        options: of the command line, as the dataset and the folders were asked for.
    """
    rows = {}
    for name in dict.fromkeys(run.version.name for run in runs):
        chosen = [run for run in runs if run.version.name == name]
        seconds = sorted(run.provenance["seconds"] for run in chosen)
        rows[name] = {
            "seeds": ", ".join(str(run.seed) for run in chosen),
            "outcome": _alike(run.outcome for run in chosen),
            "training": _alike(f"{each:.0f} s" for each in (seconds[0], seconds[-1])),
            "commit": _alike(run.provenance["commit"] for run in chosen),
            "lock file": _alike(run.provenance.get("lock", "unknown")[:12] for run in chosen),
            "data": _alike(run.settings["dataset"]["digest"][:12] for run in chosen),
            "training code": _alike(run.settings["code"][:12] for run in chosen),
            "device": _alike(map(_device, chosen)),
            "train it again": Markup("<code>{}</code>").format(rerun_command(chosen[0], options)),
        }
    # Runs of different code should not be compared, so the caption says which it is.
    codes = {run.settings["code"] for run in runs}
    verdict = (
        "All runs were trained by the same code."
        if len(codes) <= 1
        else f"These runs were trained by {len(codes)} different states of the code."
    )
    return styled(
        pd.DataFrame.from_dict(rows, orient="index", dtype=object).rename_axis("version"),
        f"Provenance. {verdict} Commit, lock file, data and training code are digests; the command "
        "gives the run of the first seed again at that commit, on a machine of the same kind, and "
        "with another seed another run.",
    )


def _alike(said: Iterable[str]) -> str:
    """What differs among runs, each once."""
    return "; ".join(dict.fromkeys(said))


def _device(run: Run) -> str:
    origin = run.provenance
    counts = {"cores": origin["cores"], "threads": origin.get("threads")}
    said = [f"{n} {what[:-1] if n == 1 else what}" for what, n in counts.items() if n is not None]
    return ", ".join([origin["device"], *said])


def rerun_command(run: Run, options: Mapping[str, str] = {}) -> str:
    """The command line that trains `run` again, to be given in the repository."""
    version = run.version
    # Older runs were all TensorFlow's, and do not say so.
    backend = run.settings.get("backend", BACKENDS[0])
    computed = {"precision": run.profile.precision, "backend": backend}
    # How the data was asked for, then what makes this run this one, then the version's own numbers.
    all_options = {
        **options,
        "profile": run.profile.name,
        # Which the folders of runs are told apart by; the usual ones need not be said.
        **{name: value for name, value in computed.items() if value not in USUAL},
        "seed": str(run.seed),
        # Sums are rounded by how many threads share them.
        "threads": str(run.provenance.get("threads", "")),
        **{field.replace("_", "-"): exactly(value) for field, value in version.own},
    }
    # Empty options are left to the command line's defaults; the others are safe to paste.
    words = [f"--{option} {shlex.quote(value)}" for option, value in all_options.items() if value]
    # A version with numbers of its own is trained from the registered one that it was made of.
    name = version.base or version.name
    return " ".join([".venv/bin/python -m aegan_lib run", shlex.quote(name), *words, "--force"])


def again_table(table: pd.DataFrame) -> Styler | None:
    """How runs that were trained again relate to those before, as `again.compared` has it."""
    if table.empty:
        return None
    counts = ", ".join(f"{n} {outcome}" for outcome, n in table["outcome"].value_counts().items())
    return styled(
        table.rename(columns={"outcome": "beside the one before", "said": "where they differ"}),
        f"Trained again and compared with what was there before: {counts}. Within tolerance is a "
        "validation mse that stays within 5 % after every epoch.",
        index=False,
    )


def execution_table(runs: Sequence[Run]) -> Styler:
    """What decided how sums were rounded, each combination once, and which seeds mix several."""
    kinds: dict[tuple[str, ...], list[Run]] = {}
    for run in runs:
        kinds.setdefault(_execution(run), []).append(run)
    rows = [
        (*kind, f"{len(of)}", ", ".join(str(seed) for seed in sorted({run.seed for run in of})))
        for kind, of in kinds.items()
    ]
    table = pd.DataFrame(rows, columns=[*EXECUTION, "runs", "of seeds"])
    # Versions are compared within a seed.
    within: dict[int, set[tuple[str, ...]]] = {}
    for kind, of in kinds.items():
        for run in of:
            within.setdefault(run.seed, set()).add(kind)
    mixed = [str(seed) for seed in sorted(within) if len(within[seed]) > 1]
    said = "Computed alike: one trained again there gives the same bits."
    if len(kinds) > 1:
        said = f"Computed in {len(kinds)} ways, which round differently."
        said += (
            f" Versions are compared across them in seed{'s' if len(mixed) > 1 else ''} "
            f"{', '.join(mixed)}."
            if mixed
            else " No seed mixes them, and so no comparison of versions does."
        )
    return styled(table, f"What the runs were computed with. {said}", index=False)


def _execution(run: Run) -> tuple[str, ...]:
    origin = run.provenance
    packages = ", ".join(f"{name} {version}" for name, version in origin["packages"].items())
    return (*(str(origin.get(name, "unknown")) for name in EXECUTION[:-1]), packages)


def profile_table(profile: Profile) -> Styler:
    rows = {
        field.name.replace("_", " "): said(getattr(profile, field.name))
        for field in dataclasses.fields(profile)
        if field.name != "name"
    }
    table = pd.DataFrame({"value": rows})
    return styled(table, f"How large the profile {profile.name} runs the experiment.")
