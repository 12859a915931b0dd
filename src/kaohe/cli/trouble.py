"""Wrong use of the command line, said in the reader's language with the nearest right word."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterable
from typing import Any

import typer

from kaohe.errors import WRONG_USE, Code, Failure, Problem, code, failure

NO_SUCH_COMMAND = code(
    "no_such_command",
    zh="没有“{name}”这个命令。{hint_zh}",
    en="no command {name!r}. {hint_en}",
    exit=WRONG_USE,
)
NO_SUCH_MONTH = code(
    "no_such_closed_month",
    zh="{name} 还没有关账。{hint_zh}",
    en="{name} is not closed. {hint_en}",
    exit=WRONG_USE,
)
NO_SUCH_OPTION = code(
    "no_such_option",
    zh="没有“{name}”这个选项。{hint_zh}",
    en="no option {name!r}. {hint_en}",
    exit=WRONG_USE,
)
NO_SUCH_CHOICE = code(
    "no_such_choice",
    zh="{option} 不能是“{name}”。{hint_zh}",
    en="{option} can not be {name!r}. {hint_en}",
    exit=WRONG_USE,
)
VALUE_NEEDED = code(
    "option_needs_a_value",
    zh="选项 {name} 后面要写值",
    en="option {name} needs a value",
    exit=WRONG_USE,
)
ARGUMENT_NEEDED = code(
    "argument_needed",
    zh="缺少 {name}。用 {command} --help 查看用法",
    en="{name} is missing. See '{command} --help'",
    exit=WRONG_USE,
)
NOT_A_NUMBER = code(
    "option_not_a_number",
    zh="{name} 要写不小于 {least} 的{kind_zh}",
    en="{name} takes {kind_en} of at least {least}",
    exit=WRONG_USE,
)
NOT_A_DAY = code(
    "not_a_day",
    zh="{option} 的“{name}”不是日期。请写成 2026-11-01",
    en="{option}: {name!r} is no day. Write it as 2026-11-01",
    exit=WRONG_USE,
)
DAY_OUT_OF_RANGE = code(
    "day_out_of_range",
    zh="{option} 的“{name}”不在 2000 年到 2099 年之间。是不是年份写错了",
    en="{option}: {name!r} is not between 2000 and 2099. Is the year mistyped?",
    exit=WRONG_USE,
)
WEB_NOT_INSTALLED = code(
    "web_not_installed",
    zh="网页部分没有装：pip install 'kaohe[web]'",
    en="the web application is not installed: pip install 'kaohe[web]'",
    exit=WRONG_USE,
)
DAYS_REVERSED = code(
    "days_reversed",
    zh="起始日期 {first} 晚于截止日期 {last}",
    en="the first day {first} is after the last day {last}",
    exit=WRONG_USE,
)
MONTH_AND_DAYS = code(
    "month_and_days",
    zh="--month 与 --from、--to 只能用一种",
    en="give --month, or --from and --to, not both",
    exit=WRONG_USE,
)
OUTPUT_NEEDED = code(
    "output_needed",
    zh="{format} 格式要写入文件：请加 --output 文件名.{format}",
    en="{format} is written to a file: add --output NAME.{format}",
    exit=WRONG_USE,
)
ONE_TOO_MANY = code(
    "argument_not_expected",
    zh="多出了“{name}”。用 {command} --help 查看用法",
    en="{name!r} is not expected here. See '{command} --help'",
    exit=WRONG_USE,
)
BAD_USE = code(
    "bad_use",
    zh="命令用法不对：{reason}。用 {command} --help 查看用法",
    en="{reason} See '{command} --help'",
    exit=WRONG_USE,
)


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name most like `name`, or None when nothing is like it."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(name.lower(), list(known), n=1, cutoff=0.6)), None)


def unknown(code: Code, name: str, known: Iterable[str], *, list_known: bool = True, **parts: object) -> Failure:
    """A `Failure` that names the nearest known word, or else all known words."""
    words = list(known)
    guess = nearest(name, words)
    if guess is not None:
        hints = {"hint_zh": f"是否想写 {guess}？", "hint_en": f"Did you mean {guess}? "}
    elif list_known:
        hints = {"hint_zh": f"可选：{'、'.join(words)}", "hint_en": f"Known: {', '.join(words)}"}
    else:
        hints = {"hint_zh": "", "hint_en": ""}
    return Failure([Problem(code, parts={"name": name, **hints, **parts})])


def choice(option: str, name: str, known: Iterable[str]) -> str:
    """`name` where it is one of `known`, else a `Failure` that suggests the nearest."""
    words = list(known)
    if name not in words:
        raise unknown(NO_SUCH_CHOICE, name, words, option=option)
    return name


def misuse(error: typer.TyperException) -> Failure:
    """What typer found wrong, as a `Failure`. typer's own classes for it are private, so they are told apart by what they carry."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "kaohe"
    parameter: Any = getattr(error, "param", None)
    option = getattr(error, "option_name", None)
    if option is not None and hasattr(error, "possibilities"):
        known = [name for parameter in context.command.params for name in parameter.opts] if context is not None else []
        return unknown(NO_SUCH_OPTION, option, [name for name in known if name.startswith("-")] + ["--lang", "--help"])
    if option is not None:
        return failure(VALUE_NEEDED, name=option)
    if parameter is not None and type(error).__name__ == "MissingParameter":
        return failure(ARGUMENT_NEEDED, name=parameter.metavar or parameter.name.upper(), command=command)
    if parameter is not None and parameter.type_descriptor.annotation in (int, float):
        whole = parameter.type_descriptor.annotation is int
        least = parameter.min if parameter.min is not None else 0
        zh, en = ("整数", "a whole number") if whole else ("数", "a number")
        return failure(NOT_A_NUMBER, name=parameter.opts[0], least=least, kind_zh=zh, kind_en=en)
    extra = re.search(r"unexpected extra argument\S* \((.*)\)$", error.format_message())
    if extra:
        return failure(ONE_TOO_MANY, name=extra[1], command=command)
    return failure(BAD_USE, reason=error.format_message(), command=command)


def web_installed() -> None:
    """Raise `Failure` where the packages of the web application are missing."""
    if importlib.util.find_spec("django") is None:
        raise failure(WEB_NOT_INSTALLED)
