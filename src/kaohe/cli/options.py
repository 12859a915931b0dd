"""Options that several commands share, each written once."""

from __future__ import annotations

from typing import Any

import typer

from kaohe.cli import words
from kaohe.cli.voice import Voice

DEFAULT_WORKSPACE = "kaohe-data"
FORMATS = ("table", "csv", "json", "xlsx", "parquet")
PAGE_FORMATS = (*FORMATS, "html")
GROUPS = ("shop", "agent", "group", "role", "day", "hour", "platform")


def workspace(voice: Voice) -> Any:
    return typer.Option(
        "--workspace", "-w", help=voice(words.WORKSPACE), metavar=voice(words.FOLDER), envvar="KAOHE_WORKSPACE", show_default=True
    )


def first(voice: Voice) -> Any:
    return typer.Option("--from", help=voice(words.FROM), metavar=voice(words.DAY))


def last(voice: Voice) -> Any:
    return typer.Option("--to", help=voice(words.TO), metavar=voice(words.DAY))


def month(voice: Voice) -> Any:
    return typer.Option("--month", help=voice(words.ONE_MONTH), metavar=voice(words.MONTH))


def at(voice: Voice) -> Any:
    return typer.Option("--at", help=voice(words.AT), metavar=voice(words.NUMBER), min=1)


def format(voice: Voice) -> Any:
    return typer.Option("--format", "-f", help=voice(words.FORMAT), metavar="|".join(FORMATS))


def page_format(voice: Voice) -> Any:
    """The format of a result that can also be a page."""
    return typer.Option("--format", "-f", help=voice(words.PAGE_FORMAT), metavar="|".join(PAGE_FORMATS))


def output(voice: Voice) -> Any:
    return typer.Option("--output", "-o", help=voice(words.OUTPUT), metavar=voice(words.FILE))


def outputs(voice: Voice) -> Any:
    """Files a result is written to, each in the form its ending says."""
    return typer.Option("--output", "-o", help=voice(words.OUTPUTS), metavar=voice(words.FILE))


def metrics(voice: Voice) -> Any:
    return typer.Option("--metric", "-m", help=voice(words.METRIC), metavar=voice(words.NAME))


def scheme(voice: Voice) -> Any:
    return typer.Option("--scheme", help=voice(words.SCHEME), metavar=voice(words.NAME), show_default=True)


def exports(voice: Voice) -> Any:
    return typer.Argument(help=voice(words.EXPORTS), metavar=voice(words.PATHS), show_default=False)


def shop_of_files(voice: Voice) -> Any:
    return typer.Option("--shop", help=voice(words.SHOP_OF_FILES), metavar=voice(words.NAME))


def platform(voice: Voice) -> Any:
    return typer.Option("--platform", help=voice(words.PLATFORM), metavar=voice(words.NAME))


def timezone(voice: Voice) -> Any:
    return typer.Option("--timezone", help=voice(words.TIMEZONE), metavar=voice(words.NAME))


def chat_day(voice: Voice) -> Any:
    return typer.Option("--day", help=voice(words.CHAT_DAY), metavar=voice(words.DAY))


def profile(voice: Voice) -> Any:
    return typer.Option("--profile", help=voice(words.PROFILE), metavar=voice(words.NAME))


def maps(voice: Voice) -> Any:
    return typer.Option("--map", help=voice(words.MAP))


def yes(voice: Voice) -> Any:
    return typer.Option("--yes", "-y", help=voice(words.YES))


def dry_run(voice: Voice) -> Any:
    return typer.Option("--dry-run", help=voice(words.DRY_RUN))


def strict(voice: Voice) -> Any:
    return typer.Option("--strict", help=voice(words.STRICT))
