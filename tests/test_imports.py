"""No module of the library imports itself by way of others."""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import bonecohort

PACKAGE = Path(bonecohort.__file__).parent


def module_name(path):
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in PACKAGE.rglob("*.py")}


def nodes(tree, *, typed):
    """Yield a module's statements, those in functions too; with what only a type checker sees?"""
    for child in ast.iter_child_nodes(tree):
        is_typed = isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"
        if is_typed and not typed:
            continue
        yield child
        yield from nodes(child, typed=typed)


def imports(path, *, typed):
    """Return the library's modules that a module names in its imports."""
    found = set()
    for node in nodes(ast.parse(path.read_text(encoding="utf-8")), typed=typed):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= (names & MODULES.keys()) or {node.module}
    return found & MODULES.keys()


def circles(*, typed):
    """Return the circles that imports make, each as the modules that it passes, in order.

    Of several joined circles, one is found at a time. Its last import is left out, and the rest is
    searched again.
    """
    graph = {name: imports(path, typed=typed) for name, path in MODULES.items()}
    found = []
    while True:
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            circle = error.args[1]
            found.append(" <- ".join(circle))
            graph[circle[1]].discard(circle[0])
        else:
            return found


def test_no_imports_go_round_while_the_code_runs():
    assert circles(typed=False) == []


def test_no_imports_go_round_for_a_type_checker():
    assert circles(typed=True) == []
