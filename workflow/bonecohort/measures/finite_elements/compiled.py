"""Compile functions of arrays to machine code, which is kept for the next start."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numba

if TYPE_CHECKING:
    from collections.abc import Callable

Function = TypeVar("Function", bound="Callable[..., Any]")


def _cache_folder() -> str:
    """Return the user's folder for compiled code, '' where none can be made.

    Never beside the library: an installed package may be read-only, or another user's.
    """
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")  # noqa: PTH111
    folder = Path(base, "bonecohort", "numba")
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError:
        return ""
    return str(folder) if os.access(folder, os.W_OK) else ""


CACHE_FOLDER = os.environ.get("NUMBA_CACHE_DIR") or _cache_folder()
config: Any = numba.config
config.CACHE_DIR = CACHE_FOLDER
FAST = {"contract", "reassoc", "nsz", "arcp"}
"""What a sum may be rearranged by; values that are no number still count."""


def compiled(function: Function) -> Function:
    """Compile a function at its first call, its ``prange`` loops for the threads of the job."""
    kernel: Any = numba.njit(parallel=True, fastmath=FAST, cache=bool(CACHE_FOLDER))(function)
    return cast("Function", kernel)


def compiled_part(function: Function) -> Function:
    """Compile a function without threads: a part of others, or one whose work is little.

    A loop for several threads takes the compiler a second longer.
    """
    kernel: Any = numba.njit(fastmath=FAST, cache=bool(CACHE_FOLDER))(function)
    return cast("Function", kernel)


def use_threads(threads: int) -> None:
    """Have compiled loops use so many threads, or those that the machine has."""
    numba.set_num_threads(min(threads, int(config.NUMBA_NUM_THREADS)))
