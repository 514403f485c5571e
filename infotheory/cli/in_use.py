"""``infotheory score`` and ``infotheory monitor``: a card that is in use, on files."""

import argparse
import warnings

import pandas as pd

from infotheory._files import replace_file
from infotheory.cli.data_files import card_of_file, read_file, require_columns
from infotheory.exceptions import UnseenValueWarning
from infotheory.report import monitoring_report
from infotheory.scorecard import Scorecard, ScorecardMonitor, ScorecardRegressor

__all__ = ["monitor_files", "score_file"]


def score_file(options: argparse.Namespace) -> None:
    """Write the rows of a file with their points, and their probability or mean."""
    card = card_of_file(options.card)
    frame = read_file(options.data, separator=options.separator, encoding=options.encoding)
    require_columns(card.feature_names_in_, frame)

    # A score of values that the fit has not seen is no surprise to a report, but one to a user.
    with warnings.catch_warnings():
        warnings.simplefilter("default", UnseenValueWarning)
        scores = _scores(card, frame)
    # Two columns of one name could not be told apart in the file.
    taken = [name for name in scores.columns if name in frame.columns]
    if taken:
        message = f"DATA must not have the columns that are written, got {taken}; rename them"
        raise ValueError(message)

    scored = pd.concat([frame, scores], axis=1)
    options.output.parent.mkdir(parents=True, exist_ok=True)
    with replace_file(options.output) as file:
        if options.output.suffix == ".parquet":
            scored.to_parquet(file, index=False)
        else:
            packed = "gzip" if options.output.suffix == ".gz" else None
            scored.to_csv(file, index=False, compression=packed)
    print(f"scores: {options.output.resolve()}")


def _scores(card: Scorecard | ScorecardRegressor, frame: pd.DataFrame) -> pd.DataFrame:
    """Points of each row, and the probability of an event, or the mean of a card of one."""
    columns = {"points": card.predict_points(frame[list(card.feature_names_in_)])}
    if isinstance(card, ScorecardRegressor):
        # The points have told of unseen values already.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UnseenValueWarning)
            columns["mean"] = card.predict(frame[list(card.feature_names_in_)])
    # A card that was read from a document of points alone has no probabilities.
    elif card.origin_ == "fit":
        place = list(card.classes_).index(card.event_label_)
        # Unseen values have been told with the points.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UnseenValueWarning)
            rows = frame[list(card.feature_names_in_)]
            columns["event_probability"] = card.predict_proba(rows)[:, place]
    return pd.DataFrame(columns, index=frame.index)


def monitor_files(options: argparse.Namespace) -> None:
    """Compare the rows of a file, by period, with reference rows, and write the report."""
    card = card_of_file(options.card)
    form = {"separator": options.separator, "encoding": options.encoding}
    reference = read_file(options.reference, "REFERENCE", **form)
    data = read_file(options.data, **form)
    weight = options.sample_weight
    roles = [weight] if weight else []
    require_columns([*card.feature_names_in_, options.target, *roles], reference)
    periods = [options.period] if options.period else []
    require_columns([*card.feature_names_in_, *roles, *periods], data)

    # Outcomes of the reference are known; those of rows in use may not be known yet.
    names = list(card.feature_names_in_)
    monitor = ScorecardMonitor.from_reference(
        card, reference[names], reference[options.target], reference[weight] if weight else None
    )
    report = monitoring_report(
        monitor,
        data[names],
        data.get(options.target),
        sample_weight=data[weight] if weight else None,
        periods=data[options.period].to_numpy() if options.period else None,
        period_order=options.period_order,
        tolerance=options.tolerance,
        alpha=options.alpha,
        title=options.title or f"Monitoring report: {options.data.name}",
    )

    options.output.mkdir(parents=True, exist_ok=True)
    report.to_json(options.output / "monitoring.json")
    report.to_excel(options.output / "monitoring.xlsx")
    page = report.to_html(options.output / "monitoring.html")
    print(f"monitoring: {page.resolve()}")
