"""A whole report in processes of its own, which may be disturbed, and what it is undisturbed."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from aegan_lib.pipeline.request import Request
from aegan_lib.runs import FILES, Run, find_run
from tests.pipeline.test_ending import ROOT, alive

VERSIONS = ("autoencoder", "v4", "v4_quiet")  # the first is finished from beginning to end
# `aegan_lib report` in which training hangs after 15 seconds instead of 15 minutes.
IMPATIENT = (
    "from aegan_lib.__main__ import main; from aegan_lib.pipeline import queue; "
    "queue.STILL = 15; main()"
)


def seen(folder: Path) -> dict[str, tuple[int, int]]:
    """What tells whether anybody touched a file of it."""
    return {path.name: (path.stat().st_ino, path.stat().st_mtime_ns) for path in folder.iterdir()}


def contents(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in FILES}


@dataclass
class Whole:
    """A report, and what its runs are when nothing befalls them.

    Its processes have a folder of their own for what is temporary, and are known by it.
    """

    asked: Request
    temporary: Path
    before: tuple[str, ...] = ()  # of every command
    mask: int = -1
    unbroken: dict[str, dict[str, bytes]] = field(default_factory=dict)
    untouched: dict[str, tuple[int, int]] = field(default_factory=dict)

    def folder(self, version: str) -> Path:
        return self.asked.run_folder(version, 0)

    def start(
        self, *more: str, versions: Sequence[str] = VERSIONS, impatient: bool = False
    ) -> subprocess.Popen:
        folders = ["--reports", str(self.asked.reports), "--data", str(self.asked.data)]
        asked = [*folders, "--profile", "smoke", "--versions", " ".join(versions)]
        main = ("-c", IMPATIENT) if impatient else ("-m", "aegan_lib")
        return subprocess.Popen(
            [*self.before, sys.executable, *main, "report", *asked, *more],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT), "TMPDIR": str(self.temporary)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            umask=self.mask,
        )

    def run(self, *more: str, expected: int = 0, **options) -> str:
        """What a command says, which ends like this and without a traceback."""
        with self.start(*more, **options) as main:
            return self.ended(main, expected)

    def ended(self, main: subprocess.Popen, expected: int = 0) -> str:
        out, err = main.communicate(timeout=600)
        assert main.returncode == expected, (out, err)
        assert "Traceback" not in out + err
        return out + err

    def forget(self, *versions: str) -> None:
        for version in versions:
            shutil.rmtree(self.folder(version), ignore_errors=True)

    def trained(self, version: str) -> Run:
        run = find_run(self.folder(version))
        assert run
        return run

    def processes(self) -> list[psutil.Process]:
        return [p for p in psutil.process_iter() if alive(p) and self.is_ours(p)]

    def is_ours(self, process: psutil.Process) -> bool:
        try:
            return process.environ().get("TMPDIR") == str(self.temporary)
        except psutil.Error:
            return False

    def mended(self) -> None:
        """The next plain command finishes it, with the same bytes, and leaves nothing behind."""
        self.run()
        for version, content in self.unbroken.items():
            assert contents(self.folder(version)) == content, version
        assert seen(self.folder(VERSIONS[0])) == self.untouched
        self.clean()

    def clean(self) -> None:
        """Nothing is left that was only for a while: no file, no folder, no socket, no process."""
        for place in (self.asked.reports, self.asked.data):
            left = [p for p in place.rglob("*") if p.name.endswith(".partial")]
            left += [p for p in place.rglob(".*") if p.name not in (".locks", ".before")]
            assert left == []
        assert list(self.temporary.iterdir()) == []
        assert self.processes() == []
