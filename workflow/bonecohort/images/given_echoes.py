"""Echo times that series.tsv gives, a row an echo, and whether they are those of the headers."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bonecohort.faults import DataFault
from bonecohort.images.volume_index import ECHO_KEY, index_key, index_text

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Mapping

    from bonecohort.images.volume_index import Index
    from bonecohort.techniques.image import Image

WRITE_IT = " Or list one file a row and write echo_time_ms in series.tsv."
ROUNDING_MS, ROUNDING = 0.01, 0.005
"""What a rounded echo time may differ by: a hundredth of a ms, and half a percent."""
MS_PER_S = 1000.0


@dataclass(frozen=True)
class GivenEcho:
    """What one row of series.tsv says of its echo.

    Attributes
    ----------
    called
        The row in a message; empty for images that are not listed a row an echo.
    time_ms
        None where the row gives none.
    """

    called: str = ""
    time_ms: float | None = None

    @contextmanager
    def named(self) -> Iterator[None]:
        """Let the reason of a fault begin with the row."""
        try:
            yield
        except DataFault as fault:
            if not self.called:
                raise
            raise DataFault(f"{self.called}: {fault.reason}") from fault

    def applied(self, facts: Mapping[str, object], where: str) -> Index:
        """Return the facts of an image with its echo time in s: the header's, else the row's.

        A time of 0 is none: anonymizers leave it behind.

        Parameters
        ----------
        facts
            By BIDS name.
        where
            What the header calls the echo time.

        Raises
        ------
        DataFault
            Header and row differ by more than rounding.
        """
        if self.time_ms is None:
            return dict(facts)
        time_s = facts.get(ECHO_KEY)
        if not isinstance(time_s, (int, float)) or time_s <= 0:
            return {**facts, ECHO_KEY: self.time_ms / MS_PER_S}
        self.check(time_s * MS_PER_S, where)
        return dict(facts)

    def check(self, time_ms: float, where: str, rounding_ms: float = 0.0) -> None:
        """Raise a DataFault where the row gives another echo time than an image has.

        Parameters
        ----------
        time_ms
            Of the image.
        where
            What gives it.
        rounding_ms
            What it may have lost there, beside the rounding of any.
        """
        if self.time_ms is None:
            return
        if abs(time_ms - self.time_ms) > ROUNDING_MS + ROUNDING * self.time_ms + rounding_ms:
            raise DataFault(
                f"echo_time_ms is {self.time_ms:g}, and {where} says {time_ms:g} ms. Correct the "
                "one that is wrong."
            )


NOT_GIVEN = GivenEcho()


def check_echo_of_each(rows: Iterable[tuple[GivenEcho, list[Index]]], image: Image) -> None:
    """Raise a DataFault where two rows hold the same echo and part of the signal."""
    seen: dict[Hashable, str] = {}
    for given, indices in rows:
        for index in indices:
            other = seen.setdefault(index_key(index, image), given.called)
            if other != given.called:
                raise DataFault(
                    f"{given.called} and {other.lower()} both hold "
                    f"{index_text(index, image)}. Correct echo_time_ms, or keep one of the rows."
                )
