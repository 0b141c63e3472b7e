"""Versions from a file of one's own: they are registered beside the library's."""

import importlib.util
import inspect
import os
import re
import sys
import traceback
from collections import Counter, defaultdict
from pathlib import Path

from aegan_lib.errors import UserError
from aegan_lib.profiles import PROFILES
from aegan_lib.rules import Rule
from aegan_lib.schedules import is_number
from aegan_lib.store import code_digest
from aegan_lib.versions import ALL, GROUPS, LIBRARY, VERSIONS, Version, training_order

# What else lies beside the runs, and words for several versions.
RESERVED = ("index", "notebooks", "probe", "results", "study", *GROUPS, ALL)
YARDSTICK = re.compile(r"raw|mean_face|pca_\d+")  # what stands beside versions in tables
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")  # it becomes a folder, a column and an anchor


def register(version: Version) -> Version:
    """Put a version of one's own beside the library's, for every table, figure and widget.

    Raises:
        UserError: its name is taken or unfit, it needs an unknown version, its loss takes other
            arguments than a loss does, or its schedule fails.
    """
    # Under one name, both would have their runs in one folder and replace each other's.
    if version.name in LIBRARY:
        raise UserError(
            f"The version {version.name!r} is the library's own. Expected: another name. "
            "Rename yours."
        )
    # Runs lie beside the rest of a report, and names are printed into tables, links and commands.
    taken = version.name in RESERVED or YARDSTICK.fullmatch(version.name)
    if taken or not NAME.fullmatch(version.name):
        raise UserError(
            "A version's name becomes a folder's. Expected: up to 40 small letters, digits and _, "
            f"the first one a letter, and none of {', '.join(RESERVED)}, raw, mean_face and pca_… "
            "(the yardsticks). "
            f"Received: {version.name!r:.80}."
        )
    # Its weights, or what its rule is measured by, are taken from a run of that version, which is
    # trained first.
    if unknown := [name for name in version.needs if name not in VERSIONS]:
        raise UserError(
            f"The version {version.name!r} needs an unknown one. Expected one of: "
            f"{', '.join(VERSIONS)}. Received: {unknown[0]!r}."
        )
    # Registered again, it may need one that needs itself: nobody could begin.
    if version.name in training_order(version.needs):
        raise UserError(
            f"The version {version.name!r} would need itself. Expected: a start and a reference "
            "whose own needs end at versions from scratch. Received: "
            f"{' and '.join(map(repr, version.needs))}."
        )
    # Only the signature is looked at: whether it gives a scalar is found out before training.
    try:
        if not isinstance(version.loss, Rule):
            inspect.signature(version.loss).bind(0.0, 0.0, 0.0, 0.0)
    except TypeError as error:
        raise UserError(
            f"The loss of version {version.name!r} is called as loss(mse, bce, alpha, beta). "
            f"Received: one that does not take these ({error})."
        ) from error
    # A run is known by code and numbers, so both have to be there before one is trained.
    code_digest(*version.code())
    _try_rule(version)
    _try_schedule(version)
    VERSIONS[version.name] = version
    return version


def _try_rule(version: Version) -> None:
    """Ask a rule for what it remembers before the first batch."""
    try:
        begun = version.rule.begin(0.05 if version.reference else None)
        wrong = [f"{k!r}: {v!r}" for k, v in begun.items() if not (_is_word(k) and is_number(v))]
    except UserError:
        raise
    except Exception as error:  # whatever somebody's own `begin` raises
        wrong = [f"{type(error).__name__}: {error}"]
    if wrong:
        raise UserError(
            f"The rule of version {version.name!r} cannot begin. Expected: numbers by name, which "
            f"become columns of the history. Received: {wrong[0]:.200}."
        )


def _is_word(name: object) -> bool:
    return isinstance(name, str) and name.isidentifier()


def _try_schedule(version: Version) -> None:
    """Ask a schedule for what every training asks it for first."""
    for profile in PROFILES.values():
        try:
            scaled = version.scaled(profile)
        except UserError:
            raise
        except Exception as error:  # whatever somebody's own `scaled` raises
            raise UserError(
                f"The schedule of version {version.name!r} cannot be scaled. Expected: a method "
                f"scaled(profile) that gives a schedule. Received: {type(error).__name__}: {error}."
            ) from error
        scaled.described()
        scaled.beta_after(defaultdict(list))


def read_versions(path: Path) -> list[Version]:
    """Register every `Version` that the Python file `path` names at its top level.

    Raises:
        UserError: it cannot be read or fails, with the line, or there is none in it.
    """
    try:
        path = Path(path).expanduser().resolve()
    # ~somebody who has no home here, links in a circle, a name that no file can have.
    except (RuntimeError, ValueError, OSError) as error:
        raise UserError(
            f"The path of a file of versions cannot be resolved: {str(error).rstrip('.')}. "
            f"Expected: a path that leads somewhere. Received: {ascii(str(path))[:200]}."
        ) from error
    if path.suffix != ".py":
        raise UserError(
            "Further versions are read from a Python file. Expected: a path that ends in .py. "
            f"Received: {path}."
        )
    # A pipe would be waited for.
    if os.path.exists(path) and not os.path.isfile(path):
        raise UserError(
            "Further versions are read from a Python file. Expected: a plain file. Received: "
            f"{path}, which is none."
        )
    # Asked now, since what stands in the file may fail in the same way.
    try:
        path.read_bytes()
    except OSError as error:
        raise UserError(
            f"{path} cannot be read ({error.strerror}). Expected: a Python file with versions."
        ) from error
    # Dataclasses and digests look a module up by its name, which must not be another's.
    name = "extra_" + re.sub(r"\W", "_", path.stem)
    # The file is run as a module by its path, wherever it lies and whatever it is called.
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    # Whatever fails in somebody's file is told with its line there, not with a traceback from here.
    try:
        spec.loader.exec_module(module)
    except UserError as error:
        raise UserError(f"{_where(error, path)}: {error}") from error
    except (Exception, SystemExit) as error:  # one that exits would end a report without a word
        said = " ".join(str(error).split())[:300]
        raise UserError(
            f"{_where(error, path)}: {type(error).__name__}: {said}. Expected: a file that Python "
            "can execute to its end. Mend it there."
        ) from error
    # A file may import the library's versions to derive its own from them: those are not meant.
    library = [VERSIONS[name] for name in LIBRARY]
    named = (value for value in vars(module).values() if isinstance(value, Version))
    found = [version for version in named if version not in library]
    if not found:
        raise UserError(
            f"There is no version in {path}. Expected: at least one at its top level, such as "
            "mine = Version('mine', losses.weighted, alpha=1, beta=0.01, learning_rate=1e-4, "
            "intent='…')."
        )
    # One object may have two names, but of two versions of one name, one would be lost.
    different = {id(version): version.name for version in found}
    names = Counter(different.values())
    if twice := [name for name, count in names.items() if count > 1]:
        raise UserError(
            f"Two versions in {path} have one name. Expected: a name for each. "
            f"Received: {twice[0]!r} more than once."
        )
    # All of them or none: half a file would be listed with the library's.
    before = dict(VERSIONS)
    try:
        return [register(version) for version in found]
    except UserError:
        VERSIONS.clear()
        VERSIONS.update(before)
        raise


def _where(error: BaseException, path: Path) -> str:
    """The file and the line in it that an error comes from."""
    if isinstance(error, SyntaxError):
        # Nothing of the file has run, so there is no frame of it; the error knows the place itself.
        line = error.lineno
    else:
        # The innermost frame that is still in the file: below it lies code that it called.
        frames = traceback.extract_tb(error.__traceback__)
        line = next((f.lineno for f in reversed(frames) if f.filename == str(path)), None)
    return f"{path}, line {line}" if line else str(path)
