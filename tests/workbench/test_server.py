"""Section by section what the server lets through, by raw sockets: no client that tidies up."""

import http.client
import json
import re
import socket
import threading
from pathlib import Path

import pytest

from infotheory.workbench import server as server_module
from infotheory.workbench.bundle import MODULES
from infotheory.workbench.server import LIMIT, LocalServer
from infotheory.workbench.session import Session

TOKEN = "a-token-of-the-tests"  # noqa: S105 - of a server that lives for a test

#: What is right comes at once, but for a machine that runs other tests beside; what is wrong never.
SECONDS = 120


@pytest.fixture
def server(opened):
    session = opened._session
    assert isinstance(session, Session)
    local = LocalServer(session, token=TOKEN)
    thread = threading.Thread(target=local.run, daemon=True)
    thread.start()
    # Its socket listens since it was made: who connects before it runs waits for it.
    yield local
    local.stop()
    thread.join(timeout=SECONDS)
    assert not thread.is_alive()


def raw(server, text, body=b"", method=None):
    """Send bytes as they are, and return status, headers and content."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=SECONDS) as connection:
        connection.sendall(text.replace("\n", "\r\n").encode("latin-1") + b"\r\n\r\n" + body)
        answer = http.client.HTTPResponse(connection, method=method)
        answer.begin()
        return answer.status, dict(answer.getheaders()), answer.read()


def get(server, path="/", host=None, *more, method="GET"):
    host = f"127.0.0.1:{server.port}" if host is None else host
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", "Connection: close", *more]
    return raw(server, "\n".join(lines), method=method)


def post(server, content, *more, token=TOKEN, kind="application/json", path="/api"):
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    lines = [
        f"POST {path} HTTP/1.1",
        f"Host: 127.0.0.1:{server.port}",
        f"Content-Length: {len(body)}",
        "Connection: close",
        *([f"Content-Type: {kind}"] if kind else []),
        *([f"Authorization: Bearer {token}"] if token else []),
        *more,
    ]
    return raw(server, "\n".join(lines), body)


def test_it_listens_on_the_loopback_alone(server):
    assert server._socket.getsockname()[0] == "127.0.0.1"
    assert server.port > 0
    address = server.address
    assert address == f"http://127.0.0.1:{server.port}/#token={TOKEN}"


def test_a_server_that_is_stopped_before_it_runs_ends_at_once(opened):
    local = LocalServer(opened._session)
    local.stop()
    thread = threading.Thread(target=local.run, daemon=True)
    thread.start()
    thread.join(timeout=SECONDS)
    assert not thread.is_alive()
    assert local._socket.fileno() == -1


def test_each_server_has_a_token_of_its_own(opened):
    tokens = set()
    for _ in range(3):
        local = LocalServer(opened._session)
        tokens.add(local.address.partition("=")[2])
        local._socket.close()
    assert len(tokens) == 3
    assert all(len(token) == 43 for token in tokens)


HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}


def check_headers(headers):
    low = {name.lower(): value for name, value in headers.items()}
    assert {name: low.get(name) for name in HEADERS} == HEADERS
    assert not [name for name in low if name.startswith("access-control-")]
    assert "set-cookie" not in low
    assert "server" not in low


def test_every_answer_has_the_headers(server):
    for answer in (
        get(server),
        get(server, "/nothing"),
        get(server, host="evil.example"),
        get(server, "/api"),
        get(server, "/", None, "Origin: http://evil.example"),
        post(server, {"type": "open"}),
        post(server, {"type": "open"}, token=None),
        post(server, b"{"),
    ):
        check_headers(answer[1])


@pytest.mark.parametrize(
    "path", ["/", "/workbench.css", "/page.js", *(f"/{m}.js" for m in MODULES)]
)
def test_the_page_and_its_files(server, path):
    status, headers, content = get(server, path)
    assert status == 200
    assert content
    kind = {"/": "text/html", "/workbench.css": "text/css"}.get(path, "text/javascript")
    assert headers["content-type"] == f"{kind}; charset=utf-8"
    status, _, content = get(server, path, method="HEAD")
    assert (status, content) == (200, b"")


@pytest.mark.parametrize(
    "path",
    [
        *("/index.html", "/static/app.js", "/../pyproject.toml", "/..%2fserver.py", "//app.js"),
        *(
            "/%2e%2e/server.py",
            "/app.js/",
            "/App.js",
            "/server.py",
            "/api/",
            "/\x00",
            "/page.js%00",
        ),
    ],
)
def test_no_other_path_leads_anywhere(server, path):
    assert get(server, path)[0] in (400, 404)


def test_another_host_is_misdirected(server):
    assert get(server, host=f"localhost:{server.port}")[0] == 200
    for host in (
        "evil.example",
        f"evil.example:{server.port}",
        "127.0.0.1",
        "localhost",
        f"127.0.0.1:{server.port + 1}",
        f"127.0.0.1.evil.example:{server.port}",
        f"0.0.0.0:{server.port}",
        f"LOCALHOST:{server.port}.",
        "",
    ):
        assert get(server, host=host)[0] == 421, host
    # Without a Host, and with two of them.
    assert raw(server, "GET / HTTP/1.0")[0] == 421
    here = f"127.0.0.1:{server.port}"
    two = raw(server, f"GET / HTTP/1.1\nHost: {here}\nHost: evil.example\nConnection: close")
    assert two[0] in (400, 421)
    # The host of an absolute address counts for nothing.
    absolute = get(server, f"http://evil.example:{server.port}/api")
    assert absolute[0] in (400, 404, 405)


def test_another_origin_is_forbidden(server):
    here = f"http://127.0.0.1:{server.port}"
    assert post(server, {"type": "open"}, f"Origin: {here}")[0] == 200
    assert post(server, {"type": "open"}, f"Origin: http://localhost:{server.port}")[0] == 200
    for origin in (
        "http://evil.example",
        "null",
        "",
        f"https://127.0.0.1:{server.port}",
        f"{here}/",
    ):
        assert post(server, {"type": "open"}, f"Origin: {origin}")[0] == 403, origin
        assert get(server, "/", None, f"Origin: {origin}")[0] == 403, origin
    assert (
        post(server, {"type": "open"}, f"Origin: {here}", "Origin: http://evil.example")[0] == 403
    )


def test_another_site_is_forbidden(server):
    for site, status in (
        ("same-origin", 200),
        ("none", 200),
        ("cross-site", 403),
        ("same-site", 403),
    ):
        assert post(server, {"type": "open"}, f"Sec-Fetch-Site: {site}")[0] == status
        assert get(server, "/", None, f"Sec-Fetch-Site: {site}")[0] == status


def test_messages_need_the_token(server):
    for token in (None, "", "x", TOKEN[:-1], TOKEN + "x", TOKEN.upper(), "\xe9"):
        assert post(server, {"type": "open"}, token=token)[0] == 401, token
    for line in (f"Authorization: {TOKEN}", f"Authorization: Basic {TOKEN}"):
        assert post(server, {"type": "open"}, line, token=None)[0] == 401
    two = post(server, {"type": "open"}, "Authorization: Bearer x")
    assert two[0] == 401
    # Neither the address nor a cookie carries it.
    assert post(server, {"type": "open"}, token=None, path=f"/api?token={TOKEN}")[0] == 401
    assert post(server, {"type": "open"}, f"Cookie: token={TOKEN}", token=None)[0] == 401


def test_messages_are_posted_as_json(server):
    for method in ("GET", "PUT", "DELETE", "OPTIONS", "PATCH", "HEAD", "TRACE"):
        line = f"Authorization: Bearer {TOKEN}"
        assert get(server, "/api", None, line, method=method)[0] == 405, method
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        assert get(server, "/", None, "Content-Length: 0", method=method)[0] == 405, method
    for kind in (None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        assert post(server, {"type": "open"}, kind=kind)[0] == 415, kind
    assert post(server, {"type": "open"}, kind="application/json; charset=utf-8")[0] == 200


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"1",
        b"null",
        b"\xff\xfe",
        b"[" * 200_000,
        b'{"a": ' * 60_000,
        b"9" * 10_000,
    ],
)
def test_what_is_no_message_is_a_bad_request(server, content):
    status, _, words = post(server, content)
    assert status == 400
    assert b"Traceback" not in words


def test_a_message_has_its_size(server):
    padding = b" " * (LIMIT - 16)
    assert post(server, b'{"type":"open"}' + padding)[0] == 200
    assert post(server, b'{"type":"open"}' + padding + b"  ")[0] == 413
    # In pieces, without saying how long it is.
    lines = [
        "POST /api HTTP/1.1",
        f"Host: 127.0.0.1:{server.port}",
        "Transfer-Encoding: chunked",
        "Content-Type: application/json",
        f"Authorization: Bearer {TOKEN}",
        "Connection: close",
    ]
    piece = b"80000\r\n" + b" " * 0x80000 + b"\r\n"
    assert raw(server, "\n".join(lines), piece * 3)[0] == 413


def test_malformed_requests_end_in_no_traceback(server):
    for text in (
        "GET",
        "GET / HTTP/9.9\nHost: x",
        "\x00\x01\x02",
        "GET / HTTP/1.1\nHost : x",
        f"POST /api HTTP/1.1\nHost: 127.0.0.1:{server.port}\nContent-Length: -1",
        f"POST /api HTTP/1.1\nHost: 127.0.0.1:{server.port}\nContent-Length: 2\nContent-Length: 3",
    ):
        with socket.create_connection(("127.0.0.1", server.port), timeout=SECONDS) as connection:
            connection.sendall(text.replace("\n", "\r\n").encode("latin-1") + b"\r\n\r\n")
            connection.shutdown(socket.SHUT_WR)
            try:
                answer = connection.recv(65536)
            except ConnectionResetError:
                answer = b""
        assert b"Traceback" not in answer
        assert not answer or int(answer.split()[1]) in range(400, 500), answer[:100]
    assert get(server)[0] == 200


def test_a_message_is_answered(server):
    status, headers, content = post(server, {"type": "open", "id": 3})
    answer = json.loads(content)
    assert (status, headers["content-type"]) == (200, "application/json")
    assert (answer["type"], answer["id"], len(answer["features"])) == ("opened", 3, 20)
    nan = post(
        server,
        b'{"type": "edit", "version": 0, "action": {"type": "split", "feature": '
        b'"duration_in_month", "at": NaN, "reason": "r"}}',
    )
    assert json.loads(nan[2])["code"] == "rejected"


def test_an_upgrade_is_no_way_in(server):
    status, *_ = get(
        server,
        "/api",
        None,
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    )
    assert status in (400, 405)


def test_tokens_are_compared_in_constant_time(server, monkeypatch):
    compared = []

    def compare(given, wanted):
        compared.append((given, wanted))
        return False

    monkeypatch.setattr("infotheory.workbench.server.hmac.compare_digest", compare)
    assert post(server, {"type": "open"})[0] == 401
    assert compared == [(f"Bearer {TOKEN}".encode(), f"Bearer {TOKEN}".encode())]


def test_nothing_of_a_session_is_pickled():
    code = "\n".join(path.read_text() for path in Path(server_module.__file__).parent.glob("*.py"))
    assert not re.search(r"\b(pickle|joblib|dill|marshal|shelve)\b|allow_pickle=True", code)
