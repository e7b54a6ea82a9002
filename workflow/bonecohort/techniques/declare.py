"""What a technique declares of itself. Standard library only: every job reads it at its start."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Modality = Literal["CT", "MR"]
Plane = Literal["axial", "sagittal", ""]
Weighting = Literal["T2", ""]
Scale = Literal["hounsfield", "stored"]


@dataclass(frozen=True)
class Image:
    """What a series must be to be an image of one kind, and how its stored values are scaled.

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
        The plane that is preferred to others, and of which a warning tells when it is another.
    weighting
        The contrast that the echo and repetition time, or a description, must confirm; what does
        not is taken only where nothing else is there, with a warning.
    derived
        Whether an image made of other images (ImageType ``DERIVED``) is as good as an original.
    scale
        ``hounsfield``: every slice has a rescale, to HU, of a conventional CT, which the image's
        own tissues confirm. ``stored``: the rescale is applied where there is one, and the unit of
        the values is arbitrary.
    """

    kind: str
    called: str
    modality: Modality
    plane: Plane = ""
    usual_plane: Plane = ""
    weighting: Weighting = ""
    derived: bool = False
    scale: Scale = "stored"

    def record(self) -> dict[str, Any]:
        """Return the declaration in plain JSON types, as a job is told it."""
        return asdict(self)

    @classmethod
    def of_record(cls, record: Mapping[str, Any]) -> Image:
        """Return the declaration that :meth:`record` wrote."""
        values = {one.name: record[one.name] for one in fields(cls)}
        return cls(**{name: _frozen(value) for name, value in values.items()})


def _frozen(value: Any) -> Any:
    """Return a list of JSON as the tuple it was."""
    return tuple(value) if isinstance(value, list) else value
