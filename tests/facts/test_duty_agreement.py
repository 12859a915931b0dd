"""Nobody on duty, and windows by the start of sessions: the fast path against the plain-Python judge (counting rule 48)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from test_agreement import NASTY, SHOPS, as_judged, assert_same, parameters

import reference
import strategies
from counting import frame, table
from kaohe.facts import Facts
from kaohe.lake import Lake, SourceFile
from kaohe.metrics.explain import explain
from kaohe.metrics.figures import Source, figures
from kaohe.metrics.responses import METRICS
from kaohe.model.people import Roster
from kaohe.model.tables import TABLES

LENGTHS = (timedelta(0), timedelta(seconds=30), timedelta(hours=3), timedelta(hours=24), timedelta(days=2), None)


@st.composite
def spans(draw: st.DrawFn, messages: Sequence[reference.Message]) -> list[reference.Span]:
    """Up to five spans that begin or end on or next to a message; some without length, some without end, some over midnights."""
    made = []
    for _ in range(draw(st.integers(0, 5)) if messages else 0):
        message, length = draw(st.sampled_from(messages)), draw(st.sampled_from(LENGTHS))
        edge = message.sent_at + draw(st.sampled_from(strategies.OFF_BY))
        start = edge if length is None or draw(st.booleans()) else edge - length
        shop = draw(st.sampled_from((message.shop_id, message.shop_id, *strategies.ZONE_OF)))
        agent = draw(st.sampled_from(strategies.AGENTS))
        made.append(reference.Span(shop, agent, start, None if length is None else start + length))
    return made


def left_out() -> SearchStrategy[reference.Params]:
    """Any parameters under which nobody on duty may count, by message or by the start of the session."""
    return st.builds(
        lambda params, by, duty: replace(params, window_by=by, nobody_on_duty=duty),
        strategies.params(),
        st.sampled_from(("message", "session_start")),
        st.sampled_from(("left_out", "left_out", "counts")),
    )


def source(
    root: Path, messages: Sequence[reference.Message], presence: Sequence[reference.Span], params: reference.Params, buckets: int
) -> Source:
    lake = Lake.create(root / "lake", buckets=buckets)
    with lake.stage() as staging:
        for shop, zone in strategies.ZONE_OF.items():
            staging.add("messages", frame([m for m in messages if m.shop_id == shop], zone), 0)
        staging.add("shops", SHOPS, 0)
        staging.add("presence", table("presence", *(vars(span) for span in presence)), 0)
        staging.commit([SourceFile("messages.csv", "", "messages", len(messages), 0, 0)])
    return made(lake, lambda _shop: params)


def made(lake: Lake, params: Callable[[str], reference.Params]) -> Source:
    chosen = {
        shop: parameters(params(shop)).model_copy(
            update={"window_by": params(shop).window_by, "nobody_on_duty": params(shop).nobody_on_duty}
        )
        for shop in strategies.ZONE_OF
    }
    empty = Roster(TABLES["accounts"].empty(), TABLES["agents"].empty())

    def of(shop: str, _day: date):  # type: ignore[no-untyped-def]
        return chosen[shop]

    return Source(Facts(lake, lake.snapshot(), of), empty, SHOPS, of)


def unique(presence: Sequence[reference.Span]) -> list[reference.Span]:
    """The spans a lake keeps: of one account and start the last one given."""
    return list({(span.shop_id, span.agent_id, span.online_at): span for span in presence}.values())


@NASTY
@given(st.data())
def test_every_figure_equals_the_judges_where_nobody_is_on_duty(data: st.DataObject) -> None:
    messages = data.draw(strategies.message_lists())
    params, by, presence = data.draw(left_out()), data.draw(strategies.groupings()), unique(data.draw(spans(messages)))
    with TemporaryDirectory() as folder:
        made = source(Path(folder), messages, presence, params, data.draw(st.sampled_from((1, 3))))
        found = figures(made, by=by, metrics=[metric.id for metric in METRICS])
        assert_same(as_judged(found, by), reference.figures(messages, strategies.ZONE_OF, params, by, presence=presence))


@NASTY
@given(st.data())
def test_explanations_add_up_where_nobody_is_on_duty_and_say_so(data: st.DataObject) -> None:
    messages = data.draw(strategies.message_lists())
    params, presence = data.draw(left_out()), unique(data.draw(spans(messages)))
    with TemporaryDirectory() as folder:
        made = source(Path(folder), messages, presence, params, 1)
        for row in figures(made, by=("shop",), metrics=["reply_rate_30s"]).iter_rows(named=True):
            told = explain(made, "reply_rate_30s", shop=row["shop_id"], agent=None, first=None, last=None)
            assert (told.numerator, told.denominator) == (row["numerator"], row["denominator"])
            judged = [
                one
                for one in reference.clock(messages, strategies.ZONE_OF, replace(params, nobody_on_duty="counts"))
                if one.message.shop_id == row["shop_id"] and one.assessed
            ]
            off_duty = told.lines.filter(pl.col("reason") == "off_duty")
            assert len(off_duty) == len(judged) - row["denominator"]


@NASTY
@given(st.data())
def test_a_shop_that_is_left_out_does_not_change_how_others_are_counted(data: st.DataObject) -> None:
    messages = data.draw(strategies.message_lists())
    params, presence = data.draw(left_out()), unique(data.draw(spans(messages)))
    params = replace(params, nobody_on_duty="left_out")
    counts = replace(params, nobody_on_duty="counts")
    with TemporaryDirectory() as folder:
        lake = source(Path(folder), messages, presence, params, 1).facts._lake
        mixed = figures(made(lake, lambda shop: params if shop == "ny" else counts), by=("shop",), metrics=["reply_rate_30s"])
        for row in mixed.iter_rows(named=True):
            chosen = params if row["shop_id"] == "ny" else counts
            judged = reference.figures(messages, strategies.ZONE_OF, chosen, ("shop",), presence=presence)
            assert (row["numerator"], row["denominator"], row["value"]) == judged[(row["shop_id"],), "reply_rate_30s"]
