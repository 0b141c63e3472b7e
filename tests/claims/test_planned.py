"""Whether what was decided beforehand was decided before a run began."""

import dataclasses
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from aegan_lib import plan
from aegan_lib.claims import planned
from aegan_lib.claims.claim import Measure
from tests.claims.test_claims import BY_NAME

WHEN = datetime(2026, 11, 26, 13, 0, tzinfo=UTC)


def told(monkeypatch, *began, commit=("abc1234", WHEN)):
    monkeypatch.setattr(planned, "committed", lambda: commit)
    return planned.told([SimpleNamespace(began=moment) for moment in began]).data


def test_runs_are_told_by_when_they_were_begun(monkeypatch):
    hour = timedelta(hours=1)
    text = told(monkeypatch, WHEN + hour, WHEN + hour, WHEN - hour, None)
    assert "`abc1234` of 2026-11-26 13:00 (UTC)" in text
    assert "of the 4 runs here 2 were begun after it, 1 before it, so that of them" in text
    assert "1 do not say when." in text
    assert "before it" not in told(monkeypatch, WHEN + hour)
    assert "no commit" in told(monkeypatch, WHEN, commit=None)
    assert "8 of them come from numbers or words of the documents, 28 are our own" in text


def test_the_commit_is_that_of_the_file_as_it_stands(monkeypatch):
    monkeypatch.setattr(
        plan, "git", lambda *asked: "" if asked[0] == "status" else "abc 2026-11-26T13:00:00+01:00"
    )
    commit, when = plan.committed()
    assert (commit, when.hour, when.utcoffset()) == ("abc", 13, timedelta(hours=1))
    monkeypatch.setattr(plan, "git", lambda *asked: " M reports/plan.toml")
    assert plan.committed() is None

    def none(*asked):
        raise ValueError("no repository")

    monkeypatch.setattr(plan, "git", none)
    assert plan.committed() is None


def test_a_range_of_nothing_is_refused():
    claim = BY_NAME["gan_fails"]
    renamed = dataclasses.replace(claim, readings={"": (Measure("other", lambda seed: 0.0),)})
    with pytest.raises(ValueError, match=r"plan.toml has a range for gan_fails\..*, which"):
        planned.ranged([renamed])
