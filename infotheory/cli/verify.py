"""``infotheory verify``: the script that recomputes a report, run as a command."""

import argparse

from infotheory.report.verify_report import verify_command

__all__ = ["verify_file"]


def verify_file(options: argparse.Namespace) -> int:
    """Recompute the numbers of a report."""
    # In words again: the script stands alone, and its own command line is all that it offers.
    words = [str(options.report), *([str(options.rows)] if options.rows else [])]
    words += ["--sample", options.sample, "--separator", options.separator]
    words += ["--holdout", str(options.holdout)] if options.holdout else []
    return verify_command([*words, *(["--target", options.target] if options.target else [])])
