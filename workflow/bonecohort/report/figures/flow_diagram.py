"""The flow diagram of participants and vertebrae: its boxes, their texts and its arrows."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bonecohort.report.printing.wide_characters import wrapped
from bonecohort.report.results.counts import recorded
from bonecohort.study.summary import printed_counts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bonecohort.report.printing.split_labels import SplitWords

WIDTH = 720
LINE_HEIGHT = 17
PADDING = 12
GAP = 30
MAIN_X, MAIN_WIDTH = 10, 330
SIDE_X, SIDE_WIDTH = 390, 320
CHARACTER_WIDTH = 7.0  # of the 13-unit text, on the generous side, so that no line leaves its box


@dataclass(frozen=True)
class Box:
    """A box of the diagram and its lines of text."""

    x: float
    y: float
    width: float
    lines: tuple[str, ...]
    href: str = ""

    @property
    def height(self) -> float:
        """Height that holds the lines."""
        return 2 * PADDING + LINE_HEIGHT * len(self.lines) - 4

    @property
    def bottom(self) -> float:
        """Lower edge."""
        return self.y + self.height


@dataclass(frozen=True)
class Arrow:
    """A line of horizontal and vertical pieces from point to point (x, y)."""

    points: tuple[tuple[float, float], ...]
    has_head: bool = True


@dataclass(frozen=True)
class Flow:
    """A diagram that is ``WIDTH`` units wide: y points down, texts are 13 units high."""

    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]

    @property
    def height(self) -> float:
        """Height that holds the boxes."""
        return max(box.bottom for box in self.boxes) + 6


def lines_within(texts: list[str], width: float) -> tuple[str, ...]:
    """Return texts as lines that stay inside a box."""
    columns = int((width - 2 * PADDING) / CHARACTER_WIDTH)
    return tuple(line for text in texts for line in wrapped(text, columns) or [""])


def flow_diagram(
    counts: dict[str, Any],
    sizes: tuple[int, ...],
    split: SplitWords | None,
    n_in_part: int = 0,
    *,
    of_all: bool = True,
) -> Flow:
    """Return who was listed, included, excluded and analysed, and what was measured.

    Parameters
    ----------
    counts
        The ``counts`` of ``run.json``.
    sizes
        Participants in each group of Table 1.
    split
        The words for those groups; None where there are no groups.
    n_in_part
        Participants analysed of whom something could not be measured.
    of_all
        Whether techniques that found nothing are named, where another found something.
    """
    main, side = _participant_boxes(counts, n_in_part)
    groups = _group_boxes(counts, sizes, split, main[-1].bottom + GAP) if split else []
    vertebrae_y = max(box.bottom for box in groups or main) + GAP
    vertebrae = [
        Box(MAIN_X, vertebrae_y, WIDTH - 2 * MAIN_X, lines)
        for lines in _vertebra_lines(counts, of_all=of_all)
    ]
    arrows = [_down(upper, lower) for upper, lower in itertools.pairwise(main)]
    arrows += [_branch(main[index], box) for index, box in side if box.y > main[index].y]
    arrows += [_beside(main[index], box) for index, box in side if box.y <= main[index].y]
    arrows += [_spread(main[-1], box) for box in groups]
    boxes = (*main, *(box for _, box in side), *groups, *vertebrae)
    return Flow(boxes, tuple(arrows))


def _participant_boxes(
    counts: dict[str, Any], n_in_part: int
) -> tuple[list[Box], list[tuple[int, Box]]]:
    reasons = counts.get("not_included_reasons") or {}
    not_included = [f"Not included: {recorded(counts, 'not_included')}"]
    not_included += [f"{int(n)} × {reason}" for reason, n in reasons.items()]
    faults = [f"Excluded for a fault in the data: {recorded(counts, 'excluded_by_fault')}"]
    if counts.get("excluded_by_fault"):
        faults.append("reasons in the list of exclusions")
    if counts.get("left_out"):
        faults.append(f"Left out by reviewers: {int(counts['left_out'])}")
    if counts.get("excluded_by_failure"):
        faults.append(f"Lacking, for a job failed: {int(counts['excluded_by_failure'])}")
    n_failed = int(counts.get("failed") or 0) - int(counts.get("excluded_by_failure") or 0)
    n_left_out = int(counts.get("left_out_in_part") or 0)
    n_fault = n_in_part - n_failed - n_left_out
    in_part = [f"Analysed in part, for a fault: {n_fault}"] if n_fault > 0 else []
    if n_left_out:
        in_part.append(f"Analysed in part, left out by reviewers: {n_left_out}")
    in_part += [f"Analysed in part, for a job failed: {n_failed}"] if n_failed else []
    stages = [
        (f"Participants listed: {recorded(counts, 'listed')}", not_included),
        (f"Included: {recorded(counts, 'included')}", faults),
        (f"Analysed: {recorded(counts, 'analysed')}", in_part),
    ]
    main: list[Box] = []
    side: list[tuple[int, Box]] = []
    y = 6.0
    for index, (title, aside) in enumerate(stages):
        main.append(Box(MAIN_X, y, MAIN_WIDTH, (title,)))
        bottom = main[-1].bottom
        if aside:
            lines = lines_within(aside, SIDE_WIDTH)
            # What is analysed in part stays in the flow: its box stands beside, not below.
            top = y if aside is in_part else bottom - 4
            href = "" if aside[-1].endswith(": 0") else "#exclusions"
            side.append((index, Box(SIDE_X, top, SIDE_WIDTH, lines, href)))
            if aside is not in_part:
                bottom = max(bottom + GAP, side[-1][1].bottom - GAP + 10)
        y = bottom + GAP
    return main, side


def _group_boxes(
    counts: dict[str, Any], sizes: tuple[int, ...], split: SplitWords, y: float
) -> list[Box]:
    unknown = split.in_neither
    if not sum(sizes) and counts.get("analysed"):
        return [Box(MAIN_X, y, MAIN_WIDTH, (f"{unknown}: {int(counts['analysed'])}",))]
    groups = list(zip(split.groups, sizes, strict=True))
    analysed = counts.get("analysed")
    not_read = int(analysed) - sum(sizes) if analysed is not None else 0
    if not_read > 0:
        groups.append((unknown, not_read))
    width = (WIDTH - 2 * MAIN_X - 20 * (len(groups) - 1)) / len(groups)
    return [
        Box(MAIN_X + i * (width + 20), y, width, lines_within([f"{name}: {n}"], width))
        for i, (name, n) in enumerate(groups)
    ]


def _vertebra_lines(counts: dict[str, Any], *, of_all: bool) -> Iterator[tuple[str, ...]]:
    """Yield the lines of the box of vertebrae; none where nothing is known of any."""
    printed = printed_counts(counts, of_all=of_all)
    if not any(counts.get(count.name, 1) for count in printed if count.of_sites):
        return
    measured = [
        count.in_flow.format(n=_of_all(counts, count.name)) for count in printed if count.of_sites
    ]
    result = [
        count.in_flow.format(n=recorded(counts, count.name))
        for count in printed
        if count.in_flow and not count.of_sites
    ]
    total = recorded(counts, "vertebrae")
    lines = [f"Vertebrae of the analysed participants: {total}", "; ".join(measured)]
    yield lines_within([*lines, *(["; ".join(result)] if result else [])], WIDTH - 2 * MAIN_X)


def _of_all(counts: dict[str, Any], name: str) -> str:
    """Print how many vertebrae were measured, and how many were not."""
    n, total = counts.get(name), counts.get("vertebrae")
    missing = int(total) - int(n) if n is not None and total is not None else 0
    return recorded(counts, name) + (f" (not in {missing})" if missing else "")


def _down(upper: Box, lower: Box) -> Arrow:
    x = upper.x + upper.width / 2
    return Arrow(((x, upper.bottom), (x, lower.y)))


def _branch(main: Box, side: Box) -> Arrow:
    x = main.x + main.width / 2
    y = side.y + 20
    return Arrow(((x, y), (side.x, y)))


def _beside(main: Box, side: Box) -> Arrow:
    y = main.y + main.height / 2
    return Arrow(((main.x + main.width, y), (side.x, y)), has_head=False)


def _spread(main: Box, group: Box) -> Arrow:
    start, end = main.x + main.width / 2, group.x + group.width / 2
    if group.x < start < group.x + group.width:
        end = start
    middle = main.bottom + GAP / 2
    return Arrow(((start, main.bottom), (start, middle), (end, middle), (end, group.y)))
