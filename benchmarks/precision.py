"""What half precision does to a run: the same seeds in float32 and bfloat16, on test faces.

    python benchmarks/precision.py --profile quick --versions "autoencoder weighted"

Trains every version with every seed in both precisions and writes what came of each, and README's
table. Finished runs are kept, so it goes on where it was stopped. Seeds are paired: initial
weights, order and dropout are the same in both.
"""

import subprocess
import sys
from pathlib import Path

import click
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.written import put_between  # noqa: E402

Row = dict[str, object]
METRICS = ("psnr", "laplacian_variance", "input_dependence")
BEGIN, END = "<!-- precision: written by benchmarks/precision.py -->", "<!-- precision: end -->"


def trained(profile: str, version: str, seed: int, precision: str, place: Path) -> Row:
    """Train one run by the command that anyone would give, and read what it measured."""
    from aegan_lib.pipeline.request import parse
    from aegan_lib.runs import find_run

    words = ["run", version, "--profile", profile, "--precision", precision, "--seed", str(seed)]
    folders = ["--reports", str(place / "reports"), "--data", str(place / "data")]
    command = [sys.executable, "-m", "aegan_lib", *words, *folders]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    asked = parse(
        profile=profile, versions=[version], seeds=[seed], precision=precision,
        reports=place / "reports", data=place / "data",
    )  # fmt: skip
    run = find_run(asked.run_folder(version, seed))
    assert run
    measured = pd.read_csv(run.folder / "metrics.csv").query(f"epoch == {run.epoch}")
    values = measured.drop_duplicates("metric").set_index("metric")["value"]
    return {
        "version": version,
        "precision": precision,
        "seed": seed,
        "outcome": run.outcome,
        **{name: round(values[name], 4) for name in METRICS},
    }


def markdown(table: pd.DataFrame) -> str:
    """A row a version: what each seed gave in either precision."""
    lines = ["| version | PSNR (dB), float32 | bfloat16 | blur factor, float32 | bfloat16 |"]
    lines.append("|---|---:|---:|---:|---:|")
    for version, runs in table.groupby("version", sort=False):
        cells = [
            " / ".join(f"{value:.{digits}f}" for value in of[metric])
            for metric, digits in (("psnr", 2), ("laplacian_variance", 0))
            for _, of in runs.groupby("precision")  # float32 comes first
        ]
        lines.append(f"| `{version}` | " + " | ".join(cells) + " |")
    return "\n".join(lines)


@click.command(help=__doc__)
@click.option("--profile", default="quick", show_default=True)
@click.option("--versions", default="autoencoder weighted", show_default=True)
@click.option("--seeds", default="0 1 2", show_default=True)
@click.option("--place", default=Path(".cache/precision"), type=click.Path(path_type=Path))
def main(profile: str, versions: str, seeds: str, place: Path) -> None:
    from aegan_lib.profiles import PRECISIONS

    rows = [
        trained(profile, version, int(seed), precision, place)
        for version in versions.split()
        for seed in seeds.split()
        for precision in PRECISIONS
    ]
    table = pd.DataFrame(rows)
    table.to_csv(ROOT / "benchmarks" / f"precision_{profile}.csv", index=False)
    put_between(ROOT / "README.md", BEGIN, END, markdown(table))
    click.echo(table.to_string(index=False))


if __name__ == "__main__":
    main()
