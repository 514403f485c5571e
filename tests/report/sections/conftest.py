from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest


@dataclass
class Rows:
    """What the report on the German credit data was made of, of one sample."""

    X: pd.DataFrame
    y: np.ndarray
    score: np.ndarray
    probability: np.ndarray
    groups: pd.DataFrame
    bins: pd.DataFrame


def labels_of(entry, column):
    """Bin of each row by the splits and levels that the report tells, read by hand."""
    definition = entry["definition"]
    if definition["kind"] == "numerical":
        ends = [-np.inf, *definition["splits"], np.inf]
        places = np.searchsorted(definition["splits"], column.to_numpy(float), side="right")
        assert all(ends[p] <= x < ends[p + 1] for p, x in zip(places, column, strict=True))
        return np.array(definition["labels"], dtype=object)[places]
    bin_of = {
        level: label
        for levels, label in zip(definition["levels"], definition["labels"], strict=False)
        for level in levels
    }
    return column.astype(str).map(bin_of).to_numpy()


@pytest.fixture(scope="session")
def samples(german):
    """Rows of the training and of the hold-out sample, scored by the card itself."""
    card, report, (X, y, train, groups) = german
    entries = report.summary["characteristics"]
    found = {}
    for name, part in (("train", train), ("hold-out", ~train)):
        rows = X[part][list(card.feature_names_in_)]
        score, chance = card.predict_points(rows), card.predict_proba(rows)[:, 1]
        bins = pd.DataFrame({e["feature"]: labels_of(e, X[part][e["feature"]]) for e in entries})
        outcomes, score = y[part].to_numpy(), np.asarray(score)
        found[name] = Rows(X[part], outcomes, score, chance, groups[part], bins)
    return found


@pytest.fixture(scope="session")
def summary(german):
    """Summary of the same report."""
    return german[1].summary
