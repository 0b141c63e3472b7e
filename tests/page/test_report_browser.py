"""The report's page as its readers meet it: offline, in both schemes, by keyboard, on paper."""

import csv
import io
import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path

import pypdf
import pytest
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from aegan_lib.__main__ import cli
from aegan_lib.datasets import load
from aegan_lib.page.browser import write_pdf, write_screenshot
from aegan_lib.pipeline.request import Request
from aegan_lib.runs import find_run
from aegan_lib.training import run_settings
from aegan_lib.versions import VERSIONS
from tests.conftest import FailedReport

DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 740}
MEBIBYTE = 2**20

Open = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser, report_page: Path) -> Iterator[Open]:
    """Opens a page in a browser that is offline, and at the end asks whether it missed anything."""
    contexts: list[BrowserContext] = []
    requests, complaints = [], []

    def open_it(path: Path = report_page, **options: object) -> Page:
        context = browser.new_context(offline=True, **{"viewport": DESKTOP, **options})
        contexts.append(context)
        context.on("request", lambda request: requests.append(request.url))
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        context.on("console", lambda message: complaints.append(message.text))
        page = context.new_page()
        page.goto(path.as_uri())
        expect(page.locator(".player form").first).to_be_visible()
        return page

    yield open_it
    for context in contexts:
        context.close()
    fetched = [u for u in requests if not u.startswith(("data:", "blob:", "file:"))]
    assert fetched == []
    assert complaints == []


@pytest.fixture
def page(open_page: Open) -> Page:
    return open_page()


def fold(page: Page, heading: str) -> Locator:
    """What is folded below a heading."""
    return page.locator(f'details.fold:has(> summary:has-text("{heading}"))')


def table(page: Page, heading: str) -> Locator:
    """The first table after a heading."""
    return page.locator(f'[id="{heading}"] >> xpath=following::table[1]')


# ---------------------------------------------------------------------------- one file


def test_one_file_of_bearable_size_that_fetches_nothing(page: Page, report_page: Path) -> None:
    html = report_page.read_text()
    assert len(html.encode()) < 8 * MEBIBYTE
    pictures = sum(len(address) for address in re.findall(r"data:image/[^\"]+", html))
    assert len(html.encode()) - pictures < MEBIBYTE
    page.evaluate("scrollTo(0, document.body.scrollHeight)")  # what waits to be seen, loads now
    broken = "all => all.filter(i => !i.complete || !i.naturalWidth).length"
    assert page.locator("main img").evaluate_all(broken) == 0


def test_the_first_screen_holds_question_answer_figure_faces_and_findings(page: Page) -> None:
    for part in ("h1", "main figure svg", ".four img >> nth=3"):
        expect(page.locator(part).first).to_be_in_viewport(ratio=0.9)
    answer = page.locator("main p").first
    expect(answer).to_be_in_viewport(ratio=1)
    expect(answer).to_contain_text("by 2 seeds, too few for more than a suggestion")
    expect(page.locator("main ul").first).to_be_in_viewport(ratio=1)


def test_on_a_phone_the_answer_and_its_figure_come_first(open_page: Open) -> None:
    page = open_page(viewport={"width": 390, "height": 844})
    for part in ("h1", "main p", "main figure svg", ".four img >> nth=3", "main ul li"):
        expect(page.locator(part).first).to_be_in_viewport(ratio=0.9)


def test_it_is_as_long_as_a_reader_has_time_for(page: Page, asked: Request) -> None:
    """Of few versions; the whole experiment's own page is measured where it is made."""
    height = "document.documentElement.scrollHeight"
    assert page.evaluate(height) < 12_000
    page.locator("main details:not(.code)").evaluate_all(
        "all => all.forEach(d => { d.open = true; })"
    )
    assert page.evaluate(height) < 25_000


def test_a_statement_unfolds_to_its_seeds_and_leads_on_to_where_it_is_seen(page: Page) -> None:
    row = page.locator(".statements details:has(svg.dots)").first
    row.locator("summary").click()
    # A seed each, on the range that was asked for.
    drawing = row.locator("svg.dots").first
    expect(drawing.locator("circle")).to_have_count(2)
    assert (drawing.get_attribute("aria-label") or "").startswith("Seeds: ")
    row.get_by_role("link").click()
    expect(page.locator(":target")).to_be_in_viewport()


def test_a_link_into_a_fold_unfolds_it(page: Page) -> None:
    part = fold(page, "The discriminator")
    expect(part.locator("table")).not_to_be_visible()
    page.get_by_role("navigation").get_by_role("link", name="The discriminator").click()
    expect(part.locator("table")).to_be_visible()
    expect(part.locator("summary").first).to_be_in_viewport()


# ---------------------------------------------------------------------------- linked views


def test_versions_chosen_once_are_followed_by_tables_figures_and_faces(page: Page) -> None:
    hidden = "all => all.map(e => getComputedStyle(e).display === 'none')"
    shown = page.locator("main [data-version=v4]")
    row = table(page, "The-versions").get_by_role("row", name=re.compile("^v4"))
    assert shown.count() >= 3 + 4 + 1  # in the scatter, on each curve, among the faces
    assert not any(shown.evaluate_all(hidden))
    expect(row).to_be_visible()
    page.get_by_role("checkbox", name="v4").uncheck()
    assert all(shown.evaluate_all(hidden))
    expect(row).not_to_be_visible()
    others = page.locator("main [data-version=autoencoder]")
    assert not any(others.evaluate_all(hidden))
    # A version that heads a column takes the column along.
    fold(page, "The versions' settings").locator("> summary").click()
    settings = page.locator("table.settings")
    assert "v4" not in settings.locator("th:visible").all_inner_texts()
    page.get_by_role("button", name="All", exact=True).click()
    expect(row).to_be_visible()
    assert "v4" in settings.locator("th:visible").all_inner_texts()


def test_the_choice_stays_in_sight_and_the_keyboard_keeps_its_stops(page: Page) -> None:
    page.locator("#Faces").evaluate("h => h.scrollIntoView()")
    expect(page.locator(".chooser")).to_be_in_viewport(ratio=1)
    expect(page.locator("#Faces")).to_be_in_viewport()
    fold(page, "The versions' settings").locator("> summary").click()
    page.get_by_role("checkbox", name="autoencoder").uncheck()
    stops = page.locator(
        "table.settings button, .tools:has(input) :is(input, button)"
    ).evaluate_all("all => all.filter(e => e.tabIndex === 0 && e.checkVisibility()).length")
    assert stops == 1


def test_the_epoch_that_is_shown_is_marked_on_every_curve(page: Page) -> None:
    marks = page.locator(".epoch-mark")
    assert marks.count() == 4

    def places() -> list[float]:
        return marks.evaluate_all("all => all.map(m => m.getBoundingClientRect().x)")

    end = places()
    slider = page.locator(".epochs").get_by_role("slider", name="epoch")
    slider.press("Home")
    for mark, last in zip(places(), end, strict=True):
        assert mark < last - 100
    # At the left end of the panel, where the axis is.
    axis = page.locator(".epoch-mark").first.evaluate(
        "m => m.parentElement.querySelector('path').getBoundingClientRect().x"
    )
    assert abs(places()[0] - axis) < 3


def test_the_address_holds_what_is_chosen_and_gives_it_back(
    open_page: Open, report_page: Path
) -> None:
    page = open_page()
    assert page.evaluate("location.hash") == ""
    page.get_by_role("checkbox", name="pretrained").uncheck()
    page.locator(".epochs").get_by_role("slider", name="epoch").press("Home")
    kept = page.evaluate("location.hash")
    assert kept == "#versions=autoencoder+v4&epoch=0"
    # Nobody named: all; a part of the page: as it was.
    page.evaluate("location.hash = '#epoch=1'")
    expect(page.get_by_role("checkbox", name="pretrained")).to_be_checked()
    page.evaluate("location.hash = '#Provenance'")
    expect(page.locator(".epochs").get_by_role("status")).to_have_text("epoch 1")
    again = open_page()
    again.goto(report_page.as_uri() + kept)
    again.reload()
    expect(again.get_by_role("checkbox", name="pretrained")).not_to_be_checked()
    expect(again.locator(".epochs").get_by_role("status")).to_have_text("epoch 0")
    row = table(again, "The-versions").get_by_role("row", name=re.compile("^pretrained"))
    expect(row).not_to_be_visible()


def test_the_first_slider_is_few_presses_of_tab_away(page: Page) -> None:
    reached = []
    for _ in range(14):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.type"))
    assert "range" in reached


def test_a_table_is_one_stop_and_arrows_go_through_it(page: Page) -> None:
    first = table(page, "The-versions").get_by_role("button").first
    first.focus()
    page.keyboard.press("ArrowRight")
    expect(table(page, "The-versions").get_by_role("button").nth(1)).to_be_focused()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")  # round to the end: what takes it along
    expect(page.locator(":focus")).to_have_text("Download CSV")
    page.keyboard.press("Tab")
    assert not page.evaluate("document.activeElement.closest('.tools, table') !== null")


def test_a_newcomer_is_told_how_to_read_it(page: Page) -> None:
    told = fold(page, "How to read this")
    told.locator("> summary").click()
    for word in ("AE-GAN", "encoder", "discriminator", "reconstruction loss", "version", "seeds"):
        expect(told).to_contain_text(word)


def test_each_run_has_a_page_of_its_own_and_a_way_back(open_page: Open, report_page: Path) -> None:
    page = open_page()
    said = page.locator("p", has_text="More on pages of their own")
    said.locator("strong:has-text('v4') ~ a").nth(1).click()
    expect(page).to_have_title("v4-seed-1: faces, smoke")
    expect(page.get_by_role("heading", name="Discriminator")).to_be_visible()
    expect(page.locator(".epochs form")).to_be_visible()
    page.get_by_role("link", name="Back to the report").click()
    said.get_by_role("link", name="the data").click()
    expect(page.get_by_role("heading", name="What the networks see")).to_be_visible()
    page.go_back()
    said.get_by_role("link", name="the verification").click()
    expect(page.get_by_role("heading", name="Against Keras alone")).to_be_visible()
    links = BeautifulSoup(report_page.read_text(), "html.parser").select("a:not([href^='#'])")
    assert links and all((report_page.parent / link["href"]).exists() for link in links)


def test_a_failed_run_is_shown_with_the_end_of_its_log(
    open_page: Open, failed_report: FailedReport
) -> None:
    page = open_page(failed_report.page)
    said = page.locator("main .failed")
    expect(said).to_be_in_viewport()
    expect(said).to_contain_text("v5 seed 0 failed:")
    expect(page.get_by_text("1 of 2 runs are complete.")).to_be_visible()
    expect(page.get_by_text("The end of the log of v5, seed 0")).to_be_visible()
    expect(page.locator("details.log pre")).to_contain_text("cannot be written")
    said = page.locator("p", has_text="More on pages of their own")
    expect(said).to_contain_text("v4, seed 0")  # v5 has no page
    expect(said).not_to_contain_text("v5")


# ---------------------------------------------------------------------------- tables


def test_means_have_a_dot_for_each_seed_and_the_number_of_seeds(page: Page) -> None:
    row = table(page, "The-versions").get_by_role("row", name=re.compile("^v4"))
    cell = row.get_by_role("cell").first
    # Of two seeds there is no interval: both are shown, and said.
    expect(cell.locator("data")).to_have_text(re.compile(r"^\d+\.\d\d$"))
    expect(
        cell.get_by_role("img", name=re.compile(r"^Seeds: \d+\.\d\d, \d+\.\d\d$"))
    ).to_be_visible()
    expect(cell.locator("circle")).to_have_count(2)
    expect(row.get_by_role("cell").nth(-2)).to_have_text("2")
    best = table(page, "The-versions").locator("td:has(.best)")
    assert best.count() >= 4
    expect(best.first).to_contain_text("(best)")
    assert int(best.first.evaluate("c => getComputedStyle(c).fontWeight")) >= 700


def test_a_click_sorts_a_table_and_a_third_restores_it(page: Page) -> None:
    numbers = table(page, "The-versions")

    def column() -> list[float]:
        cells = numbers.locator("tbody tr td:nth-of-type(1)")
        values = cells.evaluate_all("all => all.map(c => c.querySelector('data')?.value)")
        return [float(value) for value in values if value is not None]

    before = column()
    name = numbers.get_by_role("columnheader", name="PSNR")
    name.get_by_role("button").click()
    assert column() == sorted(before, reverse=True)
    expect(name).to_have_attribute("aria-sort", "descending")
    name.get_by_role("button").press("Enter")
    assert column() == sorted(before)
    name.get_by_role("button").press("Enter")
    assert column() == before


def test_tables_leave_as_csv_with_every_digit(page: Page) -> None:
    numbers = table(page, "The-versions")
    tools = numbers.locator("xpath=ancestor::div[1]/following-sibling::p[1]")
    with page.expect_download() as download:
        tools.get_by_role("button", name=re.compile("Download CSV of Table")).click()
    text = Path(download.value.path()).read_text()
    assert re.fullmatch(r"table-\d+\.csv", download.value.suggested_filename)
    rows = list(csv.DictReader(io.StringIO(text)))
    (row,) = (row for row in rows if row["version"] == "v4")
    mean = float(row["PSNR (dB)"])
    assert mean != round(mean, 2)
    assert row.get("PSNR (dB) low", "") == ""  # two seeds have no interval
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tools.get_by_role("button", name=re.compile("Copy CSV of Table")).click()
    expect(tools).to_contain_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == text


def test_settings_can_be_reduced_to_what_differs(page: Page) -> None:
    fold(page, "The versions' settings").locator("> summary").click()
    rows = page.locator("table.settings tbody tr:visible th")
    shown = rows.all_text_contents()
    page.get_by_role("checkbox", name="Only what differs").uncheck()
    whole = rows.all_text_contents()
    assert {"α", "β", "starts from"} <= set(shown) < set(whole)
    assert "batch size" in whole and "batch size" not in shown
    page.get_by_role("checkbox", name="Only what differs").check()
    assert rows.all_text_contents() == shown


def test_provenance_gives_a_command_that_asks_for_the_same_run(
    page: Page, report_page: Path, asked: Request
) -> None:
    fold(page, "What every number comes from").locator("> summary").click()
    origin = table(page, "What-every-number-comes-from")
    names = origin.get_by_role("columnheader").all_text_contents()
    assert {"seeds", "commit", "lock file", "data", "device", "training"} <= set(names)
    run = find_run(report_page.parent / "v4" / "seed-0")
    assert run is not None
    row = origin.get_by_role("row", name=re.compile("^v4"))
    for said in ("0, 1", run.provenance["lock"][:12], run.settings["dataset"]["digest"][:12]):
        expect(row).to_contain_text(said)
    program, *words = shlex.split(row.locator("code").inner_text())
    assert [program, *words[:3]] == [".venv/bin/python", "-m", "aegan_lib", "run"]
    given = cli.commands["run"].make_context("run", words[3:]).params
    data = load(given["dataset"], given["profile"], given["data"])
    version = VERSIONS[given["version"]]
    assert run_settings(version, data, given["seed"]) == run.settings
    assert (given["reports"], given["data"]) == (asked.reports, asked.data)
    assert given["force"] and given["profile"] == "smoke"
    assert given["threads"] == run.provenance["threads"]


# ---------------------------------------------------------------------------- figures


def test_figures_and_tables_are_numbered_captioned_and_described(page: Page) -> None:
    for what, caption in (("figure", "figcaption"), ("table", "caption")):
        captions = page.locator(f"main {caption}").all_text_contents()
        assert captions and len(captions) == page.locator(f"main {what}").count()
        for number, text in enumerate(captions, 1):
            assert re.match(rf"{what.title()} {number}\. \S.{{20,}}", text), text
    descriptions = page.locator("main img").evaluate_all("all => all.map(i => i.alt)")
    assert all(len(text) > 12 for text in descriptions)


def test_animations_start_by_hand_pause_and_end(page: Page) -> None:
    player = page.locator(".epochs")
    epoch = player.get_by_role("status")
    last = epoch.inner_text()
    page.wait_for_timeout(1000)
    expect(epoch).to_have_text(last)  # nothing moves by itself
    player.get_by_role("button", name="Play").click()
    expect(epoch).to_have_text("epoch 0")
    expect(epoch).to_have_text("epoch 1")
    player.get_by_role("button", name="Pause").click()
    page.wait_for_timeout(1000)
    expect(epoch).to_have_text("epoch 1")
    player.get_by_role("button", name="Play").click()
    expect(epoch).to_have_text(last)
    expect(player.get_by_role("button")).to_have_text("Play")


def test_nothing_moves_for_those_who_asked_for_rest(open_page: Open) -> None:
    page = open_page(reduced_motion="reduce")
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
    assert page.evaluate("document.getAnimations().length") == 0
    html = page.content()
    assert not re.search(r"data:image/gif|<video|<marquee|@keyframes", html)


def test_formulas_are_mathml_and_are_drawn(page: Page) -> None:
    page.locator("main details").evaluate_all("all => all.forEach(d => { d.open = true; })")
    formulas = page.locator("main math")
    assert formulas.count() >= 5
    assert all(box["width"] > 5 for f in formulas.all() if (box := f.bounding_box()))
    assert "$" not in page.locator("main .prose").all_inner_texts()
    assert not re.search(r"\\(frac|mathrm|alpha)", page.locator("main").inner_text())


# ---------------------------------------------------------------------------- finding one's way


def test_the_contents_stay_in_sight_and_mark_the_section(page: Page) -> None:
    page.locator('[id="Version-4\'s-noise"]').evaluate("h => h.scrollIntoView()")
    current = page.locator(".contents [aria-current]")
    expect(current).to_have_text("Version 4's noise")
    expect(current).to_be_in_viewport()
    page.get_by_role("navigation").get_by_role("link", name="Provenance").click()
    expect(page.locator("#Provenance")).to_be_in_viewport()
    expect(current).to_have_text("Provenance")
    headings = page.locator("main :is(h1, h2, h3, h4)").evaluate_all(
        "all => all.map(h => [h.id, h.querySelector('a')?.getAttribute('href')])"
    )
    # Each is a link to itself, but where it folds and unfolds.
    assert all(anchor and link in (f"#{anchor}", None) for anchor, link in headings)
    folds = page.locator("main summary :is(h2, h3)").count()
    assert [link for _, link in headings].count(None) == folds


def test_code_is_there_for_those_who_ask_and_can_be_copied(page: Page) -> None:
    code = page.locator("details.code").first
    expect(code).not_to_be_visible()
    page.get_by_role("button", name="Show all code").click()
    expect(code.locator("summary")).to_have_text(re.compile(r"Code · ?\d+ lines?|Code \d+ lines?"))
    expect(code.locator("pre")).to_be_visible()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    code.get_by_role("button", name="Copy code").click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.strip() == code.locator("pre").inner_text().strip()
    page.get_by_role("button", name="Show all code").click()
    expect(code).not_to_be_visible()


def test_every_control_is_reached_by_the_tab_key_named_and_seen(page: Page) -> None:
    page.locator("main details").evaluate_all("all => all.forEach(d => { d.open = true; })")
    can = "a[href], button, input, select, summary, [tabindex='0']"
    expected = page.locator(can).evaluate_all(
        """all => all.filter(e => e.checkVisibility() && !e.disabled && e.tabIndex === 0
            && !(e.type === 'radio' && !e.checked)).length"""
    )
    reached, unnamed, unseen = 0, [], []
    for _ in range(expected + 5):
        page.keyboard.press("Tab")
        at = page.evaluate(
            """() => {
              const e = document.activeElement;
              if (e === document.body) return null;
              const shown = e.type === 'radio' ? e.nextElementSibling : e;
              const style = getComputedStyle(shown);
              const name = e.getAttribute('aria-label') || e.textContent.trim()
                || Array.from(e.labels || [], l => l.textContent).join(' ') || e.title;
              return [e.outerHTML.slice(0, 80), Boolean(name.trim()),
                style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2];
            }"""
        )
        if at is None:
            break
        reached += 1
        unnamed += [] if at[1] else [at[0]]
        unseen += [] if at[2] else [at[0]]
    assert unnamed == []
    assert unseen == []
    assert reached == expected


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_barrier(open_page: Open, scheme: str, viewport: dict) -> None:
    page = open_page(color_scheme=scheme, viewport=viewport)
    page.add_style_tag(content="* { transition: none !important }")
    page.locator("main details").evaluate_all("all => all.forEach(d => { d.open = true; })")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_dark_is_dark_and_faces_keep_their_colours(open_page: Open, report_page: Path) -> None:
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    brightness = {
        scheme: sum(map(int, re.findall(r"\d+", open_page(color_scheme=scheme).evaluate(ground))))
        for scheme in ("light", "dark")
    }
    assert brightness["dark"] < 150 < 700 < brightness["light"]
    page = open_page(color_scheme="dark")
    # Lines alone are drawn light on dark; what shows faces keeps its colours, on white paper.
    drawn = page.locator("figure > img.chart, svg.chart").evaluate_all(
        "all => all.map(i => getComputedStyle(i).filter)"
    )
    assert set(drawn) == {"invert(1) hue-rotate(180deg)"}
    faces = page.locator(".four img, .sheets img, .player canvas").evaluate_all(
        "all => all.map(i => getComputedStyle(i).filter)"
    )
    assert set(faces) == {"none"}
    own = open_page(report_page.parent / report_page.stem / "v4-seed-0.html", color_scheme="dark")
    papers = own.locator("figure > img:not(.chart)").evaluate_all(
        "all => all.map(i => getComputedStyle(i).backgroundColor)"
    )
    assert set(papers) == {"rgb(255, 255, 255)"}


def test_on_a_phone_only_tables_and_wide_figures_scroll_sideways(open_page: Open) -> None:
    page = open_page(viewport=PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.get_by_text("Contents", exact=True).click()
    page.get_by_role("navigation").get_by_role("link", name="Provenance").click()
    expect(page.locator("#Provenance")).to_be_in_viewport()
    size = "e => parseFloat(getComputedStyle(e).fontSize)"
    assert page.locator("main p").first.evaluate(size) >= 16
    for button in page.locator("main button:visible").all()[:20]:
        box = button.bounding_box()
        assert box and box["height"] >= 24  # WCAG 2.2's smallest target


# ---------------------------------------------------------------------------- paper and pictures


def test_print_unfolds_all_but_code_and_cuts_no_figure(open_page: Open) -> None:
    page = open_page(viewport={"width": 718, "height": 1020})  # A4 less its margins, in pixels
    page.emulate_media(media="print")
    unfolded = page.locator(".fold table, .fold > .prose > p, .statements q")
    assert all(unfolded.evaluate_all("all => all.map(e => e.checkVisibility())"))
    assert not any(code.is_visible() for code in page.locator("details.code pre").all())
    for control in page.locator(".player form, .tools, .contents, .copy").all():
        assert not control.is_visible()
    figures = page.locator("main figure:not(.player) > img, .sheets img")
    for box in (figure.bounding_box() for figure in figures.all()):
        assert box and box["height"] <= 1020 and box["x"] + box["width"] <= 719
    breaks = page.locator("main figure:not(.player)").evaluate_all(
        "all => all.map(f => getComputedStyle(f).breakInside)"
    )
    assert set(breaks) == {"avoid"}


def test_the_pdf_holds_the_whole_page(browser: Browser, report_page: Path) -> None:
    path = write_pdf(report_page)
    document = pypdf.PdfReader(path)
    text = "\n".join(sheet.extract_text() for sheet in document.pages)
    assert 3 < len(document.pages) <= 20
    assert path.stat().st_size < 4 * report_page.stat().st_size  # else every picture is unpacked
    for words in ("How should reconstruction and adversary", "Provenance", "--profile smoke"):
        assert words in text
    assert "tables.overview_table" not in text  # code is for those who ask
    assert [p.name for p in report_page.parent.glob("*.partial")] == []


def test_the_picture_of_the_page_shows_its_first_screen(
    browser: Browser, report_page: Path, tmp_path: Path
) -> None:
    from PIL import Image

    with Image.open(write_screenshot(report_page, tmp_path / "page.webp")) as picture:
        assert picture.size == (2560, 1800)
        assert len(picture.convert("L").getcolors(256) or []) > 50
