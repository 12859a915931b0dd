"""What the shop knows without chats: who was online, what was aimed at, how many people came by."""

from __future__ import annotations

import calendar
import datetime as dt

import numpy as np
import polars as pl

from kaohe.demo.catalogue import SHOPS
from kaohe.demo.people import Desk, Roster
from kaohe.demo.ragged import Ints
from kaohe.demo.visits import midnight

# Seconds of the day at which each shift eats.
_MEALS = {"early": 11 * 3600 + 2400, "middle": 12 * 3600 + 2700, "late": 17 * 3600 + 2400}


def presence(rng: np.random.Generator, desk: Desk, day: dt.date) -> pl.DataFrame:
    """Online spans of the day, local seconds: `seat`, `online`, `offline`. A meal, and now and then a lost line, parts a shift in two or three."""
    seats: list[int] = []
    spans: list[tuple[int, int]] = []
    for number in np.flatnonzero(desk.on_duty).tolist():
        start = int(desk.hours[number, 0] + rng.integers(-420, 420))
        end = int(desk.hours[number, 1] + rng.integers(-300, 900))
        meal = _MEALS[desk.seats[number].shift] + int(rng.integers(-900, 900))
        cuts = [(meal, meal + int(rng.integers(1_200, 3_000)))]
        if rng.random() < 0.12:
            lost = int(rng.integers(start + 5_400, end - 1_800))
            cuts.append((lost, lost + int(rng.integers(60, 600))))
        for leave, back in sorted(cuts):
            # A line lost during the meal shows as one absence.
            if leave > start:
                seats.append(number)
                spans.append((start, leave))
            start = max(start, back)
        seats.append(number)
        spans.append((start, end))
    times: Ints = np.array(spans, dtype=np.int64).reshape(-1, 2) + midnight(day)
    return pl.DataFrame({"seat": np.array(seats, dtype=np.int64), "online": times[:, 0], "offline": times[:, 1]})


def traffic(rng: np.random.Generator, shop: int, contacts: int) -> tuple[int, int, int]:
    """Visitors, fen spent on advertising, fen sold through it, of a shop's day with so many contacts."""
    visitors = int(rng.poisson(contacts * rng.uniform(13, 18)))
    spend = int(visitors * rng.uniform(38, 62))
    return visitors, spend, int(spend * rng.uniform(3.2, 6.4))


def targets(staff: Roster, first: dt.date, days: int, scale: float) -> pl.DataFrame:
    """Targets of each month the demo touches: sales per shop and seller, and some of conversion. Yuan, and rates from 0 to 1."""
    rows: list[tuple[str, str, str | None, str, float]] = []
    months = sorted({(day.year, day.month) for day in (first + dt.timedelta(days=n) for n in range(days))})
    for year, month in months:
        name = f"{year}-{month:02d}"
        length = calendar.monthrange(year, month)[1]
        for number, shop in enumerate(SHOPS):
            price = sum(product.yuan for product in shop.products) / len(shop.products)
            sales = round(shop.volume * 0.6 * 0.42 * price * 1.5 * length * scale, -2)
            rows.append((name, shop.shop_id, None, "sales_amount", sales))
            sellers = [agent for agent in staff.agents if staff.seat(agent.agent_id).shop == number and agent.role != "aftersale"]
            for agent in sellers:
                share = 1.2 if agent.role == "presale" else 0.8
                rows.append((name, shop.shop_id, agent.agent_id, "sales_amount", round(sales * share / len(sellers), -2)))
                rows.append((name, shop.shop_id, agent.agent_id, "inquiry_conversion", 0.45))
    return pl.DataFrame(rows, schema=["month", "shop_id", "agent_id", "metric", "target"], orient="row")
