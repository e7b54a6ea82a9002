"""What a result depends on, as short digests: files by their state, code by its content."""

from __future__ import annotations

import ast
import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).resolve().parents[1]
MISSING = "missing"


def file_state(path: Path) -> str:
    """Return a digest of a file's, or a folder's files', relative path, size and mtime.

    A missing path has a state too, so that a file that turns up is noticed.
    """
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.is_file())
    elif path.exists():
        files = [path]
    else:
        return MISSING
    digest = hashlib.sha256()
    for file in files:
        status = file.stat()
        entry = (file.relative_to(path).as_posix(), status.st_size, status.st_mtime_ns)
        digest.update(repr(entry).encode())
    return digest.hexdigest()


def content_digest(path: Path) -> str:
    """Return the SHA-256 of a file's content, or 'missing'."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else MISSING


def text_digest(text: str) -> str:
    """Return the SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def canonical(value: Any) -> str:
    """Return a value as JSON text that is the same for the same content."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


@cache
def code_digest(module: str) -> str:
    """Return a digest of the source of a module and of all it imports from this package."""
    digest = hashlib.sha256()
    for path in sorted(_closure(module)):
        digest.update(path.relative_to(PACKAGE).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _closure(module: str) -> set[Path]:
    found: set[Path] = set()
    waiting = [_source(module)]
    while waiting:
        path = waiting.pop()
        if path is None or path in found:
            continue
        found.add(path)
        waiting += [_source(name) for name in _imports(path)]
    return found


@cache
def _imports(path: Path) -> tuple[str, ...]:
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.append(node.module)
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return tuple(name for name in names if name.startswith("bonecohort."))


def _source(module: str) -> Path | None:
    """Return the file of a module of this package; None for a name inside a module."""
    base = PACKAGE.joinpath(*module.split(".")[1:])
    if base.with_suffix(".py").is_file():
        return base.with_suffix(".py")
    package = base / "__init__.py"
    return package if package.is_file() else None
