"""What the command line takes."""

import argparse
import difflib
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from infotheory._version import __version__
from infotheory.cli.selection import SELECTION, add_power, add_selection, add_target_type
from infotheory.report.details import DETAILS

__all__ = ["make_parser"]

_FORMATS = ("sql", "pmml", "python", "onnx")
_TRENDS = ("auto", "none", "ascending", "descending", "peak", "valley", "concave", "convex")
_DATA = "table with one row an account, .csv[.gz], .tsv[.gz] or .parquet"
_CARD = "card.json, as to_json of Scorecard or ScorecardRegressor writes it"


class _Parser(argparse.ArgumentParser):
    """A parser that names what is near, and repeats no password of a URL in its complaints."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        # parsers of the commands by name, on the one that has them
        self.commands: dict[str, _Parser] = {}
        # what is read just now
        self.words: Sequence[str] = ()

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Read the words of a command; a word that no option has is complained of by its name."""
        words = sys.argv[1:] if args is None else list(args)
        command = next((self.commands[word] for word in words if word in self.commands), self)
        command.words = words
        options, unknown = self.parse_known_args(words, namespace)
        if unknown:
            command.error(f"unrecognized arguments: {' '.join(unknown)}")
        return options

    def error(self, message: str) -> NoReturn:
        wrong = re.search(r"invalid choice: '([^']*)' \(choose from (.*)\)$", message)
        near = "" if wrong is None else _near(wrong[1], re.findall(r"[\w.-]+", wrong[2]))
        # What is missing is told first, though a word that was misspelt is why it is.
        for word in {text.partition("=")[0] for text in self.words if text.startswith("--")}:
            known = self._option_string_actions
            if word != "--" and not any(option.startswith(word) for option in known):
                meant = _near(word, known).replace("; did", ", did")
                near += f"; there is no {word}{meant}"
        super().error(re.sub(r"(\w+://)\S+", r"\1...", message) + near)


class _Declare(argparse.Action):
    """Declares columns categorical, and keeps them: codes may look like dates or identifiers."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,  # noqa: ARG002 - what argparse calls an action with
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,  # noqa: ARG002 - the same
    ) -> None:
        for name in (self.dest, "keep"):
            setattr(namespace, name, [*getattr(namespace, name), *values])


def _near(word: str, known: Iterable[str]) -> str:
    """Ask whether one of the words was meant that are nearly this one; "" where none is."""
    close = difflib.get_close_matches(word, known, n=2, cutoff=0.65)
    return f"; did you mean {' or '.join(close)}?" if close else ""


def make_parser() -> argparse.ArgumentParser:
    """Return the parser; each command stores as ``run`` where its function is.

    A command is loaded when it runs: to tell its options takes none of what it works with.
    """
    parser = _Parser(
        prog="infotheory",
        description="Scorecards, bins and stability with standard errors that hold.",
    )
    parser.add_argument("--version", action="version", version=f"infotheory {__version__}")

    names = "demo,report,verify,bin,select,psi,score,monitor,export,tune"
    commands = parser.add_subparsers(required=True, metavar=f"{{{names}}}")

    _add_demo(commands.add_parser("demo", help="report on the bundled German credit data"))
    _add_report(commands.add_parser("report", help="card and report of a CSV or Parquet file"))
    _add_verify(commands.add_parser("verify", help="the numbers of a report, recomputed"))
    _add_bin(commands.add_parser("bin", help="optimal bins of every column of a file"))
    _add_select(commands.add_parser("select", help="characteristics for a card, with the log"))
    _add_psi(commands.add_parser("psi", help="stability index of every column of two files"))
    _add_tune(commands.add_parser("tune", help="bins of a file tuned by hand, in a browser"))
    _add_score(commands.add_parser("score", help="the rows of a file with their points"))
    _add_monitor(commands.add_parser("monitor", help="a card in use, period by period"))
    _add_export(commands.add_parser("export", help="a card as SQL, PMML, Python or ONNX"))
    parser.commands = commands.choices
    return parser


def _add_connection(parser: argparse.ArgumentParser) -> None:
    """Add what names a table of a database in place of a file."""
    parser.add_argument(
        "--connect",
        metavar="URL",
        help="database that holds the rows, such as postgres://user@host/bank or "
        "duckdb:///data/bank.db; its password comes from the environment (PGPASSWORD) or a service "
        "file (postgres:///?service=NAME)",
    )
    parser.add_argument(
        "--table", metavar="NAME", help="table or view there, schema.table where need be"
    )


def _add_rows(parser: argparse.ArgumentParser, *, may_connect: bool = False) -> None:
    """Add what says which rows and columns are meant."""
    parser.add_argument(
        "data", type=Path, nargs="?" if may_connect else None, metavar="DATA", help=_DATA
    )
    if may_connect:
        _add_connection(parser)
    else:
        parser.set_defaults(connect=None, table=None)
    parser.add_argument("--target", required=True, metavar="NAME", help="column with two labels")

    _add_form(parser)

    # Which of the two labels is the event is asked for where numbers do not say it.
    parser.add_argument(
        "--event",
        metavar="LABEL",
        help="label of the event; of 0/1, -1/1 and False/True the larger",
    )
    parser.add_argument(
        "--exclude", nargs="+", action="extend", default=[], metavar="COL", help="columns left out"
    )
    _add_keep(parser)
    parser.add_argument("--sample-weight", metavar="COL", help="column of sampling weights")
    parser.add_argument(
        "--special",
        nargs="+",
        action="extend",
        metavar="CODE",
        help="special codes of all columns, such as -9 -8; or JSON by column: "
        '\'{"income": {"not asked": [-9]}}\'',
    )


def _add_form(parser: argparse.ArgumentParser) -> None:
    """Add what says how text tables are written."""
    parser.add_argument(
        "--separator",
        metavar="SIGN",
        help="between the fields of a CSV file: comma, semicolon, tab, bar, or a sign; found",
    )
    parser.add_argument(
        "--encoding", metavar="NAME", help="of a CSV file, such as utf-8 or latin-1; found"
    )


def _add_keep(parser: argparse.ArgumentParser) -> None:
    """Add which columns are characteristics all the same, and which of numbers are codes."""
    parser.add_argument(
        "--keep",
        nargs="+",
        action="extend",
        default=[],
        metavar="COL",
        help="columns that are characteristics although they look like identifiers or dates",
    )

    # A CSV file has no types: a code of a branch looks like an amount.
    parser.add_argument(
        "--categorical",
        nargs="+",
        action=_Declare,
        default=[],
        metavar="COL",
        help="columns of numbers that are codes: levels without an order, not amounts",
    )


def _add_demo(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-o", "--output", type=Path, default=Path("out/german_credit"), help="folder of the report"
    )
    parser.add_argument(
        "--seed", type=int, default=0, help="seed of the split and of the permutations"
    )
    card = {"max_bins": 6, "pdo": 20.0, "points": 600.0, "odds": 50.0, "session": None}
    parser.set_defaults(
        run="report.demo", special=None, signs="constrained", select=True, detail=[], categorical=[]
    )
    parser.set_defaults(target_type="binary", power=None)
    parser.set_defaults(**card, **SELECTION)


def _add_report(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``report``."""
    _add_rows(parser, may_connect=True)
    add_target_type(parser)
    add_power(parser)
    parser.add_argument(
        "--protected",
        nargs="+",
        action="extend",
        default=[],
        metavar="COL",
        help="protected attributes, never used by the card; 'age<=25' makes two groups of a number",
    )

    parser.add_argument(
        "--holdout",
        default="0.3",
        metavar="FILE|TABLE|SHARE",
        help="hold-out file (with --connect also a table), or share of the rows (0: none); 0.3",
    )
    parser.add_argument(
        "--seed", type=int, default=0, help="seed of the split and of the permutations"
    )

    parser.add_argument(
        "--signs",
        choices=("warn", "constrained", "free"),
        default="warn",
        help="coefficients by which safer bins would get fewer points: named, held at 0, let be; "
        "warn",
    )
    parser.add_argument(
        "--select", action="store_true", help="fit the card on a selection, whose log is reported"
    )
    add_selection(parser)
    parser.add_argument(
        "--session", type=Path, metavar="FILE", help="bins of a session of infotheory tune"
    )
    _add_card(parser)
    parser.add_argument("--title", help="heading of the report")
    parser.add_argument(
        "--detail",
        nargs="+",
        action="extend",
        default=[],
        metavar="KEY=TEXT",
        help=f"what only people know, such as owner='Retail risk': {', '.join(DETAILS)}",
    )
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="DIR", help="folder of the report"
    )
    parser.set_defaults(run="report.report")


def _add_verify(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("report", type=Path, metavar="REPORT", help="report.json of a report")
    parser.add_argument(
        "rows", type=Path, nargs="?", metavar="DATA", help="rows of one sample of it, .csv"
    )
    parser.add_argument("--target", metavar="NAME", help="column of the outcome in DATA")
    parser.add_argument(
        "--sample", default="train", metavar="NAME", help="which sample: train, hold-out; train"
    )
    parser.add_argument(
        "--holdout", type=Path, metavar="DATA", help="hold-out rows, beside the training rows"
    )
    parser.add_argument("--separator", default=",", metavar="SIGN", help="between fields; comma")
    parser.set_defaults(run="verify.verify_file")


def _add_card(parser: argparse.ArgumentParser) -> None:
    """Add what says how the card is made: its bins and its scale."""
    parser.add_argument(
        "--max-bins", type=int, default=6, metavar="N", help="most bins of a characteristic; 6"
    )
    parser.add_argument(
        "--pdo", type=float, default=20.0, metavar="POINTS", help="points that double the odds; 20"
    )
    parser.add_argument(
        "--points", type=float, default=600.0, metavar="POINTS", help="points at --odds; 600"
    )
    parser.add_argument(
        "--odds", type=float, default=50.0, metavar="ODDS", help="non-events an event; 50"
    )


def _add_bin(parser: argparse.ArgumentParser) -> None:
    _add_rows(parser, may_connect=True)
    parser.add_argument(
        "--max-bins", type=int, default=6, metavar="N", help="most bins of a column; 6"
    )
    parser.add_argument(
        "--trend", choices=_TRENDS, default="auto", help="shape of the event rate; auto"
    )
    add_target_type(parser)
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="DIR", help="folder of the tables"
    )
    parser.set_defaults(run="bins.bin_file")


def _add_select(parser: argparse.ArgumentParser) -> None:
    _add_rows(parser)
    add_target_type(parser)
    add_power(parser)
    add_selection(parser)
    parser.add_argument("--seed", type=int, default=0, help="seed of the folds")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="CSV with every decision")
    parser.set_defaults(run="select.select_file")


def _add_psi(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``psi``."""
    parser.add_argument("expected", type=Path, metavar="EXPECTED", help=f"reference: {_DATA}")
    parser.add_argument(
        "actual", type=Path, metavar="ACTUAL", help="rows to compare, with the same columns"
    )

    parser.add_argument(
        "--columns",
        nargs="+",
        action="extend",
        metavar="COL",
        help="columns; all of EXPECTED but identifiers and dates",
    )
    _add_keep(parser)
    _add_form(parser)
    parser.add_argument(
        "--sample-weight", metavar="COL", help="column of sampling weights in both files"
    )

    parser.add_argument(
        "--bins", type=int, default=10, metavar="N", help="most quantile cells of a number; 10"
    )
    parser.add_argument(
        "--alpha", type=float, default=0.05, help="size of the tests behind alarms; 0.05"
    )
    parser.add_argument(
        "--tolerance",
        type=float,
        default=0.1,
        metavar="INDEX",
        help="index that does no harm; larger ones alarm where chance does not explain it; 0.1",
    )
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="FILE",
        help="CSV with all columns; printed when absent",
    )
    parser.set_defaults(run="psi.compare_files")


def _add_tune(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``tune``."""
    _add_rows(parser)
    parser.add_argument(
        "--protected",
        nargs="+",
        action="extend",
        default=[],
        metavar="COL",
        help="protected attributes, never used by the card",
    )
    parser.add_argument(
        "--holdout",
        default="0",
        metavar="FILE|SHARE",
        help="hold-out file, or share of the rows, shown beside the bins; 0: none",
    )
    parser.add_argument("--seed", type=int, default=0, help="seed of the split")
    parser.add_argument(
        "--period", dest="periods", metavar="COL", help="column of time: bins are shown over it"
    )

    parser.add_argument(
        "--session",
        type=Path,
        metavar="FILE",
        help="file of every step, taken up where it is there; NAME.tune.jsonl beside DATA",
    )
    parser.add_argument(
        "--card", type=Path, metavar="FILE", help="where the card goes; NAME.card.json there"
    )
    parser.add_argument("--who", default="", metavar="NAME", help="by whom, for the audit trail")
    parser.add_argument(
        "--read-only", action="store_true", help="look at a session; DATA need not be there"
    )
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; a free one")
    parser.add_argument("--no-browser", action="store_true", help="print the address alone")
    add_target_type(parser)
    parser.set_defaults(run="tune.tune", include=[])


def _add_score(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``score``."""
    parser.add_argument("card", type=Path, metavar="CARD", help=_CARD)
    parser.add_argument("data", type=Path, nargs="?", metavar="DATA", help=_DATA)
    _add_connection(parser)
    _add_form(parser)

    # One of the two is needed, which the command tells in words of its own.
    parser.add_argument(
        "--view",
        metavar="NAME",
        help="with --connect: view of the table with its points, in place of a file; no row leaves",
    )
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="FILE",
        help="rows with points and event_probability (or mean), .csv[.gz] or .parquet",
    )
    parser.set_defaults(run="in_use.score_file")


def _add_monitor(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``monitor``."""
    parser.add_argument("card", type=Path, metavar="CARD", help=_CARD)
    parser.add_argument(
        "reference",
        type=Path,
        nargs="?",
        metavar="REFERENCE",
        help=f"rows whose outcomes are known: {_DATA}",
    )
    parser.add_argument(
        "data", type=Path, nargs="?", metavar="DATA", help="rows in use, of the same columns"
    )
    _add_connection(parser)
    parser.add_argument(
        "--reference-table",
        metavar="NAME",
        help="with --connect: table of the rows whose outcomes are known",
    )
    parser.add_argument(
        "--target", required=True, metavar="NAME", help="column of outcomes; DATA may not have it"
    )
    parser.add_argument("--period", metavar="COL", help="column of DATA that tells the period")
    parser.add_argument(
        "--period-order",
        nargs="+",
        metavar="LABEL",
        help="periods in order, where their labels are no dates",
    )
    parser.add_argument(
        "--sample-weight", metavar="COL", help="column of sampling weights in both files"
    )
    _add_form(parser)

    parser.add_argument(
        "--alpha", type=float, default=0.05, help="size of the tests behind alarms; 0.05"
    )
    parser.add_argument(
        "--tolerance",
        type=float,
        default=0.1,
        metavar="INDEX",
        help="stability index that does no harm; larger ones alarm where chance does not explain "
        "it; 0.1",
    )
    parser.add_argument("--title", help="heading of the report")
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="DIR", help="folder of the report"
    )
    parser.set_defaults(run="in_use.monitor_files")


def _add_export(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("card", type=Path, metavar="CARD", help=_CARD)
    parser.add_argument("--to", choices=_FORMATS, required=True, help="language")
    parser.add_argument(
        "--table", default="loans", metavar="NAME", help="table of the query; loans"
    )
    parser.add_argument("--dialect", help="dialect of SQL, such as duckdb or postgres")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="where to write; printed when absent"
    )
    parser.set_defaults(run="export.export")
