"""An executed notebook becomes one HTML page that needs nothing outside itself.

The page's markup, styles and scripts are in `reports/template/`.
"""

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context
from nbconvert import HTMLExporter
from nbformat import NotebookNode
from traitlets.config import Config

from aegan_lib.errors import UserError
from aegan_lib.page.markup import outside_addresses, tidy
from aegan_lib.page.outline import Outline, markdown
from aegan_lib.page.sealing import sealed, unsealed
from aegan_lib.store import replacing

TEMPLATE = Path(__file__).resolve().parents[2] / "reports" / "template"


class _PageExporter(HTMLExporter):
    """nbconvert's exporter with the page's template, Markdown and tables."""

    @property
    def default_config(self) -> Config:
        config = super().default_config
        # Of an output in several forms the richest one is shown. Ours are HTML; a reader's own cell
        # may display a picture of any kind.
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
        options = {"attachments": context["cell"].get("attachments", {})}
        return markdown(source, context["resources"]["outline"], **options)

    @pass_context
    def tidy(self, context: Context, fragment: str) -> str:
        return tidy(fragment, context["resources"]["outline"].captions)

    def default_filters(self) -> Iterator[tuple[str, Any]]:
        yield from super().default_filters()
        yield "tidy", self.tidy
        yield "digest", _script_digest
        yield "parted", _parted


def _parted(text: str) -> tuple[str, str]:
    """HTML of a cell that begins with a heading: the heading, which is no link, and the rest."""
    heading, end, rest = re.split(r"(</h\d>)", text, maxsplit=1)
    # A summary is a control by itself, and may have none inside.
    return re.sub(r"</?a\b[^>]*>", "", heading) + end, rest


def _script_digest(element: str) -> str:
    """How a policy names a script that stands in the page: by what is between its tags."""
    text = element[element.index(">") + 1 : element.rindex("</script>")]
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"


def render(
    notebook: NotebookNode,
    path: Path,
    title: str,
    record: Mapping[str, Any] = {},
) -> Path:
    """Writes the page to `path`, whole or not at all, and returns `path`.

    Arguments:
        record: what the page is made of, for `verify` to hold it against.

    Raises:
        UserError: if `path` cannot be written, or if the page would need something from outside.
    """
    # One outline for the whole page: what one cell adds, the next ones and the contents see.
    exporter = _PageExporter(
        template_name=TEMPLATE.name, extra_template_basedirs=[str(TEMPLATE.parent)]
    )
    resources = {"title": title, "outline": Outline(), "record": unsealed(record)}
    page, _ = exporter.from_notebook_node(notebook, resources=resources)
    page = sealed(page)
    # The page is to work offline and for ever: it is not written if it would need anything.
    if outside := outside_addresses(page):
        raise UserError(
            f"The page {title!r} would fetch something from outside. Expected everything to be "
            f"inside it, as data: addresses. Received: {', '.join(a[:120] for a in outside)}."
        )
    try:
        with replacing(path) as partial:
            partial.write_text(page, encoding="utf-8")
    except OSError as error:
        raise UserError(
            f"Cannot write the page. Expected a place where files can be written. "
            f"Received: {path} ({error.strerror})."
        ) from error
    return path
