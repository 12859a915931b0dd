"""A made-up year of figures, kept ready as the boards keep them, with nothing below them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)

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
"""Every kind of page of the boards, the widest of each."""


@dataclass(frozen=True, slots=True)
class Agent:
    """A made-up agent, of a group that answers for one shop."""

    agent_id: str
    group: str
    shop_id: str


def made(agents: Sequence[Agent], number: int) -> None:
    """Keep figures of a year ready as of an import, for the site that is set up."""
    from kaohe_web.boards import answers, ready
    from kaohe_web.boards.metrics import MAIN, WHOLE

    people = [(one.agent_id, one.group, one.shop_id) for one in agents]
    ready.folder().mkdir(parents=True, exist_ok=True)
    files = {month: _month(month, people, seed) for seed, month in enumerate(ready.months(FIRST, LAST))}
    days = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
    key = ready.key_now()
    ready.publish(
        key=key,
        number=number,
        span=(FIRST, LAST),
        files=files,
        shops={shop: {"name": shop, "platform": "pdd"} for shop in sorted({one.shop_id for one in agents})},
        agents={one.agent_id: {"name": one.agent_id, "group": one.group} for one in agents},
        groups=sorted({one.group for one in agents}),
        messages={day.isoformat(): 400 * len(agents) for day in days},
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
