"""What holds of figures whatever the world: those of some shops are those of a world without the others, and roles and groups are those of the day."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_event_agreement import PLACED_BY_ACCOUNTS, imported, near, source

import event_strategies as strategies
from kaohe.metrics.catalogue import CATALOGUE, FAMILY_OF
from kaohe.metrics.figures import figures
from kaohe.metrics.source import BY, Source
from kaohe.model.people import Roster
from kaohe.model.tables import TABLES
from reference_events import Agent, World

SLOW = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
"""Each example writes several lakes."""

NO_SHOP = PLACED_BY_ACCOUNTS | {"days_worked"}
"""What may stand in no shop."""


def asked(by: tuple[str, ...], without: set[str] = frozenset()) -> list[str]:
    """The metrics that can be grouped so."""
    families = {metric.id: [FAMILY_OF[tally.id] for tally in metric.tallies] for metric in CATALOGUE.values()}
    return [metric for metric, of in families.items() if metric not in without and all(set(by) <= family.by for family in of)]


def counted(
    made: Source, by: tuple[str, ...], first: date, last: date, metrics: list[str], **more: object
) -> dict[tuple, tuple[float, float]]:
    """What was counted, by group and metric; what is nought is left out."""
    found = figures(made, by=by, first=first, last=last, metrics=metrics, **more)
    columns = [BY[name] for name in by]
    rows = {
        (*(row[name] for name in columns), row["metric"]): (
            row["value"] or 0 if CATALOGUE[row["metric"]].quantile is not None else row["numerator"] or 0,
            row["denominator"] or 0,
        )
        for row in found.iter_rows(named=True)
    }
    return {key: value for key, value in rows.items() if value != (0, 0)}


def same(one: dict[tuple, tuple[float, float]], other: dict[tuple, tuple[float, float]]) -> None:
    assert one.keys() == other.keys()
    wrong = {key: (one[key], other[key]) for key in one if not all(near(a, b) for a, b in zip(one[key], other[key], strict=True))}
    assert wrong == {}


def only(world: World, shops: set[str]) -> World:
    """The world without the other shops. What is of no shop stays, and so do the accounts: whose they are is of the roster."""
    kept = {
        field.name: [row for row in getattr(world, field.name) if getattr(row, "shop_id", None) is None or row.shop_id in shops]
        for field in fields(world)
    }
    return replace(world, **{**kept, "accounts": world.accounts})


@SLOW
@given(st.data())
def test_figures_of_some_shops_are_those_of_a_world_without_the_others(data: st.DataObject) -> None:
    world, rules = data.draw(strategies.worlds(max_chats=5)), data.draw(strategies.packs())
    by = data.draw(strategies.groupings())
    first, last = data.draw(strategies.periods(world))
    shops = data.draw(st.sets(st.sampled_from(strategies.SHOPS), min_size=1, max_size=2))
    with TemporaryDirectory() as folder, TemporaryDirectory() as other:
        made, without = source(imported(Path(folder), world), rules), source(imported(Path(other), only(world, shops)), rules)
        # Of what was never imported there is no figure, not a nought.
        there = [
            one for one in asked((*by, "shop"), NO_SHOP) if all(without.has(FAMILY_OF[tally.id].needs) for tally in CATALOGUE[one].tallies)
        ]
        some, alone = counted(made, by, first, last, there, shops=shops), counted(without, by, first, last, there)
    same(some, alone)


def positions(days: list[date]) -> st.SearchStrategy[list[dict[str, object]]]:
    """Changes of role and group on or around some days."""
    return st.lists(
        st.fixed_dictionaries(
            {
                "agent_id": st.sampled_from(strategies.AGENTS),
                "valid_from": st.sampled_from(days),
                "role": st.sampled_from((None, "presale", "aftersale")),
                "group": st.sampled_from((None, "一组", "二组")),
            }
        ),
        min_size=1,
        max_size=4,
        unique_by=lambda row: (row["agent_id"], row["valid_from"]),
    )


def standing(world: World, changes: list[dict[str, object]], day: date) -> World:
    """The world as if everybody had always stood where he stood on a day."""
    found = []
    for agent in world.agents:
        role, group = agent.role, agent.group
        for change in sorted(changes, key=lambda row: row["valid_from"]):
            if change["agent_id"] == agent.agent_id and change["valid_from"] <= day:
                role, group = change["role"] or role, change["group"] or group
        found.append(Agent(agent.agent_id, group, role))
    return replace(world, agents=found)


@SLOW
@given(st.data())
def test_roles_and_groups_are_those_of_the_day(data: st.DataObject) -> None:
    world, rules = data.draw(strategies.worlds(max_chats=5)), data.draw(strategies.packs())
    by = data.draw(st.sampled_from((("role",), ("group",), ("group", "agent"), ("role", "shop"))))
    first, last = data.draw(strategies.periods(world))
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    changes = data.draw(positions(days))
    day = data.draw(st.sampled_from(days))
    # What looks back counts cases of several days, each with the role of its own.
    looking_back = {metric for metric in CATALOGUE if any(FAMILY_OF[tally.id].trailing for tally in CATALOGUE[metric].tallies)}
    metrics = asked(by, looking_back | ({"targets"} & set(CATALOGUE)))
    table = pl.DataFrame(changes, schema=TABLES["positions"].schema)
    with TemporaryDirectory() as folder, TemporaryDirectory() as other:
        moving = source(imported(Path(folder), world), rules)
        moving = replace(moving, roster=Roster(moving.roster.accounts, moving.roster.agents, table))
        still = source(imported(Path(other), standing(world, changes, day)), rules)
        same(counted(moving, by, day, day, metrics), counted(still, by, day, day, metrics))
