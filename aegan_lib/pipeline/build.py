"""The main job: check everything, train every version, execute the notebooks, assemble the page."""

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell
from tqdm import tqdm

from aegan_lib.again import compare_with_before, put_aside
from aegan_lib.backend import cores
from aegan_lib.errors import UserError
from aegan_lib.locks import held
from aegan_lib.page.assembling import assemble
from aegan_lib.page.rendering import render
from aegan_lib.pipeline.execute import (
    Result,
    check_parameters,
    default_jobs,
    threads_of_a_run,
)
from aegan_lib.pipeline.gathered import require_all
from aegan_lib.pipeline.pages import record
from aegan_lib.pipeline.queue import execute_all
from aegan_lib.pipeline.request import Request
from aegan_lib.pipeline.tasks import Plan, plan
from aegan_lib.runs import OlderRunError, find_run
from aegan_lib.versions import VERSIONS

CHANGED = (
    "The images were changed while this report was made. It is about those that were found when it "
    "began, all of it; `make report` again is about those that are there now."
)
FIRST = 2  # runs after which there is something to look at


def build(
    request: Request, force: bool = False, jobs: int = 0, gathered: bool = False
) -> tuple[Path, list[Result]]:
    """Everything up to the page; the page's path and the notebooks that failed.

    One that another process is building in the same folder is waited for.

    Arguments:
        force: train again what is finished already.
        jobs: runs at a time; 0 for as many as suit the machine.
        gathered: train nothing; all runs have to be there, of today's code and data.
    """
    # All that can be refused is refused before anything is trained.
    request.require_writable()
    jobs = jobs or default_jobs(request.profile)
    for task in plan(request):
        check_parameters(task.notebook, task.parameters)
    # Runs have locks of their own, but notebooks, tables and pages have none: whoever comes second
    # finds what was made, instead of making it at the same time under the same names.
    with held(request.folder / ".locks" / "report", f"The report in {request.folder}"):
        return _built(request, force, jobs, gathered)


def _built(request: Request, force: bool, jobs: int, gathered: bool) -> tuple[Path, list[Result]]:
    # The images are looked at once, here, where the bar and the messages are seen. Whatever comes
    # after is given just these by their digest, so that no two parts of a page can be about others.
    began = time.perf_counter()
    dataset = request.load()
    print(dataset.said())
    prepared = time.perf_counter() - began
    if gathered:
        require_all(request, dataset)
    request = request.about(dataset)
    planned = plan(request)
    if force:
        put_aside(request.folder, request.runs)
    for folder in (request.run_folder(*run) for run in request.runs):
        with suppress(OlderRunError):  # trained anew
            find_run(folder)  # a damaged run is named now, not after an hour of training
    request.folder.mkdir(parents=True, exist_ok=True)

    look = _first_look(request, planned)
    early = look.planned.report if look else None
    print(f"The page will be {request.page}" + (f"; {early.title} comes first." if early else "."))

    def done(result: Result) -> None:
        # If it failed, so will the report, and say so.
        if look and result.task is early and not result.failure:
            path = _assemble(look.request, look.planned, request.page, look.note)
            tqdm.write(f"It is there: {path}")

    # Runs share the cores; the report, which draws all together, comes last and has them all.
    tasks = [*planned.parts, *([early] if early else [])]
    results = execute_all(request, tasks, jobs, threads_of_a_run(request.profile), done)
    compare_with_before(request.folder, request.runs)
    results += execute_all(request, [planned.report], 1, cores())
    if changed := request.has_changed():
        print(CHANGED)
    assembling = time.perf_counter()
    page = _assemble(request, planned, request.page, _said("failed", CHANGED) if changed else "")
    now = time.perf_counter()
    if results:
        print(_breakdown(results, prepared, now - assembling, now - began))
    return page, [result for result in results if result.failure and result.task is not early]


class _Look(NamedTuple):
    """A first look at a report: a page of its first runs, in the place of the page to come."""

    request: Request
    planned: Plan
    note: str


def _first_look(request: Request, planned: Plan) -> _Look | None:
    """What to look at early; None where there is a page already, or few runs to wait for."""
    waiting = [run for run, task in planned.runs.items() if not task.is_fresh()]
    if request.page.exists() or len(waiting) <= 2 * FIRST:
        return None
    first = request.runs[:FIRST]
    shown = replace(
        request,
        versions=tuple(dict.fromkeys(version for version, _ in first)),
        seeds=tuple(dict.fromkeys(seed for _, seed in first)),
    )
    # The same notebooks as in the whole, so that the queue knows what this one waits for.
    part = replace(planned, runs={run: planned.runs[run] for run in first})
    title = f"a first look at {FIRST} of {len(request.runs)} runs"
    task = replace(plan(shown).report, title=title, needs=tuple(part.parts))
    if task.is_fresh():  # and would not be made again
        return None
    to_come = [planned.runs[run].title for run in request.runs[FIRST:]]
    note = (
        f"This is {title}, made as soon as these were finished. Still to come: "
        f"{', '.join(to_come)}. The whole page will take the place of this one."
    )
    return _Look(shown, replace(part, report=task), _said("note", note))


def _breakdown(results: Sequence[Result], prepared: float, pages: float, total: float) -> str:
    """Where the time of a report went, in a sentence."""
    runs = [result for result in results if result.task.run]
    training = sum(result.training for result in runs)
    others = sum(result.seconds for result in runs) - training
    parts = [f"{prepared:.0f} s for the data"]
    parts += [f"{r.seconds:.0f} s for {r.task.title}" for r in results if not r.task.run]
    if runs:
        count = f"{len(runs)} run{'s' if len(runs) > 1 else ''}"
        parts += [f"{training:.0f} s of training and {others:.0f} s around it in {count}"]
    parts += [f"{pages:.0f} s for the pages"]
    return f"Done in {total:.0f} s. Some of it side by side: {', '.join(parts)}."


def write_alone(request: Request, target: Path) -> Path:
    """The page of a finished report once more, and beside it those of the data and verification.

    The runs have none there, and no link leads to one.

    Raises:
        UserError: the report is not finished.
    """
    # What was never made is missed before any data is prepared for it.
    missing = [task.title for task in plan(request) if not task.output.exists()]
    planned = plan(request if missing else request.about(request.load()))
    if missing := missing or [task.title for task in planned if not task.is_fresh()]:
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        raise UserError(
            "The page needs a finished report of the same code. Received none, or an older one, "
            f"of: {', '.join(missing[:3])}{more}. `make report` with the same settings makes it; "
            "`make example` makes both."
        )
    made_of = record(request)
    beside = _parts_beside(request, planned, target, made_of)
    links = f"{beside}. Every run has a page of its own too, beside a report that you make."
    return _render(request, planned, links, target, "", made_of)


def _assemble(request: Request, planned: Plan, page: Path, note: str) -> Path:
    """The pages of all parts, then the report's, which links to them."""
    made_of = record(request)
    beside = _parts_beside(request, planned, page, made_of)
    links = [f"{beside}; and every run with all its figures:"]
    # A run that failed has no page of its own; the report shows how it ended.
    for version in request.versions:
        own = []
        for seed in request.seeds:
            made = planned.runs[version, seed].executed()
            if not made.metadata.aegan.failure:
                name = f"{version}-seed-{seed}"
                heading = f"# {version}, seed {seed}\n\n{_intent(version)}"
                place = _own_page(request, page, name, made, made_of, heading)
                own.append(f"[{seed}]({_address(place)})")
        if own:
            links.append(f"**{version}**, seed {', '.join(own)}.")
    return _render(request, planned, " ".join(links), page, note, made_of)


def _parts_beside(request: Request, planned: Plan, page: Path, made_of: Mapping[str, Any]) -> str:
    """The pages of the data and the verification, and the words that lead to them."""
    data = _own_page(request, page, "data", planned.dataset.executed(), made_of)
    checks = _own_page(request, page, "verification", planned.verification.executed(), made_of)
    return (
        f"More on pages of their own: [the data]({_address(data)}) and "
        f"[the verification]({_address(checks)})"
    )


def _render(
    request: Request,
    planned: Plan,
    pages: str,
    target: Path,
    note: str,
    made_of: Mapping[str, Any],
) -> Path:
    report = planned.report.executed()
    # What is wrong stands below the title, where nobody passes it over.
    failed = [_failure(task.title, task.executed()) for task in planned.parts]
    for said in (*failed, note):
        if said:
            report.cells.insert(1, new_markdown_cell(said))
    title = f"AE-GAN: {request.title}, {request.profile.title}"
    return render(assemble(report, {"pages": pages}), target, title, made_of)


def _own_page(
    request: Request,
    page: Path,
    name: str,
    notebook: NotebookNode,
    made_of: Mapping[str, Any],
    heading: str = "",
) -> Path:
    """The page of one part with all its figures, in a folder that is called as the report's page.

    Arguments:
        heading: above all else, in a notebook that has none of its own.
    """
    # One folder further down than the report.
    back = f"[Back to the report](../{quote(page.name)})"
    above = new_markdown_cell(f"{heading}\n\n{back}".lstrip() + _failure(name, notebook))
    first = 0 if heading else 1
    cells = [*notebook.cells[:first], above, *notebook.cells[first:]]
    title = f"{name}: {request.title}, {request.profile.title}"
    place = page.with_suffix("") / f"{name}.html"
    return render(assemble(NotebookNode({**notebook, "cells": cells})), place, title, made_of)


def _address(page: Path) -> str:
    """From the report to a page in the folder beside it."""
    return quote(f"{page.parent.name}/{page.name}")


def _said(kind: str, text: str) -> str:
    """A paragraph above all others: "failed" for what is wrong, "note" for what is not."""
    return f'<p class="{kind}"><strong>{escape(text)}</strong></p>'


def _intent(version: str) -> str:
    # One paragraph of text, whatever somebody's own version says: Markdown lets HTML through.
    return escape(" ".join(VERSIONS[version].intent.split()), quote=False)


def _failure(title: str, notebook: NotebookNode) -> str:
    failure = notebook.metadata["aegan"]["failure"]
    # Markdown lets HTML through, so whatever an error says is escaped.
    said = f"<strong>{escape(title)} failed:</strong> <code>{escape(failure or '')}</code>"
    return f'\n\n<p class="failed">{said}</p>' if failure else ""
