"""The border of validation and decisions: what rows hold, and what is refused."""

import numpy as np
import pytest

from infotheory._rows import Rows, needed
from infotheory.scorecard.validation.outcomes import as_probabilities, as_rows, class_columns


def test_rows_hold_what_was_given():
    y, score = ["bad", "good", "bad"], [1, 2, 3]
    rows = as_rows(y, score=score, sample_weight=[1.0, 2.0, 0.5], event_label="good")
    assert rows.target.tolist() == [0.0, 1.0, 0.0]
    assert rows.score.tolist() == [1.0, 2.0, 3.0]
    assert rows.probability is None
    assert rows.weighted
    assert rows.squared_mass.tolist() == [1.0, 4.0, 0.25]


@pytest.mark.parametrize("weights", [None, [1.0, 1.0], [1.0, 1.0, 0.0]])
def test_whether_rows_are_weighted_is_read_from_values(weights):
    n_rows = 2 if weights is None else len(weights)
    rows = as_rows([0, 1, 0][:n_rows], probability=[0.2, 0.8, 0.5][:n_rows], sample_weight=weights)
    counts, squared = class_columns(rows)
    assert not rows.weighted
    assert squared is None
    # A row of weight 0 is none.
    assert counts.tolist() == [[1.0, 0.0], [0.0, 1.0]]


def test_rows_without_labels_have_the_length_of_their_scores():
    rows = as_rows(None, score=[5, 6, 7], unlabelled=True)
    assert np.isnan(rows.target).all()
    assert rows.n_rows == 3


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: as_rows(None, score=[1, 2]), "y must hold the label of each row, got None"),
        (lambda: as_rows([0, 1]), r"score \(or probability\) must hold a number for each row"),
        (lambda: as_rows([0, 0], score=[1, 2]), "y must hold two classes, got one class: 0"),
        (lambda: as_rows([0, 1, 2], score=[1, 2, 3]), "got 3 classes"),
        (lambda: as_rows([0, 1], score=[1, 2, 3]), r"score must have shape \(2,\)"),
        (lambda: as_rows([0, 1], score=[1, np.inf]), "score must be finite, got inf in row 1"),
        (
            lambda: as_rows([0, 1], probability=[0.5, 1.1]),
            "probability must lie between 0 and 1, got 1.1 in row 1",
        ),
        (
            lambda: as_rows([0, 1], probability=[0.5, 1.0], strict=True),
            "probability must lie strictly between 0 and 1, got 1.0 in row 1",
        ),
        (lambda: as_probabilities([-0.1]), "probability must lie between 0 and 1, got -0.1"),
        (
            lambda: as_rows([0, 1], score=[1, 2], sample_weight=[1.0]),
            r"sample_weight must have shape \(2,\)",
        ),
    ],
)
def test_errors(call, text):
    with pytest.raises(ValueError, match=text):
        call()


def test_a_part_that_rows_lack_is_named():
    rows = Rows(target=np.array([0.0, 1.0]))
    with pytest.raises(TypeError, match="rows must come with their score, got none; read them"):
        needed(rows.score, "score")
