"""The notebooks of a report: what each is given, what it reads, and whether it is done already."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import nbformat

from aegan_lib.again import COMPARED
from aegan_lib.claims.judging import VERIFICATION
from aegan_lib.evaluation.calibration import CALIBRATION
from aegan_lib.evaluation.results import METRICS
from aegan_lib.pipeline.request import Request
from aegan_lib.plan import PLAN
from aegan_lib.provenance import REPOSITORY
from aegan_lib.store import file_digest, json_digest
from aegan_lib.versions import LIBRARY, VERSIONS

NOTEBOOKS = REPOSITORY / "notebooks"


# Told apart by identity, so that a task with its dictionary of parameters can be a key of a graph.
@dataclass(frozen=True, eq=False)
class Task:
    """One notebook to be executed.

    Arguments:
        title: what a person calls it, on the line that reports it.
        notebook: the source, without outputs.
        output: where the executed notebook goes.
        parameters: values for its parameters cell.
        inputs: files that it reads; when one has changed, the notebook is executed again.
        makes: files that it leaves; when one is gone or another, it is executed again too.
        needs: the tasks that have to be done before it starts.
        run: the version and seed that it trains, if it trains one.
    """

    title: str
    notebook: Path
    output: Path
    parameters: dict[str, Any]
    inputs: tuple[Path, ...] = ()
    makes: tuple[Path, ...] = ()
    needs: tuple["Task", ...] = ()
    run: tuple[str, int] | None = None

    @property
    def key(self) -> str:
        """Digest of what decides its outputs, beside the files that it reads."""
        # Cells without ids, outputs and counters: to open and save a notebook changes nothing.
        source = nbformat.read(self.notebook, as_version=4)
        cells = [(cell.cell_type, cell.source, cell.metadata) for cell in source.cells]
        return json_digest([cells, self.parameters, library_digest(), installed_packages()])

    def is_fresh(self) -> bool:
        """Whether the executed notebook is there and would come out the same again."""
        if not self.output.exists():
            return False
        # A file that is no notebook, or an unfinished one, is simply not fresh.
        try:
            made = self.executed().metadata.get("aegan", {})
        except (OSError, ValueError, nbformat.ValidationError):
            return False
        return made.get("key") == self.key and made.get("files") == _digests(
            (*self.inputs, *self.makes)
        )

    def asked(self) -> list[Any]:
        """What it is executed by as it is now: all that decides its outputs."""
        return [self.key, _digests(self.inputs)]

    def stamp(self) -> dict[str, Any]:
        """What `is_fresh` compares, for the notebook that was executed just now."""
        return {"key": self.key, "files": _digests((*self.inputs, *self.makes))}

    def executed(self) -> nbformat.NotebookNode:
        return nbformat.read(self.output, as_version=4)


def _digests(files: Iterable[Path]) -> dict[str, str]:
    return {
        path.name + "@" + path.parent.name: file_digest(path) for path in files if path.exists()
    }


@dataclass(frozen=True)
class Plan:
    """Every notebook of a report; the runs' by version and seed."""

    dataset: Task
    verification: Task
    runs: dict[tuple[str, int], Task]
    report: Task

    @property
    def parts(self) -> list[Task]:
        """What the report's own notebook draws together."""
        return [self.dataset, self.verification, *self.runs.values()]

    def __iter__(self) -> Iterator[Task]:
        return iter([*self.parts, self.report])


def plan(request: Request) -> Plan:
    """The notebooks that make the report which was asked for."""
    folder = request.folder
    extra = (request.extra,) if request.extra else ()

    def task(title: str, notebook: str, output: str = "", **options: Any) -> Task:
        place = folder / "notebooks" / f"{output or notebook}.ipynb"
        return Task(title, NOTEBOOKS / f"{notebook}.ipynb", place, **options)

    # It measures the yardsticks and trains both probes, which every run is then measured with.
    dataset = task(
        "the dataset",
        "dataset",
        parameters={"request": request.parameters()},
        makes=(
            folder / "yardsticks.csv",
            folder / CALIBRATION,
            *(probe / "probe.json" for probe in (request.probe, request.hardened_probe)),
        ),
    )
    # Needs no data, and is the same for every report.
    verification = task(
        "verification",
        "verification",
        parameters={"results": str(folder / VERIFICATION)},
        makes=(folder / VERIFICATION,),
    )
    runs: dict[tuple[str, int], Task] = {}
    for version, seed in request.runs:
        place = request.run_folder(version, seed)
        needs = [runs[name, seed] for name in VERSIONS[version].needs]
        # A file of one's own is read for the versions that are in it, and for the page.
        own = version not in LIBRARY
        needed = ("extra",) if own else ()
        runs[version, seed] = task(
            f"{version} seed {seed}",
            "version",
            f"{version}-seed-{seed}",
            parameters={
                "request": request.parameters(*needed),
                "version": version,
                "seed": seed,
                "progress": False,
            },
            inputs=extra if own else (),
            makes=(place / "run.json", place / METRICS),
            # Not the dataset's, whose probes it needs only once it is trained, and waits for then.
            needs=tuple(needs),
            run=(version, seed),
        )
    # It reads what all others left, and is executed again when any of that has changed.
    report = task(
        "the report",
        "report",
        request.page.stem,
        parameters={"request": request.parameters("extra", "versions", "seeds")},
        inputs=(
            *(part.output for part in (dataset, verification, *runs.values())),
            folder / COMPARED,
            *extra,
        ),
        makes=(request.results,),
        needs=(dataset, verification, *runs.values()),
    )
    return Plan(dataset, verification, runs, report)


@cache
def library_digest() -> str:
    """SHA-256 over the library's own files, and the plan that it judges by."""
    # Whole files, comments too: to execute a notebook costs little while its run is only loaded.
    files = sorted(
        file
        for file in (REPOSITORY / "aegan_lib").rglob("*")
        if file.suffix in (".py", ".j2") and file.is_file()
    )
    return json_digest(
        {str(file.relative_to(REPOSITORY)): file_digest(file) for file in (*files, PLAN)}
    )


@cache
def installed_packages() -> list[str]:
    return sorted(f"{d.metadata['Name']}=={d.version}" for d in distributions())
