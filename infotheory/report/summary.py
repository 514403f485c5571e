"""A fitted model and its rows to one dict, from which every format is written."""

import json
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from infotheory._typing import ArrayLike
from infotheory.exceptions import SparseCellWarning, UnseenValueWarning
from infotheory.report.characteristics import bin_columns, characteristic_entries, ranking_entries
from infotheory.report.excel import write_excel
from infotheory.report.extras import (
    FrameResult,
    Section,
    custom_sections,
    frame_entry,
    reason_section,
)
from infotheory.report.fairness import fairness_section
from infotheory.report.html import render_html
from infotheory.report.limitations import limitations
from infotheory.report.models import Model, as_model
from infotheory.report.performance import (
    calibration_section,
    performance_section,
    score_edges,
    stability_section,
)
from infotheory.report.plain import plain, records
from infotheory.report.provenance import data_fingerprint, provenance
from infotheory.report.samples import Sample, as_frame, make_sample
from infotheory.scorecard import MasterScale

__all__ = ["SCHEMA_VERSION", "Report", "scorecard_report"]

SCHEMA_VERSION = 1
N_STEPS = 10


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """A report as plain data, and the formats it is written in.

    Parameters
    ----------
    summary : dict
        All numbers and texts of the report; ``summary["schema"]`` names its version.
    page : callable
        Writes the summary as HTML, with a template and a logo.
    book : callable
        Writes the summary as a workbook.
    """

    summary: dict[str, Any]
    page: Callable[..., str] = render_html
    book: Callable[[dict[str, Any], Path], Path] = write_excel

    def to_html(
        self,
        path: str | Path,
        *,
        template: str | Path | None = None,
        logo: str | Path | None = None,
    ) -> Path:
        """Write one self-contained HTML file.

        Parameters
        ----------
        path : str or Path
            Where to write.
        template : str or Path, optional
            A Jinja template of your own that starts with ``{% extends "report.html" %}``
            (``"monitoring.html"`` for a monitoring report) and fills its blocks: ``style``,
            ``lead``, ``before``, ``after``, ``foot``, and one block for each section.
        logo : str or Path, optional
            A PNG or SVG file, put into the page.

        Returns
        -------
        Path
            The file written.

        Raises
        ------
        MissingDependencyError
            If jinja2 or matplotlib is not installed.
        ValueError
            If the logo is not a PNG or SVG file.
        """
        return _write(path, self.page(self.summary, template=template, logo=logo))

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
        return _write(
            path, json.dumps(self.summary, allow_nan=False, ensure_ascii=False, indent=1) + "\n"
        )

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
        return self.book(self.summary, Path(path))


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
    selection: FrameResult | None = None,
    decisions: FrameResult | None = None,
    frontier: FrameResult | None = None,
    sections: Sequence[Section] = (),
    scale: MasterScale | None = None,
    cut_off: float | None = None,
    level: float = 0.95,
    n_permutations: int = 199,
    random_state: int = 0,
    title: str = "Scorecard report",
    progress: Callable[[int, int, str], None] | None = None,
) -> Report:
    """Collect what is known about a fitted scorecard or pipeline, every number with its error.

    Parameters
    ----------
    card : Scorecard or Pipeline
        A fitted card; or a fitted pipeline that starts with a binner and ends with a classifier. A
        pipeline has no points: its score is the log odds of a non-event where its
        ``decision_function`` is the log odds of an event, the probability of a non-event otherwise,
        and what needs points is left out.
    X : array-like or frame of shape (n_rows, n_columns)
        Training rows. Columns that the model does not use are binned as the model's are, and shown
        as such.
    y : array-like of shape (n_rows,)
        Labels of the training rows.
    sample_weight : array-like of shape (n_rows,), optional
        Sampling weights of the training rows.
    protected : Series or frame, optional
        Protected attributes of the training rows, one column an attribute with its groups as
        values.
    holdout : mapping, optional
        Rows that took no part in the fit: keys X and y, and optionally sample_weight and protected.
    reasons : mapping of str to str, optional
        Why a column stays out of the model.
    notes : sequence of str
        What else a reader must know of the data, shown first among the limitations.
    selection : object with ``to_frame``, optional
        Log of the selection of variables.
    decisions : object with ``to_frame``, optional
        Sweep of cut-offs.
    frontier : object with ``to_frame``, optional
        Frontier of information value and fairness.
    sections : sequence of Section, optional
        Sections of your own, shown before the limitations.
    scale : MasterScale, optional
        Rating grades, each of which is tested.
    cut_off : float, optional
        Score from which applications count as approved; the median of the training rows when None.
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
    TypeError
        If ``card`` is neither a scorecard nor such a pipeline, or a result has no table.
    """
    _check(holdout, level)
    step = _Progress(progress)
    elsewhere = {
        "selection": frame_entry(selection),
        "frontier": frame_entry(frontier),
        "decisions": frame_entry(decisions),
        "custom": custom_sections(sections),
    }
    with warnings.catch_warnings():
        # the tables mark every such bin, so that the warnings would say it a second time
        warnings.simplefilter("ignore", SparseCellWarning)
        warnings.simplefilter("ignore", UnseenValueWarning)
        model = as_model(card, as_frame(X))
        samples = [
            make_sample("train", model, X, y, sample_weight=sample_weight, protected=protected)
        ]
        if holdout is not None:
            samples.append(make_sample("hold-out", model, **holdout))
        step("rows")
        cut = (
            float(np.quantile(samples[0].score, 0.5, method="higher"))
            if cut_off is None
            else cut_off
        )
        settings = {
            "level": level,
            "n_permutations": n_permutations,
            "random_state": random_state,
            "cut_off": cut,
        }
        summary: dict[str, Any] = {
            "schema": {"name": "infotheory.scorecard_report", "version": SCHEMA_VERSION},
            "title": title,
            "conventions": _conventions(model, level),
            "data": {"samples": [_sample_entry(sample) for sample in samples]},
            **_sections(model, samples, settings, reasons or {}, scale, step),
            **elsewhere,
        }
        fingerprints = {
            s.name: data_fingerprint(s.X, s.target, s.weights, s.protected) for s in samples
        }
        summary["reproducibility"] = provenance(card, fingerprints, settings)
        summary = plain(summary)
        summary["limitations"] = [*map(str, notes), *limitations(summary)]
    step("summary", last=True)
    return Report(
        summary, page=partial(render_html, results={"decisions": decisions, "frontier": frontier})
    )


def _sections(
    model: Model,
    samples: list[Sample],
    settings: Mapping[str, Any],
    reasons: Mapping[str, str],
    scale: MasterScale | None,
    step: "_Progress",
) -> dict[str, Any]:
    """Say everything that is computed from the rows."""
    level, cut = settings["level"], settings["cut_off"]
    groups = bin_columns(model, samples)
    step("bins")
    options = {name: settings[name] for name in ("level", "n_permutations", "random_state")}
    sections: dict[str, Any] = {
        "ranking": ranking_entries(groups, samples[0], step=step, **options)
    }
    sections["characteristics"] = characteristic_entries(groups, reasons, level)
    sections["audit"] = getattr(model.plain_binner, "audit_", [])
    sections |= _coefficients(model, samples, level)
    sections["points"] = (
        records(model.estimator.point_intervals(level=level)) if model.is_card else None
    )
    sections["reasons"] = reason_section(model, samples[-1])
    step("characteristics, coefficients, points")
    edges = score_edges(samples[0])
    sections["performance"] = performance_section(samples, edges, level)
    sections["calibration"] = calibration_section(samples, scale, level)
    step("discrimination and calibration")
    sections["stability"] = stability_section(samples, groups, edges, level)
    sections["fairness"] = fairness_section(model, samples, edges, cut_off=cut, level=level)
    step("stability and groups")
    return sections


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
        message = (
            f"level must lie strictly between 0 and 1, got {level!r}; use 0.95 for 95 % intervals"
        )
        raise ValueError(message)
    allowed = {"X", "y", "sample_weight", "protected"}
    if holdout is not None and not ({"X", "y"} <= set(holdout) <= allowed):
        message = (
            "holdout must have the keys X and y, and may have sample_weight and protected, got "
            f"{sorted(holdout)}"
        )
        raise ValueError(message)


def _conventions(model: Model, level: float) -> dict[str, Any]:
    safer = model.binner.woe_sign == "nonevent"
    ratio = (
        "share of non-events / share of events"
        if safer
        else "share of events / share of non-events"
    )
    card = model.estimator
    scaling = {
        name: getattr(card, name) if model.is_card else None
        for name in ("pdo", "base_points", "base_odds")
    }
    return {
        "event_label": str(model.event),
        "nonevent_label": str(model.nonevent),
        "woe_sign": model.binner.woe_sign,
        "woe": f"WoE = ln({ratio}), positive = {'safer' if safer else 'riskier'}",
        "short": f"event = {model.event}; WoE > 0 is {'safer' if safer else 'riskier'}",
        "level": level,
        "unit": "nats",
        "score": model.score_name,
        "model": type(card).__name__
        if model.is_card
        else " + ".join(type(step).__name__ for _, step in card.steps),
        **scaling,
        "fitted_with_protected": sorted(
            {c.attribute for c in getattr(model.plain_binner, "comparisons_", ())}
        ),
        "status": card.status_ if model.is_card else None,
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
        "mean_score": float(np.average(sample.score, weights=weights)),
    }


def _coefficients(model: Model, samples: list[Sample], level: float) -> dict[str, Any]:
    """Coefficients; the tests are made on hold-out rows where there are any, and withheld without.

    A regression behind a test may separate the classes of a small hold-out sample; what it says is
    kept as a text.
    """
    if not model.is_card:
        return {"coefficients": model.coefficients(), "test_warnings": []}
    if len(samples) == 1:
        return {
            "coefficients": records(model.estimator.coefficient_table(level=level)),
            "test_warnings": [],
        }
    other = samples[1]
    y = np.where(other.target == 1.0, model.event, model.nonevent)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ConvergenceWarning)
        table = model.estimator.coefficient_table(
            model.rows(other.X), y, other.weights, level=level
        )
    texts = dict.fromkeys(
        str(w.message) for w in caught if issubclass(w.category, ConvergenceWarning)
    )
    return {"coefficients": records(table), "test_warnings": list(texts)}


def _write(path: str | Path, text: str) -> Path:
    target = Path(path)
    target.write_text(text, encoding="utf-8")
    return target
