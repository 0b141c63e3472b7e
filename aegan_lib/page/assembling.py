"""An executed notebook made ready for the page: what it shows, and where parts of it fold."""

from collections.abc import Iterator, Mapping

from nbformat import NotebookNode

from aegan_lib.errors import UserError
from aegan_lib.page.outline import Outline, markdown

FOLD = "fold"  # a tag of a heading: what is below it is unfolded by whoever wants it
LEFT_OUT = {"parameters", "injected-parameters", "page-skip", "papermill-error-cell-tag"}


def assemble(notebook: NotebookNode, said: Mapping[str, str] = {}) -> NotebookNode:
    """The notebook's cells as the page shows them.

    A heading tagged `fold` folds all that is below it, up to the next heading of its level or a
    higher one. Cells tagged `parameters`, `injected-parameters` or `page-skip` are left out.

    Arguments:
        said: Markdown by tag, which follows the text of the cell that is tagged so.
    """
    cells: list[NotebookNode] = []
    told: set[str] = set()
    folded = 0  # the level of the heading whose fold is open
    for cell in _shown(notebook):
        tags = set(cell.metadata.get("tags", ()))
        levels = _heading_levels(cell)
        # What is shown where is in the cell's metadata, and the renderer reads it from there.
        place = {"closes": bool(folded and levels and levels[0] <= folded)}
        if place["closes"]:
            folded = 0
        if FOLD in tags and levels and not folded:
            folded, place["folds"] = levels[0], True
        more = [said[tag] for tag in tags & said.keys()]
        told |= tags & said.keys()
        source = "\n\n".join([cell.source, *more]) if more else cell.source
        # A copy: the notebook itself is not changed.
        metadata = NotebookNode({**cell.metadata, "page": place})
        cells.append(NotebookNode({**cell, "source": source, "metadata": metadata}))
    if cells:
        cells[-1].metadata["page"]["ends"] = bool(folded)
    # What nobody would read is a mistake in the notebook, not a detail.
    if missed := said.keys() - told:
        raise UserError(
            f"Nothing in the notebook shows {', '.join(sorted(missed))}. Expected a cell tagged "
            f"{min(missed)}. Received none."
        )
    return NotebookNode({**notebook, "cells": cells})


def _shown(notebook: NotebookNode) -> Iterator[NotebookNode]:
    return (c for c in notebook.cells if not LEFT_OUT & set(c.metadata.get("tags", ())))


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
