"""The page of benchmarks, docs/benchmarks.md, and README's table, from results/*.json alone.

`python benchmarks/page.py` writes both; `run.py` does so after every run, and a test holds that the
files in the tree are what this makes.
"""

import ast
import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent
RESULTS = HERE / "results"
PAGE = ROOT / "docs" / "benchmarks.md"
README = ROOT / "README.md"
MARKS = ("<!-- measured: written by benchmarks/page.py -->", "<!-- end of what was measured -->")

Result = dict[str, object]
Table = dict[str, object]
Row = dict[str, object]

#: Peers by how their cases begin, and the package whose version is told.
PEERS = {
    "category_encoders": "category_encoders",
    "dit": "dit",
    "fastwoe": "fastwoe",
    "formulas in numpy": "numpy",
    "hoi": "hoi",
    "infomeasure": "infomeasure",
    "numpy": "numpy",
    "optbinning": "optbinning",
    "pyinform": "pyinform",
    "pyitlib": "pyitlib",
    "scikit-learn": "scikit-learn",
    "scipy": "scipy",
    "scorecardpy": "scorecardpy",
    "thoi": "thoi",
    "toad": "toad",
    "XGBoost": "xgboost",
}
#: Rows of README's table: a benchmark and what the title of a table of it holds.
HEADLINES = (
    ("peers_binning", "fit and transform, 1"),
    ("peers_binning", "fit and transform, 5"),
    ("peers_binning", "rows, 100 rounds"),
    ("peers_pandas2", "fit and transform"),
    ("peers_estimation", "I(X;Y), 1,000,000 samples, 16"),
    ("peers_estimation", "I(X;Y|Z)"),
    ("spectral", "diffusion spectral entropy, exact"),
)
#: Packages that all rest on; of the others a benchmark tells those that it names.
RESTS_ON = ("numpy", "scipy", "pandas", "numba")
COLUMNS = {
    "cpu_s": "CPU",
    "wall_s": "clock",
    "worst cpu_s": "worst CPU",
    "limit_s": "the limit",
    "empty cache, cpu_s": "empty cache, CPU",
    "kept kernels, cpu_s": "kept kernels, CPU",
    "processor_s": "processor, clock",
    "device_s": "device, clock",
    "peak_mib": "peak memory above the start",
    "process_mib": "peak memory of the process",
    "device_mib": "peak memory of the device",
    "cpu_ratio": "CPU, times ours",
    "wall_ratio": "clock, times ours",
    "memory_ratio": "memory, times ours",
}
#: Where each benchmark stands on the page; one that is not named here ends up in the last part.
PARTS = (
    ("First calls", ("first_calls",)),
    ("What users wait for", ("waiting", "report_scale", "fair_binning")),
    ("Tables too large for memory", ("large_tables", "warehouse")),
    ("On a GPU", ("devices",)),
    (
        "Bins beside peers",
        ("peers_binning", "peers_pandas2", "peers_iv", "peers_targets", "peers_fairness"),
    ),
    (
        "Information theory beside peers",
        (
            "measures",
            "peers_estimation",
            "peers_continuous",
            "peers_series",
            "coupling",
            "peers_coupling",
            "spectral",
        ),
    ),
    ("Numbers beside those of others", ("peers_records", "paper_sudjianto_burakov")),
)
LEAD = """# Benchmarks

<!-- Written by benchmarks/page.py from benchmarks/results; edit those. -->

`make bench` measures everything on this page anew, draws its figure and writes it; nothing here was
typed by hand.

- **Ours and a peer run in turn**, each in a process forked for that run: a busy machine hits
  both alike and peaks of memory do not mix. Figures are medians, ratios medians of the run-by-run
  ratios; below a heading that says *each case run once* they are those of one run.
- **CPU** is seconds of the processor, of all threads; every benchmark has one thread but where it
  says otherwise. **Clock** is what passed on the wall: on a shared machine it is the larger by far.
- **Peak memory** is above what the process held before the call, unless it is said to be of the
  whole process. A ratio of memory takes 1 MiB where ours needs less.
- Ours is the call as a user makes it: input checked, standard errors and tests included.
- Below each heading stand date, machine, load, commit and versions. Figures of different dates are
  of different versions of this package.
"""


def results() -> dict[str, Result]:
    """Read what was measured."""
    return {path.stem: json.loads(path.read_text()) for path in sorted(RESULTS.glob("*.json"))}


def benchmarks() -> list[str]:
    """List the benchmarks that there are, measured or not."""
    shared = {"harness", "page", "run"}
    return sorted(path.stem for path in HERE.glob("*.py") if path.stem not in shared)


def purpose(name: str) -> str:
    """Return what a benchmark says of itself: its docstring, a paragraph a line."""
    text = ast.get_docstring(ast.parse((HERE / f"{name}.py").read_text())) or ""
    return "\n\n".join(" ".join(part.split()) for part in text.split("\n\n"))


def number(column: str, value: object) -> str:
    """Return a cell: seconds, memory and ratios as they are read, two digits or three."""
    if value is None:
        return ""
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return str(value).replace("|", r"\|")
    if isinstance(value, float) and not math.isfinite(value):
        return "-"
    if column.endswith("_s"):
        scale, unit = (
            next(pair for pair in ((1.0, "s"), (1e3, "ms"), (1e6, "µs")) if value * pair[0] >= 1.0)
            if value >= 1e-6
            else (1e6, "µs")
        )
        return f"{digits(value * scale)} {unit}"
    if column.endswith("_mib"):
        return f"{value / 1024:.1f} GiB" if value >= 1024 else f"{value:.0f} MiB"
    return f"{value:,}" if isinstance(value, int) else digits(value)


def digits(value: float) -> str:
    """Return two significant digits, all of them before the point."""
    if value == 0.0:
        return "0"
    if abs(value) < 1e-3:
        return f"{value:.1e}"
    places = max(0, 1 - math.floor(math.log10(abs(value))))
    return f"{value:,.{places}f}"


def markdown(heads: Sequence[str], rows: Sequence[Sequence[str]], words: int = 1) -> str:
    """Return a table: as many columns of words as said, then numbers to the right."""
    rule = ["---" if place < words else "---:" for place in range(len(heads))]
    lines = [heads, rule, *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def shown(table: Table) -> str:
    """Return a table that was recorded, with its title and note."""
    rows: list[Row] = table["rows"]
    names = list(dict.fromkeys(name for row in rows for name in row if name != "size"))
    heads = [COLUMNS.get(name, "" if name == "case" else name) for name in names]
    cells = [[number(name, row.get(name)) for name in names] for row in rows]
    note = f"\n\n{table['note']}" if table["note"] else ""
    return f"**{table['title']}**\n\n{markdown(heads, cells)}{note}".replace("^", r"\^")


def where(result: Result) -> str:
    """Return when and on what it was measured."""
    load = " to ".join(f"{value:.1f}" for value in result["load"])
    text = (HERE / f"{result['benchmark']}.py").read_text().lower()
    versions = ", ".join(
        f"{name} {version}"
        for name, version in result["versions"].items()
        if name in RESTS_ON or name.lower() in text
    )
    sizes = "" if result["sizes"] == "full" else ", **small sizes**"
    sizes += ", **each case run once**" if result["once"] else ""
    return (
        f"*{result['date']}, {result['machine']}, load {load}, {result['seconds']:.0f} s, commit "
        f"{result['commit']}{sizes}; Python {result['python']}, {versions}*"
    )


def section(name: str, result: Result | None) -> str:
    """Return one benchmark: what it is for, where and when it ran, what it found."""
    parts = [f"### {name}", purpose(name)]
    if result is None:
        return "\n\n".join([*parts, f"**Not run**: `python benchmarks/run.py {name}` runs it."])
    if "not_run" in result:
        tried = f"*{result['date']}, {result['machine']}*"
        return "\n\n".join([*parts, f"**Not run**: {result['not_run']}.", tried])
    parts.append(where(result))
    parts += [shown(table) for table in result["tables"]]
    if not result["tables"]:
        output = str(result["output"]).strip()
        parts.append(
            f"<details><summary>What it prints</summary>\n\n```text\n{output}\n```\n\n</details>"
        )
    return "\n\n".join(parts)


def peer_of(case: str) -> str | None:
    """Return the peer that a case is of."""
    return next((peer for peer in PEERS if case.startswith(peer)), None)


def beside_peers(found: dict[str, Result]) -> Iterator[tuple[str, str, Table, Row, Row]]:
    """Yield peer, benchmark, table, our row and the peer's."""
    for name, result in found.items():
        for table in result.get("tables", []):
            first: Row = table["rows"][0]
            for row in table["rows"]:
                peer = peer_of(str(row["case"]))
                if peer and "cpu_ratio" in row:
                    ours = next(
                        (
                            other
                            for other in reversed(table["rows"][: table["rows"].index(row)])
                            if other.get("cpu_ratio") == 1.0
                        ),
                        first,
                    )
                    yield peer, name, table, ours, row


def named(row: Row, result: Result) -> tuple[str, str]:
    """Return a peer with its version, and what of it was called."""
    case = str(row["case"])
    peer = peer_of(case) or ""
    version = result["versions"].get(PEERS[peer], "")
    return f"{peer} {version}", case.removeprefix(peer).removeprefix("'s").strip(" ,.")


def summary(found: dict[str, Result]) -> str:
    """Return a row for every peer and job."""
    rows = []
    for _, name, table, ours, row in sorted(
        beside_peers(found), key=lambda entry: (entry[0].lower(), entry[1])
    ):
        result = found[name]
        is_peer = ours is not row and peer_of(str(ours["case"])) is None
        rows.append(
            [
                *named(row, result),
                f"[{table['title']}](#{name})".replace("^", r"\^").replace("|", r"\|"),
                number("cpu_s", ours.get("cpu_s")) if is_peer else "",
                number("cpu_ratio", row["cpu_ratio"]),
                number("memory_ratio", row.get("memory_ratio")),
            ]
        )
    heads = [
        "peer",
        "what of it",
        "job",
        "ours, CPU",
        "peer's CPU, times ours",
        "peer's memory, times ours",
    ]
    text = markdown(heads, rows, 3)
    return (
        "## Every peer\n\nWhom README and the pages for those who come from elsewhere name, and "
        "who else has the same measure. A peer's figure is without errors where it has none.\n\n"
        + text
    )


def growth(result: Result | None) -> str:
    """Return the curves: the figure, the exponents, and the figures behind them."""
    if result is None or "not_run" in result:
        return section("growth", result).replace("### growth", "## Growth")
    rows = []
    for table in result["tables"]:
        curve, last = table["growth"], table["rows"][-1]
        rows.append(
            [
                str(curve["title"]),
                str(curve["axis"]),
                f"{curve['exponent']:.2f}",
                str(curve["limit"]),
                f"{curve['limit_exponent']:.2f}",
                str(last["case"]),
                number("cpu_s", last["cpu_s"]),
                number("ratio", last["times the limit"]),
                number("peak_mib", last["peak_mib"]),
            ]
        )
    heads = [
        "what",
        "grows with",
        "exponent",
        "limit",
        "its exponent",
        "at",
        "CPU",
        "times the limit",
        "peak memory",
    ]
    details = "\n\n".join(shown(table) for table in result["tables"])
    return "\n\n".join(
        [
            "## Growth",
            purpose("growth"),
            where(result),
            "![Seconds against size, ours and the limit, a panel a curve](images/growth.png)",
            markdown(heads, rows),
            f"<details><summary>Every size</summary>\n\n{details}\n\n</details>",
        ]
    )


def takes(found: dict[str, Result]) -> str:
    """Return what each benchmark took, on which sizes and when."""
    ran = {name: result for name, result in found.items() if "seconds" in result}
    rows = [
        [
            f"[{name}](#{name})",
            str(result["sizes"]) + (", once" if result["once"] else ""),
            str(result["date"]),
            number("load", max(result["load"])),
            number("clock_s", result["seconds"]),
            number("processor_s", result.get("cpu_seconds")),
        ]
        for name, result in ran.items()
    ]
    heads = ["benchmark", "sizes", "date", "load", "clock", "processor"]
    total = sum(float(result["seconds"]) for result in ran.values())
    return (
        "## What a run takes\n\nThe clock of a busy machine is the longer by far: seconds of the "
        "processor, where they were kept, are what a quiet one takes on one core. All together "
        f"took {total / 60:.0f} minutes by the clock.\n\n{markdown(heads, rows, 3)}"
    )


def page(found: dict[str, Result]) -> str:
    """Return the whole page."""
    named = {name for _, names in PARTS for name in names} | {"growth"}
    rest = tuple(name for name in benchmarks() if name not in named)
    parts = [LEAD.strip(), summary(found), growth(found.get("growth"))]
    for title, names in (*PARTS, ("Others", rest)):
        if names:
            parts.append(f"## {title}")
            parts += [section(name, found.get(name)) for name in names]
    parts.append(takes(found))
    return "\n\n".join(parts) + "\n"


def headlines(found: dict[str, Result]) -> str:
    """Return README's table."""
    rows, dates, runs = [], set(), set()
    for name, title in HEADLINES:
        result = found.get(name)
        tables = result.get("tables", []) if result else []
        table = next((table for table in tables if title in str(table["title"])), None)
        if table is None:
            continue
        dates.add(str(result["date"]))
        runs.add("One run each" if result["once"] else "Medians of runs")
        job, ours = str(table["title"]), number("cpu_s", table["rows"][0]["cpu_s"])
        for row in table["rows"]:
            peer = peer_of(str(row["case"]))
            if peer:
                ratios = (number(name, row[name]) for name in ("cpu_ratio", "memory_ratio"))
                cells = [f"{ratio} times" for ratio in ratios]
                theirs = " ".join(named(row, result))
                rows.append([job.replace("|", r"\|"), theirs, ours, *cells])
                job, ours = "", ""
    heads = ["job", "peer", "ours, CPU", "peer's CPU", "peer's peak memory"]
    when = " to ".join(dict.fromkeys((min(dates), max(dates)))) if dates else "never"
    how = " or ".join(sorted(runs, reverse=True)).capitalize()
    return (
        f"{how}, in turn; seconds of the processor, one thread, {when}; `make bench` repeats it. "
        f"[The benchmarks](docs/benchmarks.md) have all peers, growth, first calls, memory.\n\n"
        f"{markdown(heads, rows, 2)}\n\n{parquet(found)}"
    ).strip()


def parquet(found: dict[str, Result]) -> str:
    """Return what the largest Parquet file takes that was fitted, or nothing."""
    tables = found.get("large_tables", {}).get("tables")
    if not tables:
        return ""
    table = tables[-1]
    told = [
        f"{number('cpu_ratio', row['cpu of reading'])} times the processor's time of reading it "
        f"once on {str(row['case']).split()[-1]} ({number('process_mib', row['process_mib'])})"
        for row in table["rows"]
        if "rank error at most" in row
    ]
    return f"Bins of a table of {table['title']} take {' and '.join(told)}."


def readme(text: str, found: dict[str, Result]) -> str:
    """Return README with the table between its marks written anew."""
    before, _, rest = text.partition(MARKS[0])
    _, _, after = rest.partition(MARKS[1])
    return f"{before}{MARKS[0]}\n{headlines(found)}\n{MARKS[1]}{after}"


def write() -> None:
    """Write both."""
    found = results()
    PAGE.write_text(page(found))
    README.write_text(readme(README.read_text(), found))


if __name__ == "__main__":
    write()
