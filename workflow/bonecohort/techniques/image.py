"""What an image series of a kind must be: the part of a declaration that conversion needs.

It is a module of its own because the code of conversion is part of every image's digest. What
techniques declare of other things converts no image again.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Modality = Literal["CT", "MR"]
Plane = Literal["axial", "sagittal", ""]
Weighting = Literal["T2", ""]
VolumeIndex = Literal["b value", "echo time", "image part"]
Scale = Literal["hounsfield", "stored", "signal", "quantity"]


@dataclass(frozen=True)
class Image:
    """What a series of one image kind must be, and how its stored values are scaled.

    Attributes
    ----------
    kind
        The kind's name in series.tsv.
    called
        The image in a sentence: ``CT``, ``T2``.
    modality
        Modality (0008,0060) of its slices.
    plane
        The only plane that is accepted; empty: any.
    usual_plane
        The plane that is preferred to others, a warning says when it is another.
    weighting
        The contrast that the echo and repetition time, or a description, must confirm; what does
        not is taken only where nothing else is there, with a warning.
    shows
        What the image must show of all that one acquisition gives (``fat fraction``, ``water``:
        :mod:`bonecohort.images.mr_contents`), by ImageType or else by its description; empty:
        nothing is asked.
    words
        Words, in capitals, that name what it shows beside those known there.
    derived
        Whether an image made of other images (ImageType ``DERIVED``) is as good as an original.
    scale
        ``hounsfield``: every slice has a rescale, to HU, of a conventional CT, which the image's
        own tissues confirm. ``stored``: the rescale is applied where there is one, and the unit of
        the values is arbitrary. ``signal``: the same, but images of one acquisition have one scale.
        ``quantity``: a real world value mapping is applied where there is one, in one of ``units``,
        else the rescale.
    units
        Codes of UCUM that a real world value mapping may have, the best first.
    volumes
        What distinguishes its volumes, where it is a stack of several of one grid
        (``images.volume_index``); empty: it is one volume. All series of a folder
        that belong to one acquisition make the stack.
    without
        Words of ImageType, in capitals, of images that may lie among a stack's and are none of it:
        maps computed from it.
    """

    kind: str
    called: str
    modality: Modality
    plane: Plane = ""
    usual_plane: Plane = ""
    weighting: Weighting = ""
    shows: str = ""
    words: tuple[str, ...] = ()
    derived: bool = False
    scale: Scale = "stored"
    units: tuple[str, ...] = ()
    volumes: tuple[VolumeIndex, ...] = ()
    without: tuple[str, ...] = ()

    def record(self) -> dict[str, Any]:
        """Return the declaration in plain JSON types, as in a job's task."""
        return asdict(self)

    @classmethod
    def of_record(cls, record: Mapping[str, Any]) -> Image:
        """Return the declaration that :meth:`record` wrote."""
        values = {field_.name: record[field_.name] for field_ in fields(cls)}
        return cls(**{name: _frozen(value) for name, value in values.items()})


def _frozen(value: Any) -> Any:
    """Return a list of JSON as the tuple it was."""
    return tuple(value) if isinstance(value, list) else value
