"""A fitted model and its rows to one dict, from which every format is written."""

import json
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any

from sklearn.pipeline import Pipeline

from infotheory._display import html_table, shortened
from infotheory._files import replace_text
from infotheory._random import Rng
from infotheory._typing import ArrayLike
from infotheory._validation import check_level, check_option, wrong_keys
from infotheory.binning import OptimalBinner
from infotheory.exceptions import SparseCellWarning, UnseenValueWarning
from infotheory.report.details import read_details
from infotheory.report.formats.excel import write_excel
from infotheory.report.formats.html import render_html
from infotheory.report.formats.word import write_word
from infotheory.report.models import past_preparation
from infotheory.report.plain import plain
from infotheory.report.sections.characteristics import characteristic_section, ranking_section
from infotheory.report.sections.dictionary import dictionary_section
from infotheory.report.sections.extras import Section, TableResult, custom_sections, table_entry
from infotheory.report.sections.fairness import fairness_section
from infotheory.report.sections.findings import findings
from infotheory.report.sections.limitations import limitations
from infotheory.report.sections.model_sections import (
    coefficient_section,
    convention_section,
    data_section,
    point_section,
    reason_section,
    reproducibility_section,
)
from infotheory.report.sections.performance import (
    calibration_section,
    performance_section,
    stability_section,
)
from infotheory.report.sections.targets import (
    no_groups_section,
    target_calibration_section,
    target_convention_section,
    target_data_section,
    target_performance_section,
)
from infotheory.report.subject import Settings, Subject, make_subject
from infotheory.scorecard import MasterScale
from infotheory.scorecard.points.fitted import AnyCard

__all__ = ["SCHEMA_VERSION", "Report", "report_schema", "scorecard_report"]

SCHEMA_VERSION = 3
#: Version of the summary of another target than two classes.
TARGET_SCHEMA_VERSION = 1

#: What is said of a model, in order: each section takes the subject and returns its part.
SECTIONS: dict[str, Callable[[Subject], dict[str, Any]]] = {
    "conventions": convention_section,
    "data": data_section,
    "data dictionary": dictionary_section,
    "ranking, held-out folds, permutations": ranking_section,
    "characteristics": characteristic_section,
    "coefficients": coefficient_section,
    "points": point_section,
    "reasons": reason_section,
    "discrimination": performance_section,
    "calibration": calibration_section,
    "stability": stability_section,
    "groups": fairness_section,
    "reproducibility": reproducibility_section,
}

#: The same of a target that is no two classes.
TARGET_SECTIONS = SECTIONS | {
    "conventions": target_convention_section,
    "data": target_data_section,
    "discrimination": target_performance_section,
    "calibration": target_calibration_section,
    "groups": no_groups_section,
}


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
    document : callable, optional
        Writes the summary as a Word document; None where it is not written as one.
    """

    summary: dict[str, Any]
    page: Callable[..., str] = render_html
    book: "Callable[[dict[str, Any], Path], Path]" = write_excel
    document: "Callable[[dict[str, Any], Path], Path] | None" = write_word

    def __repr__(self) -> str:
        title = shortened(str(self.summary["title"]), 60)
        n_limits = len(self.summary["limitations"])
        return (
            f"Report({title!r}, {len(self.summary)} sections, {n_limits} limitations; "
            "to_html(path), to_docx(path), to_excel(path) and to_json(path) write it, summary "
            "holds its numbers)"
        )

    def _repr_html_(self) -> str:
        """Title, sections and limitations for notebooks; the report itself is a file."""
        limits = [
            (f"limitation {i + 1}", text) for i, text in enumerate(self.summary["limitations"])
        ]
        return html_table(
            [
                ("report", str(self.summary["title"])),
                ("sections", ", ".join(name for name, part in self.summary.items() if part)),
                *limits,
                ("write it", "to_html(path), to_docx(path), to_excel(path), to_json(path)"),
            ]
        )

    def to_html(
        self,
        path: str | Path,
        *,
        template: str | Path | None = None,
        logo: str | Path | None = None,
    ) -> Path:
        """Write one self-contained HTML file, which appears whole or not at all.

        Parameters
        ----------
        path : str or Path
            Where to write.
        template : str or Path, optional
            A Jinja template of your own that starts with ``{% extends "report.html" %}``
            (``"monitoring.html"`` for a monitoring report) and fills its blocks: ``style``,
            ``lead``, ``findings``, ``before``, ``model``, ``after``, ``foot``, and one block for
            each section.
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
        return replace_text(path, self.page(self.summary, template=template, logo=logo))

    def to_json(self, path: str | Path) -> Path:
        """Write the summary as JSON, whole or not at all; what is not finite is null.

        Parameters
        ----------
        path : str or Path
            Where to write.

        Returns
        -------
        Path
            The file written.
        """
        return replace_text(
            path, json.dumps(self.summary, allow_nan=False, ensure_ascii=False, indent=1) + "\n"
        )

    def to_excel(self, path: str | Path) -> Path:
        """Write a workbook with one sheet a table, which appears whole or not at all.

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

    def to_docx(self, path: str | Path) -> Path:
        """Write a Word document with tables that can be edited, which appears whole or not at all.

        Parameters
        ----------
        path : str or Path
            Where to write.

        Returns
        -------
        Path
            The file written: A4 across, heads of tables on every page, numbered pages.

        Raises
        ------
        MissingDependencyError
            If python-docx or matplotlib is not installed.
        ValueError
            If it is a monitoring report, which is not written as a Word document.
        """
        if self.document is None:
            message = (
                "a Word document must be of a scorecard report, got a monitoring report; write "
                "to_html(path) or to_excel(path)"
            )
            raise ValueError(message)
        return self.document(self.summary, Path(path))


def scorecard_report(
    card: "AnyCard | OptimalBinner | Pipeline",
    X: Any,
    y: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    protected: Any = None,
    holdout: Mapping[str, Any] | None = None,
    reasons: Mapping[str, str] | None = None,
    reviews: "Mapping[str, Mapping[str, str]] | None" = None,
    notes: Sequence[str] = (),
    model_details: Mapping[str, str] | None = None,
    descriptions: Mapping[str, str] | None = None,
    selection: TableResult | None = None,
    decisions: TableResult | None = None,
    frontier: TableResult | None = None,
    sections: "Sequence[Section]" = (),
    scale: MasterScale | None = None,
    cut_off: float | None = None,
    level: float = 0.95,
    n_permutations: int = 199,
    rng: Rng = 0,
    title: str = "Scorecard report",
    progress: Callable[[int, int, str], None] | None = None,
) -> Report:
    """Collect what is known about a fitted scorecard or pipeline, every number with its error.

    Parameters
    ----------
    card : Scorecard, ScorecardRegressor, OptimalBinner or Pipeline
        A fitted card; a fitted binner whose target is no two classes (it has bins, and no score);
        or a fitted pipeline. One that ends with a card is reported on as the card, whose
        characteristics are the columns that the steps before it give. One that starts with a binner
        and ends with a classifier, or with a regressor where the target is a number, has no points:
        its score is the log odds of a non-event where its ``decision_function`` is the log odds of
        an event, the probability of a non-event otherwise, of a number the predicted mean; what
        needs points is left out.
    X : array-like or frame of shape (n_rows, n_columns)
        Training rows. Columns that the model does not use are binned as the model's are, and shown
        as such.
    y : array-like of shape (n_rows,)
        Labels of the training rows, those of the fit; the event is that of the card or binner,
        and the report names it.
    sample_weight : array-like of shape (n_rows,), optional
        Sampling weights of the training rows.
    protected : Series or frame, optional
        Protected attributes of the training rows, one column an attribute with its groups as
        values.
    holdout : mapping, optional
        Rows that took no part in the fit: keys X and y, and optionally sample_weight and protected.
    reasons : mapping of str to str, optional
        Why a column stays out of the model.
    reviews : mapping of str to mapping, optional
        What was decided about a column, as ``Workbench.reviews`` has it: status, note, who, when.
    notes : sequence of str
        What else a reader must know of the data, shown first among the limitations.
    model_details : mapping of str to str, optional
        What only people know: model_id, version, owner, purpose, training_period, holdout_period,
        prepared_by, validated_by, approved_by. What is left out is a blank line of the report.
    descriptions : mapping of str to str, optional
        What columns mean, for the data dictionary.
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
    rng : int, Generator or None
        Seed of folds and permutations, or what draws them; an int gives the same report again.
    title : str
        Heading of the report.
    progress : callable, optional
        Called with steps done, steps in all, and what was done.

    Returns
    -------
    Report
        The report; ``to_html``, ``to_docx``, ``to_excel`` and ``to_json`` write it.

    Raises
    ------
    ValueError
        If rows, labels or options are not valid; the message names the sample. If a review is of
        no column of ``X``.
    TypeError
        If ``card`` is neither a scorecard nor such a pipeline, or a result has no table.

    Examples
    --------
    >>> from infotheory.datasets import load_german_credit
    >>> X, y = load_german_credit()
    >>> from infotheory.scorecard import Scorecard
    >>> X = X[["duration_in_month", "purpose"]]
    >>> card = Scorecard().fit(X[:700], y[:700])
    >>> report = scorecard_report(
    ...     card, X[:700], y[:700], holdout={"X": X[700:], "y": y[700:]}, n_permutations=19
    ... )
    >>> [sample["sample"] for sample in report.summary["data"]["samples"]]
    ['train', 'hold-out']
    """
    check_level(level)
    _check_holdout(holdout)
    _check_texts(notes, reasons=reasons, reviews=reviews, descriptions=descriptions)
    # Of a card behind other steps the rows are those that it takes.
    card, X, holdout, of_pipeline = past_preparation(card, X, holdout)
    # Results made elsewhere are checked first: a fault in them must show before the long work.
    results = {"selection": selection, "frontier": frontier, "decisions": decisions}
    elsewhere: dict[str, Any] = {name: table_entry(result) for name, result in results.items()}
    elsewhere["custom"] = custom_sections(sections)

    details = read_details(model_details)
    texts = dict(reasons or {}), dict(reviews or {}), dict(descriptions or {})
    settings = Settings(level, cut_off, n_permutations, rng, scale, *texts)
    train = {"X": X, "y": y, "sample_weight": sample_weight, "protected": protected}
    # The rows and the limitations are steps too.
    step = _Progress(progress, 2 + len(SECTIONS))
    with warnings.catch_warnings():
        # the tables mark every such bin, so that the warnings would say it a second time
        warnings.simplefilter("ignore", SparseCellWarning)
        warnings.simplefilter("ignore", UnseenValueWarning)
        subject = make_subject(card, train, holdout, settings)
        of_target = subject.train.rows.kind is not None
        if of_target:
            given = {"protected": protected, "cut_off": cut_off, "scale": scale}
            _refuse_of_two_classes(given | results, holdout)
        step("rows and bins")

        summary: dict[str, Any] = {
            "schema": {
                "name": f"infotheory.{'target' if of_target else 'scorecard'}_report",
                "version": TARGET_SCHEMA_VERSION if of_target else SCHEMA_VERSION,
            },
            "title": title,
            "model_details": details,
        }
        for name, section in (TARGET_SECTIONS if of_target else SECTIONS).items():
            summary |= section(subject)
            step(name)

    # sections hold results as they are; what is not finite, and every interval, is written here
    summary = plain(summary | elsewhere, level)
    # From the plain numbers, so that they can be found again from the file alone.
    summary["findings"] = findings(summary)
    summary["limitations"] = [*of_pipeline, *map(str, notes), *limitations(summary)]
    step("limitations")
    # Results themselves, as figures are drawn of them; the summary holds their tables alone.
    return Report(
        summary,
        page=partial(render_html, results=results),
        document=partial(write_word, results=results),
    )


def _refuse_of_two_classes(given: Mapping[str, Any], holdout: Mapping[str, Any] | None) -> None:
    """Raise ValueError where something is given that speaks of two classes or of a decision."""
    groups = (holdout or {}).get("protected")
    names = [name for name, value in given.items() if value is not None and name != "selection"]
    names += [] if groups is None else ["protected of the hold-out sample"]
    if names:
        message = (
            f"{', '.join(names)} must be left out where the target is no two classes, got a value: "
            "without labels there is no decision, and nothing to say of approvals or grades"
        )
        raise ValueError(message)


class _Progress:
    """Counts the steps for a progress bar, where there is one."""

    def __init__(self, report: Callable[[int, int, str], None] | None, n_steps: int) -> None:
        self.report, self.n_steps, self.done = report, n_steps, 0

    def __call__(self, what: str) -> None:
        self.done += 1
        if self.report is not None:
            self.report(self.done, self.n_steps, what)


def _check_holdout(holdout: Mapping[str, Any] | None) -> None:
    needed, allowed = {"X", "y"}, {"X", "y", "sample_weight", "protected"}
    if holdout is not None and (got := wrong_keys(holdout, needed, allowed)):
        message = (
            "holdout must have the keys X and y, and may have sample_weight and protected, got "
            f"{got}"
        )
        raise ValueError(message)


def _check_texts(notes: Any, **by_column: Any) -> None:
    """Refuse a list where a text for each column is asked for, and a text that is a list."""
    if isinstance(notes, str):  # its letters would be notes
        message = f'notes must be a list of texts, got one text; pass ["{notes:.40}"]'
        raise ValueError(message)  # noqa: TRY004 - as all faults of these options
    for name, texts in by_column.items():
        if texts is not None and not isinstance(texts, Mapping):
            message = f"{name} must be a dict from columns of X, got {type(texts).__name__}"
            raise ValueError(message)


def report_schema(name: str = "scorecard") -> dict[str, Any]:
    """Return the JSON schema (draft 2020-12) that ``Report.to_json`` follows.

    Parameters
    ----------
    name : {"scorecard", "target"}
        Of a report on two classes, or on another target.

    Returns
    -------
    dict
        The schema; ``jsonschema.validate(document, report_schema())`` checks a document.

    Examples
    --------
    >>> report_schema()["properties"]["schema"]["properties"]["name"]
    {'const': 'infotheory.scorecard_report'}
    """
    check_option("name", name, ("scorecard", "target"))
    file = "schema.json" if name == "scorecard" else "target-schema.json"
    text = files("infotheory.report").joinpath(file).read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema
