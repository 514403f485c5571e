"""``infotheory demo`` and ``infotheory report``: a card, its report, its document for exports."""

import argparse
import contextlib
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import train_test_split

from infotheory import workbench
from infotheory._display import number_text
from infotheory._files import replace_text
from infotheory._optional import require
from infotheory.binning import OptimalBinner
from infotheory.cli.columns import characteristics, characteristics_of_table
from infotheory.cli.connections import (
    check_source,
    connection,
    opened_table,
    rows_of_table,
    write_queries,
)
from infotheory.cli.data_files import (
    declared_columns,
    named_event,
    read_file,
    require_columns,
    special_codes_option,
)
from infotheory.cli.select import select_columns
from infotheory.cli.selection import check_event_of_kind
from infotheory.cli.steps import Steps
from infotheory.cli.text_files import columns_of_words
from infotheory.datasets import load_german_credit
from infotheory.engines import Frame, Query
from infotheory.report import Report, scorecard_report
from infotheory.report.details import read_details
from infotheory.report.formats.number_texts import count, fixed, interval
from infotheory.scorecard import Scorecard, ScorecardRegressor, SelectionLog

__all__ = ["demo", "report", "samples_of"]

Sample = dict[str, Any]
Notes = list[str]
Samples = tuple[Sample, Sample | None, dict[str, str], Notes]

_MOST_GROUPS = 20
#: A target of more distinct values is an amount; one of fewer is refused by the fit, in its words.
_MOST_LABELS = 10
_OF_ROWS = ("sample_weight", "periods")
_REPORTED = ("X", "y", "sample_weight", "protected")
_PROTECTED = "protected attribute: measured, never used"
_MIXED = (
    "cannot tell all women from men in these data (Grömping 2019), so it is neither used nor "
    "measured"
)
_OVERSAMPLED = (
    "Bad loans were over-sampled in these data: 30 % here, about 5 % in the portfolio (Grömping "
    "2019). Probabilities "
    "and points do not carry over to a portfolio."
)
_TURNED = (
    "The level names of foreign_worker are probably turned (Grömping 2019); the smaller group has "
    "37 rows."
)


def demo(options: argparse.Namespace) -> None:
    """Report on the bundled German credit data."""
    X, y = load_german_credit()
    groups = pd.DataFrame(
        {name: _groups(X, name) for name in ("age_in_years<=25", "foreign_worker")}
    )
    reasons = {
        "age_in_years": _PROTECTED,
        "foreign_worker": _PROTECTED,
        "personal_status_and_sex": _MIXED,
    }
    data = {"X": X, "y": y, "protected": groups}
    title = "Scorecard report: German credit"
    parts = _split(data, 0.3, options.seed)
    _run(*parts, reasons, options, title=title, notes=(_OVERSAMPLED, _TURNED))


def report(options: argparse.Namespace) -> None:
    """Report on a file."""
    _check_selection(options)
    _check_kind(options)
    read_details(_details(options.detail))
    is_connected = check_source(options, "data")
    if is_connected:
        (train, test, reasons, notes), queries = _samples_of_tables(options)
    else:
        train, test, reasons, notes = samples_of(options)
    title = options.title or f"Scorecard report: {options.table or options.data.name}"
    binary = options.target_type == "binary"
    event = named_event(options.event, train["y"]) if binary else None
    _run(train, test, reasons, options, title=title, event=event, notes=notes)
    if is_connected:
        write_queries(queries, options.output / "queries.sql")


def samples_of(options: argparse.Namespace) -> Samples:
    """Read training and hold-out rows, with the reasons of columns left out and notes."""
    form = {"separator": options.separator, "encoding": options.encoding}
    frame = read_file(options.data, **form)
    require_columns([*_wanted(options, frame), *options.keep, *options.include], frame)
    aside, notes = _set_aside(frame, options)
    other = None
    if _is_file(options.holdout):
        words = columns_of_words(frame)
        other = read_file(Path(options.holdout), "--holdout", words=words, **form)
        require_columns(_wanted(options, other), other)
        # What was set aside here is so there too, by name: another file may not look alike.
        other = other.drop(columns=aside, errors="ignore")
    return _dealt(frame.drop(columns=aside), other, notes, options)


def _samples_of_tables(options: argparse.Namespace) -> tuple[Samples, Sequence[Query]]:
    """Read training and hold-out rows of a database, and tell what it was asked."""
    with connection(options.connect) as database:
        table = opened_table(database, options.table)
        roles = _wanted(options, table)
        require_columns([*roles, *options.keep, *options.include], table)
        left = characteristics_of_table(table, options.keep, roles)
        aside = [name for name in table.columns if name not in {*left, *roles}]
        # What is excluded stays in the database, unless it has another role.
        unread = {*aside, *options.exclude} - {*_roles(options, table)}
        columns = [name for name in table.columns if name not in unread]
        frame, words = rows_of_table(table, columns, options.seed, options.table)
        queries, notes = [*table.queries], [words, *_note_of(aside)]

        other = None
        if _is_file(options.holdout):
            known = columns_of_words(frame)
            other = read_file(Path(options.holdout), "--holdout", words=known)
        elif not _is_number(options.holdout):
            held = opened_table(database, options.holdout, "--holdout")
            require_columns(columns, held)
            other, words = rows_of_table(held, columns, options.seed, options.holdout)
            queries, notes = [*queries, *held.queries], [*notes, f"Hold-out: {words}"]
        if other is not None:
            require_columns(columns, other)
            other = other[columns]
    return _dealt(frame, other, notes, options), queries


def _dealt(
    frame: pd.DataFrame, other: pd.DataFrame | None, notes: Notes, options: argparse.Namespace
) -> Samples:
    """Give the rows their roles; hold-out rows are those of another table, a share, or none."""
    train = _rows(frame, options)
    if options.target_type == "binary":
        _check_target(train["y"], options.target)
    test = None
    if other is not None:
        test = _rows(other, options)
    elif (share := _share(options.holdout)) > 0.0:
        in_classes = options.target_type in ("binary", "multiclass")
        train, test = _split(train, share, options.seed, in_classes=in_classes)

    reasons = dict.fromkeys((_name(p, frame) for p in options.protected), _PROTECTED)
    left_out = [name for name in options.exclude if name in frame.columns and name not in reasons]
    reasons |= dict.fromkeys(left_out, "left out on request")
    return train, test, reasons, notes


def _run(
    train: dict[str, Any],
    test: dict[str, Any] | None,
    reasons: dict[str, str],
    options: argparse.Namespace,
    *,
    title: str,
    event: Any = None,
    notes: Sequence[str] = (),
) -> None:
    """Fit a card and write it and its report, each step named before it starts."""
    with Steps() as say:
        _fit_and_write(
            train, test, reasons, options, title=title, event=event, notes=notes, say=say
        )


def _fit_and_write(
    train: dict[str, Any],
    test: dict[str, Any] | None,
    reasons: dict[str, str],
    options: argparse.Namespace,
    *,
    title: str,
    event: Any,
    notes: Sequence[str],
    say: Steps,
) -> None:
    """Select where that is asked for, fit the card, and write it and its report in all formats."""
    used = train["X"].drop(columns=list(reasons))
    if used.shape[1] == 0:
        message = f"the card needs a column, got none besides {sorted(reasons)}; exclude fewer"
        raise ValueError(message)

    log = None
    _require_extras()
    if options.select:
        say(f"selecting among {used.shape[1]} characteristics")
        log = select_columns({"X": used} | _of_rows(train, ("y", *_OF_ROWS)), event, options)
        used, reasons = used[log.selected], reasons | _not_selected(log)
    if used.shape[1] == 0:
        message = "the card needs a column, got none selected; loosen the limits of the selection"
        raise ValueError(message)

    # A period is of the selection alone.
    train = _of_rows(train, _REPORTED)
    test = None if test is None else _of_rows(test, _REPORTED)
    binner: Any = OptimalBinner(
        target_type=options.target_type,
        max_n_bins=options.max_bins,
        event_label=event,
        special_codes=special_codes_option(options.special),
        categorical_features=declared_columns(options.categorical, used.columns),
    )
    reviews: dict[str, dict[str, str]] = {}

    # Bins of a session are used as they were tuned: frozen, so that the card does not search anew.
    if options.session is not None:
        tuned, reviews = _tuned_binner(options.session, used)
        reasons = reasons | {
            name: f"excluded in the workbench: {reviews.get(name, {}).get('note') or 'no note'}"
            for name in used
            if name not in tuned.features_
        }
        binner, used = FrozenEstimator(tuned), used[list(tuned.features_)]
    card = _model(binner, options)
    say(f"fitting a card on {used.shape[1]} characteristics of {len(used)} rows")
    card.fit(used, train["y"], train.get("sample_weight"))
    say("measuring: bins of held-out folds, permutations, tests on hold-out rows")
    result = scorecard_report(
        card,
        **train,
        holdout=test,
        reasons=reasons,
        reviews=reviews,
        notes=notes,
        model_details=_details(options.detail),
        selection=log,
        rng=options.seed,
        title=title,
        progress=say.done,
    )
    say("writing the report")

    folder: Path = options.output
    folder.mkdir(parents=True, exist_ok=True)
    result.to_json(folder / "report.json")
    result.to_excel(folder / "report.xlsx")
    document = "card.json" if hasattr(card, "predict_points") else "bins.json"
    replace_text(folder / document, card.to_json())
    page = result.to_html(folder / "report.html")
    for line in _headline(result):
        print(line)
    print(f"report: {page.resolve()}")


def _model(binner: Any, options: argparse.Namespace) -> Any:
    """Return what is fitted: a card, of a mean where the target is one, or the bins of classes."""
    if options.target_type == "multiclass":
        return binner

    # A mean has no odds: its scale is told by points alone.
    if options.target_type != "binary":
        return ScorecardRegressor(
            binner,
            target_type=options.target_type,
            power=1.0 if options.power is None else options.power,
            pdo=options.pdo,
            base_points=options.points,
            signs=options.signs,
        )
    return Scorecard(
        binner,
        pdo=options.pdo,
        base_points=options.points,
        base_odds=options.odds,
        signs=options.signs,
    )


def _check_kind(options: argparse.Namespace) -> None:
    """Raise ValueError where an option has no meaning for the kind of target."""
    kind = options.target_type
    check_event_of_kind(options)
    if kind == "binary":
        return

    # Groups are told of a decision on an event.
    if options.protected:
        message = (
            f"--protected is for a target of two classes, got --target-type {kind}; leave such "
            "columns out by --exclude"
        )
        raise ValueError(message)


def _require_extras() -> None:
    """Raise MissingDependencyError before the work where the report could not be written."""
    for package in ("jinja2", "matplotlib", "openpyxl"):
        require(package, extra="report", purpose="writing a report")


def _headline(result: Report) -> list[str]:
    """Say what came out: discrimination with its interval, characteristics, the worst finding."""
    summary = result.summary
    # The last sample is the hold-out rows where there are any.
    last = summary["data"]["samples"][-1]
    entries = summary["characteristics"]
    in_card = sum(entry["in_card"] for entry in entries)
    has_score = summary["performance"] is not None
    lines = [f"{'card' if has_score else 'bins'}: {in_card} of {len(entries)} characteristics"]
    for row in summary["performance"]["measures"] if has_score else ():
        if row["measure"] in ("AUC", "concordance") and row["sample"] == last["sample"]:
            ends = interval(row["low"], row["high"], 3, row["low_status"], row["high_status"])
            words = f"{last['sample']} rows ({count(last['count'])})"
            lines.append(f"{row['measure']}: {fixed(row['value'])} ({ends}) on {words}")
    n_findings = len(summary["findings"])
    worst = f", the first: {summary['findings'][0]['text']}" if n_findings else ""
    return [*lines, f"findings: {n_findings}{worst}"]


def _details(texts: Sequence[str]) -> dict[str, str]:
    """Read key=text."""
    for text in texts:
        if "=" not in text:
            message = f"--detail must be KEY=TEXT, got {text!r}; write --detail owner='Retail risk'"
            raise ValueError(message)
    return {key.strip(): text for key, _, text in (pair.partition("=") for pair in texts)}


def _tuned_binner(session: Path, used: pd.DataFrame) -> tuple[Any, dict[str, dict[str, str]]]:
    """Return the bins of a session of ``infotheory tune``, and its reviews, for these columns."""
    with workbench.workbench(None, session=session, read_only=True) as tuned:
        binner, reviews = tuned.binner, tuned.reviews
    absent = [name for name in binner.features_ if name not in used]
    if absent:
        message = (
            f"--session must be of the columns of the card, got bins of {absent[:5]}, which are "
            "not among them; give the options of infotheory tune"
        )
        raise ValueError(message)
    return binner, {name: review for name, review in reviews.items() if name in used}


def _of_rows(rows: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: rows[name] for name in names if name in rows}


def _not_selected(log: SelectionLog) -> dict[str, str]:
    """Return the reason of the last decision about each characteristic that was not selected."""
    # A later decision replaces an earlier one; what is only told decides nothing.
    decided = {step.feature: step.reason for step in log.steps if step.decision != "told"}
    return {
        name: f"not selected: {reason}"
        for name, reason in decided.items()
        if name not in log.selected
    }


def _is_file(text: str) -> bool:
    return Path(text).suffix in (".csv", ".tsv", ".gz", ".parquet")


def _is_number(text: str) -> bool:
    """Whether a text is a share of the rows, or meant as one."""
    with contextlib.suppress(ValueError):
        float(text)
        return True
    return False


def _wanted(options: argparse.Namespace, frame: pd.DataFrame | Frame) -> list[str]:
    """Columns that the command line names."""
    return [*_roles(options, frame), *options.exclude]


def _roles(options: argparse.Namespace, frame: pd.DataFrame | Frame) -> list[str]:
    """Columns that are used as what they are named for."""
    return [
        options.target,
        *([options.sample_weight] if options.sample_weight else []),
        *([options.periods] if options.periods else []),
        *(_name(text, frame) for text in options.protected),
    ]


def _set_aside(frame: pd.DataFrame, options: argparse.Namespace) -> tuple[list[str], list[str]]:
    """Print which columns are identifiers or dates; return them, and the note of the report."""
    # Columns of a role stay in the table: they are used as what they are named for.
    roles = _wanted(options, frame)
    left = {*characteristics(frame, options.keep, roles), *roles}
    aside = [name for name in frame.columns if name not in left]
    return aside, _note_of(aside)


def _note_of(aside: Sequence[str]) -> list[str]:
    """Name the columns that were set aside, for the report."""
    words = f"Set aside as identifiers or dates, and not looked at: {', '.join(map(str, aside))}."
    return [words] if aside else []


def _check_target(y: pd.Series, name: str) -> None:
    """Raise ValueError where a target is an amount, before rows are split by its values."""
    n_labels = y.nunique()
    if n_labels > _MOST_LABELS:
        message = (
            f"--target must be a column of two labels, got {n_labels} distinct values in {name!r}; "
            "cut it into two, or bin an amount with infotheory bin --target-type continuous"
        )
        raise ValueError(message)


def _check_selection(options: argparse.Namespace) -> None:
    """Raise ValueError where columns are named for a selection that is not asked for."""
    named = {"--include": options.include, "--out-of-time": options.out_of_time}
    named |= {"--periods": options.periods}
    for option, value in named.items():
        if value and not options.select:
            message = f"{option} is of a selection, got no --select; add it, or leave {option} out"
            raise ValueError(message)


def _rows(frame: pd.DataFrame, options: argparse.Namespace) -> dict[str, Any]:
    """Split a table into X, y and what goes with them."""
    rows: dict[str, Any] = {"y": frame[options.target]}
    aside = [options.target]
    if options.sample_weight:
        rows["sample_weight"] = frame[options.sample_weight].to_numpy()
        aside.append(options.sample_weight)
    if options.periods:
        rows["periods"] = frame[options.periods]
        aside.append(options.periods)
    if options.protected:
        rows["protected"] = pd.DataFrame({text: _groups(frame, text) for text in options.protected})
    return rows | {"X": frame.drop(columns=aside)}


def _name(text: str, frame: pd.DataFrame | Frame) -> str:
    """Return the column that a protected attribute is made of: ``age`` of ``age<=25``."""
    # A column may itself have such a name, as age_in_years<=25 of encoded data.
    return text if text in frame.columns else text.partition("<=")[0].strip()


def _groups(frame: pd.DataFrame, text: str) -> pd.Series:
    """Read a protected attribute: the groups of a column, or two halves of a number."""
    name = _name(text, frame)
    if name != text:
        try:
            cut = float(text.partition("<=")[2])
        except ValueError:
            cut = math.nan
        if math.isnan(cut):
            message = (
                f"a cut of a protected attribute must be a number, got {text!r}; write 'age<=25'"
            )
            raise ValueError(message)
        column = frame[name]
        if column.dtype == object:  # numbers of any precision, as decimal.Decimal
            column = pd.to_numeric(column, errors="coerce").where(column.notna())
        if (
            not pd.api.types.is_numeric_dtype(column)
            or column.isna().sum() > frame[name].isna().sum()
        ):
            message = (
                f"a protected attribute that is cut must be a column of numbers, got {name!r} of "
                f"type {frame[name].dtype}; name it without a cut, --protected {name!r}"
            )
            raise ValueError(message)

        # Rows without a value are in no half, and a comparison with NaN would put them above; one
        # with the gaps of a nullable column is neither true nor false.
        values = column.to_numpy(np.float64, na_value=np.nan)
        labels = np.where(values <= cut, f"at most {number_text(cut)}", f"above {number_text(cut)}")
        return pd.Series(np.where(np.isnan(values), "missing", labels), index=frame.index)

    if frame[name].nunique() > _MOST_GROUPS:
        message = (
            f"a protected attribute must have at most {_MOST_GROUPS} groups, got "
            f"{frame[name].nunique()} values in {name!r}; cut it, as in --protected '{name}<=25'"
        )
        raise ValueError(message)
    return frame[name]


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError as error:
        message = f"--holdout must be a .csv or .parquet file or a share of the rows, got {text!r}"
        raise ValueError(message) from error
    if not 0.0 <= share < 1.0:
        message = f"--holdout must be a share from 0 up to, and without, 1, got {text}"
        raise ValueError(message)
    return share


def _split(
    data: dict[str, Any], share: float, seed: int, *, in_classes: bool = True
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Deal rows to two samples, each class in proportion."""
    strata = data["y"] if in_classes else None
    parts = train_test_split(*data.values(), test_size=share, random_state=seed, stratify=strata)
    return dict(zip(data, parts[::2], strict=True)), dict(zip(data, parts[1::2], strict=True))
