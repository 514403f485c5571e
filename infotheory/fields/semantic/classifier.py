"""Labels for observations that say as much as they can of what cannot be seen."""

from dataclasses import dataclass

import numpy as np

from infotheory._display import html_repr, short_repr
from infotheory._numerics import log_base
from infotheory._row_order import warn_of_axis_order
from infotheory._typing import ArrayLike, Base, FloatArray, IntArray
from infotheory._validation import check_integer
from infotheory.fields.semantic.mutual import as_joint_table
from infotheory.measures._fixed_point import logs

__all__ = ["SemanticClassifier", "maximum_information_classifier"]

# Every sweep but the last gains information, and there are finitely many classifiers.
_MOST_SWEEPS = 10_000


@dataclass(frozen=True, slots=True, eq=False)
class SemanticClassifier:
    """A label for each observation; informations are descriptive, of the given law.

    Parameters
    ----------
    labels : ndarray of int of shape (n_observations,)
        Label of each observation.
    information : float
        Mutual information of instance and label.
    history : ndarray of shape (n_sweeps + 1,)
        Information of the labels to start with and after each sweep, never falling.
    truth : ndarray of shape (n_instances, n_labels)
        Truth functions of the labels, `optimal_truth` of instance and label; 0 for a label that no
        observation has.
    """

    labels: IntArray
    information: float
    history: FloatArray
    truth: FloatArray

    __repr__ = short_repr
    _repr_html_ = html_repr


def maximum_information_classifier(
    pxz: ArrayLike, n_labels: int, *, start: ArrayLike | None = None, base: Base = None
) -> SemanticClassifier:
    r"""Classify observations so that the label tells the most of the instance (G theory).

    The label of an observation z is the statement of most expected semantic information,
    :math:`\arg\max_j \sum_i P(x_i | z) \log (T_{ij} / T_j)`; then the truth functions are matched
    to what is said, as by `optimal_truth`; and so on until no label changes. Neither step lowers
    the information. It ends in a local optimum: compare a few starts. The law is given; the
    information is descriptive.

    Parameters
    ----------
    pxz : array-like of shape (n_instances, n_observations)
        Joint probabilities of instances and observations; every observation has mass.
    n_labels : int
        Number of labels, at least 1.
    start : array-like of int of shape (n_observations,), optional
        Labels to start with, from 0 to ``n_labels - 1``; when None, the most probable instance,
        its number taken modulo ``n_labels``.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.

    Returns
    -------
    SemanticClassifier
        Labels, information and truth functions.

    Raises
    ------
    ValueError
        If ``pxz`` is not one joint table or has an observation of no mass, ``n_labels`` is no
        positive integer, or ``start`` does not fit.

    References
    ----------
    C. Lu (2025), "A semantic generalization of Shannon's information theory and applications",
    doi:10.3390/e27050461.

    Examples
    --------
    >>> joint = [[0.28, 0.15, 0.05, 0.02], [0.02, 0.05, 0.15, 0.28]]
    >>> found = maximum_information_classifier(joint, 2, start=[0, 1, 1, 1], base=2)
    >>> found.labels.tolist(), found.history.round(6).tolist()
    ([0, 0, 1, 1], [0.265351, 0.415761])
    """
    warn_of_axis_order(("pxz", pxz, 1), ("start", start, 0))
    table = as_joint_table(pxz)
    law = table.sum(axis=0)
    if (law == 0.0).any():
        message = f"pxz must have mass in every column, got none in column {law.argmin()}; drop it"
        raise ValueError(message)
    check_integer("n_labels", n_labels)
    labels = _first_labels(start, table, int(n_labels))

    unit = log_base(base)
    history = [_label_information(table, labels, int(n_labels))]
    for _ in range(_MOST_SWEEPS):
        # log of what a label says of an instance, over what is known without it
        said = _by_label(table, labels, int(n_labels))
        uses, prior = said.sum(axis=0), table.sum(axis=1)
        true = said > 0.0
        predicted = np.where(true, said, 1.0) / np.where(uses > 0.0, uses, 1.0)
        evidence = np.where(true, np.log(predicted) - logs(prior)[:, None], 0.0)

        # a label that an instance excludes, or that nobody uses, is never the best
        excluded = table.T @ ((prior[:, None] > 0.0) & ~true) > 0.0
        expected = np.where(excluded | (uses == 0.0), -np.inf, table.T @ evidence)
        # only what is strictly better moves: ties would go round in circles
        better = expected.max(axis=1) > np.take_along_axis(expected, labels[:, None], axis=1)[:, 0]
        changed = np.where(better, expected.argmax(axis=1), labels)
        information = _label_information(table, changed, int(n_labels))
        if information <= history[-1]:
            break
        labels = changed
        history.append(information)

    said = _by_label(table, labels, int(n_labels))
    given = said / np.where(said.sum(axis=1) > 0.0, table.sum(axis=1), 1.0)[:, None]
    highest = given.max(axis=0)
    return SemanticClassifier(
        labels=labels,
        information=history[-1] / unit,
        history=np.array(history) / unit,
        truth=given / np.where(highest > 0.0, highest, 1.0),
    )


def _first_labels(start: ArrayLike | None, table: FloatArray, n_labels: int) -> IntArray:
    """Return the labels to start with."""
    if start is None:
        # The likeliest instance of each observation; where instances outnumber labels, they share
        # them.
        return np.asarray(table.argmax(axis=0) % n_labels)
    labels = np.asarray(start)
    fits = labels.shape == (table.shape[1],) and np.issubdtype(labels.dtype, np.integer)
    if not fits or labels.min() < 0 or labels.max() >= n_labels:
        message = (
            f"start must hold {table.shape[1]} integers from 0 to {n_labels - 1}, got {start!r}"
        )
        raise ValueError(message)
    return labels.astype(np.intp)


def _by_label(table: FloatArray, labels: IntArray, n_labels: int) -> FloatArray:
    """Return joint probabilities of instances and labels."""
    said: FloatArray = np.zeros((len(table), n_labels))
    # The transpose is a view: columns of one label add up in the table itself.
    np.add.at(said.T, labels, table.T)
    return said


def _label_information(table: FloatArray, labels: IntArray, n_labels: int) -> float:
    """Mutual information of instance and label in nats."""
    said = _by_label(table, labels, n_labels)
    # A difference of logarithms: a product of two small probabilities may be none in float64.
    expected = logs(said.sum(axis=1, keepdims=True)) + logs(said.sum(axis=0))
    said, expected = said[said > 0.0], expected[said > 0.0]
    return max(float(said @ (np.log(said) - expected)), 0.0)
