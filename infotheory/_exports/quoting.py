"""Checks that a query holds the names and the texts that were meant, and nothing else.

A name or a level may come from data, so that it must not be able to end its quotes. sqlglot writes
the quotes, and some of its releases do so wrongly for some dialects. Each query is therefore
parsed back by the rules of its dialect and compared with the tree that it was made of. A parser
that has the fault of its writer would not see it: what only quotes and backslashes can do is
refused with releases that had such faults, but in dialects whose engines ran such queries here.
"""

import re
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

__all__ = ["check_read_back", "check_words", "has_line_breaks"]

Word = tuple[str, object]

#: The first release of sqlglot without a known fault in quotes.
_SOUND = (30, 30)
#: Engines that the tests run; a query without a dialect runs in both.
_RUN_HERE = (None, "duckdb", "postgres", "sqlite")


def check_words(sqlglot: Any, query: Any, dialect: str | None) -> None:
    """Raise ValueError where a name or a text of a query cannot be written safely."""
    release = tuple(map(int, re.findall(r"\d+", sqlglot.__version__)[:2]))
    is_trusted = release >= _SOUND or dialect in _RUN_HERE
    quotes = _quotes(sqlglot, dialect)
    for kind, word in _words(sqlglot.exp, query):
        if not isinstance(word, str):
            continue
        if "\0" in word or any("\ud800" <= letter <= "\udfff" for letter in word):
            message = (
                f"names and levels must be text that SQL can hold, without NUL and lone "
                f"surrogates, got {word!r:.200}; rename it"
            )
            raise ValueError(message)

        risky = sorted(set(word) & quotes[kind])
        if risky and not is_trusted:
            message = (
                f"names and levels with {risky[0]!r} need sqlglot {_SOUND[0]}.{_SOUND[1]} or newer "
                f"in the dialect {dialect}, got {word!r:.200} and sqlglot {sqlglot.__version__}, "
                "whose quotes are not to be trusted; upgrade it, or rename the column or level"
            )
            raise ValueError(message)


def _quotes(sqlglot: Any, dialect: str | None) -> dict[str, set[str]]:
    """Return the letters that may end the quotes of a name, and of a text, in a dialect."""
    tokenizer = sqlglot.Dialect.get_or_raise(dialect).tokenizer_class
    marks = {"name": tokenizer.IDENTIFIERS, "text": tokenizer.QUOTES}
    # A mark is one letter, or a pair that opens and closes; a backslash may escape either.
    return {
        kind: {"\\"}.union(
            *(set(mark) if isinstance(mark, str) else set("".join(mark)) for mark in of_kind)
        )
        for kind, of_kind in marks.items()
    } | {"number": set()}


def check_read_back(sqlglot: Any, query: Any, text: str, dialect: str | None) -> None:
    """Raise ValueError unless a text, parsed by its dialect, has the words of the query."""
    way_out = (
        f"(sqlglot {sqlglot.__version__}, dialect {dialect}); upgrade sqlglot, or rename the "
        "column or level"
    )
    try:
        statements = sqlglot.parse(text, dialect=dialect)
    except sqlglot.errors.SqlglotError as error:
        message = f"the query must be read back by its own dialect, got an error {way_out}"
        raise ValueError(message) from error
    if len(statements) != 1 or statements[0] is None:
        message = f"the query must be one statement, got {len(statements)} {way_out}"
        raise ValueError(message)

    # The longest: a word too many, or too few, is a difference as well.
    pairs = zip_longest(_words(sqlglot.exp, query), _words(sqlglot.exp, statements[0]))
    for meant, found in pairs:
        if meant != found:
            message = (
                f"names and texts must be read back as they are, got {_said(found)} where "
                f"{_said(meant)} was meant {way_out}"
            )
            raise ValueError(message)


def has_line_breaks(sqlglot: Any, query: Any) -> bool:
    """Tell whether a name or a text has several lines, which old releases indent with the rest."""
    return any("\n" in word for _, word in _words(sqlglot.exp, query) if isinstance(word, str))


def _said(word: Word | None) -> str:
    return "nothing" if word is None else f"{word[1]!r:.200}"


def _words(exp: Any, tree: Any) -> Iterator[Word]:
    """Walk over the names, texts and numbers of a tree in their order, but for those of types."""
    # Types hold numbers and names that no data made, and dialects write them in their own way.
    for node in tree.walk(bfs=False, prune=lambda node: isinstance(node, exp.DataType)):
        if isinstance(node, exp.Identifier):
            yield "name", node.this
        elif isinstance(node, exp.National):
            yield "text", node.this
        elif isinstance(node, exp.Literal):
            yield ("text", node.this) if node.is_string else ("number", float(node.this))
