"""Choosing the one stack that a series of the study means, or refusing to guess."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from bonecohort.faults import DataFault
from bonecohort.images.energy import KIND_FACT
from bonecohort.images.geometry import placed
from bonecohort.images.grouping import (
    Candidate,
    Remainder,
    describe,
    find_candidates,
    is_derived,
)
from bonecohort.images.mr_contents import content_by_type, other_content
from bonecohort.images.planes import axis_of, lies_in, other_plane
from bonecohort.images.slices import Slice, count_of
from bonecohort.images.weighting import dixon_part, has_t2_times, is_inversion_recovery
from bonecohort.study.uid_labels import uid_label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bonecohort.techniques.image import Image, Plane


def choose(
    slices: Sequence[Slice], image: Image, series_uid: str | None
) -> tuple[Candidate, list[str]]:
    """Return the one stack that fits, and notes on what was not taken.

    Raises
    ------
    DataFault
        When no stack fits, or when several fit equally well: no guess is made between two
        reconstructions, because the kernel changes the HU.
    """
    wanted = of_series(slices, series_uid) if series_uid else list(slices)
    check_one_patient(wanted)
    candidates, remainders = find_candidates(_declared(wanted, image))
    if not candidates:
        raise DataFault(_no_stack(image, remainders))
    fitting = _fitting(candidates, image, is_named=bool(series_uid))
    best = min(_rank(candidate, image) for candidate in fitting)
    chosen = [candidate for candidate in fitting if _rank(candidate, image) == best]
    if len(chosen) > 1:
        raise DataFault(_ambiguous(chosen, image))
    return chosen[0], _notes(chosen[0], candidates, remainders)


def _declared(slices: Sequence[Slice], image: Image) -> list[Slice]:
    """Leave out the rest of a series of which ImageType says that some planes are what is needed.

    A series of diffusion images may hold the ADC map that was made of them.
    """
    if not image.shows:
        return list(slices)
    is_shown = [content_by_type(dicom_slice.facts, image) == image.shows for dicom_slice in slices]
    series = {
        dicom_slice.series.name
        for dicom_slice, shown in zip(slices, is_shown, strict=True)
        if shown
    }
    return [
        dicom_slice
        for dicom_slice, shown in zip(slices, is_shown, strict=True)
        if shown or dicom_slice.series.name not in series
    ]


def nothing_found(image: Image, left_out: Counter[str]) -> str:
    """Return the reason for refusing files among which there is no slice."""
    seen = ", ".join(f"{count} × {reason}" for reason, count in sorted(left_out.items()))
    total = count_of(left_out.total(), "file")
    return f"No {image.modality} slice was found among {total} ({seen})."


def of_series(slices: Sequence[Slice], series_uid: str) -> list[Slice]:
    """Return the planes of the series that series.tsv names; a DataFault where it is not there."""
    label = uid_label(series_uid.strip())
    wanted = [dicom_slice for dicom_slice in slices if dicom_slice.series.label == label]
    if not wanted:
        there = ", ".join(sorted({dicom_slice.series.label or "(blank)" for dicom_slice in slices}))
        raise DataFault(
            f"The series_uid of series.tsv ({label}) is not among the series found: {there}. "
            "Correct it in series.tsv: a SeriesInstanceUID, or its label as printed here."
        )
    return wanted


def check_one_patient(slices: Sequence[Slice]) -> None:
    """Raise a DataFault for planes of several patients."""
    patients = {dicom_slice.series.patient for dicom_slice in slices if dicom_slice.series.patient}
    if len(patients) > 1:
        raise DataFault(
            f"The images belong to {len(patients)} different patients (PatientID): one "
            "participant's series must hold one patient."
        )


def _no_stack(image: Image, remainders: Sequence[Remainder]) -> str:
    if len(remainders) == 1:
        return f"The series makes no volume: {remainders[0].reason}."
    reasons = Counter(remainder.reason for remainder in remainders)
    text = "; ".join(
        f"{count_of(count, 'series', 'series')}: {why}" for why, count in reasons.items()
    )
    return f"None of the {len(remainders)} series makes a {image.kind} volume: {text}."


def _fitting(candidates: list[Candidate], image: Image, *, is_named: bool) -> list[Candidate]:
    """Leave out what can't be meant: other planes than the one needed, other contents."""
    return _of_plane(_of_content(candidates, image, is_named=is_named), image)


def _of_content(candidates: list[Candidate], image: Image, *, is_named: bool) -> list[Candidate]:
    """Leave out what shows something else by ImageType, or by the description of a series.

    A series that series.tsv names is not left out for its description.
    """
    if not image.shows:
        return candidates
    messages = [
        _declared_content(candidate.slices[0], image, is_named=is_named) for candidate in candidates
    ]
    fitting = [
        candidate
        for candidate, content in zip(candidates, messages, strict=True)
        if content in ("", image.shows)
    ]
    if not fitting:
        raise DataFault(other_content(image, messages))
    return fitting


def _declared_content(dicom_slice: Slice, image: Image, *, is_named: bool) -> str:
    by_type = content_by_type(dicom_slice.facts, image)
    return by_type or ("" if is_named else dicom_slice.series.described_content)


def _of_plane(candidates: list[Candidate], image: Image) -> list[Candidate]:
    if not image.plane:
        return candidates
    parts = [_normal(candidate, image.plane) for candidate in candidates]
    fitting = [
        candidate
        for candidate, part in zip(candidates, parts, strict=True)
        if lies_in(image.plane, part)
    ]
    if not fitting:
        raise DataFault(other_plane(image, max(parts)))
    return fitting


def _normal(candidate: Candidate, plane: Plane) -> float:
    """Return the part of a stack's unit normal along a plane's axis, without its sign."""
    return abs(float(placed(candidate.slices[0]).normal[axis_of(plane)]))


def _rank(candidate: Candidate, image: Image) -> tuple[int, ...]:
    """Return what speaks against a candidate, the weightiest first; False sorts before True."""
    first = candidate.slices[0]
    usual = image.usual_plane
    return (
        image.scale == "hounsfield" and KIND_FACT in first.facts,
        _content_doubt(first, image),
        *(_against_t2(first) if image.weighting == "T2" else ()),
        is_derived(first) and not image.derived,
        bool(usual) and not lies_in(usual, _normal(candidate, usual)),
    )


def _content_doubt(dicom_slice: Slice, image: Image) -> int:
    """Return how a slice says what it shows: by type, by description, not at all."""
    if not image.shows or content_by_type(dicom_slice.facts, image) == image.shows:
        return 0
    return 1 if dicom_slice.series.described_content == image.shows else 2


def _against_t2(dicom_slice: Slice) -> tuple[bool, ...]:
    """Return what speaks against plain T2 weighting, the weightiest first."""
    return (
        not is_t2(dicom_slice),
        is_inversion_recovery(dicom_slice.facts),
        dixon_part(dicom_slice.facts) not in {"", "in phase"},
    )


def is_t2(dicom_slice: Slice) -> bool:
    """Whether echo and repetition time, or a description, say T2-weighted."""
    return has_t2_times(dicom_slice.facts) or dicom_slice.series.described_as_t2


def _ambiguous(chosen: Sequence[Candidate], image: Image) -> str:
    listed = "; ".join(describe(candidate) for candidate in chosen)
    if len({candidate.slices[0].series.name for candidate in chosen}) == 1:
        names = sorted({name for candidate in chosen for name in candidate.separated_by})
        cause = f", which differ in {', '.join(names)}" if names else ""
        return (
            f"One series holds {len(chosen)} stacks or reconstructions{cause}: {listed}. Export "
            "the one to be measured as a series of its own."
        )
    return (
        f"{len(chosen)} {image.kind} series fit equally well: {listed}. Name the one to be "
        "measured in the series_uid column of series.tsv."
    )


def _notes(
    chosen: Candidate, candidates: Sequence[Candidate], remainders: Sequence[Remainder]
) -> list[str]:
    notes = [
        f"Another stack ({_brief(candidate)}) was left out: it fits less well."
        for candidate in candidates
        if candidate is not chosen
    ]
    if chosen.odd:
        odd = count_of(len(chosen.odd), "derived image was", "derived images were")
        notes.append(f"{odd} left out from among the original ones of the series.")
    notes += [
        f"Another series of {count_of(remainder.count, 'image')} was left out: {remainder.reason}."
        for remainder in remainders
    ]
    return notes


def _brief(candidate: Candidate) -> str:
    """Describe without any UID, for the sidecar."""
    facts = candidate.slices[0].facts
    shown = [
        f"{name} {facts[name]}"
        for name in ("ConvolutionKernel", "SliceThickness", "EchoTime")
        if name in facts
    ]
    return ", ".join([count_of(len(candidate.slices), "slice"), *shown])
