"""A directory of counts, a file for each shard: one that is counted again replaces itself."""

from collections.abc import Mapping, Sequence
from functools import reduce
from operator import add
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from infotheory.cells import BinSpec
from infotheory.engines.counting import count_frame
from infotheory.engines.counts import FrameCounts, add_bins, bins_of_parquet

__all__ = ["CountStore"]

_SUFFIX = ".parquet"
_LONGEST_NAME = 200  # file systems hold 255 bytes, and a draft beside the file has a longer name


class CountStore:
    """Counts of the shards of a table, kept in a directory.

    A shard is a part of the rows with a key of its own: a day, a month, a file. Its counts are in a
    file named after the key, which appears whole or not at all. A shard that was killed has left
    nothing that is read, and one that is counted again replaces itself: nothing is counted twice.

    Parameters
    ----------
    path : str or Path
        The directory; made where there is none.

    Examples
    --------
    >>> import tempfile
    >>> import pandas as pd
    >>> spec = BinSpec(name="age", kind="numerical", splits=(40.0,))
    >>> january = pd.DataFrame({"age": [30, 50, 60], "bad": [1, 0, 0]})
    >>> with tempfile.TemporaryDirectory() as path:
    ...     store = CountStore(path)
    ...     for shard in ("2026-01", "2026-02", "2026-01"):
    ...         _ = store.count(january, {"age": spec}, shard=shard, target="bad")
    ...     store.shards, store.total().rows
    (('2026-01', '2026-02'), 6)
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.path.mkdir(parents=True, exist_ok=True)
        self._heads: dict[str, tuple[tuple[int, ...], FrameCounts]] = {}

    @property
    def shards(self) -> tuple[str, ...]:
        """Keys of the shards that are there, sorted."""
        files = self.path.glob(f"*{_SUFFIX}")
        return tuple(sorted(unquote(file.name.removesuffix(_SUFFIX)) for file in files))

    def count(
        self,
        frame: Any,
        specs: Mapping[str, BinSpec],
        *,
        shard: str,
        target: str,
        event_label: Any = None,
        sample_weight: str | None = None,
        groups: str | Sequence[str] | None = None,
        classes: Sequence[Any] | None = None,
        target_type: str = "binary",
    ) -> FrameCounts:
        """Count the rows of a shard, and keep the counts.

        Parameters
        ----------
        frame : frame
            The rows of the shard, on any engine.
        specs : mapping of str to BinSpec
            Bins by feature, the same for all shards; categories that are in none get one of their
            own.
        shard : str
            Key of the shard; counts that are there under this key are replaced.
        target : str
            As for ``count_frame``, like what follows.
        event_label : object, optional
            The label of an event. When None it is the larger of the two, and an EventLabelWarning
            says so unless labels are 0/1, -1/1 or False/True (numbers or text).
        sample_weight : str, optional
            Column of sampling weights.
        groups : str or sequence of str, optional
            Columns of groups.
        classes : sequence, optional
            The labels; with them a shard may have no rows, no row of any weight, or rows of one
            class.
        target_type : {"binary", "fraction", "rate", "continuous", "multiclass"}
            What the target is; "auto" would let shards differ.

        Returns
        -------
        FrameCounts
            Counts of the shard.

        Raises
        ------
        ValueError
            If the rows are not valid, or the counts do not add up with those of the other shards. A
            note names the shard; what was there under its key stays.
        TypeError
            If a column does not hold what its bins are made of.
        """
        _ = self._file(shard)  # a key that names no file must not cost a pass over the rows
        try:
            counts = count_frame(
                frame,
                specs,
                target=target,
                event_label=event_label,
                sample_weight=sample_weight,
                groups=groups,
                classes=classes,
                new_levels=True,
                shard=shard,
                target_type=target_type,
            )
            self.save(counts)
        except (ValueError, TypeError) as error:
            # A batch job may count hundreds of shards: the error must say which one failed.
            error.add_note(f"This is shard {shard!r}; it was not saved.")
            raise
        return counts

    def save(self, counts: FrameCounts) -> Path:
        """Keep the counts of one shard.

        Parameters
        ----------
        counts : FrameCounts
            Counts with one shard key; they replace what is there under this key.

        Returns
        -------
        Path
            The file.

        Raises
        ------
        ValueError
            If the counts are not those of one shard, or do not add up with those of all other
            shards: of ordered levels, those of all shards together must have one order.
        """
        if len(counts.shards) != 1 or not counts.shards[0]:
            message = (
                f"counts must be those of one shard, got the shards {list(counts.shards)}; count "
                "with shard=..."
            )
            raise ValueError(message)
        key = counts.shards[0]
        others = [other for other in self.shards if other != key]
        if not any(spec.ordered for spec in counts.specs.values()):
            # Shards that are there passed the same check when they came: one of them tells what
            # does not fit.
            others = others[:1]
        # Levels with an order are another matter: (a, b) and (a, c) each fit to (a, b, c), and not
        # to one another. So all shards are added up in the order of their total, without a sum.
        heads = {other: self._head(other) for other in others} | {key: counts}
        _ = reduce(add_bins, (heads[name] for name in sorted(heads)))
        return counts.to_parquet(self._file(key))

    def load(self, shard: str) -> FrameCounts:
        """Read the counts of one shard.

        Parameters
        ----------
        shard : str
            Its key.

        Returns
        -------
        FrameCounts
            What was saved.

        Raises
        ------
        ValueError
            If there is no such shard, or its file is damaged.
        """
        if not self._file(shard).exists():
            shown = ", ".join(map(repr, self.shards[-5:])) or "none"
            message = (
                f"shard must be one of {self.path} ({len(self.shards)} there, the last: {shown}), "
                f"got {shard!r}"
            )
            raise ValueError(message)
        return FrameCounts.read_parquet(self._file(shard))

    def total(self, shards: Sequence[str] | None = None) -> FrameCounts:
        """Add up shards.

        Parameters
        ----------
        shards : sequence of str, optional
            Keys, those of a rolling window, say; all shards when None.

        Returns
        -------
        FrameCounts
            Counts of all their rows.

        Raises
        ------
        ValueError
            If there are no shards or no rows in them, a shard is not there or named twice, or they
            do not add up.
        """
        keys = self.shards if shards is None else tuple(shards)
        if not keys:
            message = (
                f"there must be at least one shard to add up, got none of {self.path}; count one "
                "first"
            )
            raise ValueError(message)

        total = reduce(add, map(self.load, keys))
        if not total.rows:
            message = (
                f"shards must hold rows, got none in {len(keys)} empty shards: "
                f"{', '.join(map(repr, keys[:5]))}"
            )
            raise ValueError(message)
        return total

    def _head(self, key: str) -> FrameCounts:
        """Return the counts of a shard without their sums, read again only from another file."""
        status = self._file(key).stat()
        # A shard that is counted again is moved over its file: another number, time or size.
        mark = (status.st_ino, status.st_mtime_ns, status.st_size)
        known = self._heads.get(key)
        if known is None or known[0] != mark:
            known = self._heads[key] = mark, bins_of_parquet(self._file(key))
        return known[1]

    def _file(self, key: str) -> Path:
        """Return the file of a shard, whose name holds its key and fits a file system."""
        if not isinstance(key, str) or not key:
            message = f"shard must be text of at least one character, got {key!r}"
            raise ValueError(message)
        # Quoted, so that a slash in a key leads nowhere else, and the key comes back as it was.
        try:
            name = f"{quote(key, safe=' ')}{_SUFFIX}"
        except UnicodeEncodeError as error:
            message = f"shard must be text that UTF-8 can hold, got {key!r}"
            raise ValueError(message) from error

        if len(name) > _LONGEST_NAME:
            message = (
                f"the file of a shard must have a name of at most {_LONGEST_NAME} characters, got "
                f"{len(name)} for the shard {key[:20]!r}...; give it a shorter key"
            )
            raise ValueError(message)
        return self.path / name
