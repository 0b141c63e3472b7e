"""The files around the code agree with one another."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from aegan_lib import __version__

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LOCK = (ROOT / "requirements.lock").read_text()
PINS = {
    match["name"]: Version(match["version"])
    for match in re.finditer(r"^(?P<name>[\w.-]+)==(?P<version>[\w.]+)", LOCK, re.MULTILINE)
}
DEVELOPMENT = PROJECT["optional-dependencies"]["dev"]


@pytest.mark.parametrize("line", [*PROJECT["dependencies"], *DEVELOPMENT])
def test_every_dependency_is_pinned_within_its_range(line):
    requirement = Requirement(line)
    assert PINS[requirement.name.lower()] in requirement.specifier


def test_every_pin_is_hashed_and_names_no_address():
    blocks = re.split(r"\n(?=[\w.-]+==)", LOCK.strip())
    assert len(blocks) >= len(PINS) > 100
    assert all("--hash=sha256:" in block for block in blocks)
    assert "://" not in LOCK


def test_conda_uses_the_same_pins():
    dependencies = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    python = next(d for d in dependencies if str(d).startswith("python="))
    assert Version(python.split("=")[1]) in SpecifierSet(PROJECT["requires-python"])
    # No package is named beside the lock file, so that no second pin can disagree with it, and
    # nothing editable, which pip's hash mode would refuse.
    assert dependencies[-1] == {"pip": ["--require-hashes", "-r requirements.lock"]}
    assert dependencies[:-1] == [python, "pip"]


def test_one_version_number():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert PROJECT["version"] == __version__ == citation["version"]
    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text()


def test_tensorflow_and_jax_are_imported_in_the_backend_alone():
    importing = {
        path.parent.name
        for path in (ROOT / "aegan_lib").rglob("*.py")
        if re.search(r"^\s*(import|from) (tensorflow|keras|jax)", path.read_text(), re.MULTILINE)
    }
    assert importing == {"backend"}


def test_make_clean_removes_what_was_prepared_and_no_picture(tmp_path):
    shutil.copy(ROOT / "Makefile", tmp_path)
    kept = ["data/README.md", "data/celeba/img_align_celeba/000001.jpg", "data/mine/a.png",
            "data/celeba/manifest.json", "data/photo.zip", "reports/pictures/face.png",
            "reports/plan.toml", "reports/example/page.webp", "reports/template/a.css"]  # fmt: skip
    gone = ["data/faces-20px-44/manifest.json", "data/faces-20px-44/images.npy",
            "data/folder-a b-1-20px-9/manifest.json", "data/.faces-20px-44-x1/made/images.npy",
            "reports/faces-smoke/index.html"]  # fmt: skip
    for name in kept + gone:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    subprocess.run(["make", "clean", "VENV=none"], cwd=tmp_path, check=True)
    left = {p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file()}
    assert left == {*kept, "Makefile"}


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "data/README.md"])
def test_what_is_linked_is_there(page):
    text = (ROOT / page).read_text()
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link]
    missing = [link for link in links if not (ROOT / page).parent.joinpath(link).exists()]
    assert missing == []
    assert links or page != "README.md"


def jupyter(place: Path, script: str, **environment: str) -> str:
    """What `make explore` runs as jupyter, in an environment that is ready."""
    shutil.copy(ROOT / "Makefile", place)
    (place / ".venv" / "bin").mkdir(parents=True)
    for name, content in {
        "requirements.lock": "",
        "pyproject.toml": "",
        ".venv/.ready": "",
        ".venv/bin/jupyter": f"#!/bin/sh\n{script}\n",
        "path/id": "#!/bin/sh\necho ${USERS_ID:-1000}\n",
    }.items():
        (place / name).parent.mkdir(exist_ok=True)
        (place / name).write_text(content)
        (place / name).chmod(0o755)
    path = f"{place / 'path'}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["make", "--no-print-directory", "explore"],
        cwd=place,
        env=os.environ | {"PATH": path} | environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout


@pytest.mark.parametrize(("user", "allowed"), [("0", True), ("1000", False)])
def test_make_explore_is_allowed_to_root(tmp_path, user, allowed):
    told = jupyter(tmp_path, 'echo "$@"', USERS_ID=user)
    assert told.split()[-1] == "notebooks/explore.ipynb"
    assert ("--allow-root" in told.split()) == allowed


def test_make_explore_finds_the_kernel_of_its_own_environment(tmp_path):
    home = tmp_path / "some body"
    for kernels in ("jupyter", ".local/share/jupyter"):
        place = home / kernels / "kernels" / "python3"
        place.mkdir(parents=True)
        (place / "kernel.json").write_text(
            json.dumps({"argv": ["false"], "display_name": "Another", "language": "python"})
        )
    (home / ".jupyter").mkdir()
    (home / ".jupyter" / "jupyter_config.py").write_text("raise SystemExit('read')")
    (tmp_path / "here").mkdir()
    told = jupyter(
        tmp_path / "here",
        f"{sys.executable} -m jupyter kernelspec list --json && env",
        HOME=str(home),
        JUPYTER_PATH=str(home / "jupyter"),
        JUPYTER_PREFER_ENV_PATH="0",
        PYTHONSTARTUP="start.py",
        MPLBACKEND="tkagg",
    )
    found, end = json.JSONDecoder().raw_decode(told)
    kernel = Path(sys.prefix) / "share" / "jupyter" / "kernels" / "python3"
    assert Path(found["kernelspecs"]["python3"]["resource_dir"]).resolve() == kernel.resolve()
    left = told[end:]
    assert "PYTHONSTARTUP" not in left and "MPLBACKEND" not in left
    assert f"IPYTHONDIR={tmp_path / 'here' / '.venv' / 'ipython'}\n" in left
