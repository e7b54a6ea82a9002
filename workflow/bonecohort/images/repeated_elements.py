"""What the files of a series repeat in their headers, worked out once.

Hundreds of slices share all but a few elements. What is made of some elements is made anew only
where their bytes differ from those of the file before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pydicom.datadict import tag_for_keyword
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Header = TypeVar("Header", bound=Dataset)
Result = TypeVar("Result")
Bytes = Any
"""What an element holds before it is decoded; of a sequence that is read already, its items."""

CHARACTER_SET = "SpecificCharacterSet"
DATE_BYTES = 10
"""Of a DT, date and time of day, only the date distinguishes examinations."""


class Repeated(Generic[Header, Result]):
    """A function of some elements of a header, called only where their bytes are new.

    Parameters
    ----------
    keywords
        The elements that the function looks at.
    function
        What is made of a header.
    others
        Private elements that it looks at.
    """

    def __init__(
        self,
        keywords: Iterable[str],
        function: Callable[[Header], Result],
        others: Iterable[BaseTag] = (),
    ) -> None:
        self._tags = frozenset((*tags_of((CHARACTER_SET, *keywords)), *others))
        self._function = function
        self._last: tuple[dict[BaseTag, Bytes], Result] | None = None

    def of(self, header: Header) -> Result:
        """Return what the function makes of a header."""
        own = {tag: bytes_of(header, tag) for tag in self._tags.intersection(header.keys())}
        if self._last is None or self._last[0] != own:
            self._last = own, self._function(header)
        return self._last[1]


def tags_of(keywords: Iterable[str]) -> list[BaseTag]:
    """Return the tags of the keywords that are DICOM's."""
    return [BaseTag(tag) for tag in map(tag_for_keyword, keywords) if tag is not None]


def bytes_of(header: Dataset, tag: BaseTag) -> Bytes:
    """Return an element's bytes and how they are to be read; None where it is absent."""
    element = header.get_item(tag)
    if not isinstance(element, RawDataElement):
        return None if element is None else (element.VR, element.value)
    value = element.value
    if element.VR == "DT" and value is not None:
        value = value.strip()[:DATE_BYTES]
    return (element.VR, element.is_little_endian, element.is_implicit_VR, value)
