"""``infotheory tune``: the bins of a file tuned by hand in a browser, then the card."""

import argparse
import shlex
from pathlib import Path
from typing import Any

from sklearn.frozen import FrozenEstimator

from infotheory._files import replace_text
from infotheory.binning import OptimalBinner
from infotheory.binning.features import FittedBinner
from infotheory.cli.data_files import declared_columns, named_event, special_codes_option
from infotheory.cli.report import samples_of
from infotheory.cli.selection import check_event_of_kind
from infotheory.scorecard import Scorecard, ScorecardRegressor
from infotheory.workbench import Workbench, workbench

__all__ = ["tune"]


def tune(options: argparse.Namespace) -> None:
    """Open a session on a file; when it ends write the card, and print the next command."""
    session = options.session or _beside(options.data, ".tune.jsonl")
    if options.read_only:
        if not session.is_file():
            message = f"--read-only needs a session that is there, got {str(session)!r}"
            raise ValueError(message)
        # The file alone is looked at, without rows.
        with workbench(None, session=session, read_only=True) as looked_at:
            _serve(looked_at, options)
        return

    check_event_of_kind(options)
    train, test, reasons, _ = samples_of(options)
    used = train["X"].drop(columns=list(reasons))
    if used.shape[1] == 0:
        message = f"tune needs a column, got none besides {sorted(reasons)}; exclude fewer"
        raise ValueError(message)
    binary = options.target_type == "binary"
    binner = OptimalBinner(
        target_type=options.target_type,
        event_label=named_event(options.event, train["y"]) if binary else None,
        special_codes=special_codes_option(options.special),
        categorical_features=declared_columns(options.categorical, used.columns),
    )
    binner.fit(used, train["y"], train.get("sample_weight"))

    opened = workbench(
        binner,
        used,
        train["y"],
        sample_weight=train.get("sample_weight"),
        holdout=None if test is None else _parts(test),
        periods=train.get("periods"),
        session=session,
        who=options.who,
    )
    with opened:
        print(f"session: {session.resolve()}")
        _serve(opened, options)
        tuned = opened.binner
    _finish(tuned, used, train, session, options)


def _serve(opened: Workbench, options: argparse.Namespace) -> None:
    """Show the session until Ctrl-C; its address is printed once."""
    opened.serve(
        options.port,
        open_browser=not options.no_browser,
        announce=lambda address: print(f"workbench: {address}\nCtrl-C ends it", flush=True),
    )


def _finish(
    tuned: FittedBinner,
    used: Any,
    train: dict[str, Any],
    session: Path,
    options: argparse.Namespace,
) -> None:
    """Write the card of the tuned bins, or the bins of classes; say how the report is made."""
    print(f"\n{len(tuned.audit_)} steps in {session.resolve()}")
    kind = options.target_type
    if kind == "multiclass" and isinstance(tuned, OptimalBinner):
        # Several classes have no card; what was tuned are their bins.
        path = options.card or _beside(options.data, ".bins.json")
        replace_text(path, tuned.to_json())
        print(f"bins: {path.resolve()}")
    else:
        # Excluded characteristics are not among the tuned features, nor in the card.
        bins = FrozenEstimator(tuned)
        card = Scorecard(bins) if kind == "binary" else ScorecardRegressor(bins, target_type=kind)
        card.fit(used[list(tuned.features_)], train["y"], train.get("sample_weight"))
        path = options.card or _beside(options.data, ".card.json")
        replace_text(path, card.to_json())
        print(f"card: {path.resolve()}")
    print(f"next: {_next_command(session, options)}")


def _next_command(session: Path, options: argparse.Namespace) -> str:
    """Return the command that reports on the card of these bins and rows."""
    words = ["infotheory", "report", str(options.data), "--target", options.target]
    words += [] if options.target_type == "binary" else ["--target-type", options.target_type]
    for name in ("event", "sample_weight", "separator", "encoding"):
        value = getattr(options, name)
        words += [f"--{name.replace('_', '-')}", value] if value else []
    for name in ("exclude", "keep", "categorical", "special", "protected"):
        values = getattr(options, name)
        words += [f"--{name}", *values] if values else []
    # A period is shown beside the bins and is no characteristic; the report knows no such role
    # without a selection.
    if options.periods:
        words += ["--exclude", options.periods]

    words += ["--holdout", options.holdout, "--seed", str(options.seed)]
    words += ["--session", str(session), "--output", str(_beside(options.data, "-report"))]
    return shlex.join(words)


def _parts(sample: dict[str, Any]) -> tuple[Any, ...]:
    """Return X, y and perhaps weights of a sample."""
    return tuple(sample[name] for name in ("X", "y", "sample_weight") if name in sample)


def _beside(data: Path, ending: str) -> Path:
    """Return a path beside the data: its name up to the ending, and another ending."""
    # Up to the first point: "loans.csv.gz" has two suffixes.
    return data.with_name(data.name.partition(".")[0] + ending)
