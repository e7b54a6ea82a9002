"""The two kinds of fault that are not bugs, and what each carries."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class DataFault(Exception):
    """A fault in one participant's data: it excludes that participant or vertebra, never others.

    ``reason`` is a full sentence for the exclusions table. It names the file, row or tag, the value
    found and what would be right. It holds no identifying value. Bytes in a file's name that are no
    text are question marks in it.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason.encode(errors="replace").decode()
        super().__init__(self.reason)


class StudyFault(Exception):
    """Faults in the study's own files (config, tables): nothing is run until they are mended."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        headline = f"The study has {count} problem{'s' if count != 1 else ''}; nothing was run."
        super().__init__("\n".join([headline, *(f"  {text}" for text in self.problems)]))


class ChangedInput(Exception):
    """A file changed between the taking of its digest and the end of the job that read it.

    The job fails, and what it made is not kept: what it was made from is unknown.
    """
