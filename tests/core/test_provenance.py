"""A run names the commit of this repository, and of no other that lies around."""

import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from aegan_lib import provenance
from aegan_lib.runs import Run

pytestmark = pytest.mark.skipif(not shutil.which("git"), reason="git is not installed")


@pytest.fixture
def repository(tmp_path, monkeypatch) -> Path:
    """One with a commit and a folder; git's own variables do not reach it."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    place = tmp_path / "repository"
    (place / "unpacked").mkdir(parents=True)
    (place / "unpacked" / "file").touch()
    identity = ["-c", "user.name=A", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false"]
    for command in (["init", "-q"], ["add", "."], [*identity, "commit", "-qm", "one"]):
        subprocess.run(["git", "-C", str(place), *command], check=True)
    monkeypatch.setattr(provenance, "REPOSITORY", place)
    return place


def commit_of(place: Path) -> str:
    command = ["git", "-C", str(place), "rev-parse", "--short=12", "HEAD"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_the_commit_and_whether_files_differ_from_it(repository):
    commit = commit_of(repository)
    assert provenance.git_commit() == commit
    hidden = ["git", "-C", str(repository), "config", "status.showUntrackedFiles", "no"]
    subprocess.run(hidden, check=True)
    (repository / "new").touch()
    assert provenance.git_commit() == f"{commit} + changes"


def test_a_repository_around_it_is_not_ours(repository, monkeypatch):
    monkeypatch.setattr(provenance, "REPOSITORY", repository / "unpacked")
    assert provenance.git_commit() == "unknown"
    monkeypatch.setattr(provenance, "REPOSITORY", repository.parent)
    assert provenance.git_commit() == "unknown"


def test_git_s_variables_name_nothing(repository, tmp_path, monkeypatch):
    commit = commit_of(repository)
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path))
    assert provenance.git_commit() == commit
    monkeypatch.setenv("GIT_DIR", str(repository / ".git"))
    monkeypatch.setattr(provenance, "REPOSITORY", tmp_path)
    assert provenance.git_commit() == "unknown"


def test_a_run_says_when_it_began(tmp_path):
    def run(**origin):
        return Run(tmp_path, {}, {"seconds": 90.0, **origin}, "complete")

    ended = {"ended": "2026-11-26T13:01:30+00:00"}
    assert run(**ended).began == datetime(2026, 11, 26, 13, tzinfo=UTC)
    assert run().began is None  # of a run of before
    assert run(**ended, resumed=[{"after": 10}]).began is None  # nobody counted the pause
