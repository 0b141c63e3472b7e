"""The page's Markdown: headings become anchors, formulas MathML.

The outline remembers the headings, and counts figures and tables.
"""

import html
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, ClassVar

from latex2mathml import converter
from nbconvert.filters.markdown_mistune import (
    IPythonRenderer,
    MarkdownWithMath,
    MathBlockParser,
    MathInlineParser,
)

RESERVED_ANCHORS = ("main", "contents")


@dataclass(frozen=True)
class Heading:
    level: int
    text: str
    anchor: str


@dataclass
class Outline:
    """The headings met so far, in the page's order, the anchors that they took, and captions."""

    headings: list[Heading] = field(default_factory=list)
    captions: Counter[str] = field(default_factory=Counter)  # "Figure" and "Table": how many
    anchors: list[str] = field(default_factory=lambda: list(RESERVED_ANCHORS))

    @property
    def title(self) -> Heading | None:
        return next((h for h in self.headings if h.level == 1), None)

    @property
    def contents(self) -> list[tuple[Heading, list[Heading]]]:
        """Sections with their subsections; what lies deeper would bury them."""
        sections: list[tuple[Heading, list[Heading]]] = []
        for heading in self.headings:
            # Two levels below the title. A subsection before any section stands as one.
            if heading is self.title or heading.level > 3:
                continue
            if heading.level == 3 and sections:
                sections[-1][1].append(heading)
            else:
                sections.append((heading, []))
        return sections


class _InlineParser(MathInlineParser):
    """Formulas between dollar signs, but none between two prices, as in Pandoc's Markdown.

    An opening sign has no blank after it, a closing one none before it and no digit after it.
    """

    SPECIFICATION: ClassVar[dict[str, str]] = {
        **MathInlineParser.SPECIFICATION,
        "inline_math_tex": (
            r"(?<![$\\])\$(?![\s$])(?P<math_inline_tex>[^$]+?)(?<![\s$\\])\$(?![\d$])"
        ),
    }


class _Renderer(IPythonRenderer):
    """Markdown whose headings are noted in the page's outline."""

    def __init__(self, outline: Outline, **options: Any) -> None:
        super().__init__(escape=False, **options)
        self.outline = outline

    def heading(self, text: str, level: int, **attrs: Any) -> str:
        plain = html.unescape(re.sub(r"<[^>]+>", "", text)).strip()
        anchor = plain.replace(" ", "-")  # as in JupyterLab, so that links work there as well
        # Two headings of one text get different anchors; the contents link to what was given here.
        anchor = unused(anchor, self.outline.anchors)
        self.outline.headings.append(Heading(level, plain, anchor))
        anchor = html.escape(anchor)
        # A link inside a link is not allowed, so a heading that has one is not made one.
        linked = text if "<a " in text else f'<a href="#{anchor}">{text}</a>'
        return f'<h{level} id="{anchor}">{linked}</h{level}>\n'

    def inline_math(self, body: str) -> str:
        return converter.convert(body)

    def block_math(self, body: str) -> str:
        return converter.convert(body, display="block")


def markdown(source: str, outline: Outline, **options: Any) -> str:
    """`source` as HTML; its headings are noted in the outline."""
    renderer = _Renderer(outline, **options)
    return MarkdownWithMath(renderer, MathBlockParser(), _InlineParser()).render(source)


def unused(name: str, used: list[str]) -> str:
    """`name`, or `name-2`, `name-3`, ...; it is used from now on."""
    # The first is not numbered, the second is 2.
    free, number = name, 1
    while free in used:
        number += 1
        free = f"{name}-{number}"
    used.append(free)
    return free
