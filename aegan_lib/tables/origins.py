"""Where the numbers come from: versions, profile, what differs from the documents, runs."""

import dataclasses
import re
import shlex
from collections.abc import Sequence
from html import escape
from typing import Any

import pandas as pd
from pandas.io.formats.style import Styler

from aegan_lib.dataset import Dataset
from aegan_lib.profiles import PROFILES, Profile
from aegan_lib.runs import Run
from aegan_lib.tables.cells import styled
from aegan_lib.versions import VERSIONS

LABELS = {"train": "training images"}  # of a profile's fields, where the name is not enough


def registry_table(names: Sequence[str], profile: Profile) -> Styler:
    """What each version is, with the numbers that this profile uses."""
    rows = {}
    for name in names:
        version = VERSIONS[name].scaled(profile)
        formula = (version.loss.__doc__ or "").strip().splitlines()[0].rstrip(".")
        beta = version.beta
        rows[name] = {
            "loss": formula,
            "α": f"{version.alpha:g}",
            "β": _schedule(beta) if callable(beta) else f"{beta:g}",
            "learning rate": f"{version.learning_rate:g}",
            "starts from": version.start or "scratch",
            "source": version.source,
        }
    return styled(
        pd.DataFrame.from_dict(rows, orient="index"),
        "The versions: loss, weights, learning rate in use here, and where these stand.",
    )


def _schedule(schedule: Any) -> str:
    settings = ", ".join(f"{k} {v:g}" for k, v in dataclasses.asdict(schedule).items())
    return f"{type(schedule).__name__}: {settings}"


def differences_table(profile: Profile, dataset: Dataset) -> Styler:
    """Where this departs from the documents' experiment, and what was our choice."""
    full, about, profile = PROFILES["full"], dataset.about, profile.fitted(dataset.counts)
    rows = []
    if dataset.name.split("-")[0] != "celeba" or "-of-" in dataset.name:
        rows.append(("images", "CelebA photographs", escape(about.what), "doc"))
    if about.crop:
        rows.append(("crop", "not stated", escape(about.crop), "ours"))
    sources = {
        "image_size": "scripts", "filters": "scripts", "batch_size": "doc", "epochs": "doc",
        "train": "doc", "learning_rate_scale": "ours", "slope_scale": "doc", "latent_dim": "doc",
    }  # fmt: skip
    for field, source in sources.items():
        theirs, here = getattr(full, field), getattr(profile, field)
        if theirs != here:
            label = LABELS.get(field, field.replace("_", " "))
            rows.append((label, f"{theirs:,}", f"{here:,}", source))
    rows += [
        ("discriminator's head", "sigmoid", "logits and stable BCE, the same function", "ours"),
        (
            "images of one batch", "each of the three updates draws its own",
            "one shuffled batch: its first half real, its second half reconstructed", "ours",
        ),
        ("blur factor", "truncated to an integer per image", "not truncated", "scripts"),
        ("v1_detached, autoencoder_slow", "not there", "added as fair twins", "ours"),
        ("pretrained: α, β", "not stated", "0 and 1", "ours"),
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=["what", "documents", "here", "source"])
    return styled(
        table,
        "What differs from the documents. Source of what is there, doc: stated in the documents; "
        "scripts: read in the author's published training scripts; or ours: our own choice here.",
        index=False,
    )


def settings_table(runs: Sequence[Run]) -> Styler:
    """Every setting of every version, as its run was trained; the page can show what differs."""
    columns = {run.version: _settings(run) for run in runs}
    return styled(
        pd.DataFrame(columns),
        "Every setting of these runs, as they were trained. Seeds differ as well: they are not "
        "settings.",
        kind="settings",
    )


def _settings(run: Run) -> dict[str, str]:
    version, profile = run.settings["version"], dict(run.settings["profile"])
    beta = version["beta"]
    if isinstance(beta, dict):
        ((name, numbers),) = beta.items()
        beta = f"{name}({', '.join(f'{k}={v:g}' for k, v in numbers.items())})"
    chosen = {
        "loss": version["loss"],
        "α": f"{version['alpha']:g}",
        "β": beta if isinstance(beta, str) else f"{beta:g}",
        "learning rate": f"{version['learning_rate']:g}",
        "starts from": version["start"] or "scratch",
        "dataset": escape(run.settings["dataset"]["name"]),
    }
    profile["profile"] = profile.pop("name")
    return chosen | {
        field.replace("_", " "): f"{value:,}" if isinstance(value, int) else str(value)
        for field, value in profile.items()
    }


def provenance_table(
    runs: Sequence[Run], dataset: str = "faces", crop: str = "", images: int = 0
) -> Styler:
    """Where each run comes from, and the command that trains it again.

    Arguments:
        runs: of one dataset.
        dataset, crop, images: as that was asked for.
    """
    rows = {
        f"{run.version} seed {run.seed}": {
            "outcome": run.outcome,
            "training": f"{run.provenance['seconds']:.0f} s",
            "commit": run.provenance["commit"],
            "lock file": run.provenance.get("lock", "unknown")[:12],
            "data": run.settings["dataset"]["digest"][:12],
            "training code": run.settings["code"][:12],
            "device": f"{run.provenance['device']}, {run.provenance['cores']} cores",
            "train it again": f"<code>{escape(rerun_command(run, dataset, crop, images))}</code>",
        }
        for run in runs
    }
    codes = {run.settings["code"] for run in runs}
    verdict = (
        "All runs were trained by the same code."
        if len(codes) <= 1
        else f"These runs were trained by {len(codes)} different states of the code."
    )
    return styled(
        pd.DataFrame.from_dict(rows, orient="index"),
        f"Provenance. {verdict} Commit, lock file, data and training code are digests; the command "
        "gives the run again at that commit.",
    )


def rerun_command(run: Run, dataset: str = "faces", crop: str = "", images: int = 0) -> str:
    """The command line that trains `run` again, to be given in the repository."""
    settings = run.settings
    name, *own = re.split("-(?=[a-z_]+=)", settings["version"]["name"])  # weights of one's own
    options = {
        "dataset": dataset,
        "crop": crop,
        "images": str(images or ""),
        "profile": settings["profile"]["name"],
        "seed": str(run.seed),
    } | {field.replace("_", "-"): value for field, value in (word.split("=") for word in own)}
    words = [f"--{option} {shlex.quote(value)}" for option, value in options.items() if value]
    return " ".join([".venv/bin/python -m aegan_lib run", name, *words, "--force"])


def packages_table(runs: Sequence[Run]) -> Styler:
    """What the runs were trained with, every combination once."""
    rows: dict[tuple[str, ...], int] = {}
    for run in runs:
        origin = run.provenance
        key = (origin["python"], origin["platform"], *map(str, origin["packages"].values()))
        rows[key] = rows.get(key, 0) + 1
    names = ["Python", "platform", *(runs[0].provenance["packages"] if runs else ())]
    table = pd.DataFrame([*rows], columns=names).assign(runs=[f"{n}" for n in rows.values()])
    return styled(table, "What they were trained with.", index=False)


def profile_table(profile: Profile) -> Styler:
    rows = {field.name.replace("_", " "): f"{getattr(profile, field.name):,}"
            for field in dataclasses.fields(profile) if field.name != "name"}  # fmt: skip
    table = pd.DataFrame({"value": rows})
    return styled(table, f"How large the profile {profile.name} runs the experiment.")
