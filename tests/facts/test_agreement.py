"""The fast path against the plain-Python judge, on input as nasty as Hypothesis can make it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import reference
import strategies
from counting import frame
from kaohe.facts import Facts
from kaohe.lake import Lake, SourceFile
from kaohe.metrics.explain import explain
from kaohe.metrics.figures import BY, Source, figures
from kaohe.metrics.responses import METRICS
from kaohe.model.days import Window
from kaohe.model.people import Roster
from kaohe.model.tables import TABLES
from kaohe.packs import Parameters

SHOPS = pl.DataFrame(
    [{"shop_id": shop, "platform": "generic", "name": shop, "timezone": zone, "pack": None} for shop, zone in strategies.ZONE_OF.items()],
    schema=TABLES["shops"].schema,
)


def parameters(params: reference.Params) -> Parameters:
    return Parameters(
        window=Window(*params.window),
        human_senders=params.human_senders,
        reply_within_hours=params.reply_within_hours,
        bot_reply=params.bot_reply,
        unit=params.unit,
        slow_seconds=params.slow_seconds,
    )


def imported(root: Path, batches: Sequence[Sequence[reference.Message]], buckets: int = 1) -> Lake:
    lake = Lake.create(root / "lake", buckets=buckets)
    for batch in batches:
        with lake.stage() as staging:
            for shop, zone in strategies.ZONE_OF.items():
                staging.add("messages", frame([m for m in batch if m.shop_id == shop], zone), 0)
            staging.commit([SourceFile("messages.csv", "", "messages", len(batch), 0, 0)])
    return lake


def source(lake: Lake, params: reference.Params) -> Source:
    chosen = parameters(params)
    empty = Roster(TABLES["accounts"].empty(), TABLES["agents"].empty())
    facts = Facts(lake, lake.snapshot(), lambda shop, day: chosen)
    return Source(facts, empty, SHOPS, lambda shop, day: chosen)


def as_judged(found: pl.DataFrame, by: Sequence[str]) -> dict[object, tuple[float | None, float | None, float | None]]:
    columns = [BY[name] for name in by]
    return {
        (tuple(row[name] for name in columns), row["metric"]): (row["numerator"], row["denominator"], row["value"])
        for row in found.iter_rows(named=True)
    }


def assert_same(found: dict, expected: dict) -> None:  # type: ignore[type-arg]
    assert set(found) == set(expected)
    for key, figure in expected.items():
        for mine, theirs in zip(found[key], figure, strict=True):
            assert (mine is None) == (theirs is None), (key, found[key], figure)
            if mine is not None:
                assert math.isclose(mine, theirs, rel_tol=1e-12, abs_tol=1e-9), (key, found[key], figure)


NASTY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@NASTY
@given(st.data())
def test_every_figure_of_every_group_equals_the_judges(data: st.DataObject) -> None:
    messages = data.draw(strategies.message_lists())
    params, by = data.draw(strategies.params()), data.draw(strategies.groupings())
    first, last = data.draw(strategies.periods(messages))
    with TemporaryDirectory() as folder:
        lake = imported(Path(folder), [messages], buckets=data.draw(st.sampled_from((1, 1, 3))))
        found = figures(source(lake, params), by=by, first=first, last=last, metrics=[metric.id for metric in METRICS])
        assert_same(as_judged(found, by), reference.figures(messages, strategies.ZONE_OF, params, by, first, last))


@NASTY
@given(st.data())
def test_what_an_explanation_counts_adds_up_to_its_figure(data: st.DataObject) -> None:
    messages = data.draw(strategies.message_lists())
    params, metric = data.draw(strategies.params()), data.draw(st.sampled_from(sorted(metric.id for metric in METRICS)))
    with TemporaryDirectory() as folder:
        made = source(imported(Path(folder), [messages]), params)
        for row in figures(made, by=("shop", "agent"), metrics=[metric]).iter_rows(named=True):
            told = explain(made, metric, shop=row["shop_id"], agent=row["agent_id"], first=None, last=None, whole_shop=False)
            assert_same(
                {"figure": (told.numerator, told.denominator, told.value)},
                {"figure": (row["numerator"], row["denominator"], row["value"])},
            )
        for row in figures(made, by=("shop",), metrics=[metric]).iter_rows(named=True):
            told = explain(made, metric, shop=row["shop_id"], agent=None, first=None, last=None)
            assert_same(
                {"figure": (told.numerator, told.denominator, told.value)},
                {"figure": (row["numerator"], row["denominator"], row["value"])},
            )


@NASTY
@given(st.data())
def test_importing_in_parts_and_again_changes_nothing(data: st.DataObject) -> None:
    messages = data.draw(strategies.message_lists())
    cut = data.draw(st.integers(0, len(messages)))
    again = data.draw(st.booleans())
    with TemporaryDirectory() as folder:
        whole = imported(Path(folder) / "whole", [messages])
        parts = imported(Path(folder) / "parts", [messages[:cut], messages[cut:], *([messages[cut:]] if again else [])])
        assert_tables_equal(whole, parts)
        for row in parts.journal.rows().iter_rows(named=True):
            assert row["new"] + row["same"] + row["replaced"] == row["read"]


def assert_tables_equal(one: Lake, other: Lake) -> None:
    left, right = (lake.scan("messages").collect().sort("day", "bucket", "contact", maintain_order=True) for lake in (one, other))
    assert left.equals(right, null_equal=True)
