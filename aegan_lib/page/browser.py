"""What a browser makes of a page: a PDF, a picture. It is the one that is installed, if any."""

import logging
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pypdf
from PIL import Image

from aegan_lib.errors import UserError
from aegan_lib.store import replacing

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
SECONDS = 300  # after which a browser is taken to hang


def find_browser() -> str | None:
    """The path of a Chromium, or None."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def require_browser() -> str:
    """The path of a Chromium.

    Raises:
        UserError: there is none.
    """
    if found := find_browser():
        return found
    raise UserError(
        f"This needs a browser. Expected one of these commands: {', '.join(BROWSERS)}. "
        "Received: none. On Debian and Ubuntu, install chromium."
    )


def write_pdf(page: Path) -> Path:
    """Print the HTML file `page` to a PDF beside it, and return its path.

    Raises:
        UserError: there is no such page, no browser, or the browser fails.
    """
    target = page.with_suffix(".pdf")
    options = ["--no-pdf-header-footer", "--generate-pdf-document-outline"]
    with tempfile.TemporaryDirectory(prefix="aegan-") as place:
        made = _made(page, Path(place) / "page.pdf", "--print-to-pdf", options)
        _put(_lighter(made), target)
    return target


def _lighter(pdf: Path) -> Path:
    """The same with its faces as JPEG: browsers unpack every picture into a PDF.

    Pictures of few colours are charts, and stay as they are.
    """
    logging.getLogger("pypdf").setLevel(logging.ERROR)  # Chromium's own trailer is one off
    document = pypdf.PdfWriter(clone_from=pdf)
    seen: set[int] = set()
    images = (image for sheet in document.pages for image in sheet.images)
    for image in images:
        # A picture that several pages use is stored once, and is done once.
        number = image.indirect_reference.idnum if image.indirect_reference else None
        if number is None or number in seen or image.image is None:
            continue
        seen.add(number)
        # More than 256 colours: a photograph, which JPEG packs well.
        if image.image.convert("RGB").getcolors(256) is None:
            image.replace(image.image.convert("RGB"), quality=80)
    lighter = pdf.with_name("lighter.pdf")
    document.write(lighter)
    return lighter


def write_screenshot(page: Path, target: Path) -> Path:
    """The first screen of the HTML file `page` as a WebP file of twice that many pixels.

    Raises:
        UserError: there is no such page, no browser, or the browser fails.
    """
    options = [
        "--window-size=1280,900",
        "--force-device-scale-factor=2",
        "--hide-scrollbars",
    ]
    with tempfile.TemporaryDirectory(prefix="aegan-") as place:
        # Chromium writes PNG alone, which is several times as large as WebP.
        made = _made(page, Path(place) / "page.png", "--screenshot", options)
        smaller = made.with_suffix(".webp")
        Image.open(made).save(smaller, quality=80, method=6)
        _put(smaller, target)
    return target


def _made(page: Path, output: Path, how: str, options: list[str]) -> Path:
    if not page.exists():
        raise UserError(f"There is no such page. Expected: {page}. `make report` writes it.")
    # Its own empty profile keeps the user's settings out. The time budget is how long scripts may
    # run before the page counts as finished; Chromium does not start its sandbox as root.
    browser = require_browser()
    command = [
        browser,
        "--headless",
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
        f"--user-data-dir={output.parent}/profile",
        "--virtual-time-budget=20000",
        *options,
        f"{how}={output}",
        *(["--no-sandbox"] if os.getuid() == 0 else []),
        page.resolve().as_uri(),
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
        # It may fail without a word, or say it has succeeded and write nothing.
        said = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        failed = done.returncode != 0 or not output.exists()
    except subprocess.TimeoutExpired:
        said, failed = f"it took longer than {SECONDS} s", True
    if failed:
        raise UserError(f"{browser} made no {output.suffix[1:]} of {page}: {said}.")
    return output


def _put(made: Path, target: Path) -> None:
    """Whole or not at all, also from another file system."""
    with replacing(target) as partial:
        shutil.copyfile(made, partial)
