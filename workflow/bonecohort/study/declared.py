"""What every section of the settings shares: documented fields, and no unknown key."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar


def documented(doc: str, default: Any = None, factory: Any = None) -> Any:
    """Declare a dataclass field that carries its documentation."""
    if factory is not None:
        return field(default_factory=factory, metadata={"doc": doc})
    return field(default=default, metadata={"doc": doc})


@dataclass(frozen=True)
class Strict:
    """Base of all settings: an unknown key is an error, not a silent no-op."""

    __pydantic_config__: ClassVar[dict[str, object]] = {
        "extra": "forbid",
        "allow_inf_nan": False,
        "coerce_numbers_to_str": True,  # levels: [0, 1, 2]
    }
