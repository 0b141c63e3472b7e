"""The report's notebook with all the others placed inside it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from nbformat import NotebookNode

from aegan_lib.errors import UserError, unknown_name
from aegan_lib.page.outline import RESERVED_ANCHORS, Outline, markdown, unused

INCLUDE = "include:"
LEFT_OUT = {"parameters", "injected-parameters", "page-skip", "papermill-error-cell-tag"}
OWN = "page-own"  # a tag of what is on a notebook's own page, and not where it is included


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
    # Anchors of one page must differ: prefixes in use are kept, those of the page's own first.
    cells: list[NotebookNode] = []
    included, prefixes = set(), list(RESERVED_ANCHORS)
    for cell in _shown(report):
        cells.append(_placed(cell))
        # An include belongs under the last heading in its cell; without one, under the title.
        level = next(reversed(_heading_levels(cell)), 1)
        for name in _includes(cell):
            if name not in parts:
                raise unknown_name("include in the report notebook", name, parts)
            included.add(name)
            part = parts[name]
            notebooks = [part] if isinstance(part, NotebookNode) else part
            for notebook in notebooks:
                chosen = [c for c in _shown(notebook) if OWN not in c.metadata.get("tags", ())]
                # Its highest heading comes one level below the heading that includes it.
                top = min((n for c in chosen for n in _heading_levels(c)), default=1)
                # One notebook may come once for each version, and needs other anchors each time.
                prefix = unused(_parameter(notebook, "version") or name, prefixes)
                place = {"demote": level + 1 - top, "prefix": prefix}
                cells.extend(_placed(c, place) for c in chosen)
    # A notebook that was executed for nothing is a mistake in the report, not a detail.
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
    # A copy: the notebook itself is not changed. The renderer reads its place from there.
    metadata = {**cell.metadata, "page": dict(place or {})}
    return NotebookNode({**cell, "metadata": NotebookNode(metadata)})


def _parameter(notebook: NotebookNode, name: str) -> str | None:
    return notebook.metadata.get("papermill", {}).get("parameters", {}).get(name)


def _heading_levels(cell: NotebookNode) -> list[int]:
    # Headings stand in Markdown, or in what code has displayed as Markdown.
    if cell.cell_type == "markdown":
        sources = [cell.source]
    else:
        data = (output.get("data", {}) for output in cell.get("outputs", ()))
        sources = [bundle["text/markdown"] for bundle in data if "text/markdown" in bundle]
    # Parsed as the page will be: a line that begins with # in a code block is no heading.
    outline = Outline()
    for source in sources:
        markdown(source, outline)
    return [heading.level for heading in outline.headings]
