"""FHIR files: their Observations, whose each is, and the maker of its device."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bonecohort.faults import DataFault
from bonecohort.study.table_kinds import LARGEST_FILE_MB, MB
from bonecohort.techniques.dxa.makers import maker_of
from bonecohort.techniques.dxa.names import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

SUBJECT = re.compile(r"(?:^|/)Patient/(?P<id>[A-Za-z0-9\-.]+)")
DEEPEST = 20


@dataclass(frozen=True)
class FhirFile:
    """The Observations of a file, each with its number in it and whose it is."""

    path: str
    observations: tuple[Observation, ...]

    @property
    def subjects(self) -> frozenset[str]:
        """The patients that it names."""
        return frozenset(
            observation.subject for observation in self.observations if observation.subject
        )


@dataclass(frozen=True)
class Observation:
    """One Observation: its place in the file, its patient, the device's maker, its content."""

    number: int
    subject: str
    maker: str
    content: Mapping[str, Any]


def read_fhir(file: Path, path: str) -> FhirFile:
    """Read the Observations of a file.

    Parameters
    ----------
    file
        Where it lies.
    path
        What it is called in messages.

    Raises
    ------
    DataFault
        It is no JSON, no FHIR, or holds no Observation; a narrative is not read.
    """
    if file.stat().st_size > LARGEST_FILE_MB * MB:
        raise DataFault(f"{path}: more than {LARGEST_FILE_MB} MB; keep only people of the study.")
    try:
        documents = _documents(file.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise DataFault(f"{path}: this is no readable JSON.") from error
    makers = _makers(documents)
    observations = (one for node in documents for one in _resources(node, "Observation"))
    result = tuple(
        Observation(number, _subject(one), _maker(one, makers), one)
        for number, one in enumerate(observations, start=1)
    )
    if not result:
        raise DataFault(
            f"{path}: no Observation; a FHIR Bundle, DiagnosticReport or Observation with values "
            "is expected. Values in a narrative (text.div) are not read."
        )
    return FhirFile(path, result)


def _documents(text: str) -> list[Any]:
    """Return the documents of a JSON text: one, a list of them, or one a line (NDJSON)."""
    try:
        content = json.loads(text, parse_constant=_no_number)
    except json.JSONDecodeError:
        lines = (line for line in text.splitlines() if line.strip())
        return [json.loads(line, parse_constant=_no_number) for line in lines]
    return content if isinstance(content, list) else [content]


def _no_number(text: str) -> float:
    """Refuse NaN and Infinity, which JSON does not have and Python reads."""
    raise ValueError(text)


def _resources(node: Any, kind: str, depth: int = 0) -> Iterator[Mapping[str, Any]]:
    """Yield the resources of a kind: the node itself, those contained, those of its entries."""
    if not isinstance(node, dict) or depth > DEEPEST:
        return
    if node.get("resourceType") == kind:
        yield node
    contained = node.get("contained")
    for one in contained if isinstance(contained, list) else ():
        yield from _resources(one, kind, depth + 1)
    entries = node.get("entry")
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict):
            yield from _resources(entry.get("resource"), kind, depth + 1)


def _makers(documents: Sequence[Any]) -> dict[str, str]:
    """Return the makers of the file's devices by their IDs."""
    return {
        str(device.get("id")): maker_of(str(device.get("manufacturer", "")))
        for content in documents
        for device in _resources(content, "Device")
    }


def _maker(observation: Mapping[str, Any], makers: Mapping[str, str]) -> str:
    """Return the maker of the device that measured, by its resource or its displayed name."""
    device = observation.get("device")
    if not isinstance(device, dict):
        return UNKNOWN
    own = str(device.get("reference", "")).rpartition("/")[2].removeprefix("#")
    return makers.get(own) or maker_of(str(device.get("display", ""))) or UNKNOWN


def _subject(observation: Mapping[str, Any]) -> str:
    subject = observation.get("subject")
    reference = subject.get("reference") if isinstance(subject, dict) else ""
    match = SUBJECT.search(reference) if isinstance(reference, str) else None
    return match["id"] if match else ""
