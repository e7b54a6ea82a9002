"""Compile functions of arrays to machine code, which is kept for the next start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

import numba

from bonecohort.measures.finite_elements.kept_code import KeptCode, cache_folder

if TYPE_CHECKING:
    from collections.abc import Callable

Function = TypeVar("Function", bound="Callable[..., Any]")

CACHE_FOLDER = cache_folder()
config: Any = numba.config
config.CACHE_DIR = CACHE_FOLDER
FAST = {"contract", "reassoc", "nsz", "arcp"}
"""What a sum may be rearranged by; values that are no number still count."""


def compiled(function: Function) -> Function:
    """Compile a function at its first call, its ``prange`` loops for the threads of the job."""
    return _kept(numba.njit(parallel=True, fastmath=FAST)(function), function)


def compiled_part(function: Function) -> Function:
    """Compile a function without threads: a part of others, or one whose work is little.

    A loop for several threads takes the compiler a second longer.
    """
    return _kept(numba.njit(fastmath=FAST)(function), function)


def _kept(kernel: Any, function: Function) -> Function:
    """Have a kernel's code kept, as numba does with ``cache=True``."""
    if CACHE_FOLDER:
        kernel._cache = KeptCode(function)  # noqa: SLF001  # numba has no other place for it
    return cast("Function", kernel)


def use_threads(threads: int) -> None:
    """Have compiled loops use so many threads, or those that the machine has."""
    numba.set_num_threads(min(threads, int(config.NUMBA_NUM_THREADS)))
