"""A fitted scorecard and its rows to one dict, from which every format is written."""

import json
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from infotheory._typing import ArrayLike
from infotheory.exceptions import SparseCellWarning, UnseenValueWarning
from infotheory.report.characteristics import bin_columns, characteristic_entries, ranking_entries
from infotheory.report.excel import write_excel
from infotheory.report.fairness import fairness_section
from infotheory.report.html import render_html
from infotheory.report.limitations import limitations
from infotheory.report.performance import calibration_section, performance_section, score_edges, stability_section
from infotheory.report.plain import plain, records
from infotheory.report.provenance import data_fingerprint, provenance
from infotheory.report.samples import Sample, event_label, make_sample

__all__ = ["SCHEMA_VERSION", "Report", "scorecard_report"]

SCHEMA_VERSION = 1
N_STEPS = 9


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """A report as plain data, and the formats it is written in.

    Parameters
    ----------
    summary : dict
        All numbers and texts of the report; ``summary["schema"]`` names its version.
    """

    summary: dict[str, Any]

    def to_html(self, path: str | Path) -> Path:
        """Write one self-contained HTML file.

        Parameters
        ----------
        path : str or Path
            Where to write.

        Returns
        -------
        Path
            The file written.

        Raises
        ------
        MissingDependencyError
            If jinja2 or matplotlib is not installed.
        """
        return _write(path, render_html(self.summary))

    def to_json(self, path: str | Path) -> Path:
        """Write the summary as JSON; what is not finite is null.

        Parameters
        ----------
        path : str or Path
            Where to write.

        Returns
        -------
        Path
            The file written.
        """
        return _write(path, json.dumps(self.summary, allow_nan=False, ensure_ascii=False, indent=1) + "\n")

    def to_excel(self, path: str | Path) -> Path:
        """Write a workbook with one sheet a table.

        Parameters
        ----------
        path : str or Path
            Where to write.

        Returns
        -------
        Path
            The file written.

        Raises
        ------
        MissingDependencyError
            If openpyxl is not installed.
        """
        return write_excel(self.summary, Path(path))


def scorecard_report(
    card: Any,
    X: Any,
    y: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    protected: Any = None,
    holdout: Mapping[str, Any] | None = None,
    reasons: Mapping[str, str] | None = None,
    notes: Sequence[str] = (),
    cut_off: float | None = None,
    level: float = 0.95,
    n_permutations: int = 199,
    random_state: int = 0,
    title: str = "Scorecard report",
    progress: Callable[[int, int, str], None] | None = None,
) -> Report:
    """Collect what is known about a fitted scorecard, every number with its error.

    Parameters
    ----------
    card : Scorecard
        A fitted card.
    X : array-like or frame of shape (n_rows, n_columns)
        Training rows. Columns that the card does not use are binned as the card's are, and shown as such.
    y : array-like of shape (n_rows,)
        Labels of the training rows.
    sample_weight : array-like of shape (n_rows,), optional
        Sampling weights of the training rows.
    protected : Series or frame, optional
        Protected attributes of the training rows, one column an attribute with its groups as values.
    holdout : mapping, optional
        Rows that took no part in the fit: keys X and y, and optionally sample_weight and protected.
    reasons : mapping of str to str, optional
        Why a column stays out of the card.
    notes : sequence of str
        What else a reader must know of the data, shown first among the limitations.
    cut_off : float, optional
        Points from which applications count as approved; the median of the training rows when None.
    level : float
        Coverage of the intervals, strictly between 0 and 1.
    n_permutations : int
        Draws of the permutation test.
    random_state : int
        Seed of folds and permutations.
    title : str
        Heading of the report.
    progress : callable, optional
        Called with steps done, steps in all, and what was done.

    Returns
    -------
    Report
        The report; ``to_html``, ``to_json`` and ``to_excel`` write it.

    Raises
    ------
    ValueError
        If rows, labels or options are not valid; the message names the sample.
    """
    _check(holdout, level)
    step = _Progress(progress)
    with warnings.catch_warnings():
        # the tables mark every such bin, so that the warnings would say it a second time
        warnings.simplefilter("ignore", SparseCellWarning)
        warnings.simplefilter("ignore", UnseenValueWarning)
        samples = [make_sample("train", card, X, y, sample_weight=sample_weight, protected=protected)]
        if holdout is not None:
            samples.append(make_sample("hold-out", card, **holdout))
        train = samples[0]
        groups = bin_columns(card, samples)
        step("bins")
        ranking = ranking_entries(
            groups, train, level=level, n_permutations=n_permutations, random_state=random_state, step=step
        )
        edges = score_edges(train)
        cut = float(np.quantile(train.points, 0.5, method="higher")) if cut_off is None else cut_off
        settings = {"level": level, "n_permutations": n_permutations, "random_state": random_state, "cut_off": cut}
        summary: dict[str, Any] = {
            "schema": {"name": "infotheory.scorecard_report", "version": SCHEMA_VERSION},
            "title": title,
            "conventions": _conventions(card, level),
            "data": {"samples": [_sample_entry(sample) for sample in samples]},
            "characteristics": characteristic_entries(groups, reasons or {}, level),
            "ranking": ranking,
            **_coefficients(card, samples, level),
            "points": records(card.points_table()),
        }
        step("characteristics, coefficients, points")
        summary["performance"] = performance_section(samples, level)
        summary["calibration"] = calibration_section(samples, level)
        step("discrimination and calibration")
        summary["stability"] = stability_section(samples, groups, edges, level)
        summary["fairness"] = fairness_section(card, samples, edges, cut_off=cut, level=level)
        step("stability and groups")
        fingerprints = {s.name: data_fingerprint(s.X, s.target, s.weights, s.protected) for s in samples}
        summary["reproducibility"] = provenance(card, fingerprints, settings)
        summary = plain(summary)
        summary["limitations"] = [*map(str, notes), *limitations(summary)]
    step("summary", last=True)
    return Report(summary)


class _Progress:
    """Counts the steps for a progress bar, where there is one."""

    def __init__(self, report: Callable[[int, int, str], None] | None) -> None:
        self.report, self.done = report, 0

    def __call__(self, what: str, *, last: bool = False) -> None:
        self.done = N_STEPS if last else self.done + 1
        if self.report is not None:
            self.report(self.done, N_STEPS, what)


def _check(holdout: Mapping[str, Any] | None, level: float) -> None:
    if not 0.0 < level < 1.0:
        message = f"level must lie strictly between 0 and 1, got {level!r}; use 0.95 for 95 % intervals"
        raise ValueError(message)
    allowed = {"X", "y", "sample_weight", "protected"}
    if holdout is not None and not ({"X", "y"} <= set(holdout) <= allowed):
        message = f"holdout must have the keys X and y, and may have sample_weight and protected, got {sorted(holdout)}"
        raise ValueError(message)


def _conventions(card: Any, level: float) -> dict[str, Any]:
    label = event_label(card)
    safer = card.binner_.woe_sign == "nonevent"
    ratio = "share of non-events / share of events" if safer else "share of events / share of non-events"
    return {
        "event_label": str(label),
        "nonevent_label": str(next(value for value in card.classes_.tolist() if value != label)),
        "woe_sign": card.binner_.woe_sign,
        "woe": f"WoE = ln({ratio}), positive = {'safer' if safer else 'riskier'}",
        "short": f"event = {label}; WoE > 0 is {'safer' if safer else 'riskier'}",
        "level": level,
        "unit": "nats",
        "pdo": card.pdo,
        "base_points": card.base_points,
        "base_odds": card.base_odds,
        "status": card.status_,
    }


def _sample_entry(sample: Sample) -> dict[str, Any]:
    weights = np.ones(sample.target.size) if sample.weights is None else sample.weights
    return {
        "sample": sample.name,
        "rows": sample.target.size,
        "events": int(sample.target.sum()),
        "event_rate": float(np.average(sample.target, weights=weights)),
        "weighted": sample.weights is not None,
        "sum_of_weights": float(weights.sum()),
        "columns": sample.X.shape[1],
        "mean_points": float(np.average(sample.points, weights=weights)),
    }


def _coefficients(card: Any, samples: list[Sample], level: float) -> dict[str, Any]:
    """Coefficients; the tests are made on hold-out rows where there are any, and withheld without.

    A regression behind a test may separate the classes of a small hold-out sample; what it says is kept as a text.
    """
    if len(samples) == 1:
        return {"coefficients": records(card.coefficient_table(level=level)), "test_warnings": []}
    other = samples[1]
    names = list(card.binner_.specs_)
    rows = other.X[names] if hasattr(card, "feature_names_in_") else other.X[names].to_numpy()
    label = event_label(card)
    nonevent = next(value for value in card.classes_.tolist() if value != label)
    y = np.where(other.target == 1.0, label, nonevent)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ConvergenceWarning)
        table = card.coefficient_table(rows, y, other.weights, level=level)
    texts = dict.fromkeys(str(w.message) for w in caught if issubclass(w.category, ConvergenceWarning))
    return {"coefficients": records(table), "test_warnings": list(texts)}


def _write(path: str | Path, text: str) -> Path:
    target = Path(path)
    target.write_text(text, encoding="utf-8")
    return target
