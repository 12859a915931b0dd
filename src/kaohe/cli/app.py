"""The program put together: one typer app per language, and how a run ends."""

from __future__ import annotations

import os
import sys
from typing import Any, cast

import typer

from kaohe.cli import (
    appraise,
    audit,
    backup,
    bench,
    compare,
    compliance,
    credit,
    demo,
    explain,
    gmv,
    history,
    importing,
    init,
    metrics,
    reconcile,
    records,
    report,
    run_all,
    scheme,
    serve,
    signs,
    simulate,
    sql,
    statement,
    trouble,
    words,
)
from kaohe.cli.help import Group
from kaohe.cli.voice import Voice
from kaohe.errors import Failure, Lang, failure

LANGUAGES = ("zh", "en")
COMMANDS = (
    "run",
    "import",
    "metrics",
    "explain",
    "compare",
    "compliance",
    "signs",
    "gmv",
    "credit",
    "reconcile",
    "reported",
    "appraise",
    "report",
    "statement",
    "scheme",
    "results",
    "diff",
    "close",
    "ledger",
    "simulate",
    "serve",
    "audit",
    "backup",
    "restore",
    "sql",
    "history",
    "init",
    "demo",
    "bench",
)
"""All commands in the order help shows them."""

INTERRUPTED = 130
COMPLETING = "_KAOHE_COMPLETE"
"""Set by the shell when it asks for completions."""


class Program(Group):
    def list_commands(self, ctx: Any) -> list[str]:
        return sorted(super().list_commands(ctx), key=COMMANDS.index)


def build(lang: Lang = "zh", *, completion: bool = True) -> Any:
    """The whole program as a typer command group whose texts are in one language.

    `completion` adds the options that install completion; they cost an import of pydantic, so a run leaves them out unless asked for.
    """
    voice = Voice(lang)
    app = typer.Typer(
        name="kaohe",
        cls=Program,
        help=voice(words.PROGRAM),
        no_args_is_help=True,
        add_completion=completion,
        context_settings={"obj": lang, "help_option_names": ["-h", "--help"]},
        pretty_exceptions_enable=False,
    )

    def version(value: bool) -> None:
        if value:
            from kaohe._version import __version__

            print(f"kaohe {__version__}")
            raise typer.Exit

    @app.callback()
    def root(version: bool = typer.Option(False, "--version", callback=version, is_eager=True)) -> None:
        pass

    for module in (
        run_all,
        importing,
        metrics,
        explain,
        compare,
        compliance,
        signs,
        gmv,
        credit,
        reconcile,
        appraise,
        report,
        statement,
        scheme,
        records,
        simulate,
        serve,
        audit,
        backup,
        sql,
        history,
        init,
        demo,
        bench,
    ):
        module.add(app, voice)
    return typer.main.get_command(app)


def language(arguments: list[str]) -> tuple[Lang, list[str]]:
    """The language asked for by `--lang`, wherever it stands, or by KAOHE_LANG, and the arguments without it.

    Raises `Failure` for a language there is not.
    """
    rest, asked = [], os.environ.get("KAOHE_LANG") or "zh"
    remaining = iter(arguments)
    for argument in remaining:
        if argument == "--":
            rest += [argument, *remaining]
        elif argument == "--lang":
            value = next(remaining, None)
            if value is None:
                raise failure(trouble.VALUE_NEEDED, name="--lang")
            asked = value
        elif argument.startswith("--lang="):
            asked = argument.removeprefix("--lang=")
        else:
            rest.append(argument)
    return cast(Lang, trouble.choice("--lang", asked, LANGUAGES)), rest


def run(arguments: list[str]) -> int:
    """Run one command. What is wrong goes to stderr in the reader's language; the result is the exit code."""
    _speak_utf8()
    voice = Voice()
    try:
        lang, rest = language(arguments)
        voice = Voice(lang)
        completion = COMPLETING in os.environ or any(argument.endswith("-completion") for argument in rest)
        result = build(lang, completion=completion).main(rest, prog_name="kaohe", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except Failure as trouble_found:
        voice.failure(trouble_found)
        return trouble_found.exit
    except typer.TyperException as error:
        misuse = trouble.misuse(error)
        voice.failure(misuse)
        return misuse.exit
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED


def _speak_utf8() -> None:
    """Redirected output is UTF-8 everywhere; on a terminal the system knows better."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None and not stream.isatty():
            reconfigure(encoding="utf-8", errors="backslashreplace")
