"""The study's sample size: what the stated assumptions ask for, and what its size can show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bonecohort.statistics.planning import power

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bonecohort.statistics.regression.model_diagnostics import FittedModel
    from bonecohort.study.analysis_settings import SampleSizeSettings

SAMPLE_SIZE_COLUMNS = ("question", "quantity", "value", "available", "formula", "assumptions",
                       "warning")  # fmt: skip
EVENTS_PER_VARIABLE = 10
STUDENT = "two-sided two-sample t test, noncentral t (Cohen 1988)"
HSIEH_1 = "Hsieh, Bloch and Larsen 1998, formula 1"
HSIEH_2 = "Hsieh, Bloch and Larsen 1998, formula 2"
WILSON = "half width of Wilson's 95% interval (Wilson 1927)"
PEDUZZI = "ten cases of the rarer outcome per term (Peduzzi et al. 1996)"


def sample_size(
    participants: pd.DataFrame,
    multivariable: FittedModel,
    planned: SampleSizeSettings,
    levels: tuple[str, str],
    further: Sequence[dict[str, Any]] = (),
) -> pd.DataFrame:
    """Return required sizes and what the study's size can show, one row a quantity.

    ``available`` is the number of participants the requirement is to be held against.

    Parameters
    ----------
    multivariable
        The model whose outcome and terms are planned for.
    planned
        What is assumed.
    levels
        The outcome's level without the event, then with it.
    further
        Rows of other questions (:func:`size_row`), put last.
    """
    outcome = multivariable.outcome
    events = int((participants[outcome] == levels[1]).sum())
    others = int((participants[outcome] == levels[0]).sum())
    rows = [
        *_of_two_means(events, others, planned),
        *_of_prevalence(events, events + others, planned),
        *_of_logistic(multivariable, planned),
        *further,
    ]
    return pd.DataFrame(rows, columns=list(SAMPLE_SIZE_COLUMNS))


def size_row(
    question: str, quantity: str, value: float, *, available: float, formula: str, assumptions: str
) -> dict[str, Any]:
    """Return a row of the table; a size that is not finite could not be computed."""
    known = np.isfinite(value)
    return {
        "question": question,
        "quantity": quantity,
        "value": value if known else np.nan,
        "available": available,
        "formula": formula,
        "assumptions": assumptions,
        "warning": "" if known else "not computed: too few participants",
    }


def alpha_and_power(planned: SampleSizeSettings) -> str:
    """Return the levels assumed, in words."""
    return f"two-sided alpha {planned.alpha:g}, power {planned.power:g}"


def _of_two_means(events: int, others: int, planned: SampleSizeSettings) -> list[dict[str, Any]]:
    question = "difference of two means between participants with and without the outcome"
    size = power.two_sample_t_size(planned.difference_sd, planned.alpha, planned.power)
    result = power.smallest_difference_sd(events, others, planned.alpha, planned.power)
    assumed = f"difference {planned.difference_sd:g} SD, equal groups, {alpha_and_power(planned)}"
    held = f"groups of {events} and {others}, {alpha_and_power(planned)}"
    return [
        size_row(
            question,
            "n_per_group",
            size,
            available=min(events, others),
            formula=STUDENT,
            assumptions=assumed,
        ),
        size_row(
            question,
            "smallest_difference_sd",
            result,
            available=events + others,
            formula=STUDENT,
            assumptions=held,
        ),
    ]


def _of_prevalence(events: int, n: int, planned: SampleSizeSettings) -> list[dict[str, Any]]:
    question = "prevalence of the outcome"
    size = power.prevalence_size(planned.event_share, planned.half_width)
    reached = power.wilson_half_width(events / n, n) if n else np.nan
    assumed = f"prevalence {planned.event_share:g}, half width {planned.half_width:g}"
    held = f"{events} of {n} participants"
    return [
        size_row(question, "n_total", size, available=n, formula=WILSON, assumptions=assumed),
        size_row(
            question, "half_width_reached", reached, available=n, formula=WILSON, assumptions=held
        ),
    ]


def _of_logistic(model: FittedModel, planned: SampleSizeSettings) -> list[dict[str, Any]]:
    events = model.data.events
    n, n_terms = events.size, len(model.terms)
    share = float(events.mean()) if n else np.nan
    question = "multivariable logistic model: events per variable"
    size = power.events_per_variable_size(n_terms, planned.event_share, EVENTS_PER_VARIABLE)
    assumed = f"{n_terms} terms, share of events {planned.event_share:g}"
    rows = [size_row(question, "n_total", size, available=n, formula=PEDUZZI, assumptions=assumed)]
    for place, term in enumerate(model.terms):
        question = f"multivariable logistic model: odds ratio of {term.name}"
        shared = shared_variance(model.columns, place)
        levels = alpha_and_power(planned)
        text = f"squared multiple correlation with the other terms {shared:.3g}, {levels}"
        if term.category:
            exposed = float(model.columns[:, place].mean())
            size = power.hsieh_binary_size(
                planned.odds_ratio, planned.event_share, exposed, planned.alpha, planned.power
            )
            assumed = (
                f"odds ratio {planned.odds_ratio:g}, share of events {planned.event_share:g} in "
                f"those without, share of {term.category} {exposed:.3g}, {text}"
            )
            size = size / (1 - shared) if shared < 1 else np.nan
            rows.append(
                size_row(
                    question, "n_total", size, available=n, formula=HSIEH_2, assumptions=assumed
                )
            )
            continue
        size = smallest = np.nan
        if shared < 1:
            size = power.hsieh_continuous_size(
                planned.odds_ratio, planned.event_share, planned.alpha, planned.power, shared
            )
            if 0 < share < 1:
                smallest = power.hsieh_smallest_odds_ratio(
                    n, share, planned.alpha, planned.power, shared
                )
        assumed = (
            f"odds ratio {planned.odds_ratio:g} per SD, share of events "
            f"{planned.event_share:g}, {text}"
        )
        held = f"{n} complete participants, share of events {share:.3g}, {text}"
        rows.append(
            size_row(question, "n_total", size, available=n, formula=HSIEH_1, assumptions=assumed)
        )
        rows.append(
            size_row(
                question,
                "smallest_odds_ratio_per_sd",
                smallest,
                available=n,
                formula=HSIEH_1,
                assumptions=held,
            )
        )
    return rows


def shared_variance(columns: np.ndarray, place: int) -> float:
    """Return a column's squared multiple correlation with the others; 0 when it is alone."""
    others = np.delete(columns, place, axis=1)
    if others.shape[1] == 0:
        return 0.0
    scale = others.std(axis=0)
    design = np.column_stack([np.ones(len(others)), (others - others.mean(axis=0)) / scale])
    wanted = columns[:, place] - columns[:, place].mean()
    fitted = design @ np.linalg.lstsq(design, wanted)[0]
    left = float(np.sum((wanted - fitted) ** 2))
    return float(min(max(1 - left / np.sum(wanted**2), 0.0), 1.0))
