"""Which series is the CT and which the sagittal T2 of a participant, and why not the others.

Two steps, both of stated rules: what refuses a series, then an order of preferences among those
left. The first preference in which a series is worse is the reason it is passed over.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bonecohort.images.checks import NO_CONTRAST, THICK_SLICE_MM, t2_warnings
from bonecohort.images.choice import (
    AXIAL_NORMAL,
    SAGITTAL_NORMAL,
    is_inversion_recovery,
    not_sagittal,
)
from bonecohort.intake.kernels import kernel_kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bonecohort.images.slices import Kind
    from bonecohort.intake.series import SeriesSummary, Stack

LEAST_COVERAGE_MM = 120.0
"""Less than this does not hold five lumbar vertebrae of a small adult."""
LONG_SCAN_MM = 400.0
"""A chest scan as long as this goes on to the abdomen."""
THICKEST_MM = 5.0
LONGEST_T2_ECHO_S = 0.25
"""Beyond it only fluid is bright: myelography."""
MODALITY: dict[str, Kind] = {"CT": "ct", "MR": "t2_sagittal"}
NOT_ORIGINAL = {"DERIVED", "SECONDARY", "MPR", "CSA MPR", "REFORMATTED", "AVERAGE", "SUBTRACTION"}
ELSEWHERE = ("head", "limb", "cervical spine", "thoracic spine", "chest")
NEAR = ("lumbar", "abdomen", "spine")


@dataclass(frozen=True)
class Preference:
    """One thing by which a series is better than another; ``level`` 0 is best."""

    level: float
    said: str


@dataclass(frozen=True)
class Proposal:
    """The series proposed for one kind, or None; and every other series with its reason."""

    participant_id: str
    kind: Kind
    chosen: SeriesSummary | None
    reason: str
    passed_over: tuple[tuple[SeriesSummary, str], ...]


def propose(participant_id: str, series: Sequence[SeriesSummary]) -> tuple[Proposal, ...]:
    """Return the proposals of one participant, CT first.

    Where several CT or T2 are equally good, those nearest in time to one another are taken, then
    the thinner slices, then the longer coverage, then the order of the files.
    """
    fits: dict[Kind, list[SeriesSummary]] = {"ct": [], "t2_sagittal": []}
    refused: dict[Kind, list[tuple[SeriesSummary, str]]] = {"ct": [], "t2_sagittal": []}
    for one in series:
        kind = MODALITY.get(one.modality)
        if kind:
            why = refusal(one, kind)
            if why:
                refused[kind].append((one, why))
            else:
                fits[kind].append(one)
    best = {kind: _best(fits[kind], kind) for kind in fits}
    chosen = _nearest(best["ct"], best["t2_sagittal"])
    return tuple(
        _proposal(participant_id, kind, chosen[kind], fits[kind], refused[kind]) for kind in fits
    )


def refusal(series: SeriesSummary, kind: Kind) -> str:
    """Return why a series cannot be the one; '' when it can."""
    if series.refusal:
        return series.refusal
    if series.shares_folder and not series.uid:
        return "it shares its folder with other series and has no SeriesInstanceUID to pick it by"
    check = _refuse_ct if kind == "ct" else _refuse_t2
    fitting, reasons = [], []
    for stack in series.stacks:
        why = check(stack, series.words)
        if why:
            reasons.append(why)
        else:
            fitting.append(stack)
    if not fitting:
        return reasons[0]
    if len(fitting) > 1:
        names = ", ".join(fitting[0].told_apart_by)
        apart = f", which differ in {names}" if names else ""
        return f"it holds {len(fitting)} stacks{apart}: export the one wanted as its own series"
    return fitting[0].fault


def _refuse_ct(stack: Stack, words: frozenset[str]) -> str:
    elsewhere = _elsewhere(words)
    thickness = _thickness(stack)
    rules = (
        (_is_derived(stack, words), "derived (a reformat or projection), not the original"),
        (
            abs(stack.normal[2]) <= AXIAL_NORMAL,
            (
                f"not axial: the head-foot part of its slice normal is {abs(stack.normal[2]):.2f}, "
                f"more than {AXIAL_NORMAL} is needed"
            ),
        ),
        (
            stack.coverage_mm < LEAST_COVERAGE_MM,
            (
                f"covers {stack.coverage_mm:.0f} mm along the body, at least "
                f"{LEAST_COVERAGE_MM:.0f} mm hold the lumbar spine"
            ),
        ),
        (
            thickness > THICKEST_MM,
            f"slices {thickness:g} mm thick, at most {THICKEST_MM:g} mm are of use",
        ),
        (
            bool(elsewhere) and not (elsewhere == "chest" and stack.coverage_mm >= LONG_SCAN_MM),
            f"described as {elsewhere}, not as lumbar spine or abdomen",
        ),
        (
            kernel_kind(str(stack.facts.get("ConvolutionKernel", ""))) == "lung",
            f"lung kernel ({stack.facts.get('ConvolutionKernel')})",
        ),
    )
    return next((why for holds, why in rules if holds), "")


def _refuse_t2(stack: Stack, words: frozenset[str]) -> str:
    normal_x = abs(stack.normal[0])
    scanning = str(stack.facts.get("ScanningSequence", "")).split("\\")
    echo = stack.facts.get("EchoTime", 0)
    elsewhere = _elsewhere(words)
    rules = (
        (_is_derived(stack, words), "derived (a reformat or projection), not the original"),
        (normal_x <= SAGITTAL_NORMAL, _lower(not_sagittal(normal_x))),
        (
            is_inversion_recovery(stack.facts) or bool({"STIR", "FLAIR"} & words),
            "inversion recovery (STIR or FLAIR), not plain T2",
        ),
        ("EP" in scanning, "echo-planar (diffusion), not a T2-weighted spin echo"),
        ("T2*" in words or scanning == ["GR"], "gradient echo (T2*), not a T2-weighted spin echo"),
        (not stack.t2_weighted, _not_t2(stack)),
        (
            echo >= LONGEST_T2_ECHO_S or "myelography" in words,
            "myelography: fluid alone is bright in it",
        ),
        (bool(elsewhere), f"described as {elsewhere}, not as lumbar spine"),
        (
            stack.height_mm < LEAST_COVERAGE_MM,
            (
                f"shows {stack.height_mm:.0f} mm along the body, at least "
                f"{LEAST_COVERAGE_MM:.0f} mm hold the lumbar spine"
            ),
        ),
    )
    return next((why for holds, why in rules if holds), "")


def _lower(sentence: str) -> str:
    return sentence.removeprefix("The T2 series is ").rstrip(".")


def _not_t2(stack: Stack) -> str:
    warnings = t2_warnings(stack.facts, stack.described_as_t2)
    return warnings[0].rstrip(".") if warnings else "not T2-weighted"


def _is_derived(stack: Stack, words: frozenset[str]) -> bool:
    image_type = {str(part).upper() for part in stack.facts.get("ImageType", ())}
    return bool(image_type & NOT_ORIGINAL or {"MPR", "MIP"} & words)


def _elsewhere(words: frozenset[str]) -> str:
    """Return the region a series is described as, when it can't be the lumbar spine.

    "Cervical spine" holds the word spine too: of a named part, only another part counts.
    """
    named = [word for word in ELSEWHERE if word in words]
    spared = {"lumbar", "abdomen"} if any("spine" in word for word in named) else set(NEAR)
    return named[0] if named and not spared & words else ""


def _thickness(stack: Stack) -> float:
    return max(float(stack.facts.get("SliceThickness", 0)), stack.spacing_mm)


def _preferences(series: SeriesSummary, kind: Kind) -> tuple[Preference, ...]:
    """Return what a fitting series is ranked by, the weightiest first."""
    stack = usable_stack(series, kind)
    return _ct_preferences(stack, series) if kind == "ct" else _t2_preferences(stack, series)


def usable_stack(series: SeriesSummary, kind: Kind) -> Stack:
    """Return the one stack of a series that is not refused."""
    check = _refuse_ct if kind == "ct" else _refuse_t2
    return next(stack for stack in series.stacks if not check(stack, series.words))


def _ct_preferences(stack: Stack, series: SeriesSummary) -> tuple[Preference, ...]:
    thickness = _thickness(stack)
    agent = str(stack.facts.get("ContrastBolusAgent", "")).strip().upper()
    contrast = agent not in NO_CONTRAST
    kernel = str(stack.facts.get("ConvolutionKernel", "")) or "not recorded"
    kernel_level = {"standard": 0, "unknown": 1, "bone": 2}.get(kernel_kind(kernel), 3)
    unsure = "ORIGINAL" not in stack.facts.get("ImageType", ())
    return (
        Preference(thickness > THICK_SLICE_MM, f"slices {thickness:g} mm thick"),
        Preference(contrast, "contrast agent" if contrast else "no contrast agent"),
        Preference(kernel_level, f"kernel {kernel}"),
        Preference(unsure, "not said to be original" if unsure else "original"),
        _region(series.words),
    )


def _t2_preferences(stack: Stack, series: SeriesSummary) -> tuple[Preference, ...]:
    options = str(stack.facts.get("ScanOptions", "")).split("\\")
    fat = "fat suppression" in series.words or "FS" in options
    # t2_warnings is silent where the description says T2; the times are what is asked here.
    unsure = bool(t2_warnings(stack.facts, described_as_t2=False))
    echo = stack.facts.get("EchoTime")
    return (
        Preference(fat, "fat suppressed" if fat else "no fat suppression"),
        Preference(unsure, "T2 by description only" if unsure else f"echo time {echo:g} s"),
        _region(series.words),
    )


def _region(words: frozenset[str]) -> Preference:
    level = next((index for index, word in enumerate(NEAR) if word in words), len(NEAR))
    return Preference(
        level, f"described as {NEAR[level]}" if level < len(NEAR) else "no region said"
    )


def _levels(series: SeriesSummary, kind: Kind) -> tuple[float, ...]:
    return tuple(preference.level for preference in _preferences(series, kind))


def _best(fitting: list[SeriesSummary], kind: Kind) -> list[SeriesSummary]:
    """Return the series that no other is preferred to, thin and long ones first."""
    least = min((_levels(one, kind) for one in fitting), default=())
    best = [one for one in fitting if _levels(one, kind) == least]
    return sorted(best, key=lambda one: _size_order(usable_stack(one, kind)))


def _size_order(stack: Stack) -> tuple[float, float]:
    return (round(_thickness(stack), 2), -round(stack.coverage_mm))


def _nearest(
    ct: Sequence[SeriesSummary], t2: Sequence[SeriesSummary]
) -> dict[Kind, SeriesSummary | None]:
    """Return the CT and the T2 nearest in time, the first of those equally near."""
    if not ct or not t2:
        return {"ct": ct[0] if ct else None, "t2_sagittal": t2[0] if t2 else None}

    def gap(pair: tuple[SeriesSummary, SeriesSummary]) -> float:
        return _days_apart(*pair)

    first, second = min(((one, other) for one in ct for other in t2), key=gap)
    return {"ct": first, "t2_sagittal": second}


def _days_apart(first: SeriesSummary, second: SeriesSummary) -> float:
    if first.day is None or second.day is None:
        return float("inf")
    return abs(first.day - second.day)


def _proposal(
    participant_id: str,
    kind: Kind,
    chosen: SeriesSummary | None,
    fitting: Sequence[SeriesSummary],
    refused: Sequence[tuple[SeriesSummary, str]],
) -> Proposal:
    if chosen is None:
        seen = "; ".join(dict.fromkeys(why for _, why in refused))
        modality = "CT" if kind == "ct" else "MR"
        why = (
            f"none of the {len(refused)} {modality} series fits ({seen})"
            if refused
            else (f"no {modality} series")
        )
        return Proposal(participant_id, kind, None, why, tuple(refused))
    others = [(one, _why_worse(one, chosen, kind)) for one in fitting if one is not chosen]
    return Proposal(participant_id, kind, chosen, _describe(chosen, kind), (*others, *refused))


def _describe(series: SeriesSummary, kind: Kind) -> str:
    stack = usable_stack(series, kind)
    thickness = _thickness(stack)
    plane = f"axial, {stack.coverage_mm:.0f} mm long" if kind == "ct" else "sagittal"
    said = [preference.said for preference in _preferences(series, kind)]
    size = [] if kind == "ct" else [f"slices {thickness:g} mm thick"]
    return ", ".join([f"{stack.n_slices} slices", plane, *size, *said])


def _why_worse(series: SeriesSummary, chosen: SeriesSummary, kind: Kind) -> str:
    pairs = zip(_preferences(series, kind), _preferences(chosen, kind), strict=True)
    for own, preferred in pairs:
        if own.level != preferred.level:
            return f"{own.said}; the one proposed: {preferred.said}"
    if series.day != chosen.day:
        return "as good, of another day: the one proposed is nearest to the other modality in time"
    own_size, best_size = usable_stack(series, kind), usable_stack(chosen, kind)
    if _size_order(own_size) != _size_order(best_size):
        return (
            f"slices {_thickness(own_size):g} mm over {own_size.coverage_mm:.0f} mm; the one "
            f"proposed: {_thickness(best_size):g} mm over {best_size.coverage_mm:.0f} mm"
        )
    return "as good as the one proposed, which was met first: choose between them"
