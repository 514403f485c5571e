"""One function answers every message of the page, whichever way it came."""

from collections.abc import Callable, Mapping
from typing import Any

from infotheory._documents import check_schema, load_schema
from infotheory._target_kinds import TargetKind
from infotheory.binning._base import BaseBinner
from infotheory.binning.prebins.options import divergences_of
from infotheory.binning.search.task import TRENDS
from infotheory.evidence.targets.encodings import SIGNS
from infotheory.evidence.targets.kinds import name_of_divergence
from infotheory.workbench.session import ReadOnlyError, Session, StaleError
from infotheory.workbench.state import STATUSES, Review, State, session_steps
from infotheory.workbench.view import feature_row, feature_view, overview

__all__ = ["handle"]

Message = Mapping[str, Any]
Answer = dict[str, Any]

_SCHEMA = "message-1.schema.json"
#: What a session can be asked to write: the word of the message, and what the page calls it.
_EXPORTS = [
    ("", "Export …"),
    ("report", "Report"),
    ("card", "Card (JSON)"),
    ("audit", "Audit trail (CSV)"),
    ("python", "Card in Python"),
]
#: Several classes have no card.
_EXPORTS_OF_BINS = [
    *(entry for entry in _EXPORTS if entry[0] not in ("card", "python")),
    ("bins", "Bins (JSON)"),
]
#: What the page says of its keys, which it binds itself.
_KEYS = [
    ("← →", "next bin; on a handle, move the split"),
    ("Space", "pick a bin"),
    ("Enter", "remove a split"),
    ("m", "merge picked bins, or a bin and the next"),
    ("s", "type a split"),
    ("/", "filter the list"),
    ("n p", "next, previous characteristic"),
    ("Ctrl+Z", "undo"),
    ("Ctrl+Y", "redo"),
    ("Esc", "clear the picked bins"),
    ("?", "this list"),
]
#: Sentences of the page.
_WORDS = {
    "preview": "Point at a split to see what removing it does.",
    "reason": "Give a reason first: it stands in the audit trail.",
    "stale": "The bins were changed elsewhere, and are loaded again; this edit was not made.",
    "table": "Training rows, which were looked at: optimistic",
}
#: What the bins of a divergence are worth, as text and as the heading of a column.
_WORTHS = {
    "iv": ("Information value", "IV"),
    "r2": ("Share of variance", "R²"),
    "js": ("Jensen-Shannon divergence", "JS"),
    "kl": ("Kullback-Leibler divergence", "KL"),
    "poisson": ("Poisson divergence", "Poisson"),
    "gamma": ("Gamma divergence", "Gamma"),
    "mi": ("Mutual information", "MI"),
    "ovr": ("One class against the others", "One against others"),
}
#: Columns of the table of the bins: how a number is shown, and which it is, or the ends of an
#: interval. Headings in braces are words of the kind of target.
_COLUMNS = [
    ("Rows", "count", "count"),
    ("Share", "percent", "share"),
    ("{amount}", "count", "events"),
    ("{rate}", "rate", "rate"),
    ("95 % interval", "rate", "rate_low", "rate_high"),
    ("Hold-out share", "percent", "holdout_share"),
    ("Hold-out {rate}", "rate", "holdout_rate"),
    ("WoE", "three", "woe"),
    ("95 % interval", "three", "woe_low", "woe_high"),
    ("{short}", "fixed", "iv"),
    ("95 % interval", "fixed", "iv_low", "iv_high"),
]
#: What our functions raise about an action that cannot be taken.
_REFUSALS = (ValueError, TypeError, LookupError, ArithmeticError, RecursionError)
#: What did not come about where the system refuses; only edits and reviews write the session.
_FAILED = {
    **dict.fromkeys(
        ("edit", "review"), "the step was not made, as the session file cannot be written"
    ),
    "export": "the export was not made, or not in whole",
}


def handle(session: Session, message: object) -> Answer:
    """Answer one message; whatever it holds, the answer is a message too."""
    # The page matches answers to messages by it, so that a refusal carries it too; truth is an int
    # to Python and no number to the page.
    number = message.get("id") if isinstance(message, Mapping) else None
    number = number if isinstance(number, int | str) and not isinstance(number, bool) else None
    if isinstance(message, Mapping) and message.get("type") == "export":
        # A report takes a while: edits need not wait for it, it speaks of the bins of its start.
        return {**_answered(session, message), "id": number}
    with session.lock:
        return {**_answered(session, message), "id": number}


def _answered(session: Session, message: object) -> Answer:
    if not isinstance(message, Mapping):
        return _error("rejected", f"a message must be an object, got {message!r:.60}")
    kind = message.get("type")
    if not isinstance(kind, str) or kind not in _ANSWERS:
        return _error("unknown", f"type must be one of {', '.join(_ANSWERS)}, got {kind!r:.60}")
    return _tried(session, message, kind)


def _tried(session: Session, message: Message, kind: str) -> Answer:
    """Answer a message of a known type; what our functions raise becomes an answer too."""
    try:
        _check(message, kind)
        return _ANSWERS[kind](session, message)
    # This one and the next are ValueErrors too: they come before the refusals in general.
    except StaleError as error:
        return _error("stale", str(error)) | {"version": session.state.version}
    except ReadOnlyError as error:
        return _error("read_only", str(error))
    except OSError as error:
        return _error("broken", f"{_FAILED.get(kind, 'no answer was made')}: {error}")
    except _REFUSALS as error:
        return _error("rejected", str(error) if isinstance(error, ValueError) else _worded(error))


def _worded(error: Exception) -> str:
    # A KeyError says its key alone and a ZeroDivisionError little more: the kind is said before.
    return str(error) if isinstance(error, TypeError) else f"{type(error).__name__}: {error}"


def _check(message: Message, kind: str) -> None:
    """Raise DocumentError where a message is not of its form."""
    schema = load_schema("infotheory.workbench", _SCHEMA)
    check_schema(dict(message), {"$ref": f"#/$defs/{kind}", "$defs": schema["$defs"]})
    # The type first, then the form that this type has: one schema of alternatives would say only
    # that none of them fits.
    if "action" in message:
        action = message["action"]
        check_schema(
            action.get("type"),
            {"$ref": "#/$defs/action type", "$defs": schema["$defs"]},
            "$.action.type",
        )
        reference = f"#/$defs/action {action['type']}"
        check_schema(action, {"$ref": reference, "$defs": schema["$defs"]}, "$.action")


def _opened(session: Session, message: Message) -> Answer:
    state = session.state_at(message.get("step"))
    return {
        "type": "opened",
        "features": overview(state),
        "meta": _meta(session, state),
        **_place(session, state),
    }


def _meta(session: Session, state: State) -> Answer:
    """Tell what the page shows that no edit changes, and how many steps there are."""
    binner = state.binner
    # Every feature counts all rows of the fit, and all cells of a sample all rows of the sample:
    # any feature tells how many there are.
    first = next(iter(binner.features_.values()))
    kind: TargetKind | None = getattr(binner, "target_kind_", None)
    several = kind is not None and kind.kind == "multiclass"
    return {
        "rows": float(first.summed()[1].weight.sum()),
        **_words_of_target(binner, kind),
        "binner": type(binner).__name__,
        "read_only": session.read_only,
        "has_rows": session.rows.training is not None,
        "samples": {
            name: float(next(iter(cells.values())).table.weight.sum())
            for name, cells in state.samples.items()
        },
        "session": None if session.journal is None else str(session.journal.path),
        "who": session.who,
        "steps": max(len(session.history) - 1, session.steps),
        "statuses": list(STATUSES),
        "trends": _trends(kind),
        "exports": _EXPORTS_OF_BINS if several else _EXPORTS,
        "reasons": ["monotone", "too few rows", "rounded", "business rule", "stability"],
        "keys": _KEYS,
        "words": _WORDS,
    }


def _words_of_target(binner: BaseBinner, kind: TargetKind | None) -> Answer:
    """Say what the target is, what positive evidence says, and what the rate of a bin is called."""
    if kind is None:
        side = "safer" if binner.woe_sign == "nonevent" else "riskier"
        event = str(binner.event_label_)
        return {
            "event": event,
            "sign": side,
            "target": f"event = {event} · WoE > 0 is {side}",
            # Whatever the search maximised, bins of two classes are shown with this one.
            **_headed("event rate", "Events", "iv"),
            "share": True,
            "card": "AUC",
        }

    # The sign of a continuous target and of classes is the same whatever the binner was told.
    sign = SIGNS.get((kind.kind, binner.woe_sign), SIGNS.get((kind.kind, "nonevent"), ""))
    weights = "exposure" if kind.kind == "rate" else "weight"
    several = kind.kind == "multiclass"
    rate = f"share of {kind.classes[-1]}" if several else "mean"
    # A feature may have a divergence of its own: the list then speaks of all of them.
    named = {name_of_divergence(kind.kind, one) for one in divergences_of(binner).values()}
    divergence = named.pop() if len(named) == 1 else ""
    return {
        "event": "",
        "sign": sign,
        "target": f"{kind.kind} target, rows by {weights} · WoE > 0 is {sign}",
        **_headed(rate, "Sum", divergence),
        "share": several or kind.kind == "fraction",
        "card": "Concordance",
    }


def _headed(rate: str, amount: str, divergence: str) -> Answer:
    """Words of a kind of target, and the columns of the table that are named by them."""
    worth, short = _WORTHS.get(divergence, ("Divergence", "Divergence"))
    columns = [
        (heading.format(rate=rate, amount=amount, short=short), *shown)
        for heading, *shown in _COLUMNS
    ]
    return {"rate": rate, "amount": amount, "worth": worth, "columns": columns}


def _trends(kind: TargetKind | None) -> list[str]:
    """Shapes that a search for new bins may be asked for: one rate has one, several have none."""
    if kind is not None and kind.kind == "multiclass":
        return ["none"]
    return ["none" if trend is None else trend for trend in TRENDS]


def _feature(session: Session, message: Message) -> Answer:
    state = session.state_at(message.get("step"))
    return {"type": "feature", **_seen(session, state, message["feature"])}


def _preview(session: Session, message: Message) -> Answer:
    action = message["action"]
    after = session.preview(action)
    # A step back of no named feature concerns the feature in the last line of the trail.
    name = action.get("feature") or after.binner.audit_[-1]["feature"]
    return {
        "type": "preview",
        "feature": feature_view(after, name),
        **_place(session, session.state),
        "stale": message["version"] != session.state.version,
    }


def _edited(session: Session, message: Message) -> Answer:
    """Carry out an edit; answer with the rows of the features that it changed."""
    before = session.state
    after = session.edit(message["action"], message["version"])
    # Taking back a step of no named feature concerns whichever it was.
    name = after.binner.audit_[-1]["feature"]
    # An edit keeps the bins of all other features as they are, the same objects; a reset changes
    # several features.
    changed = [
        feature
        for feature, bins in after.binner.features_.items()
        if bins is not before.binner.features_[feature]
    ]
    return {
        "type": "edited",
        "rows": [feature_row(after, feature) for feature in changed],
        **_seen(session, after, name),
    }


def _reviewed(session: Session, message: Message) -> Answer:
    told = (message["status"], message.get("note", ""), message.get("who", ""))
    after = session.review(message["feature"], Review(*told))
    row = feature_row(after, message["feature"])
    return {"type": "reviewed", "row": row, **_place(session, after)}


def _card(session: Session, message: Message) -> Answer:
    return {"type": "card", **session.card(), "wanted": message.get("step")}


def _exported(session: Session, message: Message) -> Answer:
    return {"type": "exported", "what": message["what"], **session.export(message["what"])}


def _seen(session: Session, state: State, name: str) -> Answer:
    return {"feature": _view_of(state, name), **_place(session, state)}


def _view_of(state: State, name: str) -> Answer:
    if name not in state.binner.features_:
        message = f"feature must be one of the binner, got {name!r:.60}"
        raise ValueError(message)
    return feature_view(state, name)


def _place(session: Session, state: State) -> Answer:
    can_undo, can_redo = session_steps(state)
    return {
        "version": state.version,
        "step": session.steps,
        "can_undo": can_undo and not session.read_only,
        "can_redo": can_redo and not session.read_only,
    }


def _error(code: str, message: str) -> Answer:
    return {"type": "error", "code": code, "message": message}


_ANSWERS: dict[str, Callable[[Session, Message], Answer]] = {
    "open": _opened,
    "feature": _feature,
    "preview": _preview,
    "edit": _edited,
    "review": _reviewed,
    "card": _card,
    "export": _exported,
}
