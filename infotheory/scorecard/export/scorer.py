"""A card for services: one applicant after the other, from any thread, without a frame."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from infotheory._display import html_repr, short_repr
from infotheory.scorecard.export.python import write_python
from infotheory.scorecard.export.rules import CardRules

__all__ = ["CardScorer", "make_scorer"]


@dataclass(frozen=True, slots=True, repr=False)
class CardScorer:
    """Points of one applicant at a time, as ``Scorecard.predict_points`` gives them.

    It is the exported source, compiled: it holds numbers and texts only, changes nothing when it is
    called, may be called from many threads at once, and is copied by pickle. Later changes of the
    card do not reach it.

    Parameters
    ----------
    names : tuple of str
        Characteristics of the card: what a row must have.
    source : str
        What ``Scorecard.to_python`` writes.

    Examples
    --------
    >>> from infotheory.scorecard import Scorecard
    >>> X, y = [[float(i)] for i in range(40)], [0, 0, 0, 1] * 5 + [0, 1, 1, 1] * 5
    >>> scorer = Scorecard().fit(X, y).scorer()
    >>> scorer.names, scorer({"x0": 3.0}) > scorer({"x0": 30.0})
    (('x0',), True)
    """

    names: tuple[str, ...]
    source: str
    _score: Callable[[Any], float] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Compile the source."""
        scope: dict[str, Any] = {}
        exec(compile(self.source, "<card>", "exec"), scope)  # noqa: S102 - we wrote it
        # A frozen dataclass refuses an assignment, even of a field that it makes itself.
        object.__setattr__(self, "_score", scope["score"])

    def __reduce__(self) -> tuple[type["CardScorer"], tuple[tuple[str, ...], str]]:
        """Tell pickle to compile the source anew."""
        # Functions of a compiled source have no module from which pickle could fetch them.
        return type(self), (self.names, self.source)

    def __call__(self, row: Mapping[str, Any]) -> float:
        """Return the points of one applicant; more points are safer.

        Parameters
        ----------
        row : mapping
            Value of each characteristic by its name; others may stand beside them. None, NaN,
            ``pandas.NA`` and NaT are missing.

        Returns
        -------
        float
            The points. A category that no training row had gets the points for unseen ones, without
            the warning of ``predict_points``.

        Raises
        ------
        KeyError
            If a characteristic is absent.
        TypeError
            If the row is no mapping, or a number is given as text.
        ValueError
            If a number is infinite and not special, or the card has no points for a value.
        """
        if not isinstance(row, Mapping) and not hasattr(row, "keys"):
            message = (
                f"row must name its values, got {type(row).__name__}; "
                "dict(zip(scorer.names, values)) names values in the order of the card"
            )
            raise TypeError(message)
        return self._score(row)

    __repr__ = short_repr

    def _repr_html_(self) -> str:
        return html_repr(self)


def make_scorer(rules: CardRules) -> CardScorer:
    """Compile the rules of a card."""
    names = tuple(feature.spec.name for feature in rules.features)
    return CardScorer(names, write_python(rules))
