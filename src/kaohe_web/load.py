"""How fast pages answer: a made-up year of a thousand agents, a server on a free port of this machine, twenty people at once.

`python -m kaohe_web.load [ADDRESS …] [--seconds 20] [--users 20]` asks the boards, or the addresses given, and prints the median and the 95th percentile of
each. It makes its own workspace in a temporary folder, and ends what it started.
"""

from __future__ import annotations

import argparse
import http.client
import os
import random
import re
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

ADDRESSES = (
    "/boards/?period=day&last=2026-12-31&by=agent",
    "/boards/?period=month&last=2026-12-31&by=agent&sort=reply_rate_30s",
    "/boards/?period=month&last=2026-12-31&by=agent&tab=sales",
    "/boards/?period=days&first=2026-01-01&last=2026-12-31&by=agent",
    "/boards/?period=days&first=2026-01-01&last=2026-12-31&by=group&tab=aftersale&more=1",
    "/boards/?period=week&last=2026-12-31&by=shop",
    "/boards/trend/?period=days&first=2026-01-01&last=2026-12-31&metric=reply_rate_30s",
    "/boards/trend/?period=days&first=2026-01-01&last=2026-12-31&agent=a0007&by=agent",
    "/boards/hours/?period=days&first=2026-01-01&last=2026-12-31",
    "/boards/rules/?period=month&last=2026-12-31",
    "/boards/ranking/?period=month&last=2026-12-31&by=agent&a=a0001&b=a0002",
    "/boards/ranking/?period=month&last=2026-12-31&by=agent&wall=1",
    "/boards/evidence/?period=month&last=2026-12-31&metric=reply_rate_30s&group=g07",
)
NAME, PASSWORD = "load", secrets.token_urlsafe(16)
AGENTS, GROUPS, SHOPS = 1000, 50, 10
FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)
TOO_LONG = 30.0
"""Seconds a page may take before the run gives up on it."""


@dataclass(frozen=True, slots=True)
class Timing:
    """The answers of one address: how many, milliseconds in the middle and at the 95th percentile, and how many were no page."""

    address: str
    count: int
    median: float
    p95: float
    failed: int


def main(arguments: Sequence[str] | None = None) -> int:
    """Run and print; 1 where an answer was no page."""
    parser = argparse.ArgumentParser(prog="python -m kaohe_web.load", description=__doc__)
    parser.add_argument("addresses", nargs="*", metavar="ADDRESS")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--users", type=int, default=20)
    parser.add_argument("--fresh", action="store_true", help="ask each page as nobody did before, so that no process has kept it")
    parser.add_argument("--agents", type=int, default=AGENTS)
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="kaohe-load-") as folder:
        workspace = Path(folder) / "workspace"
        begun = time.perf_counter()
        made(workspace, asked.agents)
        print(f"made up {asked.agents} agents x {(LAST - FIRST).days + 1} days in {time.perf_counter() - begun:.1f} s", flush=True)
        timings = measured(
            workspace, asked.addresses or ADDRESSES, users=asked.users, seconds=min(asked.seconds, TOO_LONG), fresh=asked.fresh
        )
    print(f"{'median ms':>10}{'p95 ms':>10}{'answers':>10}{'failed':>8}  address")
    for one in timings:
        print(f"{one.median:>10.0f}{one.p95:>10.0f}{one.count:>10}{one.failed:>8}  {one.address}")
    return 1 if any(one.failed for one in timings) else 0


# A made-up year ------------------------------------------------------------------------------------------------------------------


def made(workspace: Path, agents: int = AGENTS) -> None:
    """A workspace whose figures are ready for a year, with nothing below them, and somebody who may see all."""
    import kaohe

    kaohe.create(workspace)
    from kaohe_web.serving import prepared

    prepared(workspace)
    from kaohe_web.boards import answers, ready
    from kaohe_web.boards.metrics import MAIN, WHOLE
    from kaohe_web.org.models import Grant, User
    from kaohe_web.org.roles import Role

    user = User(username=NAME, name="Load")
    user.set_password(PASSWORD)
    user.save()
    Grant.objects.create(user=user, role=Role.ADMIN)
    people = [(f"a{n:04}", f"g{n % GROUPS:02}", f"s{n % GROUPS % SHOPS}") for n in range(agents)]
    ready.folder().mkdir(parents=True, exist_ok=True)
    files = {month: _month(month, people, seed) for seed, month in enumerate(ready.months(FIRST, LAST))}
    days = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
    key = ready.key_now()
    ready.publish(
        key=key,
        number=0,
        span=(FIRST, LAST),
        files=files,
        shops={f"s{n}": {"name": f"店{n}", "platform": "pdd" if n % 2 else "taobao"} for n in range(SHOPS)},
        agents={agent: {"name": f"客服{agent[1:]}", "group": group} for agent, group, _shop in people},
        groups=sorted({group for _agent, group, _shop in people}),
        messages={day.isoformat(): 400 * agents for day in days},
    )
    month = LAST.replace(day=1)
    for by in ((), ("shop",), ("agent",)):
        whole = tuple(one for one in MAIN["sales"] if one in WHOLE)
        path = answers.place(key, month, LAST, by, whole, None)
        path.parent.mkdir(parents=True, exist_ok=True)
        ready.write(path, _whole(by, whole, people))


def _month(month: str, people: list[tuple[str, str, str]], seed: int) -> dict[str, str]:
    import numpy as np
    import polars as pl

    from kaohe.metrics.catalogue import CATALOGUE
    from kaohe.metrics.compliance import SCHEMA
    from kaohe_web.boards import ready

    chance = np.random.default_rng(seed)
    first, last = ready.ends(month)
    days = pl.DataFrame({"day": pl.date_range(first, last, eager=True)})
    agents = pl.DataFrame(people, schema=["agent_id", "group", "shop_id"], orient="row")
    shops = agents.select("shop_id").unique().sort("shop_id")
    keys = {
        "agent": days.join(agents, how="cross"),
        "group": days.join(agents.select("shop_id", "group").unique().sort("shop_id", "group"), how="cross"),
        "shop": days.join(shops, how="cross"),
        "hour": days.join(pl.DataFrame({"hour": pl.Series(range(24), dtype=pl.Int8)}), how="cross").join(shops, how="cross"),
    }
    names = {}
    for part in ready.PARTS:
        for grain, rows in keys.items():
            columns = {}
            for one in ready.metrics_of(part, grain):
                under = chance.integers(0, 60, len(rows))
                columns[f"n:{one}"] = (under * chance.random(len(rows))).astype(int) * CATALOGUE[one].per * 1.0
                if CATALOGUE[one].under is not None:
                    columns[f"d:{one}"] = under * CATALOGUE[one].per_under * 1.0
            names[f"{part}-{grain}"] = f"{month}-{part}-{grain}-made.parquet"
            ready.write(
                ready.folder() / names[f"{part}-{grain}"], rows.with_columns(pl.Series(name, column) for name, column in columns.items())
            )
    rules = [_verdict(shop, day, bool(chance.random() < 0.8)) for shop in shops["shop_id"] for day in days["day"]]
    names["verdicts"] = f"{month}-verdicts-made.parquet"
    ready.write(ready.folder() / names["verdicts"], pl.DataFrame(rules, schema=SCHEMA))
    return names


def _verdict(shop: str, day: date, kept: bool) -> dict[str, Any]:
    from kaohe.metrics.compliance import SCHEMA

    said = {
        "shop_id": shop,
        "day": day,
        "first_day": day,
        "pack": "made-up",
        "rule": "reply_rate_30s",
        "title_zh": "30秒应答率",
        "title_en": "Answered within 30 s",
        "metric": "reply_rate_30s",
        "verdict": "pass" if kept else "fail",
        "provisional": False,
        "partial": False,
        "value": 0.5,
        "threshold": 0.45 if kept else 0.55,
        "direction": "at_least",
        "numerator": 50.0,
        "denominator": 100.0,
        "sample": 100.0,
        "cases": -5 if kept else 5,
        "gap": -0.05 if kept else 0.05,
        "consequence_zh": "–",
        "consequence_en": "–",
        "source": "–",
        "certainty": "D",
        "editable": True,
    }
    return {name: said.get(name) for name in SCHEMA}


def _whole(by: tuple[str, ...], metrics: tuple[str, ...], people: list[tuple[str, str, str]]) -> Any:
    import polars as pl

    names = {"agent": [agent for agent, _group, _shop in people], "shop": sorted({shop for _agent, _group, shop in people})}
    keys = pl.DataFrame({f"{by[0]}_id": names[by[0]]}) if by else pl.DataFrame({"_all": [0]}, schema={"_all": pl.Int32()})
    sides = {"n": 900.0, "d": 30.0, "v": 30.0}
    return keys.with_columns(pl.lit(number).alias(f"{side}:{one}") for one in metrics for side, number in sides.items())


# Asking ---------------------------------------------------------------------------------------------------------------------------


def measured(
    workspace: Path, addresses: Sequence[str], *, users: int, seconds: float, fresh: bool = False, workers: int = 2
) -> list[Timing]:
    """Start a server on the workspace, ask the addresses for so long, stop it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "wsgi",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--workers",
        str(workers),
    ]
    command += ["--blocking-threads", "4", "--no-access-log", "--log-level", "warning", "kaohe_web.wsgi:application"]
    server = subprocess.Popen(command, env={**os.environ, "KAOHE_WORKSPACE": str(workspace), "KAOHE_HOSTS": "127.0.0.1"})
    try:
        cookie = _logged_in(port)
        for _round in range(workers * 2):
            # What a worker reads once, it reads before the clock runs.
            for address in addresses:
                _asked(port, address, cookie)
        return _together(port, addresses, cookie, users, seconds, fresh)
    finally:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _together(port: int, addresses: Sequence[str], cookie: str, users: int, seconds: float, fresh: bool) -> list[Timing]:
    taken: dict[str, list[float]] = {address: [] for address in addresses}
    failed = dict.fromkeys(addresses, 0)
    lock, until = threading.Lock(), time.monotonic() + seconds

    def one(seed: int) -> None:
        order = list(addresses)
        random.Random(seed).shuffle(order)
        while time.monotonic() < until:
            for address in order:
                if time.monotonic() >= until:
                    return
                begun = time.perf_counter()
                joint = "&" if "?" in address else "?"
                status = _asked(port, f"{address}{joint}nth={begun}-{seed}" if fresh else address, cookie)
                with lock:
                    taken[address].append((time.perf_counter() - begun) * 1000)
                    failed[address] += status != 200

    people = [threading.Thread(target=one, args=(seed,)) for seed in range(users)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    return [
        Timing(address, len(found), statistics.median(found), _p95(found), failed[address]) for address, found in taken.items() if found
    ]


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


def _logged_in(port: int) -> str:
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
    body = urlencode({"username": NAME, "password": PASSWORD, "csrfmiddlewaretoken": token[1]})
    talk.request("POST", "/login/", body, {"Cookie": given, "Content-Type": "application/x-www-form-urlencoded"})
    answer = talk.getresponse()
    answer.read()
    assert answer.status == 302, answer.status
    return _cookies(answer)


def _cookies(answer: http.client.HTTPResponse) -> str:
    return "; ".join(value.split(";")[0] for name, value in answer.getheaders() if name.lower() == "set-cookie")


if __name__ == "__main__":
    sys.exit(main())
