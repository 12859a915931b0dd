"""`kaohe explain`: a figure down to its messages."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from kaohe.cli import options, words
from kaohe.cli.help import Command, examples
from kaohe.cli.output import put, wanted
from kaohe.cli.progress import progress
from kaohe.cli.voice import Voice
from kaohe.cli.work import days, metrics_asked, names, one_of, opened

UNASSIGNED = ("未分配", "unassigned")
"""What to write after --agent for messages that nobody is responsible for."""


def add(app: typer.Typer, voice: Voice) -> None:
    lines = [
        "kaohe explain reply_rate_30s --from 2026-11-01 --to 2026-11-01",
        "kaohe explain 有效回复率 --shop 甲店 --agent 林 --limit 0",
        "kaohe explain slow_replies --output 慢响应.xlsx",
    ]

    @app.command("explain", cls=Command, help=voice(words.EXPLAIN), epilog=examples(lines))
    def explain(
        metric: Annotated[str, typer.Argument(help=voice(words.THE_METRIC), metavar=voice(words.NAME))],
        workspace: Annotated[Path, options.workspace(voice)] = Path(options.DEFAULT_WORKSPACE),
        first: Annotated[str | None, options.first(voice)] = None,
        last: Annotated[str | None, options.last(voice)] = None,
        shop: Annotated[str | None, typer.Option("--shop", help=voice(words.ONE_SHOP), metavar=voice(words.NAME))] = None,
        agent: Annotated[str | None, typer.Option("--agent", help=voice(words.ONE_AGENT), metavar=voice(words.NAME))] = None,
        limit: Annotated[int, typer.Option("--limit", help=voice(words.LIMIT), metavar=voice(words.COUNT), min=0, show_default=True)] = 10,
        at: Annotated[int | None, options.at(voice)] = None,
        format: Annotated[str | None, options.format(voice)] = None,
        output: Annotated[Path | None, options.output(voice)] = None,
    ) -> None:
        where = wanted(format, output)
        (chosen,) = metrics_asked([metric])[:1]
        source = opened(workspace)
        span = days(voice, source, first, last, at)
        if span is None:
            if where.format == "json":
                print("[]")
            return
        called = names(source, at)
        unassigned = agent in UNASSIGNED
        with progress(voice, words.COMPUTING):
            found = source.explain(
                chosen.id,
                first=span[0],
                last=span[1],
                shop=one_of(called["shop_id"], shop),
                agent=None if unassigned else one_of(called["agent_id"], agent),
                unassigned=unassigned,
                at=at,
            )
        from kaohe.metrics.events import EventExplanation
        from kaohe.reports import event_evidence, evidence

        if isinstance(found, EventExplanation):
            events = found
            said = event_evidence.summary(events, voice.lang)
            if where.format != "table" or where.output is not None:
                voice.line(said[0])
                put(
                    voice, where, data=lambda: event_evidence.evidence(events), people=lambda: [event_evidence.readable(events, voice.lang)]
                )
                return
            print(*said, sep="\n", end="\n\n")
            left = event_evidence.listed(events, sys.stdout, voice.lang, limit * 10, called)
            sys.stdout.flush()
            if left:
                voice.notice(words.MORE_EVENTS, events=left)
            return
        messages = found
        said = evidence.summary(messages, voice.lang)
        if where.format != "table" or where.output is not None:
            voice.line(said[0])
            put(voice, where, data=lambda: evidence.evidence(messages), people=lambda: [evidence.readable(messages, voice.lang)])
            return
        print(*said, sep="\n", end="\n\n")
        hidden = evidence.conversations(messages, sys.stdout, voice.lang, limit, called)
        sys.stdout.flush()
        if hidden.conversations:
            voice.notice(words.MORE_CONVERSATIONS, conversations=hidden.conversations, messages=hidden.messages)
