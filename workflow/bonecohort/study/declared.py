"""What every section of the settings shares: documented fields, and no unknown key."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def documented(doc: str, default: Any = None, factory: Any = None) -> Any:
    """Declare a dataclass field that carries its documentation."""
    if factory is not None:
        return field(default_factory=factory, metadata={"doc": doc})
    return field(default=default, metadata={"doc": doc})


def required(doc: str) -> Any:
    """Declare a field without a default: one of an entry that a study writes as a whole."""
    return field(metadata={"doc": doc})


@dataclass(frozen=True)
class Strict:
    """Base of all settings: an unknown key is an error, not a silent no-op."""

    __pydantic_config__: ClassVar[dict[str, object]] = {
        "extra": "forbid",
        "allow_inf_nan": False,
        "coerce_numbers_to_str": True,  # levels: [0, 1, 2]
    }

    def problems(self) -> Iterator[str]:
        """Yield what is allowed key by key and wrong taken together, each with its key first."""
        yield from ()


def repeated(key: str, values: Sequence[object]) -> Iterator[str]:
    """Yield what is wrong with values that stand more than once."""
    twice = list(dict.fromkeys(value for value in values if values.count(value) > 1))
    if twice:
        yield f"{key}: {', '.join(map(str, twice))} stands more than once; once is expected."


def unfit_levels(levels: Sequence[str], min_levels: int) -> Iterator[str]:
    """Yield what is wrong with the levels of a mean, and with how many of them it needs."""
    yield from repeated("levels", levels)
    if not 1 <= min_levels <= len(levels):
        yield (
            f"min_levels: found {min_levels}; 1 to {len(levels)} is expected, the number of levels."
        )
