"""Reasons of a batch: how often each is given, and how much that differs between batches."""

import numpy as np
import pandas as pd

from infotheory._typing import FloatArray
from infotheory.evidence.stability import characteristic_stability, stability_band
from infotheory.inference import holm
from infotheory.laws import jeffreys_bounds
from infotheory.tables import CountTable

__all__ = ["NO_REASON", "reason_stability", "reason_table"]

NO_REASON = "(no reason)"


def reason_table(reasons: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    """How often each reason is given, by rank.

    Parameters
    ----------
    reasons : DataFrame
        What ``Scorecard.reason_codes`` returned for a batch.
    level : float
        Coverage of the intervals.

    Returns
    -------
    DataFrame
        One row a reason, the most frequent first, and one "(no reason)": reason, then count_1,
        share_1, share_1_low, share_1_high, ... (of all applicants, as reason 1, ..., with Jeffreys
        intervals), count, share, share_low and share_high (of applicants who have it at any rank;
        once where it is the text of two characteristics). The counts of a rank add up to the batch.

    Raises
    ------
    ValueError
        If the table is not one of reasons, or is empty.

    Examples
    --------
    >>> reasons = pd.DataFrame({"reason_1": ["age", "age", "income", None]})
    >>> reason_table(reasons)[["reason", "count_1", "share_1"]].to_numpy().tolist()
    [['age', 2, 0.5], ['income', 1, 0.25], ['(no reason)', 1, 0.25]]
    """
    ranks, n_rows = _ranks(reasons), len(reasons)
    names = sorted({reason for rank in ranks for reason in rank if reason != NO_REASON})
    table = pd.DataFrame({"reason": [*names, NO_REASON]})
    for i, rank in enumerate(ranks, start=1):
        table[f"count_{i}"] = rank.value_counts().reindex(table["reason"], fill_value=0).to_numpy()
        table = table.assign(**_shares(f"share_{i}", table[f"count_{i}"], n_rows, level))

    # Two characteristics may go by one text, which an applicant then has at two ranks: ranks do not
    # add up to applicants. No reason at all is no first one.
    given = np.stack([rank.to_numpy() for rank in ranks], axis=1)
    total = np.array([(given == reason).any(axis=1).sum() for reason in names] + [0])
    total[-1] = table["count_1"].iloc[-1]
    table = table.assign(count=total, **_shares("share", pd.Series(total), n_rows, level))

    most_frequent_first = np.argsort(-total[:-1], kind="stable")
    return table.iloc[[*most_frequent_first, len(names)]].reset_index(drop=True)


def _shares(
    name: str, counts: "pd.Series[int]", n_rows: int, level: float
) -> dict[str, FloatArray]:
    """Shares of the applicants, and the ends of their intervals."""
    shares = counts.to_numpy(np.float64) / n_rows
    low, high = jeffreys_bounds(shares, np.asarray(float(n_rows)), level)
    return {name: shares, f"{name}_low": low, f"{name}_high": high}


def reason_stability(expected: pd.DataFrame, actual: pd.DataFrame) -> pd.DataFrame:
    """How much the law of the reasons differs between two batches, by rank.

    At each rank an applicant has one reason or none, so the counts of a rank are one multinomial
    sample and the population stability index with its tests applies.

    Parameters
    ----------
    expected, actual : DataFrame
        What ``Scorecard.reason_codes`` returned for two batches of different applicants, with the
        same ``n``.

    Returns
    -------
    DataFrame
        One row a rank: rank, psi, standard_error, low, high (95 % interval), p_value (of no
        change), adjusted_p_value (Holm's, of all ranks together), critical_value (5 %), band (the
        customary reading). NaN where all applicants of both batches have the same reason.

    Raises
    ------
    ValueError
        If a table is not one of reasons or is empty, or the numbers of reasons differ.

    Warns
    -----
    SparseCellWarning
        If a reason occurs in one batch only; 1/2 is added to both of its counts.

    Examples
    --------
    >>> from infotheory.datasets import load_german_credit
    >>> X, y = load_german_credit()
    >>> from infotheory.scorecard import Scorecard
    >>> X = X[["duration_in_month", "credit_amount", "age_in_years"]]
    >>> card = Scorecard().fit(X, y)
    >>> first, second = (card.reason_codes(rows, n=1) for rows in (X[:500], X[500:]))
    >>> reason_stability(first, second)[["rank", "band"]].to_numpy().tolist()
    [[1, 'stable']]
    """
    first, second = _ranks(expected), _ranks(actual)
    if len(first) != len(second):
        message = (
            f"expected and actual must hold the same number of reasons, got {len(first)} and "
            f"{len(second)}; call reason_codes with one n"
        )
        raise ValueError(message)

    pairs = enumerate(zip(first, second, strict=True), start=1)
    table = pd.DataFrame([{"rank": i} | _compare(*pair) for i, pair in pairs])
    # Ranks share their applicants, so that their tests depend on each other: Holm's holds for any.
    adjusted = holm(table["p_value"].to_numpy(np.float64))
    table.insert(table.columns.get_loc("p_value") + 1, "adjusted_p_value", adjusted)
    return table


def _compare(expected: "pd.Series[str]", actual: "pd.Series[str]") -> dict[str, object]:
    """Return the index of one rank with its error, tests and customary reading."""
    names = sorted({*expected, *actual})
    # One reason alone has the share 1 in both batches: no test has a degree of freedom left.
    if len(names) == 1:
        keys = ("psi", "standard_error", "low", "high", "p_value", "critical_value")
        return dict.fromkeys(keys, np.nan) | {"band": "one reason"}

    # A stability index takes one count a reason, which stands as that of non-events here.
    before, after = (
        CountTable.from_counts(
            batch.value_counts().reindex(names, fill_value=0), np.zeros(len(names)), names
        )
        for batch in (expected, actual)
    )
    index = characteristic_stability(before, after)
    row = index.to_row()
    return {
        "psi": row.pop("value"),
        **row,
        "critical_value": index.critical_value(),
        "band": stability_band(index.value),
    }


def _ranks(reasons: pd.DataFrame) -> list["pd.Series[str]"]:
    """Return the reasons of each rank, with a word for none."""
    columns = [column for column in reasons.columns if str(column).startswith("reason_")]
    if not columns or reasons.empty:
        message = (
            f"reasons must be a table of reason_codes() with rows, got {len(reasons)} rows of "
            f"{list(reasons)}"
        )
        raise ValueError(message)

    ranks = [reasons[column].astype(object) for column in columns]
    return [rank.where(rank.notna(), NO_REASON) for rank in ranks]
