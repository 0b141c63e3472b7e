"""explore.ipynb as a person meets it: a real JupyterLab, a real browser, and the keyboard alone.

About a minute: a smoke run is trained, JupyterLab started, and Chromium driven through it.
"""

import json
import os
import re
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import nbformat
import numpy as np
import pytest

from aegan_lib import datasets
from aegan_lib.page.browser import BROWSERS, find_browser
from aegan_lib.training import train

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed.")
Page, Locator = playwright.Page, playwright.Locator

NOTEBOOK = Path(__file__).resolve().parents[2] / "notebooks" / "explore.ipynb"
SETTINGS = {
    # Cells out of sight are there too, and no question about news covers the page.
    "notebook-extension/tracker": {"windowingMode": "none"},
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
}
STARTING = 60  # seconds that a server, a page or a kernel may take to start
NETWORK = re.compile("WebSocket|Failed to load resource")  # errors that nobody here can make


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, drawn: Callable[[Path], Path]) -> Path:
    """A folder with the notebook, set to a smoke run that is there too."""
    place = tmp_path_factory.mktemp("lab")
    faces = datasets.load("faces", "smoke", drawn(place / "data"), progress=False)
    train("v4", faces, reports=place / "reports", progress=False)
    copy_notebook(place, profile="smoke", versions="v4")
    return place


def copy_notebook(place: Path, profile: str, versions: str) -> None:
    """explore.ipynb in `place`, its folders there too and its parameters as given."""
    given = {
        "request": {"profile": profile, "data": "data", "reports": "reports"},
        "versions": versions,
        "example": "example",
        "pictures": "pictures",
    }
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    cell = next(cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", []))
    for name, value in given.items():
        cell.source, found = re.subn(
            rf"^{name}: (\w+) = .*$", rf"{name}: \1 = {value!r}", cell.source, flags=re.MULTILINE
        )
        assert found == 1, name
    nbformat.write(notebook, place / "explore.ipynb")


@contextmanager
def jupyter_lab(place: Path) -> Iterator[str]:
    """JupyterLab on `place`, with nobody's settings but these; yields the notebook's address."""
    home = place / "home"
    for name, values in SETTINGS.items():
        file = home / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(values))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex()
    own = {
        "HOME": "", "JUPYTER_CONFIG_DIR": "config", "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime", "IPYTHONDIR": "ipython",
        "JUPYTERLAB_SETTINGS_DIR": "settings", "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
    }  # fmt: skip
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1",
        f"--port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={token}",
        f"--ServerApp.root_dir={place}",
    ]  # fmt: skip
    with (place / "lab.log").open("w") as log:
        server = subprocess.Popen(
            command, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, cwd=place,
            env={**os.environ, **{name: str(home / folder) for name, folder in own.items()}},
        )  # fmt: skip
    try:
        _wait_for(f"http://127.0.0.1:{port}/api?token={token}", server)
        yield f"http://127.0.0.1:{port}/lab/tree/explore.ipynb?token={token}"
    finally:
        server.terminate()  # which ends its kernels too
        try:
            server.wait(timeout=15)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _wait_for(address: str, server: subprocess.Popen) -> None:
    deadline = time.monotonic() + STARTING
    while server.poll() is None and time.monotonic() < deadline:
        try:
            urlopen(address, timeout=5).close()
            return
        except (URLError, OSError):
            time.sleep(0.2)
    raise RuntimeError(f"JupyterLab did not start; {server.args!r} has ended or hangs.")


@contextmanager
def chromium(width: int = 1280, height: int = 900) -> Iterator[Page]:
    """A page of the system's browser; skipped where there is none."""
    found = find_browser()
    if found is None:
        pytest.skip(f"No browser is installed. Expected one of: {', '.join(BROWSERS)}.")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=found, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": width, "height": height})
        page.set_default_timeout(1000 * STARTING)
        yield page
        browser.close()


def run_all(page: Page, address: str) -> None:
    """Open the notebook, run all cells and wait for the last one's widgets."""
    page.goto(address)
    page.wait_for_selector(".jp-Notebook .jp-CodeCell")
    # Before the kernel is there, the command asks for one.
    page.wait_for_selector("#jp-main-statusbar >> text=/Python 3.* Idle/")
    page.click("text=Run >> visible=true")
    page.click("text='Run All Cells'")
    page.wait_for_selector(".widget-play")


@pytest.fixture(scope="module")
def complaints() -> list[str]:
    """What the browser's console got to hear."""
    return []


@pytest.fixture(scope="module")
def lab(place: Path, complaints: list[str]) -> Iterator[Page]:
    with chromium() as page, jupyter_lab(place) as address:
        page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        run_all(page, address)
        yield page


def explorer(page: Page, heading: str) -> Locator:
    """What the code cell below the heading shows."""
    below = f".jp-Cell:has(h2:has-text('{heading}')) + .jp-Cell"
    return page.locator(f"{below} .jp-OutputArea-output .aegan").first


def handle(output: Locator, name: str) -> Locator:
    """What a slider is moved by."""
    return output.locator(f".widget-hslider:has(label:text-is('{name}')) .noUi-handle")


def press(page: Page, control: Locator, key: str, image: Locator) -> float:
    """Press a key on a control and wait for another picture; milliseconds in between."""
    control.focus()
    before = image.get_attribute("src")
    began = time.perf_counter()
    page.keyboard.press(key)
    changed = "([image, before]) => image.src !== before && image.complete"
    page.wait_for_function(changed, arg=[image.element_handle(), before], polling=2)
    return 1000 * (time.perf_counter() - began)


def test_every_cell_runs_without_an_error(lab: Page) -> None:
    assert lab.locator(".jp-OutputArea-output[data-mime-type*='error']").count() == 0
    assert lab.locator(".jp-OutputArea-output[data-mime-type*='stderr']").count() == 0
    assert lab.locator(".aegan:visible").count() == 5


def test_the_keyboard_edits_a_face(lab: Page) -> None:
    output = explorer(lab, "A face and its code")
    plain, rebuilt, edited = (output.locator("img").nth(i) for i in range(3))
    before = plain.get_attribute("src"), rebuilt.get_attribute("src")
    keys = ["ArrowRight", "ArrowLeft"] * 10
    waited = [press(lab, handle(output, "Smiling"), key, edited) for key in keys]
    print(f"from key to picture: median {np.median(waited):.0f} ms")
    assert (plain.get_attribute("src"), rebuilt.get_attribute("src")) == before


def test_the_keyboard_picks_faces(lab: Page) -> None:
    output = explorer(lab, "A face and its code")
    press(lab, output.locator("button.aegan-face").nth(3), "Enter", output.locator("img").first)
    output = explorer(lab, "A − B + C")
    result = output.locator("img").nth(3)
    press(lab, output.locator("button.aegan-face:not(:has-text('A'))").last, "Space", result)
    press(lab, handle(output, "strength of A − B"), "ArrowRight", result)


def test_the_coordinates_unfold_by_keyboard(lab: Page) -> None:
    output = explorer(lab, "A face and its code")
    output.locator("button:has-text('coordinates')").focus()
    lab.keyboard.press("Enter")
    handle(output, "z99").wait_for()


def test_the_keyboard_moves_schedule_losses_and_epochs(lab: Page) -> None:
    output = explorer(lab, "schedule")
    press(lab, handle(output, "scale"), "ArrowRight", output.locator("img").first)
    output = explorer(lab, "Training")
    press(lab, handle(output, "epoch"), "ArrowLeft", output.locator("img").first)
    output = explorer(lab, "The losses")
    table = output.locator("table").inner_text()
    handle(output, "mse").focus()
    lab.keyboard.press("Home")
    lab.wait_for_function(
        "([table, before]) => !table.isConnected || table.innerText !== before",
        arg=[output.locator("table").element_handle(), table],
    )


def test_nothing_of_ours_reaches_the_console(lab: Page, complaints: list[str]) -> None:
    assert not [complaint for complaint in complaints if not NETWORK.search(complaint)]
