"""Intervals of points, scores and probabilities, from the covariance of what each bin adds."""

from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from infotheory._any_table import AnyTable
from infotheory._typing import BoolArray, FloatArray, IntArray
from infotheory._warnings import warn
from infotheory.binning.prebins.searched import p_value_of_search
from infotheory.evidence.binned_samples import repeated_rows, samples_of_table
from infotheory.evidence.targets.estimates import effective_rows
from infotheory.exceptions import ApproximationWarning
from infotheory.inference import kish_size
from infotheory.laws import two_sided_quantile
from infotheory.scorecard.points.card_tables import BASE, codes_with_rows, points_table
from infotheory.scorecard.points.codes import (
    codes_with_warning,
    event_log_odds_of_codes,
    points_of_codes,
    sum_by_code,
)
from infotheory.scorecard.points.coefficient_laws import (
    evidence_is_given,
    given_evidence,
    noise_of_evidence,
)
from infotheory.scorecard.points.fitted import (
    AnyCard,
    check_estimated,
    link_of,
    scale_of,
    scaled_points,
)
from infotheory.scorecard.points.signs import HELD, ONE_BIN
from infotheory.scorecard.regression.contributions import log_odds_errors, point_errors
from infotheory.tables import EvidenceTable

__all__ = [
    "mean_intervals",
    "point_intervals",
    "probability_intervals",
    "score_intervals",
    "warn_of_few_events",
    "warn_of_learnt_bins",
]

#: Rows of the rarer class below which bins are too much of a choice to be taken as given.
FEWEST_EVENTS = 100.0

#: Effective rows of the rarer class in a bin below which its points have Student's interval, where
#: weights vary.
FEWEST_IN_BIN = 30.0

#: Share of characteristics without evidence from which the noise of their bins is worth a word:
#: errors count it, and are half as wide again.
MOST_WITHOUT_EVIDENCE = 0.5

#: P-values above this count those without evidence, which have this share of theirs below it.
_SHOWS_NONE = 0.25

#: Skewness of the mean of all rows above which intervals of means miss: with .5 they were found to
#: cover 91 %, with .25 94 %.
MOST_SKEWED = 0.25


def point_intervals(card: AnyCard, level: float) -> pd.DataFrame:
    """Add standard errors and intervals of the points to the table of points."""
    check_estimated(card, "intervals")
    table = points_table(card)
    exact, base = scaled_points(card, rounded=False)
    # Points of a mean may rise with the predictor; an error has no sign.
    factor = abs(scale_of(card).factor)

    # Each active characteristic carries its share of the intercept, and of its error.
    is_spread = card.intercept == "spread" and card.active_.any()
    share = card.active_ / card.active_.sum() if is_spread else np.zeros(card.active_.size)
    errors = point_errors(card.contribution_covariance_, _sizes(card), share, factor)

    # The table has no row for unseen numbers, and a row of its own for separate base points.
    codes = [codes_with_rows(bins) for bins in card.binner_.features_.values()]
    columns = zip(exact, errors, _quantiles(card, level), strict=True)
    shown = [[part[of] for part in parts] for parts, of in zip(columns, codes, strict=True)]
    if table["feature"].iloc[0] == BASE:
        base_error = factor * np.sqrt(card.contribution_covariance_[0, 0])
        shown.insert(0, [np.array([x]) for x in (base, base_error, two_sided_quantile(level))])

    center, standard_error, quantile = (np.concatenate(of) for of in zip(*shown, strict=True))

    # A characteristic that is not in the regression has no points, and no known error of them.
    left_out = dict.fromkeys(_names_of(card, ~card.active_), ONE_BIN)
    left_out |= dict.fromkeys(_names_of(card, card.held_), HELD)
    reason = np.array([left_out.get(name, "") for name in table["feature"]], dtype=object)
    standard_error[reason != ""] = np.nan
    reach = quantile * standard_error
    return table.assign(
        standard_error=standard_error,
        low=center - reach,
        high=center + reach,
        reason=reason,
    )


def _quantiles(card: AnyCard, level: float) -> list[FloatArray]:
    """Quantiles of the intervals of points by code, one array a characteristic."""
    return [_students_quantile(of_codes, level) for of_codes in _rows_of_evidence(card)]


def _rows_of_evidence(card: AnyCard) -> list[FloatArray]:
    """Effective rows of the rarer class by code, one array a characteristic; infinite where many.

    Where weights vary, few rows of a class seldom hold the heavy ones, and their squares tell too
    little of the spread: the quantile is Student's of them (own rule, as for weights of evidence).
    Rows of one weight have a spread that follows from their number, unless there is none.
    """
    rows = []
    for bins, is_given in zip(card.binner_.features_.values(), given_evidence(card), strict=True):
        of_codes = np.full(bins.spec.n_codes, np.inf)
        rows.append(of_codes)
        # Of a mean nothing was measured.
        if is_given or bins.table is None or isinstance(bins.table, EvidenceTable):
            continue

        flat = bins.table.without_groups()
        squares = np.where(flat.counts > 0.0, flat.squared_weights, 1.0)
        size = (flat.counts**2 / squares).min(axis=1)
        fewest = 1.0 if repeated_rows(samples_of_table(flat))[1] else FEWEST_IN_BIN
        few = (size < fewest) & (flat.counts.sum(axis=1) > 0.0)
        few[list(bins.woe_by_hand)] = False
        # What stands in for an empty cell is half a row, and Student's law needs one.
        of_codes[: few.size][few] = np.maximum(size[few], 1.0)
    return rows


def _students_quantile(degrees: FloatArray, level: float) -> FloatArray:
    """Quantiles of Student's law, of the normal one where the degrees of freedom are infinite."""
    quantiles = np.full(degrees.shape, two_sided_quantile(level))
    known = np.isfinite(degrees)
    quantiles[known] = -special.stdtrit(degrees[known], 0.5 * (1.0 - level))
    return quantiles


def score_intervals(card: AnyCard, X: Any, level: float) -> pd.DataFrame:
    """Return the score of each row with its standard error and interval."""
    check_estimated(card, "intervals")
    warn_of_learnt_bins(card)
    codes = codes_with_warning(card.binner_, X)

    # Errors are those of points before rounding, and so is the middle of the interval.
    center = sum_by_code(codes, *scaled_points(card, rounded=False))
    errors, quantiles = _errors_of_rows(card, codes, level)
    errors = abs(scale_of(card).factor) * errors
    reach = quantiles * errors
    return pd.DataFrame(
        {
            "points": points_of_codes(card, codes),
            "standard_error": errors,
            "low": center - reach,
            "high": center + reach,
        }
    )


def probability_intervals(card: AnyCard, X: Any, level: float) -> pd.DataFrame:
    """Return the probability of an event of each row, its interval symmetric in the log odds."""
    check_estimated(card, "intervals")
    warn_of_learnt_bins(card)
    codes = codes_with_warning(card.binner_, X)

    # The ends are transformed, so that they stay between 0 and 1.
    log_odds = event_log_odds_of_codes(card, codes)
    errors, quantiles = _errors_of_rows(card, codes, level)
    reach = quantiles * errors
    return pd.DataFrame(
        {
            "log_odds": log_odds,
            "standard_error": errors,
            "probability": special.expit(log_odds),
            "low": special.expit(log_odds - reach),
            "high": special.expit(log_odds + reach),
        }
    )


def mean_intervals(card: AnyCard, X: Any, level: float) -> pd.DataFrame:
    """Return the mean of each row of a card of a mean, its interval symmetric in the predictor."""
    check_estimated(card, "intervals")
    warn_of_learnt_bins(card)
    codes, mean = codes_with_warning(card.binner_, X), link_of(card).mean

    predictor = event_log_odds_of_codes(card, codes)
    errors, quantiles = _errors_of_rows(card, codes, level)
    reach = quantiles * errors
    return pd.DataFrame(
        {
            "predictor": predictor,
            "standard_error": errors,
            "mean": mean(predictor),
            "low": mean(predictor - reach),
            "high": mean(predictor + reach),
        }
    )


def warn_of_few_events(card: AnyCard, what: str | None = None) -> bool:
    """Warn, and tell, where bins were learnt beside so few events that intervals or ``what`` miss.

    With 60 to 100 events an interval of 95 % was found to cover 77 to 86 %, and reasons that are
    kept in .999 of draws to be those of a large sample in .87 to .90; of amounts with 11, 37 and
    184 effective rows intervals cover 86, 91 and 95 %, in bins that are given.
    """
    tables = [bins.table for bins in card.binner_.features_.values() if bins.table is not None]
    # Bins that other rows taught are given to these, and were no choice among them.
    if not tables or evidence_is_given(card):
        return False

    # Each characteristic counts the same rows, so that the first table speaks for all.
    flat = tables[0].without_groups()
    skewness = _skewness_of_mean(flat)
    if skewness > MOST_SKEWED:
        message = (
            f"{what or 'intervals of scores and means'} take estimates to be normal, and the "
            "target is so skewed that the mean of all rows has a skewness of "
            f"{skewness:.2f}: above {MOST_SKEWED} they cover less than they say; take a 'rate' for "
            "amounts, or more rows"
        )
        warn(message, ApproximationWarning)

    # Both warnings may be due: the skewness is of the target, the events are of the bins.
    events, of_what, of_points = _fewest_effective(flat)
    if events < FEWEST_EVENTS:
        words = what or f"intervals of scores and {of_points}"
        message = (
            f"{words} take the bins as given, and these were learnt on {events:.0f} {of_what}: "
            f"below {FEWEST_EVENTS:.0f} they hold less often than they say; fit the card on a "
            "frozen binner that was fitted on other rows of at least as many"
        )
        warn(message, ApproximationWarning)
    return events < FEWEST_EVENTS


def warn_of_learnt_bins(card: AnyCard) -> None:
    """Warn where intervals miss or are wide as bins were a choice: few events, or noise.

    More rows do not mend the second: the search finds as much noise in them, in standard errors.
    """
    if warn_of_few_events(card):
        return
    features = [bins for bins in card.binner_.features_.values() if bins.table is not None]
    # What other rows taught is no choice; of cards of a mean nobody knows how much is missing.
    of_classes = all(not isinstance(bins.table, EvidenceTable) for bins in features)
    if not features or not of_classes or evidence_is_given(card):
        return
    # Scores that do not differ hold none of the noise.
    if not card.active_.any():
        return

    # A lower end of 0 would not tell noise: with some hundred events an interval over the search
    # has one beside an information value of .1 as well. P-values of noise are uniform, so that
    # those above a value count it (J. D. Storey 2002, doi:10.1111/1467-9868.00346).
    p_values = [p_value_of_search(bins, card.binner_.zero_cells) for bins in features]
    unclear = sum(p_value > _SHOWS_NONE for p_value in p_values)
    without = min(round(unclear / (1.0 - _SHOWS_NONE)), len(features))
    if without > MOST_WITHOUT_EVIDENCE * len(features):
        message = (
            f"about {without} of {len(features)} characteristics have no evidence ({unclear} "
            f"with a p-value above {_SHOWS_NONE}), and the bins that were learnt on these rows are "
            "noise, which makes the intervals of scores and probabilities wide; leave them out, or "
            "fit the card on a frozen binner that was fitted on other rows"
        )
        warn(message, ApproximationWarning)


def _fewest_effective(table: AnyTable) -> tuple[float, str, str]:
    """Effective rows of the rarer part of a target, what they are, and what is predicted."""
    if isinstance(table, EvidenceTable):
        rows = effective_rows(table)
        return rows, "effective rows of the rarer part of the target", "means"
    counts, squares = (array.sum(axis=0) for array in (table.counts, table.squared_weights))
    events = min(kish_size(*pair) for pair in zip(counts.tolist(), squares.tolist(), strict=True))
    return events, "rows of the rarer class", "probabilities"


def _skewness_of_mean(table: AnyTable) -> float:
    """Skewness of the mean of all rows of a continuous target; 0 of others, which count rows."""
    if not isinstance(table, EvidenceTable) or table.kind != "continuous":
        return 0.0
    whole = table.merge(np.zeros(table.n_bins, dtype=np.intp))
    squares, cubes = whole.centred_at(float(whole.rate[0])).product_matrices()[0][1, 1:]
    return float(abs(cubes) / squares**1.5)


def _errors_of_rows(card: AnyCard, codes: IntArray, level: float) -> tuple[FloatArray, FloatArray]:
    """Return the standard errors of the predictor of rows, and the quantiles of its intervals.

    What the search for bins finds in a characteristic without evidence is larger than errors of
    fixed bins say, and counted.
    """
    sizes, covariance = _sizes(card), card.contribution_covariance_
    if not evidence_is_given(card):
        noise = np.ones(len(sizes))
        for f, bins in enumerate(card.binner_.features_.values()):
            if bins.table is not None:
                noise[f] = noise_of_evidence(card, bins)
        factors = np.sqrt(np.r_[1.0, np.repeat(noise, sizes)])
        covariance = covariance * factors[:, None] * factors
    errors = log_odds_errors(covariance, sizes, codes)

    # Bins with few rows of a class make as much of the variance as they do: the degrees of freedom
    # of a sum whose other parts are known (Satterthwaite).
    uncertain, start = np.zeros(len(codes)), 1
    for column, rows in zip(codes.T, _rows_of_evidence(card), strict=True):
        variances = np.diag(covariance)[start : start + rows.size]
        uncertain += (variances**2 / rows)[column]
        start += rows.size
    degrees = np.full(len(codes), np.inf)
    np.divide(errors**4, uncertain, out=degrees, where=uncertain > 0.0)
    return errors, _students_quantile(np.maximum(degrees, 1.0), level)


def _names_of(card: AnyCard, chosen: BoolArray) -> list[str]:
    return [name for name, is_one in zip(card.points_, chosen, strict=True) if is_one]


def _sizes(card: AnyCard) -> list[int]:
    """Return the number of codes of each characteristic."""
    return [bins.spec.n_codes for bins in card.binner_.features_.values()]
