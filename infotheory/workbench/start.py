"""How a session begins: with a binner or a card and its rows, or with an earlier one's file."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from infotheory._row_order import warn_of_row_order
from infotheory._typing import ArrayLike
from infotheory.binning._base import BaseBinner
from infotheory.binning.edits.subject import editable
from infotheory.scorecard import Scorecard, ScorecardRegressor
from infotheory.workbench.card import SessionCard, fitted_card
from infotheory.workbench.export import decided
from infotheory.workbench.journal import Journal, fingerprint, read_session, same_data, states_of
from infotheory.workbench.lock import SessionLock
from infotheory.workbench.messages import handle
from infotheory.workbench.samples import SessionRows
from infotheory.workbench.server import LocalServer
from infotheory.workbench.session import Session
from infotheory.workbench.state import State
from infotheory.workbench.widget import notebook_widget

__all__ = ["Workbench", "workbench"]


class Workbench:
    """A session in which bins are tuned by hand; :func:`workbench` opens one.

    Parameters
    ----------
    session : Session
        What the page works on.
    lock : SessionLock, optional
        The right to write the file of the session.
    """

    def __init__(self, session: Session, lock: SessionLock | None = None) -> None:
        self._session, self._lock = session, lock
        self._widget: Any = None

    @property
    def binner(self) -> BaseBinner:
        """The binner as it is tuned now, without the characteristics that were excluded."""
        with self._session.lock:
            return self._session.final_binner()

    @property
    def reviews(self) -> dict[str, dict[str, str]]:
        """What was decided about characteristics: status, note, who and when by name.

        :func:`infotheory.report.scorecard_report` takes it.
        """
        with self._session.lock:
            return decided(self._session.state.reviews)

    def card(self) -> "Scorecard | ScorecardRegressor":
        """Fit the card of the bins as they are now on the rows of the session.

        Returns
        -------
        Scorecard or ScorecardRegressor
            A fitted card with the settings of the one that was given, or of ``Scorecard()``, of a
            mean of ``ScorecardRegressor()``; its binner is frozen.

        Raises
        ------
        ValueError
            If the session has no rows, or the target is one of several classes, which have no card.
        """
        session = self._session
        return fitted_card(self.binner, session.rows, session.template)

    def widget(self) -> Any:
        """Return the page as a widget for a notebook; a session that ends a cell shows it too.

        Returns
        -------
        anywidget.AnyWidget
            The widget; edits in it are in ``binner`` at once.

        Raises
        ------
        MissingDependencyError
            If the package of the extra ``widget`` is not installed.
        """
        if self._widget is None:
            self._widget = notebook_widget(self._session)
        return self._widget

    def _repr_mimebundle_(self, **options: Any) -> Any:
        return self.widget()._repr_mimebundle_(**options)

    @property
    def path(self) -> Path | None:
        """The file of the session."""
        journal = self._session.journal
        return None if journal is None else journal.path

    def handle(self, message: object) -> dict[str, Any]:
        """Answer one message of the page.

        Parameters
        ----------
        message : object
            What came: a dict with a ``type``, checked before anything is done.

        Returns
        -------
        dict
            The answer; ``type`` "error" says in ``code`` and ``message`` what is wrong.
        """
        return handle(self._session, message)

    def serve(
        self,
        port: int = 0,
        *,
        open_browser: bool = True,
        announce: Callable[[str], None] = print,
    ) -> None:
        """Show the session in a browser on this machine, until Ctrl-C.

        Parameters
        ----------
        port : int
            Port on 127.0.0.1; a free one when 0.
        open_browser : bool
            Open the page in the browser.
        announce : callable
            Takes the address once; who knows it can use the session.

        Raises
        ------
        MissingDependencyError
            If the packages of the extra ``workbench`` are not installed.
        OSError
            If the port is taken.
        """
        server = LocalServer(self._session, port)
        announce(server.address)
        server.run(open_browser=open_browser)

    def close(self) -> None:
        """End the session; everything is in its file already."""
        if self._session.journal is not None:
            self._session.journal.close()
        if self._lock is not None:
            self._lock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def workbench(
    binner_or_card: Any,
    X: Any = None,
    y: ArrayLike | None = None,
    *,
    sample_weight: ArrayLike | None = None,
    holdout: "tuple[Any, ...] | Mapping[str, Any] | None" = None,
    periods: ArrayLike | None = None,
    protected: Any = None,
    session: str | Path | None = None,
    who: str = "",
    read_only: bool = False,
) -> Workbench:
    """Open a session in which the bins of a fitted binner are tuned by hand.

    Parameters
    ----------
    binner_or_card : OptimalBinner, StumpBinner, FairBinner, FrozenEstimator, card or None
        What is tuned, for a target of any kind; None takes the binner of the session file. A card
        is a Scorecard or a ScorecardRegressor.
    X : array-like or frame of shape (n_rows, n_features), optional
        Rows of the fit, perhaps with more columns; without them a bin is cut at the pre-bins only.
    y : array-like of shape (n_rows,), optional
        Their target.
    sample_weight : array-like of shape (n_rows,), optional
        Their weights.
    holdout : tuple or mapping, optional
        ``(X, y)`` or ``(X, y, sample_weight)`` of rows the bins have not seen, or a dict with these
        keys; shown beside them.
    periods : array-like of shape (n_rows,), optional
        Period of each row of the fit, whose bins are shown over time.
    protected : array-like or frame, optional
        Protected attributes of the rows of the fit, as a FairBinner was fitted with; without them
        its bins are cut at the pre-bins only.
    session : str or Path, optional
        File that every step is written to before it counts; one that is there is taken up again.
        It holds counts by pre-bin, those of few rows too, and no row. That of a FairBinner holds
        its steps alone, and is taken up with the same fitted binner.
    who : str
        By whom the steps are, for the audit trail; at most 200 characters.
    read_only : bool
        Look at a session and change nothing; the file need not be of the same data.

    Returns
    -------
    Workbench
        The session; its ``binner`` is the tuned one.

    Raises
    ------
    ValueError
        If rows, hold-out or periods are not valid, or the session file is of other data, was
        changed, or is written by another process.
    TypeError
        If there is no binner of this package to tune.
    OSError
        If the session file cannot be read or written.

    Examples
    --------
    >>> from infotheory.binning import OptimalBinner
    >>> from infotheory.workbench import workbench
    >>> X, y = [[1.0], [2.0], [3.0], [4.0]] * 50, [0, 0, 1, 1] * 40 + [1, 0, 1, 0] * 10
    >>> w = workbench(OptimalBinner().fit(X, y), X, y, who="KL")
    >>> action = {"type": "split", "feature": "x0", "at": 2.0, "reason": "another policy"}
    >>> w.handle({"type": "edit", "version": 0, "action": action})["feature"]["n_bins"]
    3
    >>> w.binner.splits_["x0"].tolist(), w.binner.audit_[-1]["who"]
    ([2.0, 3.0], 'KL')
    """
    _check_words(who)
    warn_of_row_order(X=X, y=y, sample_weight=sample_weight, periods=periods, protected=protected)
    rows = SessionRows(_sample(X, y, sample_weight), _holdout(holdout), periods, protected)

    # The start as these arguments give it; a session file that is there has its own.
    path = None if session is None else Path(session)
    card = binner_or_card if isinstance(binner_or_card, Scorecard | ScorecardRegressor) else None
    state = None
    if binner_or_card is not None:
        binner = editable(binner_or_card)
        rows = rows.in_order(binner)
        state = State(binner, binner, rows.counted(binner, dict(binner.prebin_specs_)))

    if path is not None and path.exists():
        return _resumed(path, state, rows, who, card, read_only=read_only)
    if state is None:
        message = (
            "binner_or_card must be a fitted binner or card where there is no session file yet, "
            f"got None and session {None if path is None else str(path)!r}"
        )
        raise TypeError(message)
    if path is None or read_only:
        return Workbench(Session(state, rows, who=who, read_only=read_only, template=card))

    lock = SessionLock(path)
    try:
        journal = Journal.start(path, state)
    except BaseException:
        lock.close()
        raise
    return Workbench(Session(state, rows, journal, who, template=card), lock)


def _resumed(
    path: Path,
    state: State | None,
    rows: SessionRows,
    who: str,
    card: SessionCard | None,
    *,
    read_only: bool,
) -> Workbench:
    """Take up a session: restore its start, replay its lines, check that the data are the same."""
    # Locked before it is read: nobody adds a line in between.
    lock = None if read_only else SessionLock(path)
    try:
        earlier = read_session(path, None if state is None else state.binner)
        # A file that holds its binner is looked at without the data, so that other data do no harm.
        if state is not None and not (read_only and earlier.holds_binner):
            _check_same_data(path, earlier.fingerprint, fingerprint(state))
        states = tuple(states_of(earlier))

        # Every state is kept, to be looked at step by step. Rows of other data are left aside: what
        # is tried or exported would be counted on rows that the session is not of.
        if read_only:
            same = state is not None and same_data(fingerprint(state), earlier.fingerprint)
            usable = rows if same else SessionRows()
            looked_at = Session(
                states[-1],
                usable,
                who=who,
                read_only=True,
                history=states,
                steps=len(earlier.steps),
            )
            return Workbench(looked_at)

        journal = Journal.resume(path, earlier)
        # The binner is the one in the file, whose features may stand in another order.
        rows = rows.in_order(states[-1].binner)
        current = Session(states[-1], rows, journal, who, steps=len(earlier.steps), template=card)
    except BaseException:
        if lock is not None:
            lock.close()
        raise
    return Workbench(current, lock)


def _check_same_data(path: Path, before: dict[str, Any], now: dict[str, Any]) -> None:
    if not same_data(before, now):
        message = (
            f"session {str(path)!r} must be of the same data and pre-bins, got {_shown(now)} where "
            f"it was begun with {_shown(before)}; name another session file, or open this one "
            "read-only"
        )
        raise ValueError(message)


def _shown(fingerprint: dict[str, Any]) -> str:
    return ", ".join(
        f"{key} {fingerprint.get(key)}" for key in ("rows", "columns", "counts", "samples")
    )


def _check_words(who: str) -> None:
    if not isinstance(who, str) or len(who) > 200:
        message = f"who must be text of at most 200 characters, got {who!r:.60}"
        raise ValueError(message)


def _sample(X: Any, y: ArrayLike | None, sample_weight: ArrayLike | None) -> tuple[Any, ...] | None:
    """Bundle rows, or return None where there are none."""
    if X is None and y is None and sample_weight is None:
        return None
    if X is None or y is None:
        message = "X and y must be given together, got only one of them"
        raise ValueError(message)
    return (X, y) if sample_weight is None else (X, y, sample_weight)


def _holdout(rows: tuple[Any, ...] | Mapping[str, Any] | None) -> tuple[Any, ...] | None:
    # as reports and selections take it
    if isinstance(rows, Mapping) and {"X", "y"} <= set(rows) <= {"X", "y", "sample_weight"}:
        rows = tuple(rows[key] for key in ("X", "y", "sample_weight") if key in rows)
    if rows is not None and (not isinstance(rows, tuple | list) or len(rows) not in (2, 3)):
        message = (
            "holdout must be (X, y) or (X, y, sample_weight), got "
            f"{type(rows).__name__} of {len(rows) if hasattr(rows, '__len__') else 'no'} entries"
        )
        raise ValueError(message)
    return None if rows is None else tuple(rows)
