"""The page is one file, needs nothing from outside and reads in order."""

import base64
import os
import re
from pathlib import Path

import pandas as pd
import pypdf
import pytest
from bs4 import BeautifulSoup
from nbformat import NotebookNode, from_dict
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from aegan_lib.errors import UserError
from aegan_lib.page import browser
from aegan_lib.page import rendering as page
from aegan_lib.page.assembling import assemble
from aegan_lib.page.browser import write_pdf
from aegan_lib.page.markup import outside_addresses
from aegan_lib.page.rendering import render

PIXEL = base64.b64encode(b"a picture").decode()
FIGURE = (
    f'<figure><img alt="Loss by batch" src="data:image/png;base64,{PIXEL}">'
    "<figcaption>The loss falls.</figcaption></figure>"
)
WIDGET = {"model_id": "0", "version_major": 2, "version_minor": 0}


def text(source: str, *tags: str) -> NotebookNode:
    return new_markdown_cell(source, metadata={"tags": list(tags)})


def code(source: str, *outputs: NotebookNode, tags: tuple[str, ...] = ()) -> NotebookNode:
    return new_code_cell(source, outputs=list(outputs), metadata={"tags": list(tags)})


def shown(**data: object) -> NotebookNode:
    """`shown(text_html=...)` is an output with that MIME type."""
    return new_output("display_data", data={k.replace("_", "/", 1): v for k, v in data.items()})


def report_notebook() -> NotebookNode:
    cells = [
        text("# Which weight?"),
        code("weight = 0", tags=("parameters",)),
        code("weight = 1", tags=("injected-parameters",)),
        code("draw()", shown(text_html="<p>The answer.</p>")),
        text("## Versions\n\nBack to [the answer](#Which-weight?).", "pages"),
        text("### Curves\n\nThey fall.", "fold"),
        code("curves()", shown(text_html="<p>A curve.</p>")),
        text("#### By seed"),
        text("### Faces\n\n```python\n# not a heading\n```", "fold"),
        text("Only for those who run it.", "page-skip"),
        text("## Data", "fold"),
        code("table()", shown(text_markdown="**Numbers.**")),
    ]
    return new_notebook(cells=cells)


def page_of(folder: Path, *cells: NotebookNode, title: str = "AE-GAN") -> BeautifulSoup:
    path = render(assemble(new_notebook(cells=list(cells))), folder / "index.html", title)
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


@pytest.fixture
def whole(tmp_path: Path) -> BeautifulSoup:
    path = render(assemble(report_notebook()), tmp_path / "index.html", "AE-GAN")
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


# ---------------------------------------------------------------------------- assembling


def test_a_fold_ends_where_a_heading_of_its_level_or_a_higher_one_comes(
    whole: BeautifulSoup,
) -> None:
    folds = whole.select("details.fold")
    assert [fold.summary.get_text(strip=True) for fold in folds] == ["Curves", "Faces", "Data"]
    curves, faces, data = (fold.get_text() for fold in folds)
    assert "They fall." in curves and "A curve." in curves and "By seed" in curves
    assert "not a heading" in faces and "Numbers." not in faces
    assert "Numbers." in data
    assert not whole.select("details.fold details.fold")
    headings = [h.name + h.get_text() for h in whole.main.find_all(re.compile(r"^h\d$"))]
    assert headings == [
        "h1Which weight?", "h2Versions", "h3Curves", "h4By seed", "h3Faces", "h2Data",
    ]  # fmt: skip


def test_ids_are_unique_and_links_within_the_page_arrive(whole: BeautifulSoup) -> None:
    ids = [tag["id"] for tag in whole.find_all(id=True)]
    assert len(ids) == len(set(ids))
    assert {a["href"][1:] for a in whole.select('a[href^="#"]')} <= set(ids)


def test_equal_headings_get_different_anchors(tmp_path: Path) -> None:
    soup = page_of(tmp_path, text("## Again"), text("## Again"), text("## main"))
    assert [h["id"] for h in soup.find_all("h2")] == ["Again", "Again-2", "main-2"]


def test_parameters_and_skipped_cells_are_left_out(whole: BeautifulSoup) -> None:
    assert "draw()" in whole.main.get_text()
    assert "weight =" not in whole.main.get_text()
    assert "Only for those" not in whole.main.get_text()


def test_assembling_changes_no_notebook() -> None:
    report = report_notebook()
    before = [cell.copy() for cell in report.cells]
    assemble(report, {"pages": "See [v1](index/v1.html)."})
    assert report.cells == before


def test_what_is_said_follows_the_cell_that_asks_for_it(tmp_path: Path) -> None:
    cells = assemble(report_notebook(), {"pages": "See [v1](index/v1.html)."}).cells
    soup = page_of(tmp_path, *cells)
    (said,) = (p for p in soup.main.find_all("p") if "See" in p.get_text())
    assert said.a["href"] == "index/v1.html"
    assert said.find_previous("h2").get_text() == "Versions"


def test_what_nothing_asks_for_is_an_error() -> None:
    with pytest.raises(UserError, match="Nothing in the notebook shows appendix"):
        assemble(report_notebook(), {"appendix": "More."})


# ---------------------------------------------------------------------------- the page


def test_the_page_is_one_file_and_asks_for_nothing(tmp_path: Path) -> None:
    page_of(
        tmp_path / "new" / "folder",
        text("See [the paper](https://example.org). It costs $5, *or* $6."),
        code("draw()", shown(text_html=FIGURE), shown(image_gif=PIXEL)),
    )
    assert [p.name for p in (tmp_path / "new" / "folder").iterdir()] == ["index.html"]
    written = (tmp_path / "new" / "folder" / "index.html").read_text()
    assert outside_addresses(written) == []
    assert "<em>or</em>" in written
    assert len(written) < 60_000
    assert f"data:image/gif;base64,{PIXEL}" in written


def test_the_contents_list_sections_and_subsections(whole: BeautifulSoup) -> None:
    links = [a.get_text() for a in whole.nav.find_all("a")]
    assert links == ["Versions", "Curves", "Faces", "Data"]
    assert whole.nav["aria-label"] == "Contents"
    assert whole.html["lang"] == "en"


def test_code_is_folded_and_streams_are_text(tmp_path: Path) -> None:
    soup = page_of(
        tmp_path,
        code(
            "run.train()",
            new_output("stream", name="stdout", text="mse <0.1>\n"),
            new_output("stream", name="stderr", text="1/9\r5/9\r9/9\n"),
        ),
        code("losses.weighted", tags=("page-open",)),
        code("heading()", tags=("page-no-code",)),
    )
    folded, unfolded = soup.select("details.code")
    assert "run.train()" in folded.get_text()
    assert "open" not in folded.attrs
    assert "open" in unfolded.attrs
    assert soup.select_one("pre.stream").get_text() == "mse <0.1>\n"
    assert soup.select_one("details.stderr pre").get_text() == "9/9\n"


def test_errors_are_visible_and_their_traceback_is_plain(tmp_path: Path) -> None:
    error = new_output(
        "error", ename="ValueError", evalue="<mse> is nan", traceback=["\x1b[31mline 1\x1b[39m"]
    )
    failed = page_of(tmp_path, code("train()", error)).select_one(".failed")
    assert failed.p.get_text() == "ValueError: <mse> is nan"
    assert failed.pre.get_text() == "line 1"


def test_widgets_leave_no_trace(tmp_path: Path) -> None:
    widget = {"application/vnd.jupyter.widget-view+json": WIDGET, "text/plain": "VBox(children=())"}
    soup = page_of(tmp_path, code("sliders()", new_output("display_data", data=widget)))
    assert "VBox" not in soup.get_text()
    assert all(script.get("src") is None for script in soup.find_all("script"))


def test_the_title_is_text(tmp_path: Path) -> None:
    soup = page_of(tmp_path, text("No heading."), title="<script>alert(1)</script>")
    assert soup.title.get_text() == soup.h1.get_text() == "<script>alert(1)</script>"


def test_formulas_are_mathml_and_prices_are_prices(tmp_path: Path) -> None:
    source = "From $5 to $6, or $\\sqrt{\\beta}/\\alpha$:\n\n$$\\frac{a}{b}$$"
    soup = page_of(tmp_path, text(source))
    inline, block = soup.find_all("math")
    assert inline.msqrt and block.mfrac
    assert (inline["display"], block["display"]) == ("inline", "block")
    assert soup.main.p.get_text().startswith("From $5 to $6, or ")


def test_figures_and_tables_are_numbered_in_their_order(tmp_path: Path) -> None:
    table = pd.DataFrame({"a": [1, 2]}).style.set_caption("Two numbers.").to_html()
    cells = [code("draw()", shown(text_html=html)) for html in (FIGURE, table, FIGURE, table)]
    soup = page_of(tmp_path, *cells)
    captions = [c.get_text() for c in soup.find_all(["figcaption", "caption"])]
    assert captions == [
        "Figure 1. The loss falls.", "Table 1. Two numbers.",
        "Figure 2. The loss falls.", "Table 2. Two numbers.",
    ]  # fmt: skip
    assert [f["id"] for f in soup.find_all(["figure", "table"])] == [
        "figure-1", "table-1", "figure-2", "table-2",
    ]  # fmt: skip
    assert [box["aria-label"] for box in soup.select(".scroll")] == ["Table 1", "Table 2"]
    assert not soup.select("td[id], th[id], main style")  # what pandas needs for itself


def test_descriptions_of_pictures_are_kept(tmp_path: Path) -> None:
    picture = shown(image_png=PIXEL)
    picture.metadata = from_dict({"image/png": {"alt": 'Faces "before"'}})
    soup = page_of(tmp_path, code("draw()", shown(text_html=FIGURE), picture))
    assert [img["alt"] for img in soup.find_all("img")] == ["Loss by batch", 'Faces "before"']


def test_tables_scroll_and_align_by_column(tmp_path: Path) -> None:
    frame = pd.DataFrame({"psnr": [23.9, float("nan")], "verdict": ["better", "–"]})
    frame.index = pd.Index(["v1", "v4"], name="version")
    soup = page_of(tmp_path, code("frame", shown(text_html=frame._repr_html_())))
    assert soup.table.parent["class"] == ["scroll"]
    assert not soup.main.find_all("style")
    names, *rows = [row.find_all(["th", "td"]) for row in soup.find_all("tr")]
    assert [c.get_text() for c in names] == ["version", "psnr", "verdict"]
    assert [c["scope"] for c in names] == ["col"] * 3
    for row in (names, *rows):
        assert ["text" in c.get("class", "") for c in row] == [True, False, True]


def test_columns_align_below_a_header_that_spans_rows(tmp_path: Path) -> None:
    index = pd.MultiIndex.from_product([["faces"], ["v1", "v4"]], names=["dataset", "version"])
    frame = pd.DataFrame({"psnr": [23.9, 24.1], "ssim": [0.9, 0.8]}, index=index)
    soup = page_of(tmp_path, code("frame", shown(text_html=frame.to_html())))
    assert not soup.select("tbody td.text")
    assert len(soup.select("tbody th.text")) == 3


def test_a_corner_is_no_header_and_groups_are(tmp_path: Path) -> None:
    frame = pd.DataFrame([[1, 2]], ["blur"], pd.MultiIndex.from_product([["v1"], ["doc", "here"]]))
    soup = page_of(tmp_path, code("frame", shown(text_html=frame.to_html())))
    names = [(c.name, c.get("scope"), c.get_text()) for c in soup.select("thead tr > *")]
    assert names == [
        ("td", None, ""),
        ("th", "colgroup", "v1"),
        ("td", None, ""),
        ("th", "col", "doc"),
        ("th", "col", "here"),
    ]


# ---------------------------------------------------------------------------- writing


def test_a_page_that_would_fetch_something_is_not_written(tmp_path: Path) -> None:
    image = text('<img alt="A face" src="https://example.org/face.png">')
    with pytest.raises(UserError, match=r"outside.*Received: https://example\.org/face\.png"):
        page_of(tmp_path, image)
    assert not list(tmp_path.iterdir())


def test_a_failure_leaves_the_old_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page_of(tmp_path, text("# Old"))

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(UserError, match="No space left on device"):
        page_of(tmp_path, text("# New"))
    monkeypatch.setattr(page, "_PageExporter", full)
    with pytest.raises(OSError, match="No space"):
        page_of(tmp_path, text("# New"))
    assert [p.name for p in tmp_path.iterdir()] == ["index.html"]
    assert "Old" in (tmp_path / "index.html").read_text()


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=r"Cannot write.*file/index\.html"):
        page_of(tmp_path / "file", text("# New"))


def fake_browser(folder: Path, monkeypatch: pytest.MonkeyPatch, ends: str) -> None:
    """A command `chromium` that writes an empty sheet and then `ends`."""
    sheet, command = pypdf.PdfWriter(), folder / "chromium"
    sheet.add_blank_page(100, 200)
    sheet.write(folder / "sheet")
    command.write_text(
        f'#!/bin/sh\nfor a in "$@"; do case $a in *=*.pdf) cp "{folder}/sheet" "${{a#*=}}"; '
        f"esac; done\n{ends}\n"
    )
    command.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)


def test_a_pdf_comes_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page_of(tmp_path, text("# Page"))
    fake_browser(tmp_path, monkeypatch, "exit 0")
    assert len(pypdf.PdfReader(write_pdf(tmp_path / "index.html")).pages) == 1
    (tmp_path / "index.pdf").write_text("good")
    fake_browser(tmp_path, monkeypatch, "echo no room >&2; exit 1")
    with pytest.raises(UserError, match=r"chromium made no pdf of .*index\.html: no room"):
        write_pdf(tmp_path / "index.html")
    monkeypatch.setattr(browser, "SECONDS", 0.2)
    fake_browser(tmp_path, monkeypatch, "exec sleep 5")
    with pytest.raises(UserError, match="took longer than"):
        write_pdf(tmp_path / "index.html")
    assert (tmp_path / "index.pdf").read_text() == "good"


def test_without_a_page_or_a_browser_a_pdf_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UserError, match="There is no such page"):
        write_pdf(tmp_path / "index.html")
    page_of(tmp_path, text("# Page"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match=r"needs a browser\. Expected one of.*chromium.*none"):
        write_pdf(tmp_path / "index.html")


# ---------------------------------------------------------------------------- checking


@pytest.mark.parametrize(
    ("fragment", "address"),
    [
        ('<script src="https://cdn.example/x.js"></script>', "https://cdn.example/x.js"),
        ('<img src="//cdn.example/x.png">', "//cdn.example/x.png"),
        ('<img src="figures/x.png">', "figures/x.png"),
        ('<link rel="stylesheet" href="https://x.example/a.css">', "https://x.example/a.css"),
        ('<source srcset="data:image/png;base64,AA 1x, b.png 2x">', "b.png"),
        ("<p style=\"background: url('https://x.example/a.png')\">", "https://x.example/a.png"),
        ("<style>@import 'https://x.example/a.css';</style>", "https://x.example/a.css"),
        ("<style>@font-face { src: url(font.woff2) }</style>", "font.woff2"),
        ('<svg><use xlink:href="icons.svg#a"/></svg>', "icons.svg#a"),
        ("<script>import('https://x.example/a.mjs')</script>", "https://x.example/a.mjs"),
        ('<iframe srcdoc="&lt;img src=a.png&gt;"></iframe>', "a.png"),
        ('<meta http-equiv="refresh" content="0; url=https://x.example">', "https://x.example"),
    ],
)
def test_what_would_be_fetched_is_found(fragment: str, address: str) -> None:
    assert outside_addresses(fragment) == [address]


@pytest.mark.parametrize(
    "fragment",
    [
        '<a href="https://example.org">a link</a>',
        '<img src="data:image/png;base64,AA//AA==">',
        '<a href="#v4">v4</a><svg><use href="#a"/></svg>',
        "<p>url(https://example.org)</p>",
        "<style>a { background: url(data:image/png;base64,AA//) }</style>",
        "<script>// http://www.w3.org/2000/svg is a name</script>",
    ],
)
def test_what_is_inside_or_waits_for_a_click_is_not(fragment: str) -> None:
    assert outside_addresses(fragment) == []
