"""Where compiled code is kept for the next start, and what happens where it cannot be.

The folder is of one kind of processor and of one text of this package. So jobs on unlike nodes of a
cluster that share a home, and versions that are installed one over the other, never meet.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from pickle import UnpicklingError
from typing import TYPE_CHECKING, Any

import numba
from numba.core import caching, codegen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

numba_cache: Any = caching.FunctionCache
processor_features: Any = codegen.get_host_cpu_features
OWNER_ONLY = 0o700
DIGITS = 12
DAMAGED = (EOFError, UnpicklingError, AttributeError, ImportError, IndexError, ValueError)
"""What a file raises that was cut short, such as by a loss of power."""


def cache_folder() -> str:
    """Return the folder for compiled code, '' where there is none to write to.

    It lies in ``NUMBA_CACHE_DIR``, else in the user's cache, else in the machine's temporary
    folder. It never lies beside the library: an installed package may be read-only, or another
    user's.
    """
    for base, is_asked_for in _bases():
        folder = base / _of_this_code()
        with suppress(OSError):
            for path in (base, folder):
                path.mkdir(parents=True, exist_ok=True, mode=OWNER_ONLY)
            if is_asked_for or (_is_own(base) and _is_own(folder)):
                tempfile.TemporaryFile(dir=folder).close()
                return str(folder)
    return ""


def _is_own(folder: Path) -> bool:
    """Whether the user made a folder or link; another one could have put any code there."""
    return folder.lstat().st_uid == os.geteuid()


def _bases() -> Iterator[tuple[Path, bool]]:
    """Yield folders to try, each with whether the user named it."""
    if named := os.environ.get("NUMBA_CACHE_DIR"):
        yield Path(named), True
    user = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")  # noqa: PTH111
    yield Path(user, "bonecohort", "numba"), False
    with suppress(OSError):
        yield Path(tempfile.gettempdir(), f"bonecohort-numba-{os.geteuid()}"), False


def _of_this_code() -> str:
    """Return a name for what the processor can do, the compiler and the text of this package."""
    digest = sha256(f"{processor_features()} {numba.__version__}".encode())
    for module in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(module.read_bytes())
    return digest.hexdigest()[:DIGITS]


class KeptCode:
    """The compiled code of a function on disk; what cannot be read or written is compiled again.

    It stands in the place of numba's own cache of that function.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self._cache = numba_cache(function)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cache, name)

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return the code for a signature, None where there is none that can be read."""
        try:
            return self._cache.load_overload(sig, target_context)
        except (OSError, *DAMAGED):
            with suppress(OSError):
                self._cache.flush()
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep the code for a signature, where the disk has room for it."""
        with suppress(OSError, *DAMAGED):
            self._cache.save_overload(sig, data)
