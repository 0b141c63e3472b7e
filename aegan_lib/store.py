"""What is kept on disk: digests to know it by, files and folders that are whole or not there."""

import ast
import hashlib
import inspect
import json
import os
import textwrap
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from aegan_lib.arrays import UnreadableError, open_regular, read_arrays, write_arrays
from aegan_lib.errors import UserError

LARGEST_RECORD = 2**20  # bytes; a run's has about 2,000
PARTIAL = ".partial"  # ends the name of what is not whole yet


def code_digest(*parts: ModuleType | Callable[..., Any] | type) -> str:
    """SHA-256 over what the code of modules, functions or classes does.

    Comments, docstrings, layout and imports do not count: rewording a sentence or moving a module
    trains nothing again. Nor does the version of Python: what it would write itself, `ast.unparse`
    and `ast.dump`, differs from one to the next.
    """
    digest = hashlib.sha256()
    # Parsed, code has no comments and no layout of its own.
    for part in parts:
        tree = _parsed(part)
        # A docstring is the first statement of a body; imports may stand anywhere among its lines.
        for node in ast.walk(tree):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                if ast.get_docstring(node, clean=False) is not None:
                    node.body = node.body[1:]
                imports = ast.Import | ast.ImportFrom
                node.body = [line for line in node.body if not isinstance(line, imports)]
        digest.update(json.dumps(_structure(tree)).encode())
    return digest.hexdigest()


def _structure(part: Any) -> Any:
    """A syntax tree as lists and texts, the same in every version of Python."""
    if isinstance(part, list):
        return [_structure(each) for each in part]
    if isinstance(part, ast.Constant):
        return ["Constant", repr(part.value)]
    if isinstance(part, ast.AST):
        if isinstance(part, ast.JoinedStr):  # some versions end an f-string on an empty text
            part.values = [each for each in part.values if ast.dump(each) != "Constant(value='')"]
        # Later versions know more fields, which are empty in code that earlier ones can read.
        fields = [(name, value) for name, value in ast.iter_fields(part) if value or value == 0]
        return [type(part).__name__, *([name, _structure(value)] for name, value in fields)]
    return repr(part)


def _parsed(part: ModuleType | Callable[..., Any] | type) -> ast.Module:
    try:
        return ast.parse(textwrap.dedent(inspect.getsource(part)))
    # Code that was made by `exec` has no source, and of a lambda in a cell it may be half a line.
    except (OSError, TypeError, SyntaxError) as error:
        raise UserError(
            f"The code of {part!r:.200} cannot be read, and a run is known by it. Expected: "
            "functions and classes that are written with def and class, in a file or in a "
            f"notebook's cell. Received: {error}."
        ) from error


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def json_digest(value: Any) -> str:
    """SHA-256 of a JSON value, whatever the order of its keys."""
    # Sorted, since two dictionaries that are equal may have their keys in different orders.
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path beside `path` to write to, which takes its place once the block has ended well.

    Whatever happens, a power cut included, `path` holds afterwards what it held before or all of
    what was written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # In the same folder, and so on the same disk, where a move takes place all at once.
    partial = path.with_name(f"{path.name}{PARTIAL}")
    # Always a new file: through a link that a stranger's folder holds, another would be written.
    partial.unlink(missing_ok=True)
    try:
        yield partial
        # On the disk before it has its name, or after a power cut the name may stand for nothing.
        sync(partial)
        partial.replace(path)
        sync(path.parent)  # where the name stands
    finally:
        # After an error, what was half written goes; after a move there is nothing left here.
        partial.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Have the disk keep a file's content, or the names in a folder."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def seal(record: Path, content: Mapping[str, Any], names: Collection[str] = ()) -> None:
    """Write the JSON file `record` last of its folder: `content`, and a digest of every other file.

    What has such a record is finished; `damaged` says whether it still is what was written. Where
    `names` are given, only files of these names belong to it.
    """
    # In the order of their names, so that the same files give the same record. What somebody left
    # who was killed is no part of it: the record's own would be gone with the record's writing.
    others = [
        file
        for file in sorted(record.parent.iterdir())
        if file.is_file()
        and file != record
        and file.suffix != PARTIAL
        and (not names or file.name in names)
    ]
    for file in others:
        sync(file)  # a record must not outlive what it vouches for
    files = {file.name: file_digest(file) for file in others}
    with replacing(record) as partial:
        partial.write_text(json.dumps({**content, "files": files}, indent=2) + "\n")


def read_record(path: Path, largest: int = LARGEST_RECORD) -> dict[str, Any]:
    """The JSON object in a record, which may be a stranger's.

    Raises:
        UnreadableError: it is none, no plain file, or larger than `largest`, in bytes.
    """
    try:
        with open_regular(path) as file:
            text = file.read(largest + 1)
        if len(text) > largest:
            raise UnreadableError(f"it is larger than {largest:,} bytes")
        content = json.loads(text)
    except UnreadableError:
        raise
    # A text of brackets alone is nested more deeply than Python can follow.
    except (OSError, ValueError, RecursionError) as error:
        raise UnreadableError(f"it cannot be read as JSON ({error})") from error
    if not isinstance(content, dict):
        raise UnreadableError("it is no JSON object")
    return content


def keep(newest: Path, previous: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write `newest`, and leave what it was before as `previous`; whatever happens, one is whole.

    Raises:
        OSError: it could not be written: there is no room, or the disk does not keep it.
    """
    with replacing(newest) as partial:
        write_arrays(partial, arrays)
        # A disk that forgets tells now, while the one before is still there.
        try:
            read_arrays(partial, lambda name: ((arrays[name].dtype.name,), arrays[name].shape))
        except UnreadableError as error:
            raise OSError(f"{newest} is not what was written: {error}") from error
        sync(partial)  # before the one before gives up its name
        if newest.exists():
            newest.replace(previous)


def damaged(
    folder: Path, files: Mapping[str, str], limits: Mapping[str, int] | None = None
) -> list[str]:
    """The names in a record's `files` that are missing or not what was written.

    Where the record may be a stranger's, `limits` says which names there may be, and how many bytes
    each may have.
    """
    return [name for name in files if not _is_whole(folder, name, files[name], limits)]


def _is_whole(folder: Path, name: str, digest: str, limits: Mapping[str, int] | None) -> bool:
    # A name with a slash would lead out of the folder.
    if name != Path(name).name or (limits is not None and name not in limits):
        return False
    try:
        with open_regular(folder / name) as file:
            # Looked at first: a file may claim to be larger than all that can be read in a day.
            if limits is not None and os.fstat(file.fileno()).st_size > limits[name]:
                return False
            return hashlib.file_digest(file, "sha256").hexdigest() == digest
    except (OSError, ValueError):
        return False
