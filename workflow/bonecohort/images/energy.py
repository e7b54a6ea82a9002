"""Images made from several X-ray energies that are no conventional CT.

Dual-energy and photon-counting scanners make, beside the conventional image, virtual monoenergetic
images, virtual non-contrast images, and maps of materials. They look like a CT and are stored as
one, but their values are not the HU of a 120 kV scan (PS3.17, JJJJ.4).

A header names them by ImageType and the multi-energy attributes (PS3.3, C.8.2.2 and C.8.15.3.11 to
14). It may also do so by the unit of its values, or by the maker's words in a description. Of a
description only the kind and the energy are kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

from bonecohort.faults import DataFault
from bonecohort.images.energy_words import (
    DERIVATIONS,
    ENERGIES,
    HU_UNITS,
    IMAGE_TYPES,
    KEV_RANGE,
    MONOENERGETIC,
    RESCALE_TYPES,
    WORDS,
    SpectralKind,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydicom.dataset import Dataset

    Header = Dataset | Mapping[str, Any]

KIND_FACT, ENERGY_FACT = "SpectralImage", "MonoenergeticEnergy"
"""Names in the facts of a slice and in the sidecar; the energy is in keV."""
SETTING = "images.monoenergetic_kev"
DESCRIPTIONS = ("SeriesDescription", "ImageComments", "DerivationDescription")
PROTOCOL = "ProtocolName"
"""A dual-energy protocol names all its series, so it speaks only where no description does."""
SEQUENCES = (
    "MultienergyCTCharacteristicsSequence",
    "MultienergyCTProcessingSequence",
    "DerivationCodeSequence",
    "RealWorldValueMappingSequence",
)
SPECTRAL_KEYWORDS = (
    "ImageType", "RescaleType", "MonoenergeticEnergyEquivalent", *SEQUENCES, *DESCRIPTIONS, PROTOCOL
)  # fmt: skip
"""All that :func:`spectral_image` looks at."""


@dataclass(frozen=True)
class SpectralImage:
    """What a header says of an image that is no conventional CT.

    Attributes
    ----------
    kind
        What its values are.
    energy_kev
        Of a monoenergetic image, where the header says it.
    """

    kind: SpectralKind
    energy_kev: float | None = None


def spectral_image(header: Header) -> SpectralImage | None:
    """Return what multi-energy image a header describes; None for a conventional CT.

    A mixed or proportionally weighted image of a dual-energy scan, an image of one of its tubes,
    and the polyenergetic image of a photon-counting scanner are conventional.

    Parameters
    ----------
    header
        A DICOM data set, an item of functional groups merged to one, or a sidecar under DICOM's or
        BIDS's names. Only ``SPECTRAL_KEYWORDS`` are looked at.
    """
    kind = _known_kind(header) or next(_kinds(header), None)
    energy = _energy_kev(header)
    if kind is None and energy is not None:
        kind = MONOENERGETIC
    if kind is None:
        return None
    return SpectralImage(kind, energy if kind == MONOENERGETIC else None)


def _known_kind(header: Header) -> SpectralKind | None:
    """Return the kind that a sidecar of this project names."""
    kind_text = _text(header.get(KIND_FACT))
    return next((kind for kind in get_args(SpectralKind) if kind == kind_text), None)


def _kinds(header: Header) -> Iterator[SpectralKind]:
    """Yield what each attribute says, what is coded before what is written."""
    image_type = [part.strip().upper() for part in _values(header.get("ImageType"))]
    yield from (IMAGE_TYPES[part] for part in image_type if part in IMAGE_TYPES)
    units = _text(header.get("RescaleType")).upper().split()
    yield from (RESCALE_TYPES[part] for part in units if part in RESCALE_TYPES)
    for code in _items(header, "DerivationCodeSequence"):
        value = _text(code.get("CodeValue"))
        if value in DERIVATIONS and _text(code.get("CodingSchemeDesignator")) in ("", "DCM"):
            yield DERIVATIONS[value]
    for text in (*(part.replace("_", " ") for part in image_type), *_descriptions(header)):
        yield from (kind for kind, pattern in WORDS if pattern.search(text.casefold()))
    if _mapped_to_other_units(header):
        yield "material map"
    if _single_energy(header) is None and _items(header, "MultienergyCTProcessingSequence"):
        yield "decomposed"


def _mapped_to_other_units(header: Header) -> bool:
    """Whether the real-world values are declared in another unit than HU (PS3.3, C.7.6.16.2.11)."""
    return any(
        _text(unit.get("CodeValue")).casefold() not in ("", *HU_UNITS)
        for mapping in _items(header, "RealWorldValueMappingSequence")
        for unit in _items(mapping, "MeasurementUnitsCodeSequence")
    )


def _energy_kev(header: Header) -> float | None:
    coded = _single_energy(header)
    if coded is not None:
        return coded
    texts = [*_values(header.get("ImageType")), *_descriptions(header)]
    for pattern in ENERGIES:
        for text in texts:
            for match in pattern.finditer(text.casefold()):
                energy = float(match[1])
                if KEV_RANGE[0] <= energy <= KEV_RANGE[1]:
                    return energy
    return None


def _single_energy(header: Header) -> float | None:
    """Return MonoenergeticEnergyEquivalent (0018,937C), or the energy of a sidecar, in keV."""
    macro = _items(header, "MultienergyCTCharacteristicsSequence")
    energies = [place.get("MonoenergeticEnergyEquivalent") for place in (header, *macro)]
    for value in (*energies, header.get(ENERGY_FACT)):
        try:
            energy = float(_text(value))
        except ValueError:
            continue
        if energy > 0:
            return energy
    return None


def _descriptions(header: Header) -> list[str]:
    texts = [_text(header.get(keyword)) for keyword in DESCRIPTIONS]
    return texts if texts[0] else [*texts, _text(header.get(PROTOCOL))]


def _items(header: Header, keyword: str) -> list[Header]:
    value = header.get(keyword)
    if value is None or isinstance(value, (str, bytes)):
        return []
    return [item for item in value if hasattr(item, "get")] if hasattr(value, "__iter__") else []


def _values(value: Any) -> list[str]:
    if value is None or isinstance(value, (str, bytes)):
        return [_text(value)]
    return [_text(part) for part in value] if hasattr(value, "__iter__") else [_text(value)]


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()


def spectral_facts(header: Header) -> dict[str, Any]:
    """Return the kind and the energy (keV) under the names they have among a slice's facts."""
    result = spectral_image(header)
    if result is None:
        return {}
    facts: dict[str, Any] = {KIND_FACT: result.kind}
    if result.energy_kev is not None:
        energy = result.energy_kev
        facts[ENERGY_FACT] = int(energy) if energy.is_integer() else energy
    return facts


def frame_header(groups: Mapping[str, Any]) -> dict[str, Any]:
    """Return what one frame's functional groups (sequence name → first item) say, as one header."""
    header: dict[str, Any] = {name: [groups[name]] for name in SEQUENCES if name in groups}
    for group, keyword, name in _GROUPED:
        if group in groups and keyword in groups[group]:
            header[name] = groups[group].get(keyword)
    return header


_GROUPED = (
    ("CTImageFrameTypeSequence", "FrameType", "ImageType"),
    ("PixelValueTransformationSequence", "RescaleType", "RescaleType"),
    ("DerivationImageSequence", "DerivationCodeSequence", "DerivationCodeSequence"),
    ("DerivationImageSequence", "DerivationDescription", "DerivationDescription"),
)
"""Functional group, its keyword, and the keyword of a single-frame image (PS3.3, A.38.1.4)."""


def check_spectral(facts: Mapping[str, Any], allowed_kev: tuple[float, float] | None) -> list[str]:
    """Return warnings of an image that is no conventional CT but is allowed.

    Parameters
    ----------
    facts
        A stack's facts, see :func:`spectral_facts`.
    allowed_kev
        Lowest and highest energy that the study accepts; None accepts none.

    Raises
    ------
    DataFault
        The image is a multi-energy derivative, and the study does not accept it.
    """
    kind = facts.get(KIND_FACT)
    if kind is None:
        return []
    energy = facts.get(ENERGY_FACT)
    if kind != MONOENERGETIC:
        raise DataFault(
            f"The series is no conventional CT: its header says {kind} image. Its values are not "
            "the HU of a scan at 120 kV. Use the conventional (mixed, polyenergetic) series of the "
            "same scan."
        )
    at = f"at {energy:g} keV" if energy is not None else "at an energy that is not recorded"
    if energy is None or allowed_kev is None or not allowed_kev[0] <= energy <= allowed_kev[1]:
        accepted = f"{allowed_kev[0]:g} to {allowed_kev[1]:g} keV" if allowed_kev else "none"
        raise DataFault(
            f"The series is no conventional CT: its header says {kind} image {at}. HU change with "
            "the energy. Use the conventional (mixed, polyenergetic) series of the same scan; the "
            f"setting {SETTING} accepts energies (now {accepted})."
        )
    warning = (
        f"The CT is a {kind} image {at}: HU thresholds made at 120 kV may not hold. HU of other "
        "energies cannot be compared."
    )
    return [warning]
