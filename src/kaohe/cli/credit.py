"""`kaohe credit`: whose each order is and why, one order told in full, and the rules of credit side by side."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kaohe.cli import options, trouble, words
from kaohe.cli.explain import UNASSIGNED
from kaohe.cli.help import Command, examples
from kaohe.cli.output import Wanted, put, wanted
from kaohe.cli.progress import progress
from kaohe.cli.voice import Voice
from kaohe.cli.work import day, names, one_of, opened
from kaohe.errors import WRONG_USE, code, failure

if TYPE_CHECKING:
    from datetime import date

    import polars as pl

    from kaohe.reports.pairs import Pair
    from kaohe.workspace import Workspace

NOT_TOGETHER = code(
    "options_not_together",
    zh="{option} 不能和 {other} 一起用",
    en="{option} can not be used together with {other}",
    exit=WRONG_USE,
)


def add(app: typer.Typer, voice: Voice) -> None:
    lines = [
        "kaohe credit --from 2026-11-01 --to 2026-11-30 --agent 林",
        "kaohe credit --order 261101-100200300",
        "kaohe credit --compare --output 归属.xlsx",
    ]

    @app.command("credit", cls=Command, help=voice(words.CREDIT), epilog=examples(lines))
    def credit(
        workspace: Annotated[Path, options.workspace(voice)] = Path(options.DEFAULT_WORKSPACE),
        first: Annotated[str | None, options.first(voice)] = None,
        last: Annotated[str | None, options.last(voice)] = None,
        shop: Annotated[str | None, typer.Option("--shop", help=voice(words.ONE_SHOP), metavar=voice(words.NAME))] = None,
        agent: Annotated[str | None, typer.Option("--agent", help=voice(words.OWNER), metavar=voice(words.NAME))] = None,
        order: Annotated[str | None, typer.Option("--order", help=voice(words.ONE_ORDER), metavar=voice(words.NUMBER))] = None,
        rule: Annotated[str | None, typer.Option("--rule", help=voice(words.CREDIT_RULE), metavar=voice(words.NAME))] = None,
        compare: Annotated[bool, typer.Option("--compare", help=voice(words.COMPARE))] = False,
        limit: Annotated[
            int, typer.Option("--limit", help=voice(words.ORDER_LIMIT), metavar=voice(words.COUNT), min=0, show_default=True)
        ] = 50,
        at: Annotated[int | None, options.at(voice)] = None,
        format: Annotated[str | None, options.format(voice)] = None,
        output: Annotated[Path | None, options.output(voice)] = None,
    ) -> None:
        where = wanted(format, output)
        if rule is not None:
            from kaohe.facts.credits import RULES

            trouble.choice("--rule", rule, RULES)
        for option, given in (("--from", first), ("--to", last), ("--agent", agent), ("--compare", compare or None)):
            if order is not None and given is not None:
                raise failure(NOT_TOGETHER, option=option, other="--order")
        source = opened(workspace)
        called = names(source, at)
        chosen = one_of(called["shop_id"], shop)
        if chosen is not None:
            trouble.choice("--shop", chosen, source.table("shops", at)["shop_id"].to_list())
        if order is not None:
            _one(voice, where, source, order, chosen, rule, at, called)
            return
        span = _days(voice, source, first, last, at)
        if span is None:
            if where.format == "json":
                print("[]")
            return
        nobody = agent in UNASSIGNED
        owner = None if nobody else one_of(called["agent_id"], agent)
        with progress(voice, words.COMPUTING):
            found = source.compare_credit(*span, at, shop=chosen) if compare else source.credits(*span, rule, at, shop=chosen)
            notes = _left_out(source, span, at, called)
        if agent is not None:
            found = _of(found, None if nobody else owner)
        if found.is_empty():
            voice.notice(words.NO_ORDERS_FOUND)
        if compare:
            _compare(voice, where, found, rule, called, notes, totals=agent is None)
        else:
            _list(voice, where, found, called, notes, limit)


def _list(
    voice: Voice, where: Wanted, found: "pl.DataFrame", called: Mapping[str, Mapping[str, str]], notes: "Sequence[Pair]", limit: int
) -> None:
    from kaohe.reports.credits import order_credits, readable_credits

    on_screen = limit if where.format == "table" and where.output is None else 0
    put(
        voice,
        where,
        data=lambda: order_credits(found),
        people=lambda: [readable_credits(found, voice.lang, called, notes, on_screen)],
    )
    if on_screen and found.height > on_screen:
        voice.notice(words.MORE_ORDERS, rows=found.height - on_screen)


def _compare(
    voice: Voice,
    where: Wanted,
    found: "pl.DataFrame",
    rule: str | None,
    called: Mapping[str, Mapping[str, str]],
    notes: "Sequence[Pair]",
    *,
    totals: bool,
) -> None:
    import polars as pl

    from kaohe.metrics.credits import OWN
    from kaohe.reports.credits import compared, readable_comparison

    if rule is not None:
        found = found.filter(pl.col("rule").is_in([OWN, rule]))
    put(
        voice,
        where,
        data=lambda: compared(found),
        people=lambda: readable_comparison(found, voice.lang, called, notes, totals=totals),
    )


def _one(
    voice: Voice,
    where: Wanted,
    source: "Workspace",
    order: str,
    shop: str | None,
    rule: str | None,
    at: int | None,
    called: Mapping[str, Mapping[str, str]],
) -> None:
    from kaohe.reports.credits import readable_story, story

    found = source.credit_of(order, rule, at, shop=shop)
    put(
        voice,
        where,
        data=lambda: story(found),
        people=lambda: [sheet for one in found for sheet in readable_story(one, voice.lang, called)],
    )


def _of(found: "pl.DataFrame", agent: str | None) -> "pl.DataFrame":
    import polars as pl

    return found.filter(pl.col("agent_id").eq_missing(pl.lit(agent, pl.String)))


def _left_out(source: "Workspace", span: "tuple[date, date]", at: int | None, called: Mapping[str, Mapping[str, str]]) -> "Sequence[Pair]":
    """What is said of the days that sales leave out: those exempt altogether."""
    import polars as pl

    from kaohe.reports.left_out import left_out

    return left_out(source.left_out(*span, at).filter(pl.col("covers") == "all"), called)


def _days(voice: Voice, source: "Workspace", first: str | None, last: str | None, at: int | None) -> "tuple[date, date] | None":
    """The days asked for, both included, the ends of the orders done where one is not given; None where there are none.

    Which days were taken is said on stderr unless both were given. Raises `Failure` for days in the wrong order.
    """
    start, end = day("--from", first), day("--to", last)
    if start is None or end is None:
        done = source.source(at).orders["event_day"].drop_nulls().sort()
        if done.is_empty():
            voice.notice(words.NO_ORDERS)
            return None
        # An end that was given may lie outside of all orders.
        found = (start or min(done[0], end or done[0]), end or max(done[-1], start or done[-1]))
        voice.notice(words.ALL_ORDERS if start is None and end is None else words.GIVEN_SPAN, first=found[0], last=found[1])
    else:
        found = (start, end)
    if found[0] > found[1]:
        raise failure(trouble.DAYS_REVERSED, first=found[0], last=found[1])
    return found
