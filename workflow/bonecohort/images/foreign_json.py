"""JSON files that the project did not write: markups, and the sidecars of images."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from bonecohort.faults import DataFault
from bonecohort.limits import JSON_BYTES, JSON_DEPTH, check_limit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def read_foreign_json(
    path: Path, called: str, parse_int: Callable[[str], int | float] = int
) -> Any:
    """Return the content of a JSON file (RFC 8259), in UTF-8 with or without a byte order mark.

    Parameters
    ----------
    path
        The file.
    called
        What a fault calls it.
    parse_int
        What whole numbers become.

    Raises
    ------
    DataFault
        The file cannot be read, is too large, is no JSON, holds ``NaN`` or an infinite number,
        which JSON has not, or nests lists and objects too deeply.
    """
    try:
        check_limit(f"{called} has", path.stat().st_size, JSON_BYTES, "bytes")
        text = path.read_text(encoding="utf-8-sig")
        content = json.loads(
            text, parse_int=parse_int, parse_float=_finite, parse_constant=_no_number
        )
    except RecursionError as error:
        raise _too_deep(called) from error
    except ValueError as error:  # no JSON, no UTF-8, or a number of thousands of digits
        raise DataFault(f"{called} is not readable JSON: {error}.") from error
    except OSError as error:
        raise DataFault(f"{called} cannot be read ({error.strerror}).") from error
    if _depth(content) > JSON_DEPTH:
        raise _too_deep(called)
    return content


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _no_number(text)


def _no_number(text: str) -> float:
    raise ValueError(f"{text[:20]} is no finite number")


def _too_deep(called: str) -> DataFault:
    return DataFault(
        f"{called} is not readable JSON: its lists and objects lie more than {JSON_DEPTH} deep in "
        "one another."
    )


def _depth(content: Any) -> int:
    """Return how deep lists and objects lie in one another, without recursion."""
    depth, layer = 0, [content]
    while layer:
        depth += 1
        layer = [
            part
            for one in layer
            if isinstance(one, (dict, list))
            for part in (one.values() if isinstance(one, dict) else one)
            if isinstance(part, (dict, list))
        ]
    return depth
