"""Where a run comes from: commit, lock file, and what decides how its sums are rounded."""

import hashlib
import os
import platform
import resource
import subprocess
import sys
from importlib.metadata import version as package_version
from pathlib import Path
from typing import Any

from aegan_lib import backend
from aegan_lib.store import file_digest

REPOSITORY = Path(__file__).resolve().parents[1]


def provenance() -> dict[str, Any]:
    """Where and with what: git commit, digest of the lock file, and what decides the bits.

    `memory` is the most that this process has held so far, in MiB.
    """
    return {
        "commit": git_commit(),
        "lock": _lock_digest(),
        "cores": backend.cores(),
        "memory": _peak_memory(),
        **execution(),
    }


def execution() -> dict[str, Any]:
    """What decides how sums are rounded: where all of it is the same, a run gives the same bits."""
    packages = ("keras", *backend.chosen.PACKAGES, "numpy", "pandas", "opencv-python-headless")
    return {
        "python": platform.python_version(),
        "packages": {name: package_version(name) for name in packages},
        "platform": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "device": ", ".join(backend.device_names()),
        "backend": backend.NAME,
        "threads": backend.threads(),
    }


def _peak_memory() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # In bytes on macOS, in KiB elsewhere.
    return round(peak / (2**20 if sys.platform == "darwin" else 2**10))


def _processor() -> str:
    """The processor's name, and a digest of what instructions it has."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    # The last processor's entries stay: all of one machine are alike.
    entries = (line.partition(":") for line in lines)
    found = {name.strip(): text.strip() for name, _, text in entries}
    flags = " ".join(sorted(found.get("flags", found.get("Features", "")).split()))
    digest = hashlib.sha256(flags.encode()).hexdigest()[:8]
    return f"{found.get('model name', platform.machine())}, instructions {digest}"


def _lock_digest() -> str:
    """SHA-256 of requirements.lock, "unknown" for a library that was installed without it."""
    lock = REPOSITORY / "requirements.lock"
    return file_digest(lock) if lock.exists() else "unknown"


def git_commit() -> str:
    """The commit in work, "+ changes" where files differ from it, "unknown" outside of git."""
    # A library that was installed from an archive has no commit, and a machine may have no git.
    try:
        commit = git("rev-parse", "--short=12", "HEAD")
        # New files count, even for a user who has told git not to show them.
        changes = git("status", "--porcelain", "--untracked-files=normal")
    except (OSError, ValueError, subprocess.CalledProcessError):
        return "unknown"
    return commit + (" + changes" if changes else "")


def git(*arguments: str) -> str:
    """What git says about this repository.

    Raises:
        OSError, ValueError, subprocess.CalledProcessError: there is no git, or nothing to say.
    """
    # Unpacked inside another repository it has none either: that one's says nothing of it.
    if Path(_git("rev-parse", "--show-toplevel")).resolve() != REPOSITORY:
        raise ValueError(f"{REPOSITORY} is no repository.")
    return _git(*arguments)


def _git(*arguments: str) -> str:
    # In a hook, git's own variables name another repository than the one where this file lies.
    environment = {name: value for name, value in os.environ.items() if name[:4] != "GIT_"}
    command = ["git", "-C", str(REPOSITORY), *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, check=True, env=environment
    ).stdout.strip()
