"""What the rows of series.tsv may be: the kinds of files that a technique reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bonecohort.techniques.image import Image

if TYPE_CHECKING:
    from bonecohort.annotations.marks.names import Form


@dataclass(frozen=True)
class Labels:
    """A label map.

    Attributes
    ----------
    scheme_setting
        Section and key of the setting that numbers the maps whose row names no scheme; ('', '')
        where none does.
    """

    scheme_setting: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class Marks:
    """What readers drew on an image: a file, or a folder of files.

    Attributes
    ----------
    names
        The forms of the names that say what was measured.
    """

    names: tuple[Form, ...] = ()


@dataclass(frozen=True)
class File:
    """A file that a job reads as it is: a table of one participant, a spectrum, a curve.

    A participant has one; where the kind is by site, one at each site.
    """


@dataclass(frozen=True)
class Readings:
    """A table of values measured elsewhere, read where the cohort's tables are assembled.

    Attributes
    ----------
    after
        A kind that counts in its place for a participant who has both.
    empty_table
        Module of the technique's folder whose ``COLUMNS``
        (:class:`bonecohort.intake.table_columns.Column`) are those of an empty table; empty:
        ``bonecohort new`` writes none.
    """

    after: str = ""
    empty_table: str = ""


@dataclass(frozen=True)
class Kind:
    """One kind of series.tsv.

    Attributes
    ----------
    name
        As in the column ``kind``.
    label
        In the words of messages: "CT", "endplate marks".
    holds
        What its files are.
    by_site
        Whether a file is of the one site that its row names.
    default_site
        Section and key of the setting that names the site of rows without one; ('', '') where
        each row must name it.
    proposed_by
        Module of the technique's folder whose ``RULES``, by the kind
        (:class:`bonecohort.intake.rules.Rules`), choose its series in an export; empty:
        ``bonecohort init`` does not propose it.
    """

    name: str
    label: str
    holds: Image | Labels | Marks | File | Readings
    by_site: bool = False
    default_site: tuple[str, str] = ("", "")
    proposed_by: str = ""

    @classmethod
    def of_image(cls, image: Image, label: str = "", proposed_by: str = "") -> Kind:
        """Return the kind of an image series; without a label it is called as the image is."""
        return cls(image.kind, label or image.called, image, proposed_by=proposed_by)

    @property
    def is_one(self) -> bool:
        """Whether a participant may have at most one row of it, or one for each site.

        Of a stack of echoes there may be a row for each echo, too.
        """
        return isinstance(self.holds, Image | Labels | File)

    @property
    def has_echoes(self) -> bool:
        """Whether it is a stack by echo time, of which a participant may have a row an echo."""
        return isinstance(self.holds, Image) and "echo time" in self.holds.volumes
