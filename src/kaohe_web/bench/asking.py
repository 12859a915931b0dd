"""Asking a site's pages as many people at once, and what it takes."""

from __future__ import annotations

import http.client
import os
import random
import re
import socket
import statistics
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from kaohe_web.serving import web_server

TOO_LONG = 30.0
"""Seconds a page may take before it counts as none, and a run at the longest."""


@dataclass(frozen=True, slots=True)
class Asked:
    """An address, and the login name of who asks for it."""

    address: str
    username: str


@dataclass(frozen=True, slots=True)
class Timing:
    """The answers of one address: how many, milliseconds in the middle and at the 95th percentile, and how many were no page."""

    address: str
    count: int
    median: float
    p95: float
    failed: int


def measured(
    workspace: Path, pages: Sequence[Asked], password: str, *, users: int, seconds: float, fresh: bool = False, workers: int = 2
) -> list[Timing]:
    """Start a server on the workspace, ask the pages for so long, stop it. Everybody who asks has the same password."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = web_server("127.0.0.1", port, workers)
    server = subprocess.Popen(command, env={**os.environ, "KAOHE_WORKSPACE": str(workspace), "KAOHE_HOSTS": "127.0.0.1"})
    try:
        cookies = {name: _logged_in(port, name, password) for name in sorted({one.username for one in pages})}
        for _round in range(workers * 2):
            # What a worker reads once, it reads before the clock runs.
            for one in pages:
                _asked(port, one.address, cookies[one.username])
        return _together(port, pages, cookies, users, min(seconds, TOO_LONG), fresh)
    finally:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _together(port: int, pages: Sequence[Asked], cookies: dict[str, str], users: int, seconds: float, fresh: bool) -> list[Timing]:
    taken: dict[Asked, list[float]] = {one: [] for one in pages}
    failed = dict.fromkeys(pages, 0)
    lock, until = threading.Lock(), time.monotonic() + seconds

    def one(seed: int) -> None:
        order = list(pages)
        random.Random(seed).shuffle(order)
        while time.monotonic() < until:
            for page in order:
                if time.monotonic() >= until:
                    return
                begun = time.perf_counter()
                joint = "&" if "?" in page.address else "?"
                address = f"{page.address}{joint}nth={begun}-{seed}" if fresh else page.address
                status = _asked(port, address, cookies[page.username])
                with lock:
                    taken[page].append((time.perf_counter() - begun) * 1000)
                    failed[page] += status != 200

    people = [threading.Thread(target=one, args=(seed,)) for seed in range(users)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    return [Timing(page.address, len(found), statistics.median(found), _p95(found), failed[page]) for page, found in taken.items() if found]


def _p95(found: list[float]) -> float:
    return sorted(found)[min(len(found) - 1, round(len(found) * 0.95))]


def _asked(port: int, address: str, cookie: str) -> int:
    talk = http.client.HTTPConnection("127.0.0.1", port, timeout=TOO_LONG)
    try:
        talk.request("GET", address, headers={"Cookie": cookie})
        answer = talk.getresponse()
        answer.read()
        return answer.status
    except OSError:
        return 0
    finally:
        talk.close()


def _logged_in(port: int, username: str, password: str) -> str:
    """The cookies of somebody who is logged in, once the server answers."""
    end = time.monotonic() + TOO_LONG
    while True:
        try:
            talk = http.client.HTTPConnection("127.0.0.1", port, timeout=TOO_LONG)
            talk.request("GET", "/login/")
            break
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)
    answer = talk.getresponse()
    page = answer.read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token is not None
    given = _cookies(answer)
    talk = http.client.HTTPConnection("127.0.0.1", port, timeout=TOO_LONG)
    body = urlencode({"username": username, "password": password, "csrfmiddlewaretoken": token[1]})
    talk.request("POST", "/login/", body, {"Cookie": given, "Content-Type": "application/x-www-form-urlencoded"})
    answer = talk.getresponse()
    answer.read()
    assert answer.status == 302, answer.status
    return _cookies(answer)


def _cookies(answer: http.client.HTTPResponse) -> str:
    return "; ".join(value.split(";")[0] for name, value in answer.getheaders() if name.lower() == "set-cookie")
