"""Executed notebooks become one HTML page that needs nothing outside itself.

`assemble` places the included notebooks inside the report's, `render` writes the page, and
`outside_addresses` lists what a browser would still have to fetch: for a page, nothing.
The page's markup, style and script are in `reports/template/`.
"""

import html
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup, Tag
from jinja2 import pass_context
from jinja2.runtime import Context
from mistune import BlockParser, InlineParser
from nbconvert import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode
from traitlets.config import Config

from aegan_lib.errors import UserError, unknown_name

TEMPLATE = Path(__file__).resolve().parents[2] / "reports" / "template"

INCLUDE = "include:"
LEFT_OUT = {"parameters", "injected-parameters", "page-skip", "papermill-error-cell-tag"}
RESERVED_ANCHORS = ("main", "contents")

FETCHED = {"src", "href", "xlink:href", "poster", "data", "background"}
INSIDE = ("data:", "blob:", "about:", "#")


# ---------------------------------------------------------------------------- assembling


def assemble(
    report: NotebookNode, parts: Mapping[str, NotebookNode | Sequence[NotebookNode]]
) -> NotebookNode:
    """The report's cells, each one tagged `include:<name>` followed by the cells of `parts[name]`.

    An included notebook's headings move so that its highest is one level below the including
    cell's; where that has none, it becomes a section of the page. Its anchors begin with the
    `version` that papermill gave it, else with the include's name, and its first heading has
    that alone: `[v4](#v4)` leads to v4.

    Cells tagged `parameters`, `injected-parameters` or `page-skip` are left out.
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
                top = min((n for c in _shown(notebook) for n in _heading_levels(c)), default=1)
                prefix = _unused(_parameter(notebook, "version") or name, prefixes)
                place = {"demote": level + 1 - top, "prefix": prefix}
                cells.extend(_placed(c, place) for c in _shown(notebook))
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
        _markdown(source, outline)
    return [heading.level for heading in outline.headings]


def _unused(name: str, used: list[str]) -> str:
    """`name`, or `name-2`, `name-3`, ...; it is used from now on."""
    free, number = name, 1
    while free in used:
        number += 1
        free = f"{name}-{number}"
    used.append(free)
    return free


# ---------------------------------------------------------------------------- Markdown


@dataclass(frozen=True)
class Heading:
    level: int
    text: str
    anchor: str


@dataclass
class Outline:
    """The headings met so far, in the page's order, and the anchors that they took."""

    headings: list[Heading] = field(default_factory=list)
    anchors: list[str] = field(default_factory=lambda: list(RESERVED_ANCHORS))

    @property
    def title(self) -> Heading | None:
        return next((h for h in self.headings if h.level == 1), None)

    @property
    def contents(self) -> list[tuple[Heading, list[Heading]]]:
        """Sections with their subsections; what lies deeper would bury them."""
        sections: list[tuple[Heading, list[Heading]]] = []
        for heading in self.headings:
            if heading is self.title or heading.level > 3:
                continue
            if heading.level == 3 and sections:
                sections[-1][1].append(heading)
            else:
                sections.append((heading, []))
        return sections


class _Renderer(IPythonRenderer):
    """Markdown whose headings are placed on the page and noted in its outline."""

    def __init__(self, outline: Outline, place: Mapping[str, Any], **options: Any) -> None:
        super().__init__(escape=False, **options)
        self.outline = outline
        self.demote = place.get("demote", 0)
        self.prefix = place.get("prefix", "")

    def heading(self, text: str, level: int, **attrs: Any) -> str:
        level = max(1, min(level + self.demote, 6))
        plain = html.unescape(re.sub(r"<[^>]+>", "", text)).strip()
        anchor = plain.replace(" ", "-")  # as in JupyterLab, so that links work there as well
        if self.prefix:
            first = self.prefix not in self.outline.anchors
            anchor = self.prefix if first else f"{self.prefix}-{anchor}"
        anchor = _unused(anchor, self.outline.anchors)
        self.outline.headings.append(Heading(level, plain, anchor))
        anchor = html.escape(anchor)
        linked = text if "<a " in text else f'<a href="#{anchor}">{text}</a>'
        return f'<h{level} id="{anchor}">{linked}</h{level}>\n'

    def link(self, text: str, url: str, title: str | None = None) -> str:
        if self.prefix and url.startswith("#"):
            url = f"#{self.prefix}-{url[1:]}"
        return super().link(text, url, title)


def _markdown(
    source: str, outline: Outline, place: Mapping[str, Any] | None = None, **options: Any
) -> str:
    # The parsers with maths keep everything between two dollar signs from being Markdown.
    renderer = _Renderer(outline, place or {}, **options)
    return MarkdownWithMath(renderer, BlockParser(), InlineParser()).render(source)


# ---------------------------------------------------------------------------- HTML


def _tidy_tables(fragment: str) -> str:
    """Tables that scroll by themselves, say what their headers head, and align by column."""
    if "<table" not in fragment:
        return fragment
    soup = BeautifulSoup(fragment, "html.parser")
    for style in soup.select("style[scoped]"):
        style.decompose()  # pandas' own; no browser keeps it to its table any more
    for table in soup.find_all("table"):
        _merge_index_name(table)
        head, body = _rows(table, "thead"), _rows(table, "tbody")
        for cell in (c for row in head for c in row if c.name == "th"):
            if cell.get_text(strip=True):
                cell["scope"] = "colgroup" if cell.get("colspan") else "col"
            else:
                cell.name = "td"  # a corner heads nothing
        for cell in (c for row in body for c in row if c.name == "th"):
            cell["scope"] = "row"
        for column in range(1, max(map(len, body), default=0) + 1):
            # Counted from the right, where a header that spans rows leaves no gap.
            values = [row[-column] for row in body if column <= len(row)]
            if any(c.name == "th" or _is_text(c.get_text()) for c in values):
                name = "text long" if any(len(c.get_text()) > 40 for c in values) else "text"
                for cell in values + [row[-column] for row in head if column <= len(row)]:
                    cell["class"] = " ".join(
                        filter(None, [*cell.get_attribute_list("class"), name])
                    )
        caption = table.find("caption")
        label = caption.get_text(" ", strip=True) if caption else "Table"
        attributes = {"class": "scroll", "role": "group", "aria-label": label, "tabindex": "0"}
        table.wrap(soup.new_tag("div", attrs=attributes))
    return str(soup)


def _rows(table: Tag, part: str) -> list[list[Tag]]:
    return [list(row.find_all(["th", "td"])) for row in table.select(f"{part} tr")]


def _merge_index_name(table: Tag) -> None:
    """pandas gives the index's name a row of its own under the columns' names; one row will do."""
    match table.select("thead tr"):
        case [*_, titles, names] if titles.th and names.th:
            name, *others = names.find_all("th")
            if not any(c.get_text(strip=True) for c in (titles.th, *others)):
                titles.th.string = name.get_text(strip=True)
                names.decompose()


def _is_text(value: str) -> bool:
    value = value.strip().lower()
    return value[:1].isalpha() and value not in {"nan", "inf", "none"}


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
        return _markdown(source, outline, cell.metadata.get("page"), **options)

    def default_filters(self) -> Iterator[tuple[str, Any]]:
        yield from super().default_filters()
        yield "tidy_tables", _tidy_tables


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


# ---------------------------------------------------------------------------- checking


def outside_addresses(page: str) -> list[str]:
    """What a browser would fetch to show `page`. Links that wait for a click are not fetched."""
    found: list[str] = []
    for tag in BeautifulSoup(page, "html.parser").find_all(True):
        for name in FETCHED & tag.attrs.keys():
            if not (tag.name in ("a", "area") and name.endswith("href")):
                found.append(str(tag[name]))
        for name in ("srcset", "imagesrcset"):
            # A comma and a space part the candidates; a data: address has a comma but no space.
            candidates = re.split(r",\s+", str(tag.get(name, "")))
            found += [candidate.split()[0] for candidate in candidates if candidate.strip()]
        found += outside_addresses(str(tag.get("srcdoc", "")))
        found += _style_addresses(str(tag.get("style", "")))
        if tag.name == "style":
            found += _style_addresses(tag.get_text())
        elif tag.name == "script":
            # Names of XML languages look like addresses, but nobody fetches them.
            found += re.findall(r"https?://(?!www\.w3\.org/)[^\s'\"`]+", tag.get_text())
        elif tag.name == "meta" and str(tag.get("http-equiv")).lower() == "refresh":
            found += re.findall(r"url=(\S+)", str(tag.get("content", "")), re.I)
    return [a for a in map(str.strip, found) if a and not a.startswith(INSIDE)]


def _style_addresses(style: str) -> list[str]:
    imports = re.findall(r"@import\s+['\"]([^'\"]+)", style, re.I)
    return imports + re.findall(r"url\(\s*['\"]?([^'\")]+)", style, re.I)
