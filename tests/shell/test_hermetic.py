"""Hermetic: whoever reaches for the network during a replay is found out."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable

import pytest

from harness.shell.hermetic import REACHES_OUT, watched

NOWHERE = ("127.0.0.1", 9)


def udp() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plain:
        plain.sendto(b"x", NOWHERE)


def unix() -> None:
    with socket.socket(socket.AF_UNIX) as plain:
        plain.connect("/nowhere")


REACHES: dict[str, tuple[Callable[[], object], str]] = {
    "a connection": (
        lambda: socket.create_connection(NOWHERE, timeout=0.1),
        "socket.getaddrinfo 127.0.0.1",
    ),
    "a name": (
        lambda: socket.getaddrinfo("h.example", 443),
        "socket.getaddrinfo h.example",
    ),
    "an old name": (
        lambda: socket.gethostbyname("h.example"),
        "socket.gethostbyname h.example",
    ),
    "an address": (
        lambda: socket.gethostbyaddr("127.0.0.1"),
        "socket.gethostbyaddr 127.0.0.1",
    ),
    "a datagram": (udp, "socket.sendto ('127.0.0.1', 9)"),
    "a socket in a file": (unix, "socket.connect /nowhere"),
}


@pytest.mark.parametrize("name", REACHES)
def test_whoever_reaches_out_is_refused_and_seen(name: str) -> None:
    reach, said = REACHES[name]
    with (
        watched() as seen,
        pytest.raises(PermissionError, match="a replay is hermetic"),
    ):
        reach()
    (tried,) = seen
    what, _, callers = tried.partition(" by ")
    assert what == said
    assert callers.startswith(f"{__name__}.")
    assert test_whoever_reaches_out_is_refused_and_seen.__name__ in callers


def test_hiding_the_refusal_does_not_hide_the_attempt() -> None:
    with watched() as seen:
        for _ in range(3):
            with contextlib.suppress(OSError), socket.socket() as plain:
                plain.connect(NOWHERE)
    assert len(seen) == 3
    assert all(tried.startswith(f"socket.connect {NOWHERE} by ") for tried in seen)


def test_a_thread_is_watched_too() -> None:
    def hidden() -> None:
        with contextlib.suppress(OSError):
            socket.getaddrinfo("h.example", 443)

    with watched() as seen:
        thread = threading.Thread(target=hidden)
        thread.start()
        thread.join()
    (tried,) = seen
    assert tried.startswith("socket.getaddrinfo h.example by ")
    assert "hidden" in tried


def test_what_stays_inside_is_let() -> None:
    async def nothing() -> int:
        await asyncio.sleep(0)
        return 7

    with watched() as seen:
        one, other = socket.socketpair()
        with one, other:
            one.sendall(b"hi")
            assert other.recv(2) == b"hi"
        assert asyncio.run(nothing()) == 7
    assert seen == []


def test_nobody_is_watched_before_or_after() -> None:
    with watched():
        pass
    assert socket.getaddrinfo("127.0.0.1", 9)
    with contextlib.suppress(ZeroDivisionError), watched():
        raise ZeroDivisionError
    assert socket.getaddrinfo("127.0.0.1", 9)


def test_the_innermost_watch_sees_it() -> None:
    with watched() as outer, watched() as inner, contextlib.suppress(OSError):
        socket.getaddrinfo("h.example", 443)
    assert (outer, len(inner)) == ([], 1)


def test_every_way_out_is_tried_here() -> None:
    tried = {said.split()[0] for _, said in REACHES.values()}
    assert tried == set(REACHES_OUT)
