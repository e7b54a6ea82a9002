"""Acquisition values worth keeping, under their BIDS/dcm2niix names and units.

A whitelist: whatever is not named here (names, dates, UIDs, institution, station, serial number,
descriptions, private tags) never leaves the DICOM file. Of what is named, a text is kept only as
:mod:`~bonecohort.images.deidentify_text` allows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from pydicom.multival import MultiValue
from pydicom.sequence import Sequence

from bonecohort.faults import DataFault
from bonecohort.images.deidentify_text import (
    AGENT_GIVEN,
    NO_AGENT,
    deidentified_text,
    is_no_agent,
    kept_agent,
)
from bonecohort.images.energy import SPECTRAL_KEYWORDS, frame_header, spectral_facts
from bonecohort.images.foreign_json import read_foreign_json
from bonecohort.images.identity import DATES, IDENTIFYING, identifying_words
from bonecohort.images.quantity_facts import DESCRIPTIONS, scale_facts, sequence_facts
from bonecohort.images.repeated_elements import Bytes, Repeated, bytes_of, tags_of
from bonecohort.study.companions import sidecar_path

if TYPE_CHECKING:
    from pydicom.dataset import Dataset
    from pydicom.tag import BaseTag

    from bonecohort.images.identity import IdentifyingWords

RawValue = Any  # what pydicom, or JSON, makes of a value

MS_PER_S = 1000.0
LARGEST_NUMBER = 1e12  # no acquisition has a value beyond it
LONGEST_TEXT = 1024  # characters of a long string's value are 64, of a short text's 1024


def _text(value: RawValue) -> str:
    """Return a text; a ValueError where a damaged file gives a sequence, or bytes of neighbours."""
    text = str(value).strip(" \0")
    if isinstance(value, (bytes, Sequence)) or not text.isprintable() or len(text) > LONGEST_TEXT:
        raise ValueError("no text")
    return text


def _agent(value: RawValue) -> str:
    """Return a contrast agent; what is there and cannot be read is not taken for none."""
    try:
        return _text(value)
    except ValueError:
        unread = value if isinstance(value, str) else AGENT_GIVEN
        return NO_AGENT if is_no_agent(unread.strip(" \0")) else AGENT_GIVEN


def _texts(value: RawValue) -> list[str]:
    values = value if isinstance(value, (MultiValue, list)) else [value]
    return [_text(part) for part in values]


def _joined(value: RawValue) -> str:
    r"""Join a multi-valued text as it stands in the file and in dcm2niix: ``Br38f\3``."""
    return "\\".join(_texts(value))


def _number(value: RawValue) -> float | int | None:
    number = float(value)
    if not abs(number) <= LARGEST_NUMBER:  # NaN too
        return None
    return int(number) if number.is_integer() else number


def _ms_to_s(value: RawValue) -> float | int | None:
    return _number(float(value) / MS_PER_S)


Reader = Callable[[RawValue], Any]

PLAIN: dict[str, tuple[str, Reader]] = {
    # DICOM keyword: (BIDS name, reader)
    "Modality": ("Modality", _text),
    "Manufacturer": ("Manufacturer", _text),
    "ManufacturerModelName": ("ManufacturersModelName", _text),
    "SoftwareVersions": ("SoftwareVersions", _joined),
    "BodyPartExamined": ("BodyPart", _text),
    "PatientPosition": ("PatientPosition", _text),
    "ImageType": ("ImageType", _texts),
    "SeriesNumber": ("SeriesNumber", _number),
    "AcquisitionNumber": ("AcquisitionNumber", _number),
    "ImagesInAcquisition": ("ImagesInAcquisition", _number),
    "SliceThickness": ("SliceThickness", _number),
    "SpacingBetweenSlices": ("SpacingBetweenSlices", _number),
    "KVP": ("KVP", _number),
    "XRayTubeCurrent": ("XRayTubeCurrent", _number),
    "Exposure": ("XRayExposure", _number),
    "ExposureTime": ("ExposureTime", _ms_to_s),
    "ConvolutionKernel": ("ConvolutionKernel", _joined),
    "FilterType": ("FilterType", _text),
    "ReconstructionDiameter": ("ReconstructionDiameter", _number),
    "GantryDetectorTilt": ("GantryDetectorTilt", _number),
    "SpiralPitchFactor": ("SpiralPitchFactor", _number),
    "CTDIvol": ("CTDIvol", _number),
    "ContrastBolusAgent": ("ContrastBolusAgent", _agent),
    "MagneticFieldStrength": ("MagneticFieldStrength", _number),
    "ImagingFrequency": ("ImagingFrequency", _number),
    "ReceiveCoilName": ("ReceiveCoilName", _text),
    "MRAcquisitionType": ("MRAcquisitionType", _text),
    "ScanningSequence": ("ScanningSequence", _joined),
    "SequenceVariant": ("SequenceVariant", _joined),
    "ScanOptions": ("ScanOptions", _joined),
    "EchoTime": ("EchoTime", _ms_to_s),
    "RepetitionTime": ("RepetitionTime", _ms_to_s),
    "InversionTime": ("InversionTime", _ms_to_s),
    "EchoNumbers": ("EchoNumber", _number),
    "EchoTrainLength": ("EchoTrainLength", _number),
    "FlipAngle": ("FlipAngle", _number),
    "NumberOfAverages": ("NumberOfAverages", _number),
    "PixelBandwidth": ("PixelBandwidth", _number),
    "TemporalPositionIdentifier": ("TemporalPositionIdentifier", _number),
    "LossyImageCompression": ("LossyImageCompression", _text),
    "LossyImageCompressionRatio": ("LossyImageCompressionRatio", _number),
    "BurnedInAnnotation": ("BurnedInAnnotation", _text),
}
# Functional groups of enhanced objects: sequence, then keyword of its first item.
GROUPED: dict[tuple[str, str], tuple[str, Reader]] = {
    ("PixelMeasuresSequence", "SliceThickness"): ("SliceThickness", _number),
    ("PixelMeasuresSequence", "SpacingBetweenSlices"): ("SpacingBetweenSlices", _number),
    ("CTImageFrameTypeSequence", "FrameType"): ("ImageType", _texts),
    ("CTXRayDetailsSequence", "KVP"): ("KVP", _number),
    ("CTXRayDetailsSequence", "FilterType"): ("FilterType", _text),
    ("CTExposureSequence", "XRayTubeCurrentInmA"): ("XRayTubeCurrent", _number),
    ("CTExposureSequence", "ExposureInmAs"): ("XRayExposure", _number),
    ("CTExposureSequence", "ExposureTimeInms"): ("ExposureTime", _ms_to_s),
    ("CTExposureSequence", "CTDIvol"): ("CTDIvol", _number),
    ("CTReconstructionSequence", "ConvolutionKernel"): ("ConvolutionKernel", _joined),
    ("CTReconstructionSequence", "ReconstructionDiameter"): ("ReconstructionDiameter", _number),
    ("CTAcquisitionDetailsSequence", "GantryDetectorTilt"): ("GantryDetectorTilt", _number),
    ("CTTableDynamicsSequence", "SpiralPitchFactor"): ("SpiralPitchFactor", _number),
    ("MRImageFrameTypeSequence", "FrameType"): ("ImageType", _texts),
    ("MREchoSequence", "EffectiveEchoTime"): ("EchoTime", _ms_to_s),
    ("MRTimingAndRelatedParametersSequence", "RepetitionTime"): ("RepetitionTime", _ms_to_s),
    ("MRTimingAndRelatedParametersSequence", "EchoTrainLength"): ("EchoTrainLength", _number),
    ("MRTimingAndRelatedParametersSequence", "FlipAngle"): ("FlipAngle", _number),
    ("MRModifierSequence", "InversionTimes"): ("InversionTime", _ms_to_s),
    ("MRImagingModifierSequence", "PixelBandwidth"): ("PixelBandwidth", _number),
    ("MRReceiveCoilSequence", "ReceiveCoilName"): ("ReceiveCoilName", _text),
    ("MRAveragesSequence", "NumberOfAverages"): ("NumberOfAverages", _number),
    ("FrameContentSequence", "FrameAcquisitionNumber"): ("AcquisitionNumber", _number),
    ("FrameContentSequence", "TemporalPositionIndex"): ("TemporalPositionIdentifier", _number),
}
SIDECAR = "The JSON file beside the image"
"""What a fault calls it: its own name may be the patient's."""
CONTRAST_SEQUENCE = "ContrastBolusAgentSequence"
CONTRAST = "ContrastBolusAgent"
CONTRAST_INGREDIENT = "ContrastBolusIngredient"
"""Name of BIDS for what the agent holds, where the agent itself is not named."""
READERS = dict(PLAIN.values())
READERS_BY_TAG = tuple(zip(tags_of(PLAIN), PLAIN.values(), strict=True))
(CONTRAST_TAG,) = tags_of([CONTRAST_SEQUENCE])


class FactReader:
    """Reads the acquisition values of one file after another; what they repeat is read once."""

    def __init__(self) -> None:
        self._identifying: Repeated[Dataset, IdentifyingWords] = Repeated(
            (*IDENTIFYING, *DATES), identifying_words
        )
        self._described: Repeated[Dataset, dict[str, Any]] = Repeated(
            ("Modality", *SPECTRAL_KEYWORDS, *DESCRIPTIONS),
            lambda dataset: _spectral(dataset) | sequence_facts(dataset),
        )
        self._words: IdentifyingWords | None = None
        self._kept: dict[BaseTag, tuple[Bytes, dict[str, Any]]] = {}

    def facts(self, dataset: Dataset) -> dict[str, Any]:
        """Return the whitelisted acquisition values of a file's top level, by BIDS name."""
        identifying = self._identifying.of(dataset)
        if identifying is not self._words:  # of another series: what may be kept differs
            self._words, self._kept = identifying, {}
        facts: dict[str, Any] = {}
        present = dataset.keys()
        for tag, (name, reader) in READERS_BY_TAG:
            if tag in present:
                own = bytes_of(dataset, tag)
                facts |= self._fact(dataset, tag, own, name, reader)
        if CONTRAST not in facts and CONTRAST_TAG in dataset and dataset[CONTRAST_TAG].value:
            meaning = dataset[CONTRAST_TAG][0].get("CodeMeaning")
            _store(facts, CONTRAST, _agent, meaning or AGENT_GIVEN, identifying)
        return facts | self._described.of(dataset)

    def _fact(
        self, dataset: Dataset, tag: BaseTag, own: Bytes, name: str, reader: Reader
    ) -> dict[str, Any]:
        """Return the value of one element by its name; empty where it may not be kept."""
        before = self._kept.get(tag)
        if before is not None and before[0] == own:
            return before[1]
        fact: dict[str, Any] = {}
        if self._words is not None:
            _store(fact, name, reader, dataset[tag].value, self._words)
        self._kept[tag] = own, fact
        return fact


def image_facts(dataset: Dataset) -> dict[str, Any]:
    """Return the whitelisted acquisition values of one file's top level, by BIDS name."""
    return FactReader().facts(dataset)


def _spectral(header: Dataset | Mapping[str, Any]) -> dict[str, Any]:
    """Return what a header says of a multi-energy image; nothing of MR, whose words differ."""
    return {} if str(header.get("Modality") or "") == "MR" else spectral_facts(header)


def frame_facts(groups: Mapping[str, Dataset], identifying: IdentifyingWords) -> dict[str, Any]:
    """Return the whitelisted values of one frame's functional groups (sequence name → item).

    ``identifying`` are the words of the whole file's header that no text may hold.
    """
    facts: dict[str, Any] = {}
    for (sequence, keyword), (name, reader) in GROUPED.items():
        item = groups.get(sequence)
        if item is not None and keyword in item:
            _store(facts, name, reader, item.get(keyword), identifying)
    return facts | spectral_facts(frame_header(groups))


def _store(
    facts: dict[str, Any],
    name: str,
    reader: Reader,
    value: RawValue,
    identifying: IdentifyingWords,
) -> None:
    """Keep a value unless it is empty or does not parse as what the tag should hold."""
    if value is None or value == "":
        return
    try:
        parsed = reader(value)
    except (OverflowError, TypeError, ValueError):
        return  # a malformed optional value is as good as absent
    kept = _kept(name, parsed, identifying)
    if kept not in (None, "", []):
        facts[name] = kept


def _kept(name: str, value: RawValue, identifying: IdentifyingWords) -> RawValue:
    """Return a parsed value as far as it may be kept: numbers always, texts where allowed."""
    if isinstance(value, list):
        return [kept for part in value if (kept := deidentified_text(part, identifying, name))]
    if not isinstance(value, str) or not value:
        return value
    if name == CONTRAST:
        return kept_agent(value, identifying)
    return deidentified_text(value, identifying, name)


def sidecar_beside(image: Path) -> dict[str, Any]:
    """Return the whitelisted values of the JSON file beside an image file; empty without one.

    Raises
    ------
    DataFault
        As :func:`sidecar_values` does.
    """
    values = sidecar_values(image)
    identifying = identifying_words(values)
    kept = {
        name: _kept(name, values[name], identifying)
        for name, reader in READERS.items()
        if name in values and _is_a(reader, values[name])
    }
    kept = {name: value for name, value in kept.items() if value not in ("", [])}
    if CONTRAST not in kept and (agent := values.get(CONTRAST_INGREDIENT)):
        kept[CONTRAST] = kept_agent(str(agent), identifying)
    return kept | _spectral(values) | sequence_facts(values) | scale_facts(values)


def sidecar_values(image: Path) -> dict[str, Any]:
    """Return what the JSON file beside an image file holds, names of people among it.

    Raises
    ------
    DataFault
        The file cannot be read: the tube voltage, or a contrast agent, may stand in it.
    """
    sidecar = Path(sidecar_path(str(image)))
    if not sidecar.is_file():
        return {}
    values = read_foreign_json(sidecar, SIDECAR)
    if not isinstance(values, dict):
        raise DataFault(f"{SIDECAR} holds no values by name: a BIDS sidecar is expected.")
    return values


def _is_a(reader: Reader, value: RawValue) -> bool:
    """Whether a JSON value has the type that the reader gives; JSON is already in BIDS units."""
    if reader in (_number, _ms_to_s):
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return is_number and abs(value) <= LARGEST_NUMBER
    if reader is _texts:
        return isinstance(value, list) and all(isinstance(part, str) for part in value)
    return isinstance(value, str)


def stack_facts(slices_facts: list[dict[str, Any]]) -> tuple[dict[str, Any], list[str]]:
    """Merge the slices' values: the first slice's, numbers that vary averaged.

    Returns
    -------
    facts, varying
        The values of the stack, and the sorted names of those that are not constant.
    """
    merged: dict[str, Any] = {}
    varying: list[str] = []
    for name in _names_in_order(slices_facts):
        values = [facts[name] for facts in slices_facts if name in facts]
        merged[name] = values[0]
        if any(value != values[0] for value in values) or len(values) < len(slices_facts):
            varying.append(name)
            if all(isinstance(value, (int, float)) for value in values):
                merged[name] = float(np.mean(values))
    return merged, sorted(varying)


def _names_in_order(slices_facts: list[dict[str, Any]]) -> Iterator[str]:
    seen: dict[str, None] = {}
    for facts in slices_facts:
        seen.update(dict.fromkeys(facts))
    yield from seen
