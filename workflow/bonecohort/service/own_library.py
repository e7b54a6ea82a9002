"""Run a module of the library that this file lies in: ``python own_library.py MODULE ...``.

Called by path. The library is found without PYTHONPATH, which every program that a job starts would
inherit, and with the packages of a wheel's neighbours on it.
"""

from __future__ import annotations

import importlib.util
import runpy
import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]


def load_package(folder: Path) -> None:
    """Import the package that lies in a folder, wherever Python would find one of its name."""
    spec = importlib.util.spec_from_file_location(
        folder.name, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert spec is not None
    assert spec.loader is not None
    package = importlib.util.module_from_spec(spec)
    sys.modules[folder.name] = package
    spec.loader.exec_module(package)


if __name__ == "__main__":
    load_package(PACKAGE)
    module = sys.argv.pop(1)
    runpy.run_module(module, run_name="__main__", alter_sys=True)
