"""`python -m aegan_lib`: what the Makefile calls, and the same without make.

Whatever is slow to import is imported where it is used, so that help and names come at once.
"""

import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from aegan_lib import __version__
from aegan_lib.errors import DISK, UserError, named
from aegan_lib.options import (
    BACKEND_OPTION,
    DATA_OPTIONS,
    EXTRA_OPTION,
    FOLDER_OPTIONS,
    JOBS_OPTION,
    PATH,
    RUN_OPTIONS,
    STUDY_OPTIONS,
    options,
)
from aegan_lib.profiles import LARGEST_SEED

CHECKOUT = ("notebooks", "reports/template")  # what pip does not install


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__)
def cli() -> None:
    """How should reconstruction and adversary be weighed against each other?

    Trains AE-GANs (GANs whose generator is an autoencoder), one for every way of weighing the
    two losses, and renders what came of it as one HTML page.
    """


@cli.command()
@options(*DATA_OPTIONS, *RUN_OPTIONS)
@click.option("--force", envvar="FORCE", is_flag=True, help="Train again what is finished already.")
@click.option(
    "--gathered",
    is_flag=True,
    help="Train nothing: the runs were trained elsewhere, and one that is missing, or of other "
    "code or data, is refused.",
)
@JOBS_OPTION
def report(force: bool, gathered: bool, jobs: int, **asked: Any) -> None:
    """Train all versions, execute the notebooks, render a page and print its path.

    What is finished already is loaded, so that a second call takes seconds. Every option can
    also be set as a variable in the environment, which is what the Makefile does.
    """
    _require_checkout()
    from aegan_lib.pipeline.build import build
    from aegan_lib.pipeline.request import parse

    if force and gathered:
        raise UserError("--force trains everything again, --gathered trains nothing. Choose one.")
    _print_page(*build(parse(**asked), force, jobs, gathered))


@cli.command()
@options(*DATA_OPTIONS)
def prepare(**asked: Any) -> None:
    """Prepare the images that everything else begins with, and print where they lie.

    A report or a run does it by itself; runs that begin on many machines at once find it done.
    """
    from aegan_lib.pipeline.request import parse

    request = parse(**asked)
    request.require_writable()
    faces = request.load()
    print(faces.said())
    print(faces.place)


@cli.command()
@options(*DATA_OPTIONS, *STUDY_OPTIONS)
@JOBS_OPTION
@click.option(
    "--table",
    envvar="TABLE",
    type=PATH,
    default=None,
    metavar="FILE.csv",
    help="Draw the page of this table, which a study has kept, and train nothing.",
)
def study(jobs: int, table: Path | None, **asked: Any) -> None:
    """Train every weighting with every seed and hold them against fixed weights; print the page.

    All versions of one seed come before the next, and the page is drawn after each: stop it at any
    time, and the same command goes on from there. The page's table lies beside it.
    """
    _require_checkout()
    from aegan_lib.pipeline.request import parse
    from aegan_lib.pipeline.study import redraw
    from aegan_lib.pipeline.study import study as studied
    from aegan_lib.plan import plan

    if table:
        print(redraw(table, asked["reports"], asked["extra"]))
        return
    seeds = asked.pop("seeds") or tuple(plan()["study"]["seeds"])
    _print_page(*studied(parse(**asked, seeds=seeds), jobs))


@cli.command()
@click.argument("version")
@options(*DATA_OPTIONS)
@click.option("--seed", type=click.IntRange(0, LARGEST_SEED), default=0, show_default=True)
@click.option("--alpha", type=float, help="Another weight of the reconstruction loss.")
@click.option("--beta", type=float, help="Another weight of the adversarial loss.")
@click.option("--learning-rate", type=float, help="Another rate, before the profile scales it.")
@click.option(
    "--threads",
    type=click.IntRange(1, 1024),  # of more, TensorFlow ends the process without a word
    metavar="N",
    help="Of one operation; they decide how sums are rounded. "
    "[default: as in a report, 1, or one a core at 80 pixels and more]",
)
@click.option("--force", is_flag=True, help="Train again even if the run is finished.")
@click.option(
    "--elsewhere",
    is_flag=True,
    help="Go on from a checkpoint of another machine, which rounds otherwise; the run says so.",
)
@click.option("--eager", is_flag=True, help="Leave the step uncompiled, for a debugger.")
def run(
    version: str,
    seed: int,
    alpha: float | None,
    beta: float | None,
    learning_rate: float | None,
    threads: int | None,
    force: bool,
    elsewhere: bool,
    eager: bool,
    **asked: Any,
) -> None:
    """Train one VERSION, or load it if it is finished, and print where it lies and how it did.

    With --alpha, --beta or --learning-rate it is a version of your own, in a folder of its own.
    """
    from aegan_lib.evaluation.measuring import evaluate, measure
    from aegan_lib.evaluation.results import METRICS, last_epoch
    from aegan_lib.pipeline.execute import thread_variables, threads_of_a_run
    from aegan_lib.pipeline.request import parse
    from aegan_lib.profiles import PROFILES
    from aegan_lib.training import train
    from aegan_lib.versions import VERSIONS

    # A backend reads them when it computes for the first time, which a file of versions may do.
    profile = named("profile", asked["profile"], PROFILES)
    os.environ |= thread_variables(threads or threads_of_a_run(profile))
    # The same checks as for a report, of one version and one seed.
    request = parse(**asked, versions=[version], seeds=[seed])
    # Numbers of one's own make a version of another name, whose run replaces none of the library's.
    chosen = named("version", version, VERSIONS).reweighed(alpha, beta, learning_rate)
    faces = request.load()
    finished = train(
        chosen, faces, seed, request.reports, eager=eager, force=force, elsewhere=elsewhere
    )
    print(f"{finished.folder}: {finished.outcome}")
    # No probe is asked for here, so what only a probe can say is left out: the table of a report,
    # which has that too, is left alone.
    measuring = measure if (finished.folder / METRICS).exists() else evaluate
    measured = last_epoch(measuring(finished, faces))
    print(measured[["metric", "case", "value"]].to_string(index=False))


@cli.command()
@click.argument("paths", nargs=-1, required=True, type=PATH)
@options(BACKEND_OPTION, EXTRA_OPTION)
def verify(paths: tuple[Path, ...], extra: str) -> None:
    """Check runs and pages in PATHS against their own records, and against today's code.

    Says of each whether it is whole, drifted (of other code than today's, or a page of other runs
    than those beside it), damaged or unfinished, and of all runs together what they were not
    trained under alike. Ends with 1 if anything is damaged.
    """
    from aegan_lib.comparing import conditions, verify_runs
    from aegan_lib.extras import read_versions
    from aegan_lib.pipeline.pages import verify_pages

    if extra:
        read_versions(Path(extra))
    findings = [
        finding
        for path in paths
        for check in (verify_runs, verify_pages)
        for finding in check(path)
    ]
    if not findings:
        raise UserError(
            "There is neither a run nor a page to verify. Expected: a run's folder, a page, or a "
            "folder that holds several, such as reports/faces-quick. Received: "
            f"{' '.join(map(str, paths))}."
        )
    for finding in findings:
        print(f"{finding.state:10} {finding.path}" + (f": {finding.said}" if finding.said else ""))
    if mixed := conditions([finding.run for finding in findings if finding.run]):
        print("mixed:     " + ", ".join(f"{count} of {name}" for name, count in mixed.items()))
    if any(finding.state == "damaged" for finding in findings):
        sys.exit(1)


@cli.command()
@click.argument("a", type=PATH)
@click.argument("b", type=PATH)
def compare(a: Path, b: Path) -> None:
    """Compare two runs' folders A and B: identical, within tolerance or different.

    Within tolerance are runs whose validation mse stays within 5 % after every epoch, as on two
    machines that round differently. Ends with 1 if they are different.
    """
    from aegan_lib.comparing import compare as compared
    from aegan_lib.runs import find_run

    runs = [find_run(folder) for folder in (a, b)]
    if missing := [folder for folder, run in zip((a, b), runs, strict=True) if run is None]:
        raise UserError(f"Expected: the folders of two finished runs. Received: {missing[0]}.")
    found = compared(*(run for run in runs if run))
    print(found.outcome + (f": {found.said}" if found.said else ""))
    if found.outcome == "different":
        sys.exit(1)


@cli.command()
@options(*DATA_OPTIONS, *RUN_OPTIONS)
def pdf(**asked: Any) -> None:
    """Print the page of a finished report to a PDF beside it; needs Chromium or Chrome."""
    _require_checkout()
    from aegan_lib.page.browser import write_pdf
    from aegan_lib.pipeline.request import parse

    print(write_pdf(parse(**asked).page))


@cli.command()
@options(*FOLDER_OPTIONS)
def example(reports: Path, data: Path) -> None:
    """Renew reports/example from a finished `quick` report of three of the plan's seeds.

    It is committed: a page to read, and small runs of its last seed for notebooks/explore.ipynb.
    """
    _require_checkout()
    from aegan_lib.pipeline.example import SEEDS, write_example
    from aegan_lib.pipeline.request import parse
    from aegan_lib.runs import REPORTS

    print(write_example(parse(seeds=SEEDS, reports=reports, data=data), REPORTS / "example"))


@cli.command("list")
@options(EXTRA_OPTION)
def list_names(extra: str) -> None:
    """The versions, profiles and datasets that there are."""
    from aegan_lib.datasets import DATASETS
    from aegan_lib.extras import read_versions
    from aegan_lib.profiles import PROFILES
    from aegan_lib.versions import GROUPS, LIBRARY, VERSIONS

    # Before anything is listed, so that versions of one's own are in the list.
    if extra:
        read_versions(Path(extra))
    # The longest name has 20 letters, hence columns of 21.
    for group, names in GROUPS.items():
        print(f"versions: {group}")
        for name in names:
            print(f"  {name:21} {VERSIONS[name].intent}")
    if own := [version for version in VERSIONS.values() if version.name not in LIBRARY]:
        print("versions: your own")
        for version in own:
            print(f"  {version.name:21} {version.intent}")
    print("profiles")
    for profile in PROFILES.values():
        print(
            f"  {profile.name:21} {profile.image_size} px, {profile.filters} filters, "
            f"{profile.train:,} images, {profile.epochs} epochs"
        )
    print("datasets")
    for name, what in DATASETS.items():
        print(f"  {name:21} {what}")


def _print_page(path: Path, failed: Sequence[Any]) -> None:
    # A page is made even where notebooks failed: its path is printed before that is said.
    print(path)
    if failed:
        names = ", ".join(result.task.title for result in failed)
        raise UserError(f"The page is complete but for what failed: {names}.")


def _require_checkout() -> None:
    """Refuse what is made of the notebooks where there are none.

    Raises:
        UserError: this library was installed without its repository.
    """
    root = Path(__file__).resolve().parents[1]
    if missing := [part for part in CHECKOUT if not (root / part).is_dir()]:
        raise UserError(
            "A report is made of the repository's notebooks and its template. Expected: aegan_lib "
            f"within a checkout of the repository. Received: {root}, without "
            f"{' and '.join(missing)}. Clone the repository and give the command there; "
            "`python -m aegan_lib run` works without it."
        )


def main() -> None:
    # Drawing is ours to set up: a backend that does not exist would fail every import of Keras.
    os.environ.pop("MPLBACKEND", None)
    # Whoever ends it, by Ctrl-C, `kill` or a closed terminal: it is the same clean stop.
    received = [signal.SIGINT]

    def stop(number: int, _: object) -> None:
        received.append(signal.Signals(number))
        raise KeyboardInterrupt

    for number in signal.SIGTERM, signal.SIGHUP:
        if signal.getsignal(number) is signal.SIG_DFL:  # not what nohup has switched off
            signal.signal(number, stop)
    # Click would end the process in its own way; here every end gets its words and no traceback.
    try:
        cli(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except UserError as error:
        sys.exit(f"Error: {error}")
    except OSError as error:
        if error.errno not in DISK:
            raise
        sys.exit(
            f"Error: {error.filename or 'A file'} cannot be written ({error.strerror}). Make room; "
            "what is finished is kept, and the same command goes on from there."
        )
    except (click.Abort, KeyboardInterrupt):
        end = "Interrupted. Finished runs are kept; the same command goes on from there."
        print(end, file=sys.stderr)
        sys.stdout.flush()
        # At once: to take a loaded TensorFlow apart, as Python would, takes seconds.
        os._exit(128 + received[-1])


if __name__ == "__main__":
    main()
