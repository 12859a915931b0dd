"""Help pages in the chosen language, from the commands themselves. The CLI reference is made from the same `Page`."""

from __future__ import annotations

import io
import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup

from kaohe.cli import trouble, words
from kaohe.cli.voice import Voice

WIDEST = 110
GENERIC = ("help", "version", "install_completion", "show_completion")


@dataclass(frozen=True, slots=True)
class Entry:
    """One argument, option or command: how it is written and what it does."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Page:
    """The help of one command; `name` is what is typed to run it."""

    name: str
    usage: str
    text: tuple[str, ...]
    arguments: tuple[Entry, ...]
    options: tuple[Entry, ...]
    commands: tuple[Entry, ...]
    everywhere: tuple[Entry, ...]
    examples: tuple[str, ...]


def page(command: Any, context: Any) -> Page:
    """The help of a command built by `kaohe.cli.app.build`."""
    voice = Voice(context.obj)
    parameters = [parameter for parameter in command.get_params(context) if not getattr(parameter, "hidden", False)]
    own = [parameter for parameter in parameters if parameter.name not in GENERIC]
    arguments = [parameter for parameter in own if isinstance(parameter, TyperArgument)]
    options = [parameter for parameter in own if not isinstance(parameter, TyperArgument)]
    children: list[Any] = (
        [command.get_command(context, name) for name in command.list_commands(context)] if hasattr(command, "commands") else []
    )
    usage = [context.command_path, *(_argument(argument) for argument in arguments)]
    usage += [f"[{voice(words.OPTIONS)}]"] * bool(options)
    usage += [f"[{voice(words.COMMANDS)}]"] * bool(children)
    everywhere = [Entry("--lang zh|en", voice(words.LANG)), Entry("-h, --help", voice(words.HELP))]
    if context.parent is None:
        everywhere += [
            Entry("--version", voice(words.VERSION)),
            Entry("--install-completion", voice(words.INSTALL_COMPLETION)),
            Entry("--show-completion", voice(words.SHOW_COMPLETION)),
        ]
    return Page(
        name=context.command_path,
        usage=" ".join(usage),
        text=tuple((command.help or "").split("\n\n")),
        arguments=tuple(Entry(_argument(one), _text(one, voice)) for one in arguments),
        options=tuple(Entry(_option(one), _text(one, voice)) for one in options),
        commands=tuple(Entry(child.name, (child.help or "").split("\n\n")[0]) for child in children if not child.hidden),
        everywhere=tuple(everywhere),
        examples=tuple((command.epilog or "").splitlines()),
    )


def _argument(parameter: Any) -> str:
    name = (parameter.metavar or parameter.name.upper()) + ("..." if parameter.nargs == -1 else "")
    return name if parameter.required else f"[{name}]"


def _option(parameter: Any) -> str:
    names = ", ".join(sorted(parameter.opts, key=len))
    return names if parameter.is_flag else f"{names} {parameter.metavar or parameter.name.upper()}"


def _text(parameter: Any, voice: Voice) -> str:
    more = []
    default = parameter.default
    if default not in (None, False, (), []) and parameter.show_default:
        more.append(voice(words.DEFAULT, value=default))
    if parameter.envvar:
        more.append(voice(words.VARIABLE, name=parameter.envvar))
    if parameter.required:
        more.append(voice(words.REQUIRED))
    comma, left, right = ("，", "（", "）") if voice.lang == "zh" else (", ", " (", ")")
    return (parameter.help or "") + (left + comma.join(more) + right if more else "")


def render(found: Page, voice: Voice, *, color: bool, width: int) -> str:
    """A help page as text of at most `width` cells a line."""
    from rich.console import Console
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    out = io.StringIO()
    console = Console(
        file=out, width=width, force_terminal=color, color_system="standard" if color else None, highlight=False, legacy_windows=False
    )
    console.print(Text.assemble((voice(words.USAGE) + " ", "bold"), found.usage))
    for paragraph in found.text:
        console.print()
        console.print(Padding(Text(paragraph), (0, 2)))
    listed = (
        (words.ARGUMENTS, found.arguments),
        (words.COMMANDS, found.commands),
        (words.OPTIONS, found.options),
        (words.EVERYWHERE, found.everywhere),
    )
    for title, entries in listed:
        if not entries:
            continue
        console.print()
        console.print(Text(voice(title), style="bold"))
        grid = Table.grid(padding=(0, 2), pad_edge=False)
        grid.add_column(style="cyan", max_width=width // 2 - 4, overflow="fold")
        grid.add_column(overflow="fold")
        for entry in entries:
            grid.add_row(Text(entry.name), Text(entry.text))
        console.print(Padding(grid, (0, 0, 0, 2)))
    if found.examples:
        console.print()
        console.print(Text(voice(words.EXAMPLES), style="bold"))
        for example in found.examples:
            console.print(Padding(Text(example, no_wrap=True, overflow="ignore"), (0, 0, 0, 2)), crop=False)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def _format_help(command: Any, context: Any, formatter: Any) -> None:
    width = min(shutil.get_terminal_size().columns, WIDEST)
    formatter.write(render(page(command, context), Voice(context.obj), color=sys.stdout.isatty(), width=width))


class _Ours:
    """What the program and its commands share.

    A reader that went away (`| head`) ends a command without a word, as it ends other Unix programs.
    """

    def get_help_option(self, ctx: Any) -> Any:
        option = super().get_help_option(ctx)  # type: ignore[misc]
        if option is not None:
            # typer leaves it None when --help is not given, and imports pydantic to make that a bool.
            option.default = False
        return option

    def invoke(self, context: Any) -> Any:
        try:
            result = super().invoke(context)  # type: ignore[misc]
            sys.stdout.flush()
            return result
        except BrokenPipeError:
            # Python flushes stdout once more at its end; there must be somewhere for it to go.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(CLOSED_PIPE) from None


CLOSED_PIPE = 141
"""128 + SIGPIPE, what a shell reports for other programs in the same place."""


class Command(_Ours, TyperCommand):
    """A command whose help and mistakes are said in the chosen language."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        _format_help(self, ctx, formatter)


class Group(_Ours, TyperGroup):
    """The program, or a command with commands below it."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        _format_help(self, ctx, formatter)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not args and self.no_args_is_help:
            print(self.get_help(ctx))
            ctx.exit()
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        name, known = args[0], self.list_commands(ctx)
        if not name.startswith("-") and name not in known:
            raise trouble.unknown(trouble.NO_SUCH_COMMAND, name, known)
        return super().resolve_command(ctx, args)


def examples(lines: Sequence[str]) -> str:
    """Examples as a command's epilog."""
    return "\n".join(lines)
