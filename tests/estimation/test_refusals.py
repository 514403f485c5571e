"""Requests that no estimate answers are refused with what was asked, and the way out."""

import re

import numpy as np
import pytest

from infotheory.estimation import (
    bootstrap_counts,
    choose_history,
    entropy_from_counts,
    estimate_mutual_information,
    higher_order_information,
    pairwise_mutual_information,
    transfer_entropy,
    transfer_network,
)

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 4))
LABELS = RNG.integers(0, 3, (60, 4))
COUNTS = np.array([[5, 3], [2, 8]])
LOST = np.where(np.eye(4, dtype=bool)[np.arange(60) % 4], np.nan, X)
FROZEN = np.column_stack([X[:, 0], np.ones(60), X[:, 1]])
COPIES = np.column_stack([X[:, :2], X[:, 0] + X[:, 1]])
MANY = np.column_stack([np.arange(1200)] * 3)
GAPS = np.where(np.arange(60) % 2 == 0, np.nan, X[:, 0])

CASES = {
    "tables of parts of rows": (
        lambda: bootstrap_counts(COUNTS + 0.5, np.sum, n_resamples=10),
        "counts must be whole to draw tables, got 5.5",
    ),
    "a statistic that is none": (
        lambda: bootstrap_counts(COUNTS, "mean", n_resamples=10),
        "statistic must be a function of tables of shares, got 'mean'",
    ),
    "more rows than numbers": (
        lambda: bootstrap_counts(COUNTS * 2.0**53, np.sum, n_resamples=10),
        "counts must add up to at most 2^53",
    ),
    "no row without a gap": (
        lambda: higher_order_information(LOST, missing="omit"),
        "X must have a row without missing values, got none in 60 rows",
    ),
    "more multiplets than asked for": (
        lambda: higher_order_information(
            X, multiplets=[(0, 1, 2), (1, 2, 3)], max_multiplets=1
        ),
        "multiplets must be at most max_multiplets=1, got 2",
    ),
    "a target among its sources": (
        lambda: higher_order_information(X, multiplets=[(0, 1)], target=1),
        "multiplets must be without the target, column 1",
    ),
    "columns that determine each other": (
        lambda: higher_order_information(COPIES, method="gaussian"),
        "must not determine each other",
    ),
    "a table of a billion cells": (
        lambda: higher_order_information(MANY, method="plugin"),
        "the table of a multiplet must have at most",
    ),
    "numbers of three dimensions": (
        lambda: estimate_mutual_information(X.reshape(20, 3, 4), X[:20, 0], method="ksg"),
        "x must have shape",
    ),
    "mixtures of three dimensions": (
        lambda: estimate_mutual_information(X.reshape(20, 3, 4), X[:20, 0], method="mixed"),
        "x must have shape (n_rows,) or (n_rows, n_columns)",
    ),
    "a past that is never whole": (
        lambda: transfer_entropy(GAPS, X[:, 1], history=3, method="gaussian", missing="omit",
                                 source_history=3),
        "some step must have no missing value in its past",
    ),
    "patterns of two columns": (
        lambda: transfer_entropy(X[:, :2], X[:, 2], pattern=(3, 1)),
        "must be one column where patterns are taken",
    ),
    "a single label": (lambda: transfer_entropy("a", LABELS[:, 0]), "must be a series"),
    "a series that stands still": (
        lambda: transfer_network(FROZEN, max_lag=2),
        "constant",
    ),
    "one series": (lambda: transfer_network(X[:, :1], max_lag=1), "two series or more, got 1"),
    "counts below none": (lambda: entropy_from_counts([-1, 3]), "counts must"),
    "no columns": (lambda: pairwise_mutual_information(X[:, :0]), "column"),
    "no histories": (lambda: choose_history(LABELS[:, 0], max_history=0), "max_history must be"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_requests_without_an_answer_are_refused_in_words(name):
    call, text = CASES[name]
    with pytest.raises((ValueError, TypeError), match=re.escape(text)):
        call()
