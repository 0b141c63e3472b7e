"""Digests: what a run or a cache was made of, so that it is reused only while it still fits."""

import ast
import hashlib
import inspect
import json
import textwrap
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any


def code_digest(*parts: ModuleType | Callable[..., Any] | type) -> str:
    """SHA-256 over what the code of modules, functions or classes does.

    Comments, docstrings, layout and imports do not count: rewording a sentence or moving a module
    trains nothing again.
    """
    digest = hashlib.sha256()
    for part in parts:
        tree = ast.parse(textwrap.dedent(inspect.getsource(part)))
        for node in ast.walk(tree):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                if ast.get_docstring(node, clean=False) is not None:
                    node.body = node.body[1:]
                imports = ast.Import | ast.ImportFrom
                node.body = [line for line in node.body if not isinstance(line, imports)]
        digest.update(ast.unparse(tree).encode())
    return digest.hexdigest()


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def json_digest(value: Any) -> str:
    """SHA-256 of a JSON value, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
