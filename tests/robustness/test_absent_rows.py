"""A row of weight 0 is no row, wherever weights are taken: junk with weight 0 changes nothing."""

import dataclasses
import importlib
import inspect
import pkgutil
import re
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import KFold, PredefinedSplit, ShuffleSplit, StratifiedKFold

import infotheory
from infotheory.binning import OptimalBinner, cross_fitted_information_value
from infotheory.exceptions import WithheldWarning
from tests.robustness import more_weighted, weighted
from tests.robustness.more_weighted import KINDS, MORE
from tests.robustness.weighted import N_ROWS, PLACES, Sample, numbers, sample

EVERYWHERE = PLACES | MORE

JUNK = 40


def with_junk(rows):
    """The rows with others among them: extreme numbers, an unseen category, group and period."""
    rng = np.random.default_rng(11)
    huge = np.where(np.arange(JUNK) % 2, 1e9, -1e9)
    X = pd.DataFrame({"x": huge, "z": huge[::-1], "c": ["unseen"] * JUNK})
    junk = Sample(
        X,
        np.arange(JUNK) // 2 % 2,
        np.where(np.arange(JUNK) % 3, 1e-9, 1.0 - 1e-9),
        np.array(["other"] * JUNK),
        np.full(JUNK, 7),
        np.full((JUNK, 2), 9),
        score=np.where(np.arange(JUNK) % 2, 1e6, -1e6),
        amount=np.full(JUNK, 1e7),
        cluster=np.full(JUNK, 10_000),
        early=np.arange(JUNK) % 2 == 0,
        real=np.zeros(JUNK, dtype=bool),
    )
    order = np.argsort(rng.random(N_ROWS + JUNK), kind="stable")
    # The real rows keep their order, with junk anywhere among them.
    slots = np.sort(order[:N_ROWS])
    place = np.full(N_ROWS + JUNK, -1)
    place[slots] = np.arange(N_ROWS)
    place[place < 0] = N_ROWS + np.arange(JUNK)
    joined = {
        field.name: (
            pd.concat([rows.X, X], ignore_index=True)
            if field.name == "X"
            else np.concatenate([getattr(rows, field.name), getattr(junk, field.name)])
        )
        for field in dataclasses.fields(Sample)
    }
    return Sample(**joined).take(place)


def broken(more):
    """The same, in which those among them hold what no row may: no target, a third class."""
    junk = ~more.real
    odd = np.arange(JUNK) % 2 == 1

    def holding(values, first, second, dtype):
        held = values.astype(dtype)
        held[junk] = np.where(odd, first, second)
        return held

    return dataclasses.replace(
        more,
        y=holding(more.y, np.nan, 2.0, float),
        p=holding(more.p, np.nan, 7.0, float),
        score=holding(more.score, np.nan, np.inf, float),
        amount=holding(more.amount, np.nan, -7.0, float),
        codes=np.where(junk[:, None], -1, more.codes),
        group=holding(more.group, None, np.nan, object),
        period=holding(more.period, np.nan, np.nan, float),
        cluster=holding(more.cluster, np.nan, np.inf, float),
    )


#: scikit-learn's ``score`` of a card predicts every row that it is given, and says what is new.
PREDICTS_ALL = {"card", "cards", *(f"card of {kind}" for kind in KINDS)}
#: With weights of 0 and 1 they count rows, as they do without weights.
COUNTING = ("cross-fitting", "permutations", "selection", "monitor", "card", "DuckDB")


#: Places at which each border is asked: the target, scores, groups, codes, frames, folds.
BROKEN_FAST = {"card", "card of rate", "selection", "monitor", "evidence", "groups", "DuckDB"} | {
    *("frames", "calibration", "estimates", "lattice", "decomposition", "validation of means"),
    *("validation of scores", "rejects", "permutations of clusters", "bins of continuous"),
}


def at(place, rows, weights):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = list(numbers(EVERYWHERE[place](rows, weights)))
    said = {str(warning.message) for warning in caught}
    if place in PREDICTS_ALL:
        said = {text for text in said if "that the training rows never had" not in text}
    return found, said


@pytest.fixture(scope="module")
def both():
    rows = sample()
    return rows, with_junk(rows)


@pytest.mark.parametrize(
    ("place", "kind"),
    [
        *((place, "weighted") for place in EVERYWHERE),
        *((place, "counted") for place in COUNTING),
        *(
            pytest.param(place, "counted", marks=pytest.mark.slow)
            for place in EVERYWHERE
            if place not in COUNTING
        ),
    ],
)
def test_rows_of_weight_0_change_nothing(both, place, kind):
    rows, more = both
    rng = np.random.default_rng(4)
    weights = rng.uniform(0.3, 3.0, N_ROWS) if kind == "weighted" else np.ones(N_ROWS)
    spread = np.zeros(N_ROWS + JUNK)
    spread[more.real] = weights
    (wanted, said), (found, told) = at(place, rows, weights), at(place, more, spread)
    assert [name for name, _ in found] == [name for name, _ in wanted]
    values = [np.array([value for _, value in pairs]) for pairs in (found, wanted)]
    np.testing.assert_allclose(*values, rtol=1e-12, atol=1e-12)
    assert told == said


@pytest.mark.parametrize(
    "place",
    [
        place if place in BROKEN_FAST else pytest.param(place, marks=pytest.mark.slow)
        for place in EVERYWHERE
    ],
)
def test_nothing_is_asked_of_rows_of_weight_0(both, place):
    rows, more = both
    spread = more.real.astype(float) * 2.0
    found, told = at(place, broken(more), spread)
    wanted, said = at(place, rows, np.full(N_ROWS, 2.0))
    np.testing.assert_allclose(
        *([value for _, value in pairs] for pairs in (found, wanted)), rtol=1e-12, atol=1e-12
    )
    assert told == said


class _OwnFolds:
    """A splitter that holds the fold of each row, and wants to see as many rows."""

    def __init__(self, fold):
        self.fold = fold

    def split(self, X, _):
        if len(X) != self.fold.size:
            message = f"{len(X)} rows for {self.fold.size} folds"
            raise ValueError(message)
        return [(self.fold != k, self.fold == k) for k in range(4)]


class _OwnRows:
    """A splitter that holds its rows, and deals them to folds anew at each call."""

    def __init__(self, n_rows):
        self.n_rows, self.rng = n_rows, np.random.default_rng(6)

    def split(self, *_):
        halves = np.array_split(self.rng.permutation(self.n_rows), 2)
        return [halves, halves[::-1]]


def test_a_splitter_that_deals_rows_of_its_own_by_chance_knows_them_by_their_places(both):
    """Its places among all rows were taken for those of the rows that have weight: out of range."""
    _, more = both
    weights = more.real * np.arange(1.0, more.y.size + 1.0)
    with pytest.warns(WithheldWarning, match="a held-out fold expects"):
        found = cross_fitted_information_value(
            OptimalBinner(), more.X, more.y, _OwnRows(more.y.size), sample_weight=weights
        )
    assert found["x"].value > 0.1


SPLITTERS = {
    "stratified": lambda _: StratifiedKFold(4, shuffle=True, random_state=1),
    "random": lambda _: ShuffleSplit(3, random_state=np.random.RandomState(2)),
    "by place": PredefinedSplit,
    "of its own": _OwnFolds,
}


@pytest.mark.parametrize("kind", SPLITTERS)
def test_a_splitter_makes_folds_of_the_rows_that_have_weight(both, kind):
    rows, more = both
    fold = np.arange(N_ROWS + JUNK) % 4
    weights = np.where(more.real, 1.0 + fold, 0.0)
    with pytest.warns(WithheldWarning, match="a held-out fold expects"):
        found, wanted = (
            cross_fitted_information_value(
                OptimalBinner(), each.X, each.y, SPLITTERS[kind](folds), sample_weight=w
            )
            for each, w, folds in (
                (broken(more), weights, fold),
                (rows, weights[more.real], fold[more.real]),
            )
        )
    assert dict(numbers(found)) == pytest.approx(dict(numbers(wanted)), rel=1e-12, nan_ok=True)


@pytest.mark.parametrize(
    ("splitter", "said"),
    [
        (KFold(7), "cannot split the 6 rows that have weight: Cannot have number of splits"),
        (StratifiedKFold(4), "cannot split the 6 rows that have weight: n_splits=4 cannot be"),
    ],
)
def test_more_folds_than_rows_with_weight_are_refused_in_words(splitter, said):
    """Folds of all rows stood in for them, so that rows without weight chose the folds."""
    X, y, weights = np.arange(60.0)[:, None], np.arange(60) % 2, np.zeros(60)
    weights[[0, 3, 20, 23, 40, 43]] = [1.0, 2.0, 1.5, 1.0, 2.0, 1.5]
    with pytest.raises(ValueError, match=said):
        cross_fitted_information_value(OptimalBinner(), X, y, splitter, sample_weight=weights)


def test_every_public_function_that_takes_weights_is_among_the_places():
    text = "".join(
        Path(str(inspect.getsourcefile(module))).read_text() for module in (weighted, more_weighted)
    )
    named = set(re.findall(r"\w+", text))
    rooms = [
        importlib.import_module(f"infotheory.{room.name}")
        for room in pkgutil.iter_modules(infotheory.__path__)
        if not room.name.startswith("_")
    ]
    takes_weights = {
        name
        for room in rooms
        for name in getattr(room, "__all__", ())
        if inspect.isfunction(public := getattr(room, name))
        and "sample_weight" in inspect.signature(public).parameters
    }
    # A kernel of arrays gives an influence for each row it is given.
    assert takes_weights - named == {"auc_influence"}
