"""Pages held against the runs and the code that they were made of."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aegan_lib.arrays import UnreadableError
from aegan_lib.comparing import Finding
from aegan_lib.errors import UserError
from aegan_lib.page.sealing import has_record, made_of
from aegan_lib.pipeline.request import Request
from aegan_lib.pipeline.tasks import library_digest
from aegan_lib.provenance import git_commit
from aegan_lib.runs import run_folder
from aegan_lib.store import file_digest


def record(request: Request) -> dict[str, Any]:
    """What the pages of a report are made of: code, and the record of every finished run."""
    kept = [(run, request.run_folder(*run) / "run.json") for run in request.runs]
    return {
        "commit": git_commit(),
        "library": library_digest(),
        "runs": [[*run, file_digest(path)] for run, path in kept if path.exists()],
    }


def verify_pages(path: Path) -> Iterator[Finding]:
    """Every page in `path`, which is one page or a folder, held against its own record."""
    # A link that somebody asks for is followed, one among a folder's files is not.
    for page in [path.resolve()] if path.is_file() else sorted(path.rglob("*.html")):
        # Among a folder's files may be anybody's pages.
        if path.is_dir() and not has_record(page):
            continue
        try:
            found = made_of(page)
            others = _others(page, found["runs"])
            changed = found["library"] != library_digest()
        except (OSError, UnreadableError) as error:
            yield Finding(page, "damaged", str(error))
        except (KeyError, TypeError, ValueError, UserError) as error:
            yield Finding(page, "damaged", f"its record is none of ours ({error!r})"[:200])
        else:
            said = ["its runs are not beside it"] if others is None else []
            if others:
                said.append(f"beside it lie other runs than it shows: {', '.join(others)}")
            if changed:
                said.append("the library's code changed since")
            yield Finding(page, "drifted" if others or changed else "whole", "; ".join(said))


def _others(page: Path, runs: list[list[Any]]) -> list[str] | None:
    """Which of a page's runs are gone or others by now; None where there are none beside it."""
    # Beside the report's page, and one folder up from a run's own.
    for place in page.parent, page.parent.parent:
        kept = {
            f"{version} seed {seed}": (run_folder(place, version, int(seed)) / "run.json", digest)
            for version, seed, digest in runs
        }
        if any(path.is_file() for path, _ in kept.values()):
            return [
                name
                for name, (path, digest) in kept.items()
                if not path.is_file() or file_digest(path) != digest
            ]
    return None
