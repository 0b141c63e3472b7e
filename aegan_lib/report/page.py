"""Executed notebooks become one HTML page that needs nothing outside itself.

`assemble` places the included notebooks inside the report's, and `render` writes the page.
The page's markup, style and script are in `reports/template/`.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context
from nbconvert import HTMLExporter
from nbformat import NotebookNode
from traitlets.config import Config

from aegan_lib.errors import UserError, unknown_name
from aegan_lib.report.markup import outside_addresses, tidy
from aegan_lib.report.outline import RESERVED_ANCHORS, Outline, markdown, unused

TEMPLATE = Path(__file__).resolve().parents[2] / "reports" / "template"

INCLUDE = "include:"
LEFT_OUT = {"parameters", "injected-parameters", "page-skip", "papermill-error-cell-tag"}
OWN = "page-own"  # a tag of what is on a notebook's own page, and not where it is included


# ---------------------------------------------------------------------------- assembling


def assemble(
    report: NotebookNode, parts: Mapping[str, NotebookNode | Sequence[NotebookNode]] = {}
) -> NotebookNode:
    """The report's cells, each one tagged `include:<name>` followed by the cells of `parts[name]`.

    An included notebook's headings move so that its highest is one level below the including
    cell's; where that has none, it becomes a section of the page. Its anchors begin with the
    `version` that papermill gave it, else with the include's name, and its first heading has
    that alone: `[v4](#v4)` leads to v4.

    Cells tagged `parameters`, `injected-parameters` or `page-skip` are left out, and of included
    notebooks those tagged `page-own`: these are on the notebook's own page alone.
    """
    cells: list[NotebookNode] = []
    included, prefixes = set(), list(RESERVED_ANCHORS)
    for cell in _shown(report):
        cells.append(_placed(cell))
        level = next(reversed(_heading_levels(cell)), 1)
        for name in _includes(cell):
            if name not in parts:
                raise unknown_name("include in the report notebook", name, parts)
            included.add(name)
            part = parts[name]
            for notebook in [part] if isinstance(part, NotebookNode) else part:
                chosen = [c for c in _shown(notebook) if OWN not in c.metadata.get("tags", ())]
                top = min((n for c in chosen for n in _heading_levels(c)), default=1)
                prefix = unused(_parameter(notebook, "version") or name, prefixes)
                place = {"demote": level + 1 - top, "prefix": prefix}
                cells.extend(_placed(c, place) for c in chosen)
    if missed := [name for name in parts if name not in included]:
        raise UserError(
            f"Nothing in the report notebook includes {', '.join(missed)}. Expected a cell tagged "
            f"{INCLUDE}{missed[0]}. Received includes: {', '.join(sorted(included)) or 'none'}."
        )
    for number, cell in enumerate(cells):
        # Notebooks that were executed from one source share their cell ids.
        cell["id"] = f"cell-{number}"
    return NotebookNode({**report, "cells": cells})


def _shown(notebook: NotebookNode) -> Iterator[NotebookNode]:
    return (c for c in notebook.cells if not LEFT_OUT & set(c.metadata.get("tags", ())))


def _includes(cell: NotebookNode) -> list[str]:
    tags = cell.metadata.get("tags", ()) if cell.cell_type == "markdown" else ()
    return [tag.removeprefix(INCLUDE) for tag in tags if tag.startswith(INCLUDE)]


def _placed(cell: NotebookNode, place: Mapping[str, Any] | None = None) -> NotebookNode:
    metadata = {**cell.metadata, "page": dict(place or {})}
    return NotebookNode({**cell, "metadata": NotebookNode(metadata)})


def _parameter(notebook: NotebookNode, name: str) -> str | None:
    return notebook.metadata.get("papermill", {}).get("parameters", {}).get(name)


def _heading_levels(cell: NotebookNode) -> list[int]:
    if cell.cell_type == "markdown":
        sources = [cell.source]
    else:
        data = (output.get("data", {}) for output in cell.get("outputs", ()))
        sources = [bundle["text/markdown"] for bundle in data if "text/markdown" in bundle]
    outline = Outline()
    for source in sources:
        markdown(source, outline)
    return [heading.level for heading in outline.headings]


# ---------------------------------------------------------------------------- rendering


class _PageExporter(HTMLExporter):
    """nbconvert's exporter with the page's template, Markdown and tables."""

    @property
    def default_config(self) -> Config:
        config = super().default_config
        config.NbConvertBase.display_data_priority = [
            "text/html",
            "text/markdown",
            "image/svg+xml",
            "image/png",
            "image/webp",
            "image/jpeg",
            "image/gif",
            "text/plain",
        ]
        # A progress bar rewrites its line; only its last state is worth a reader's time.
        config.CoalesceStreamsPreprocessor.enabled = True
        return config

    @pass_context
    def markdown2html(self, context: Context, source: str) -> str:
        cell = context["cell"]
        options = {"attachments": cell.get("attachments", {})}
        outline = context["resources"]["outline"]
        return markdown(source, outline, cell.metadata.get("page"), **options)

    @pass_context
    def tidy(self, context: Context, fragment: str) -> str:
        return tidy(fragment, context["resources"]["outline"].captions)

    def default_filters(self) -> Iterator[tuple[str, Any]]:
        yield from super().default_filters()
        yield "tidy", self.tidy


def render(notebook: NotebookNode, path: Path, title: str, template: Path = TEMPLATE) -> Path:
    """Writes the page to `path`, whole or not at all, and returns `path`.

    Raises:
        UserError: if `path` cannot be written, or if the page would need something from outside.
    """
    exporter = _PageExporter(
        template_name=template.name, extra_template_basedirs=[str(template.parent)]
    )
    resources = {"title": title, "outline": Outline()}
    page, _ = exporter.from_notebook_node(notebook, resources=resources)
    if outside := outside_addresses(page):
        raise UserError(
            f"The page {title!r} would fetch something from outside. Expected everything to be "
            f"inside it, as data: addresses. Received: {', '.join(a[:120] for a in outside)}."
        )
    partial = path.with_name(f"{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(page, encoding="utf-8")
        os.replace(partial, path)
    except OSError as error:
        with suppress(OSError):
            partial.unlink()
        raise UserError(
            f"Cannot write the page. Expected a place where files can be written. "
            f"Received: {path} ({error.strerror})."
        ) from error
    return path
