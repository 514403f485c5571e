"""Ports for servers that must be told theirs before they start."""

import random
import socket
from pathlib import Path

#: The first and the last port that the system gives to whoever asks for any.
GIVEN_TO_ANYONE = Path("/proc/sys/net/ipv4/ip_local_port_range")


def free_port():
    """Return a free port of the loopback that the system hands to nobody else meanwhile.

    One that was asked for as "any" and let go is the system's to hand out again: browsers, Spark
    and the tests of other workers ask for some all the time, and may have it before the server.
    """
    first, last = 32_768, 60_999
    if GIVEN_TO_ANYONE.exists():
        first, last = map(int, GIVEN_TO_ANYONE.read_text().split())
    every = range(10_000, 65_536)
    kept = [port for port in every if not first <= port <= last] or list(every)

    for port in random.SystemRandom().sample(kept, min(100, len(kept))):
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        return port
    message = f"ports outside {first} to {last} are taken"
    raise OSError(message)
