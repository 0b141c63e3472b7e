"""Where the numbers come from: versions, profile, what differs from the documents, runs."""

import dataclasses
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
from pandas.io.formats.style import Styler

from aegan_lib.datasets import Dataset
from aegan_lib.profiles import PROFILES, Profile
from aegan_lib.runs import Run, find_run
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
    return pd.DataFrame.from_dict(rows, orient="index").style.set_caption("The versions.")


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
        ("Adam's β₁", "0.5", "0.5", "scripts"),
        ("blur factor", "truncated to an integer per image", "not truncated", "scripts"),
        ("v1_detached, autoencoder_slow", "not there", "added as fair twins", "ours"),
        ("pretrained: α, β", "not stated", "0 and 1", "ours"),
    ]  # fmt: skip
    table = pd.DataFrame(
        rows, columns=["what", "documents", "here", "source of the documents' value"]
    )
    return table.style.hide(axis="index").set_caption(
        "What differs from the documents, or is our choice. doc: stated in the documents; "
        "scripts: read in the author's published training scripts; ours: our choice."
    )


def provenance_table(runs: Sequence[Run]) -> Styler:
    rows = {
        f"{run.version} seed {run.seed}": {
            "outcome": run.outcome,
            "training": f"{run.provenance['seconds']:.0f} s",
            "commit": run.provenance["commit"],
            "training code": run.settings["code"][:12],
            "data": run.settings["dataset"]["digest"][:12],
            "device": f"{run.provenance['device']}, {run.provenance['cores']} cores",
            "Python": run.provenance["python"],
            "packages": ", ".join(f"{k} {v}" for k, v in run.provenance["packages"].items()),
        }
        for run in runs
    }
    codes = {run.settings["code"] for run in runs}
    verdict = (
        "All runs were trained by the same code."
        if len(codes) <= 1
        else f"These runs were trained by {len(codes)} different states of the code."
    )
    return pd.DataFrame.from_dict(rows, orient="index").style.set_caption(f"Provenance. {verdict}")


def outcomes(
    folder: Path, names: Sequence[str], seeds: Sequence[int]
) -> tuple[list[Run], pd.DataFrame]:
    """The finished runs in a report's folder, and how every run that was asked for ended."""
    finished, rows = [], []
    for name in names:
        for seed in seeds:
            executed = folder / "notebooks" / f"{name}-seed-{seed}.ipynb"
            failure = "not executed"
            if executed.exists():
                failure = nbformat.read(executed, as_version=4).metadata["aegan"]["failure"]
            run = None if failure else find_run(folder / name / f"seed-{seed}")
            if run:
                finished.append(run)
            rows.append((name, seed, run.outcome if run else f"failed: {failure}"))
    return finished, pd.DataFrame(rows, columns=["version", "seed", "outcome"])


def outcomes_table(table: pd.DataFrame) -> Styler:
    """The runs that are not complete; the caption counts all of them."""
    bad = table[table["outcome"] != "complete"]
    caption = f"{len(table) - len(bad)} of {len(table)} runs are complete."
    return bad.style.hide(axis="index").set_caption(caption)


def profile_table(profile: Profile) -> Styler:
    rows = {field.name.replace("_", " "): f"{getattr(profile, field.name):,}"
            for field in dataclasses.fields(profile) if field.name != "name"}  # fmt: skip
    table = pd.DataFrame({"value": rows})
    return table.style.set_caption(f"The profile {profile.name}.")
