"""What a result depends on, as short digests of texts, of small files and of code."""

from __future__ import annotations

import ast
import hashlib
import json
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bonecohort.study.installation import PACKAGE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MISSING = "missing"
REGISTRY = Path("techniques/registry.py")
"""It names the techniques; a result depends on those that its study uses, not on the list."""
STATEMENTS_IN = ("body", "orelse", "handlers", "finalbody", "cases")
"""Fields of a statement that hold others. An import is a statement, so no expression holds one."""


def content_digest(path: Path) -> str:
    """Return the SHA-256 of a file's content, or 'missing'."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else MISSING


def text_digest(text: str) -> str:
    """Return the SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def canonical(value: Any) -> str:
    """Return a value as JSON text that is the same for the same content.

    Of file names that are no UTF-8 (of a disk where they were GBK) the bytes are escaped.
    """
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return text.encode(errors="backslashreplace").decode()  # as JSON writes a lone surrogate


def settings_digest(settings: Mapping[str, Any]) -> str:
    """Return a digest of all settings (:func:`~bonecohort.study.settings.as_mapping`)."""
    return text_digest(canonical(settings))


@cache
def code_digest(module: str) -> str:
    """Return a digest of the source of a module and of all it imports from this package."""
    digest = hashlib.sha256()
    for path in sorted(code_of(module)):
        digest.update(path.relative_to(PACKAGE).as_posix().encode())
        digest.update(_source_text(path))
    return digest.hexdigest()


def third_party_imports(module: str) -> set[str]:
    """Return the packages outside the standard library that a module's code imports."""
    names = {name.split(".")[0] for path in code_of(module) for name in _all_imports(path)}
    return names - set(sys.stdlib_module_names) - {"bonecohort", "__future__"}


def code_of(module: str) -> set[Path]:
    """Return the files of a module and of all that it imports from this package."""
    result: set[Path] = set()
    waiting = [_source(module)]
    registry = PACKAGE / REGISTRY
    while waiting:
        path = waiting.pop()
        if path is None or path in result or path == registry:
            continue
        result.add(path)
        waiting += _own_imports(path)
    return result


@cache
def _own_imports(path: Path) -> frozenset[Path | None]:
    names = (name for name in _all_imports(path) if name.startswith("bonecohort."))
    return frozenset(map(_source, names))


@cache
def _source_text(path: Path) -> bytes:
    return path.read_bytes()


@cache
def _all_imports(path: Path) -> tuple[str, ...]:
    names: list[str] = []
    for node in _run_time_statements(ast.parse(_source_text(path))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.append(node.module)
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return tuple(names)


def _run_time_statements(module: ast.Module) -> Iterator[ast.stmt]:
    """Yield every statement of a module but those that only a type checker sees."""
    waiting: list[ast.AST] = [module]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.stmt):
            yield node
        for part in STATEMENTS_IN:
            waiting += getattr(node, part, ())


@cache
def _source(module: str) -> Path | None:
    """Return the file of a module of this package; None for a name inside a module."""
    base = PACKAGE.joinpath(*module.split(".")[1:])
    if base.with_suffix(".py").is_file():
        return base.with_suffix(".py")
    package = base / "__init__.py"
    return package if package.is_file() else None
