"""Labels of a target: learnt, taken from a fitted binner or card, read again, refused."""

import numpy as np
import pandas as pd
import pytest

from infotheory._target import TargetLabels
from infotheory.binning import OptimalBinner
from infotheory.scorecard import Scorecard


def test_the_larger_label_is_the_event_unless_one_is_named():
    target, labels = TargetLabels.learn(["0", "1", "0"])
    assert target.tolist() == [0.0, 1.0, 0.0]
    assert (labels.event, labels.nonevent) == ("1", "0")
    target, labels = TargetLabels.learn(["no", "yes", "no"], "no")
    assert target.tolist() == [1.0, 0.0, 1.0]
    assert (labels.event, labels.nonevent) == ("no", "yes")


@pytest.mark.parametrize("event", ["bad", "good"])
def test_a_fitted_binner_and_a_fitted_card_know_their_labels(event):
    X = pd.DataFrame({"x": [1.0] * 50 + [2.0] * 50})
    y = np.repeat(["bad", "good", "bad", "good"], [30, 20, 10, 40])
    binner = OptimalBinner(event_label=event)
    for fitted in (binner.fit(X, y), Scorecard(binner).fit(X, y)):
        labels = TargetLabels.of(fitted)
        assert labels.classes.tolist() == ["bad", "good"]
        assert labels.event == event
        assert labels.read(["good", "bad"]).sum() == 1.0


@pytest.mark.parametrize(
    ("y", "options", "text"),
    [
        ([0, 1, 2], {}, r"y must hold the labels of the fit \[0, 1\], got \[2\]"),
        ([0.0, np.nan], {}, "y must not contain NaN or None, got 1 missing labels"),
        ([1, 1], {}, "y must hold two classes, got one class: 1"),
        ([], {}, "y must hold rows, got none"),
        ([0, 2], {"of": "the hold-out rows"}, "y of the hold-out rows must hold the labels"),
        ([0, 1, 1], {"n_rows": 2}, "y"),
    ],
)
def test_labels_that_are_not_those_of_the_fit_are_refused(y, options, text):
    labels = TargetLabels.learn([0, 1])[1]
    with pytest.raises(ValueError, match=text):
        labels.read(y, **options)


def test_one_class_is_enough_where_both_are_not_asked_for():
    labels = TargetLabels.learn([0, 1])[1]
    assert labels.read([1, 1], both=False).tolist() == [1.0, 1.0]
    assert labels.read([0], 1, both=False).tolist() == [0.0]


def test_a_target_without_rows_is_said():
    with pytest.raises(ValueError, match="y must hold two classes, got no rows"):
        TargetLabels.learn(np.array([], dtype=int), None)
