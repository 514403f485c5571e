"""Command line: ``infotheory demo`` and ``infotheory report``."""

import argparse
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split

from infotheory._optional import require
from infotheory._version import __version__
from infotheory.binning import OptimalBinner
from infotheory.datasets import load_german_credit
from infotheory.exceptions import MissingDependencyError, SparseCellWarning, UnseenValueWarning
from infotheory.report import Report, scorecard_report
from infotheory.scorecard import Scorecard

__all__ = ["main"]

_MOST_GROUPS = 20
_PROTECTED = "protected attribute: measured, never used"
_MIXED = "cannot tell all women from men in these data (Grömping 2019), so it is neither used nor measured"


_OVERSAMPLED = (
    "Bad loans were over-sampled in these data: 30 % here, about 5 % in the portfolio (Grömping 2019). Probabilities "
    "and points do not carry over to a portfolio."
)
_TURNED = "The level names of foreign_worker are probably turned (Grömping 2019); the smaller group has 37 rows."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    arguments : sequence of str, optional
        Words after ``infotheory``; those of the process when None.

    Returns
    -------
    int
        0 where a report was written, 2 where the request or the data cannot be used.
    """
    options = _parser().parse_args(arguments)
    try:
        with warnings.catch_warnings():
            # the report marks these bins in its tables and names them among its limitations
            warnings.simplefilter("ignore", SparseCellWarning)
            warnings.simplefilter("ignore", UnseenValueWarning)
            report = options.run(options)
            _write(report, options.output)
    except (ValueError, TypeError, OSError, MissingDependencyError) as error:
        print(f"infotheory: error: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="infotheory", description="Scorecard reports with standard errors that hold.")
    parser.add_argument("--version", action="version", version=f"infotheory {__version__}")
    commands = parser.add_subparsers(required=True, metavar="{demo,report}")
    demo = commands.add_parser("demo", help="report on the bundled German credit data")
    demo.add_argument("-o", "--output", type=Path, default=Path("out/german_credit"), help="folder of the report")
    demo.add_argument("--seed", type=int, default=0, help="seed of the split and of the permutations")
    demo.set_defaults(run=_demo)
    report = commands.add_parser("report", help="report on a CSV or Parquet file")
    report.add_argument("data", type=Path, metavar="DATA", help="table with one row an account, .csv[.gz] or .parquet")
    report.add_argument("--target", required=True, metavar="NAME", help="column with two labels")
    report.add_argument("--event", metavar="LABEL", help="label of the event; the larger of two numbers by default")
    report.add_argument(
        "--protected",
        nargs="+",
        action="extend",
        default=[],
        metavar="COL",
        help="protected attributes, never used by the card; 'age<=25' makes two groups of a number",
    )
    report.add_argument("--exclude", nargs="+", action="extend", default=[], metavar="COL", help="columns left out")
    report.add_argument(
        "--holdout", default="0.3", metavar="FILE|SHARE", help="hold-out file, or share of the rows (0: none); 0.3"
    )
    report.add_argument("--weights", metavar="COL", help="column of sampling weights")
    report.add_argument("--seed", type=int, default=0, help="seed of the split and of the permutations")
    report.add_argument("--title", help="heading of the report")
    report.add_argument("-o", "--output", type=Path, required=True, metavar="DIR", help="folder of the report")
    report.set_defaults(run=_report)
    return parser


def _demo(options: argparse.Namespace) -> Report:
    X, y = load_german_credit()
    groups = pd.DataFrame({name: _groups(X, name) for name in ("age_in_years<=25", "foreign_worker")})
    reasons = {"age_in_years": _PROTECTED, "foreign_worker": _PROTECTED, "personal_status_and_sex": _MIXED}
    data = {"X": X, "y": y, "protected": groups}
    title = "Scorecard report: German credit"
    return _fit(
        *_split(data, 0.3, options.seed), reasons, seed=options.seed, title=title, notes=(_OVERSAMPLED, _TURNED)
    )


def _report(options: argparse.Namespace) -> Report:
    frame = _read(options.data)
    _check_columns(options, frame)
    train = _rows(frame, options)
    test = None
    if Path(options.holdout).suffix in (".csv", ".gz", ".parquet"):
        other = _read(Path(options.holdout))
        _check_columns(options, other)
        test = _rows(other, options)
    elif (share := _share(options.holdout)) > 0.0:
        train, test = _split(train, share, options.seed)
    reasons = dict.fromkeys((_name(p, frame) for p in options.protected), _PROTECTED)
    reasons |= {name: "left out on request" for name in options.exclude if name not in reasons}
    title = options.title or f"Scorecard report: {options.data.name}"
    return _fit(train, test, reasons, seed=options.seed, title=title, event=_event(options.event, train["y"]))


def _fit(
    train: dict[str, Any],
    test: dict[str, Any] | None,
    reasons: dict[str, str],
    *,
    seed: int,
    title: str,
    event: Any = None,
    notes: Sequence[str] = (),
) -> Report:
    used = train["X"].drop(columns=list(reasons))
    if used.shape[1] == 0:
        message = f"the card needs a column, got none besides {sorted(reasons)}; exclude fewer"
        raise ValueError(message)
    card = Scorecard(OptimalBinner(event_label=event)).fit(used, train["y"], train.get("sample_weight"))
    rest = {name: value for name, value in train.items() if name not in ("X", "y")}
    return scorecard_report(
        card,
        train["X"],
        train["y"],
        **rest,
        holdout=test,
        reasons=reasons,
        notes=notes,
        random_state=seed,
        title=title,
        progress=_progress if sys.stderr.isatty() else None,
    )


def _read(path: Path) -> pd.DataFrame:
    if not path.is_file():
        message = f"DATA must be a file, got {str(path)!r}, which is not there"
        raise ValueError(message)
    if path.suffix == ".parquet":
        require("pyarrow", extra="report", purpose="reading Parquet")
        return pd.read_parquet(path)
    if path.name.endswith((".csv", ".csv.gz")):
        return pd.read_csv(path)
    message = f"DATA must end in .csv, .csv.gz or .parquet, got {path.name!r}"
    raise ValueError(message)


def _check_columns(options: argparse.Namespace, frame: pd.DataFrame) -> None:
    protected = [_name(text, frame) for text in options.protected]
    wanted = [options.target, *([options.weights] if options.weights else []), *protected, *options.exclude]
    absent = [name for name in wanted if name not in frame.columns]
    if absent:
        message = f"columns named on the command line must be in the data, got {absent} where the data have "
        message += f"{list(frame.columns[:10])}{' and more' if frame.shape[1] > 10 else ''}"
        raise ValueError(message)


def _rows(frame: pd.DataFrame, options: argparse.Namespace) -> dict[str, Any]:
    """Split a table into X, y and what goes with them."""
    rows: dict[str, Any] = {"y": frame[options.target]}
    aside = [options.target]
    if options.weights:
        rows["sample_weight"] = frame[options.weights].to_numpy()
        aside.append(options.weights)
    if options.protected:
        rows["protected"] = pd.DataFrame({text: _groups(frame, text) for text in options.protected})
    return rows | {"X": frame.drop(columns=aside)}


def _name(text: str, frame: pd.DataFrame) -> str:
    """Return the column that a protected attribute is made of: ``age`` of ``age<=25``."""
    return text if text in frame.columns else text.partition("<=")[0].strip()


def _groups(frame: pd.DataFrame, text: str) -> pd.Series:
    name = _name(text, frame)
    if name != text:
        try:
            cut = float(text.partition("<=")[2])
        except ValueError as error:
            message = f"a cut of a protected attribute must be a number, got {text!r}; write 'age<=25'"
            raise ValueError(message) from error
        labels = np.where(frame[name] <= cut, f"at most {cut:g}", f"above {cut:g}")
        return pd.Series(np.where(frame[name].isna(), "missing", labels), index=frame.index)
    if frame[name].nunique() > _MOST_GROUPS:
        message = (
            f"a protected attribute must have at most {_MOST_GROUPS} groups, got {frame[name].nunique()} values in "
            f"{name!r}; cut it, as in --protected '{name}<=25'"
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


def _split(data: dict[str, Any], share: float, seed: int) -> tuple[dict[str, Any], dict[str, Any]]:
    parts = train_test_split(*data.values(), test_size=share, random_state=seed, stratify=data["y"])
    return dict(zip(data, parts[::2], strict=True)), dict(zip(data, parts[1::2], strict=True))


def _event(text: str | None, y: pd.Series) -> Any:
    """Return the label named on the command line; text labels need one."""
    labels = y.dropna().unique().tolist()
    if text is None:
        if all(isinstance(label, int | float | np.number) for label in labels):
            return None
        message = f"text labels need --event, which of them is the event; got the labels {labels[:5]}"
        raise ValueError(message)
    for label in labels:
        if str(label) == text or (isinstance(label, float) and label.is_integer() and str(int(label)) == text):
            return label
    message = f"--event must be one of the labels {labels[:5]}, got {text!r}"
    raise ValueError(message)


def _progress(done: int, total: int, what: str) -> None:
    """Draw the bar over itself; only where standard error is a terminal."""
    filled = 30 * done // total
    sys.stderr.write(f"\r[{'#' * filled}{'.' * (30 - filled)}] {what:<42}{chr(10) if done == total else ''}")
    sys.stderr.flush()


def _write(report: Report, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    report.to_json(folder / "report.json")
    report.to_excel(folder / "report.xlsx")
    page = report.to_html(folder / "report.html")
    print(f"report: {page.resolve()}")


if __name__ == "__main__":  # pragma: no cover - run in a process of its own
    sys.exit(main())
