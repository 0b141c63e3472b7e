"""What the page's policy lets through: its own script and pictures, and nothing that got in."""

import base64
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from playwright.sync_api import Browser, expect

from aegan_lib.page.rendering import render

# A page may come to hold any of this only by a mistake: the policy is what is left then.
SCRIPTS = {
    "a script": "<script>document.title = 'owned'</script>",
    "an event": "<img src='data:,' onerror=\"document.title = 'owned'\">",
    "a style's event": "<svg onload=\"document.title = 'owned'\"></svg>",
    "an address": "<a id='link' href=\"javascript:document.title = 'owned'\">link</a>",
    "a document": "<iframe srcdoc=\"<script>parent.document.title = 'owned'</script>\"></iframe>",
}
TABLE = "<table><thead><tr><th>a</th></tr></thead><tbody><tr><td>1</td></tr><tr><td>2</td></tr>"
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJg"
    "gg=="
)


def page_with(folder: Path, html: str) -> Path:
    picture = f'<img alt="" src="data:image/png;base64,{base64.b64encode(PIXEL).decode()}">'
    shown = new_output("display_data", data={"text/html": f"{TABLE}</tbody></table>{picture}"})
    cells = [new_markdown_cell(f"# Title\n\n{html}"), new_code_cell("1", outputs=[shown])]
    return render(new_notebook(cells=cells), folder / "index.html", "Title")


@pytest.mark.parametrize("html", ["", *SCRIPTS.values()], ids=["nothing", *SCRIPTS])
def test_only_the_pages_own_script_is_run(browser: Browser, tmp_path: Path, html: str) -> None:
    page = browser.new_page(offline=True)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(page_with(tmp_path, html).as_uri())
    # Its script adds these, and a picture of its own is drawn.
    expect(page.get_by_role("button", name="Copy CSV")).to_be_visible()
    assert page.locator("div.output img").evaluate("i => i.naturalWidth") == 1
    if link := page.locator("#link").all():
        link[0].click()
    page.wait_for_timeout(200)
    expect(page).to_have_title("Title")
    refused = [text for text in said if "Content Security Policy" in text]
    assert len(refused) == len(said) and bool(refused) == bool(html)
    page.close()
