"""The report's tables, and what the documents say that stands beside our numbers."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
from pandas.io.formats.style import Styler

from aegan_lib.profiles import PROFILES, Profile
from aegan_lib.report.evaluation import way_to_pca, wide
from aegan_lib.runs import Run, find_run
from aegan_lib.versions import VERSIONS

# The metrics table of April 20, number by number; accuracies as shares.
DOCUMENTS = pd.DataFrame(
    {
        "Baseline": (112.923, 1.0542e-12, 1.308e-9, 1.0, 0.9995, 0.694, 3_222_587, 1_651_841, 100),
        "v1": (102.538, 4.697e-10, 0.0, 0.9965, 0.9988, 0.017, 3_222_587, 1_651_841, 100),
        "v4": (232.115, 2.069e-8, 0.0, 0.978, 0.998, 0.017, 3_222_587, 1_651_841, 100),
        "v5": (114.730, 1.316e-12, 1.959e-10, 0.9987, 0.9999, 0.707, 3_222_587, 1_651_841, 100),
    },
    index=[
        "laplacian_variance", "d_loss_real", "d_loss_fake", "d_accuracy_real", "d_accuracy_fake",
        "g_loss", "trainable_parameters", "non_trainable_parameters", "latent_dim",
    ],
)  # fmt: skip
DOCUMENTS_RAW = 658.269  # blur factor of the documents' photographs

LABELS = {
    "laplacian_variance": "blur factor",
    "d_loss_real": "discriminator loss real",
    "d_loss_fake": "discriminator loss fake",
    "d_accuracy_real": "discriminator accuracy real",
    "d_accuracy_fake": "discriminator accuracy fake",
    "g_loss": "generator loss",
    "trainable_parameters": "complexity: trainable",
    "non_trainable_parameters": "complexity: non-trainable",
    "latent_dim": "latent space nodes",
    "mse": "MSE",
    "psnr": "PSNR (dB)",
    "ssim": "SSIM",
    "input_dependence": "input dependence",
    "dead_units": "dead units",
    "bce": "bce",
    "way": "way to PCA",
    "seconds": "training (s)",
}
_WHOLE = ("trainable_parameters", "non_trainable_parameters", "latent_dim", "dead_units", "seconds")
_SHARES = {"d_accuracy_real": 2, "d_accuracy_fake": 2, "input_dependence": 1, "way": 1}


def number(metric: str, value: float) -> str:
    """`value` as a table shows it."""
    if pd.isna(value):
        return "–"
    if metric in _WHOLE:
        return f"{value:,.0f}"
    if metric in _SHARES:
        return f"{value:.{_SHARES[metric]}%}"
    if metric == "laplacian_variance":
        return f"{value:,.1f}"
    return f"{value:.3g}" if abs(value) < 1 else f"{value:,.2f}"


def documents_table(results: pd.DataFrame) -> Styler:
    """The documents' eight rows, theirs next to ours; complexity is one row there, two here."""
    ours = wide(results, list(DOCUMENTS.index))
    raw = wide(results, ["laplacian_variance"])["laplacian_variance"].get("raw", float("nan"))
    columns: dict[tuple[str, str], list[str]] = {}
    pairs = {"Baseline": ("weighted", "autoencoder"), "v1": ("v1",), "v4": ("v4",), "v5": ("v5",)}
    for theirs, candidates in pairs.items():
        columns[theirs, "document"] = [number(m, DOCUMENTS.at[m, theirs]) for m in DOCUMENTS.index]
        for name in candidates:
            if name in ours.index:
                columns[theirs, f"here: {name}"] = [number(m, ours.at[name, m]) for m in ours]
    labels = [LABELS[metric] for metric in DOCUMENTS.index]
    return pd.DataFrame(columns, index=labels).style.set_caption(
        "The documents' metrics table, their values next to ours on test faces. Which model the "
        "documents' baseline was is not known: both candidates stand beside it. Blur factor of "
        f"the raw images: {DOCUMENTS_RAW} there, {number('laplacian_variance', raw)} here. The "
        "generator loss is not comparable."
    )


def quality_table(results: pd.DataFrame) -> Styler:
    """How good the reconstructions are: versions and yardsticks, one row each."""
    measured = ["psnr", "way", "mse", "ssim", "laplacian_variance", "input_dependence"]
    table = wide(results, measured)
    table["way"] = way_to_pca(results)
    return _metrics(table, measured).set_caption(
        f"Reconstructions of test faces, {_seeds(results)}; raw faces, mean face and PCA with "
        "100 components as yardsticks. Way to PCA: the share of the way, in dB, from the mean "
        "face to PCA. Blur factor: the larger, the sharper. Input dependence: the share of "
        "outputs whose nearest input is their own."
    )


def adversary_table(results: pd.DataFrame) -> Styler:
    """How the two players ended: versions only, one row each."""
    measured = [
        "d_accuracy_real", "d_accuracy_fake", "d_loss_real", "d_loss_fake", "bce", "g_loss",
        "dead_units",
    ]  # fmt: skip
    table = wide(results[results["version"].isin(VERSIONS)], measured)
    return _metrics(table, measured).set_caption(
        f"The discriminator on test faces, and what else came of each version, {_seeds(results)}. "
        "Dead units: how many of the code's 100 numbers are 0 for every test face."
    )


def _metrics(table: pd.DataFrame, measured: list[str]) -> Styler:
    text = {LABELS[m]: [number(m, v) for v in table[m]] for m in measured}
    return pd.DataFrame(text, table.index).style


def _seeds(results: pd.DataFrame) -> str:
    count = results.loc[results["version"].isin(VERSIONS), "seed"].nunique()
    return "one seed" if count == 1 else f"means of {count} seeds"


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


def differences_table(profile: Profile) -> Styler:
    """Where this profile departs from the documents' experiment, and what was our choice."""
    full = PROFILES["full"]
    rows = [("images", "CelebA photographs, 50,000 used", "rendered faces", "doc")]
    sources = {
        "image_size": "scripts", "filters": "scripts", "batch_size": "doc", "epochs": "doc",
        "train": "doc", "learning_rate_scale": "ours", "slope_scale": "doc", "latent_dim": "doc",
    }  # fmt: skip
    for field, source in sources.items():
        theirs, here = getattr(full, field), getattr(profile, field)
        if theirs != here:
            rows.append((field.replace("_", " "), f"{theirs:,}", f"{here:,}", source))
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
    bad = table["outcome"] != "complete"
    return (
        table.style.hide(axis="index")
        .set_caption(f"{(~bad).sum()} of {len(table)} runs are complete.")
        .apply(lambda row: ["font-weight: bold" if bad[row.name] else ""] * len(row), axis=1)
    )


def run_table(run: Run, measured: pd.DataFrame) -> Styler:
    """The most telling of what was measured of one run; all of it is in its metrics.csv."""
    values = measured.set_index("metric")["value"]
    shown = [
        "psnr", "ssim", "laplacian_variance", "input_dependence", "d_accuracy_real",
        "d_accuracy_fake", "dead_units", "seconds",
    ]  # fmt: skip
    text = {LABELS[m]: [number(m, values[m])] for m in shown}
    table = pd.DataFrame(text, index=[f"{run.version} seed {run.seed}"])
    return table.style.set_caption(f"Measured on test faces. Outcome: {run.outcome}.")


def yardsticks_table(results: pd.DataFrame) -> Styler:
    measured = ["psnr", "mse", "ssim", "laplacian_variance", "input_dependence"]
    return _metrics(wide(results, measured), measured).set_caption(
        "What needs no training, on test faces."
    )


def profile_table(profile: Profile) -> Styler:
    rows = {field.name.replace("_", " "): f"{getattr(profile, field.name):,}"
            for field in dataclasses.fields(profile) if field.name != "name"}  # fmt: skip
    table = pd.DataFrame({"value": rows})
    return table.style.set_caption(f"The profile {profile.name}.")
