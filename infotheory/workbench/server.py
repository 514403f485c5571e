"""The page of a session on this machine: loopback alone, one token, strict headers.

Everything that a message may do is in ``messages.handle``; this file only lets the right requests
through to it.
"""

import hmac
import json
import secrets
import socket
import webbrowser
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from infotheory._optional import require
from infotheory.workbench.bundle import MODULES, static_text
from infotheory.workbench.messages import handle
from infotheory.workbench.session import Session

__all__ = ["LocalServer"]

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]
Reply = tuple[int, str, bytes]

_EXTRA, _PURPOSE = "workbench", "the workbench in a browser"
#: Bytes of a message.
LIMIT = 1 << 20
_TEXT = "text/plain; charset=utf-8"

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}

_SCRIPT = "text/javascript; charset=utf-8"
#: All that is served as files: a path is looked up here, and none is built.
_FILES = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/workbench.css": ("workbench.css", "text/css; charset=utf-8"),
    **{f"/{name}.js": (f"{name}.js", _SCRIPT) for name in ("page", *MODULES)},
}


class LocalServer:
    """A socket on the loopback, and the application behind it; ``run`` serves until Ctrl-C."""

    def __init__(self, session: Session, port: int = 0, token: str | None = None) -> None:
        uvicorn = require("uvicorn", extra=_EXTRA, purpose=_PURPOSE)
        require("starlette", extra=_EXTRA, purpose=_PURPOSE)
        self._session = session
        self._token = secrets.token_urlsafe(32) if token is None else token
        # Bound here and not by uvicorn: port 0 takes a free port, and the address has to name it.
        self._socket = socket.create_server(("127.0.0.1", port))
        self.port: int = self._socket.getsockname()[1]
        self._hosts = {f"127.0.0.1:{self.port}", f"localhost:{self.port}"}
        self._files = {
            path: (static_text(name).encode(), kind) for path, (name, kind) in _FILES.items()
        }
        # One parser and one loop whatever else is installed, no websockets, and no log of requests.
        # An answer that is under way has one second to end after Ctrl-C.
        config = uvicorn.Config(
            self,
            http="h11",
            ws="none",
            loop="asyncio",
            lifespan="off",
            log_level="error",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=1,
        )
        # Here and not in ``run``: a server may be stopped before its thread has come to run it.
        self._uvicorn: Any = uvicorn.Server(config)

    @property
    def address(self) -> str:
        """Where the page is; the token stands in the fragment, which is never sent nor logged."""
        return f"http://127.0.0.1:{self.port}/#token={self._token}"

    def run(self, *, open_browser: bool = False) -> None:
        """Serve until the process is interrupted, or ``stop`` is called from another thread."""
        if open_browser:
            webbrowser.open(self.address)
        try:
            self._uvicorn.run(sockets=[self._socket])
        except KeyboardInterrupt:
            pass  # how a session ends: everything is in its file
        finally:
            self._socket.close()

    def stop(self) -> None:
        """Let ``run`` return."""
        self._uvicorn.should_exit = True

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI)."""
        if scope["type"] != "http":
            return
        responses = require("starlette.responses", extra=_EXTRA, purpose=_PURPOSE)
        status, kind, content = await self._reply(scope, receive)
        headers = _HEADERS | {"content-type": kind}
        await responses.Response(content, status, headers=headers)(scope, receive, send)

    async def _reply(self, scope: Scope, receive: Receive) -> Reply:
        """Let a request through line by line: whose it is, what it asks, then what it says."""
        headers: dict[str, list[str]] = {}
        for name, value in scope["headers"]:
            headers.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
        refusal = self._refusal(headers)
        if refusal is not None:
            return refusal

        method, path = scope["method"], scope["path"]
        if path != "/api":
            return self._file(method, path)
        if method != "POST":
            return 405, _TEXT, b"messages are posted"
        if not self._is_ours(headers.get("authorization", [])):
            return 401, _TEXT, b"the token is missing or another"
        return await self._message(headers, receive)

    def _file(self, method: str, path: str) -> Reply:
        if path not in self._files:
            return 404, _TEXT, b"there is no such page"
        if method not in ("GET", "HEAD"):
            return 405, _TEXT, b"pages are only read"
        content, kind = self._files[path]
        return 200, kind, content

    def _refusal(self, headers: Mapping[str, list[str]]) -> Reply | None:
        """Refuse what comes under another name or from another page."""
        host, origin = headers.get("host", []), headers.get("origin", [])
        # A foreign name that is made to lead to this machine (DNS rebinding) is still sent as host.
        if len(host) != 1 or host[0] not in self._hosts:
            return 421, _TEXT, b"this address is not the workbench's"
        # Browsers say which page asks, in one header or both; "none" is an address typed in.
        if origin and (len(origin) != 1 or origin[0] not in {f"http://{h}" for h in self._hosts}):
            return 403, _TEXT, b"another page may not ask"
        if any(site not in ("same-origin", "none") for site in headers.get("sec-fetch-site", [])):
            return 403, _TEXT, b"another site may not ask"
        return None

    def _is_ours(self, given: list[str]) -> bool:
        # Bytes, in constant time: text that is not ASCII would raise.
        wanted = f"Bearer {self._token}".encode()
        return len(given) == 1 and hmac.compare_digest(given[0].encode("latin-1"), wanted)

    async def _message(self, headers: Mapping[str, list[str]], receive: Receive) -> Reply:
        """Read one message, of a size that can be meant, and answer it in a thread."""
        kinds = [kind.partition(";")[0].strip() for kind in headers.get("content-type", [])]
        if kinds != ["application/json"]:
            return 415, _TEXT, b"a message must be application/json"
        content = await _body(receive)
        if content is None:
            return 413, _TEXT, b"a message must have at most 1 MiB"
        # Brackets nested by the thousand exceed the depth of Python's reader.
        try:
            message = json.loads(content)
        except (ValueError, RecursionError):
            return 400, _TEXT, b"a message must be JSON"
        if not isinstance(message, dict):
            return 400, _TEXT, b"a message must be an object"

        # In a thread: an edit that reads rows takes a while, and the loop has to serve on. NaN and
        # infinities are no JSON to a browser; views hold None for them.
        threads = require("starlette.concurrency", extra=_EXTRA, purpose=_PURPOSE)
        answer = await threads.run_in_threadpool(handle, self._session, message)
        return 200, "application/json", json.dumps(answer, allow_nan=False).encode()


async def _body(receive: Receive) -> bytes | None:
    """Read a request; None where it is longer than a message may be."""
    content = bytearray()
    while True:
        event = await receive()
        # Counted as it comes: what the header says of the length need not be true.
        content += event.get("body", b"")
        if len(content) > LIMIT:
            return None
        if event["type"] == "http.disconnect" or not event.get("more_body", False):
            return bytes(content)
