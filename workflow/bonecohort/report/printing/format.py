"""How numbers are printed: the only place where a result is rounded."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from bonecohort.study.settings import PStyle

ABSENT = "–"
NOT_RECORDED = "not recorded"
SMALLEST_PRINTED_P = 0.0005
P_RULES: dict[PStyle, str] = {
    "three_decimals": (
        f"p values are rounded to three decimals; those below {SMALLEST_PRINTED_P} are printed as "
        "<0.001"
    ),
    "ama": (
        "p values below 0.001 are printed as <.001, those above 0.99 as >.99 and those below .01 "
        "with three decimals; others have two, or as many as keep a p below .05 below it"
    ),
}
"""How p values are printed, in words."""
LARGEST_PRINTED_RATIO = 1000.0
NO_BREAK = "\N{NO-BREAK SPACE}"


def number(value: float | None, decimals: int) -> str:
    """Print with fixed decimals, halves away from zero, a true minus sign, – when missing."""
    if value is None or math.isnan(value):
        return ABSENT
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    rounded = Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    if rounded.is_zero():
        rounded = abs(rounded)
    return f"{rounded:f}".replace("-", "−")


def p_value(p: float | None, style: PStyle = "three_decimals") -> str:
    """Print a p value.

    ``three_decimals``: ``0.012``, ``<0.001`` below 0.0005. ``ama`` (AMA Manual of Style, 11th
    edition, 19.5): no zero before the point, two decimals from .01 on, three below, ``<.001`` and
    ``>.99`` at the ends; a p below .05 gets the decimals it needs to be printed below .05.
    """
    if p is None or math.isnan(p):
        return ABSENT
    if style == "ama":
        return _p_value_ama(p)
    return "<0.001" if p < SMALLEST_PRINTED_P else number(p, 3)


def _p_value_ama(p: float) -> str:
    if p < 0.001:
        return "<.001"
    if p > 0.99:
        return ">.99"
    decimals = 3 if p < 0.01 else 2
    while p < 0.05 <= float(number(p, decimals)):
        decimals += 1
    return number(p, decimals).removeprefix("0")


def p_phrase(p: float | None, style: PStyle = "three_decimals") -> str:
    """Print ``p = 0.012`` or ``p < 0.001`` for running text, never broken over two lines."""
    text = p_value(p, style)
    sign, figure = (text[0], text[1:]) if text[0] in "<>" else ("=", text)
    return NO_BREAK.join(("p", sign, figure))


def n_phrase(n: float) -> str:
    """Print ``n = 95``, never broken over two lines."""
    return NO_BREAK.join(("n", "=", number(n, 0)))


def n_and_events(n: Sequence[float], events: Sequence[float], event: str) -> str:
    """Print ``n = 199, 95 with a defect``; of several models, from the smallest to the largest."""
    return f"{n_of_several(n)}, {_smallest_to_largest(events)} {event}"


def n_of_several(n: Sequence[float]) -> str:
    """Print ``n = 190 to 199``, from the smallest to the largest."""
    return NO_BREAK.join(("n", "=", _smallest_to_largest(n)))


def _smallest_to_largest(counts: Sequence[float]) -> str:
    least, most = (number(end(counts), 0) for end in (min, max))
    return least if least == most else limits(least, most)


def mean_sd(mean: float | None, sd: float | None, decimals: int) -> str:
    """Mean ± SD; the mean alone when one value leaves no SD."""
    text = number(mean, decimals)
    if text == ABSENT or sd is None or math.isnan(sd):
        return text
    return f"{text} ± {number(sd, decimals)}"


def mean_sd_of(values: pd.Series[float], decimals: int, n: int | None = None) -> str:
    """Mean ± SD (n - 1) of values; with their number where it is neither 0 nor ``n``."""
    text = mean_sd(float(values.mean()), float(values.std()), decimals)
    return text if n is None or len(values) in (0, n) else f"{text} ({n_phrase(len(values))})"


def median_quartiles(first: float, median: float, third: float, decimals: int) -> str:
    """Print the median with the first and third quartile, ``3.0 (1.5 to 4.0)``."""
    return with_limits(*(number(value, decimals) for value in (median, first, third)))


def limits(low: str, high: str) -> str:
    """Print the ends of an interval, ``−0.30 to 0.37``: with a dash a minus would be lost.

    Every interval of tables, figures and sentences is printed by it.
    """
    return f"{low} to {high}"


def with_limits(value: str, low: str, high: str) -> str:
    """Print a value with its interval, ``1.05 (1.01 to 1.09)``; alone where a limit is absent."""
    return value if ABSENT in (value, low, high) else f"{value} ({limits(low, high)})"


def percent(part: float, whole: float) -> str:
    """Percentage with one decimal; – when there is nothing to divide by."""
    return f"{number(100 * part / whole, 1)}%" if whole else ABSENT


def count_percent(part: float, whole: float) -> str:
    """Print ``n (%)``."""
    return f"{number(part, 0)} ({percent(part, whole)})"


def ratio(value: float | None) -> str:
    """Odds ratio with two decimals; a runaway estimate is printed as >1000."""
    if value is not None and value > LARGEST_PRINTED_RATIO:
        return f">{LARGEST_PRINTED_RATIO:.0f}"
    return number(value, 2)


def ratio_interval(value: float | None, low: float | None, high: float | None) -> str:
    """Print an odds ratio with its confidence interval, ``1.05 (1.01 to 1.09)``."""
    return with_limits(ratio(value), ratio(low), ratio(high))


def counted(n: float, singular: str, plural: str = "") -> str:
    """Print ``1 participant``, ``2 participants``."""
    word = singular if int(n) == 1 else plural or f"{singular}s"
    return f"{int(n)} {word}"


def joined(items: list[str]) -> str:
    """Print ``a, b and c``."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"


def span(levels: list[str]) -> str:
    """Print levels that follow each other as ``L1–L5``, others as ``L1, L3``."""
    distinct = list(dict.fromkeys(level for level in levels if level))
    numbers = [int(level[1:]) for level in distinct if level[1:].isdigit()]
    follow = numbers == list(range(numbers[0], numbers[0] + len(distinct))) if numbers else False
    if follow and len(distinct) > 2 and len({level[0] for level in distinct}) == 1:
        return f"{distinct[0]}–{distinct[-1]}"
    return ", ".join(distinct)


def listed(phrases: list[str]) -> str:
    """Print phrases that hold commas of their own: ``a; b; and c``."""
    if len(phrases) < 3:
        return " and ".join(phrases)
    return f"{'; '.join(phrases[:-1])}; and {phrases[-1]}"
