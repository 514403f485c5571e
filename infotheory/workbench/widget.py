"""The workbench in a cell of a notebook: the module of the page over the notebook's own channel."""

from typing import Any

from infotheory._optional import require
from infotheory.workbench.bundle import joined_modules, static_text
from infotheory.workbench.messages import handle
from infotheory.workbench.session import Session

__all__ = ["notebook_widget"]


def notebook_widget(session: Session) -> Any:
    """Make a widget of a session; every message that its page sends is answered by ``handle``."""
    anywidget = require("anywidget", extra="widget", purpose="the workbench in a notebook")
    # Made here and not at the head of the file, as anywidget need not be installed.
    kind = type(
        "WorkbenchWidget",
        (anywidget.AnyWidget,),
        {"_esm": joined_modules(), "_css": static_text("workbench.css")},
    )
    widget = kind()

    def answer(_: Any, message: Any, __: Any) -> None:
        widget.send(handle(session, message))

    widget.on_msg(answer)
    return widget
