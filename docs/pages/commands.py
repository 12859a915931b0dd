"""The command reference, from the program's own help."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from docs.pages.markdown import cell, table
from kaohe.cli import words
from kaohe.cli.app import build
from kaohe.cli.help import Page, page
from kaohe.cli.voice import Voice
from kaohe.errors import Lang

HEAD = {
    "zh": "# 命令\n\n[English](cli.en.md)\n\n由 `kaohe --help` 生成，请勿手改。"
    "退出码：0 完成；2 用法不对；3 数据被拒绝，什么也没有导入；4 用了 `--strict` 且有被拒绝的行。"
    "结果写到标准输出，提示、进度和错误写到标准错误。",
    "en": "# Commands\n\n[中文](cli.md)\n\nMade from `kaohe --help`; do not edit. "
    "Exit codes: 0 done; 2 wrong use; 3 refused data, nothing imported; 4 rows were refused and `--strict` was given. "
    "Results go to stdout; notices, progress and errors to stderr.",
}


def chinese() -> str:
    return _reference("zh")


def english() -> str:
    return _reference("en")


def _reference(lang: Lang) -> str:
    voice = Voice(lang)
    return "\n\n".join([HEAD[lang], *(_section(found, voice) for found in pages(lang))]) + "\n"


def pages(lang: Lang) -> Iterator[Page]:
    """The help of the program and of every command below it, in the order help lists them."""
    root = build(lang)
    yield from _below(root, root.context_class(root, info_name="kaohe", obj=lang))


def _below(command: Any, context: Any) -> Iterator[Page]:
    yield page(command, context)
    if hasattr(command, "list_commands"):
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            yield from _below(child, child.context_class(child, info_name=name, parent=context))


def _section(found: Page, voice: Voice) -> str:
    parts = [f"## {found.name}", *found.text, f"```\n{found.usage}\n```"]
    listed = (
        (words.ARGUMENTS, found.arguments),
        (words.COMMANDS, found.commands),
        (words.OPTIONS, found.options),
        (words.EVERYWHERE, found.everywhere if found.name == "kaohe" else ()),
    )
    for heading, entries in listed:
        if entries:
            parts.append(table((voice(heading), ""), [(f"`{cell(entry.name)}`", cell(entry.text)) for entry in entries]))
    if found.examples:
        parts.append("```sh\n" + "\n".join(found.examples) + "\n```")
    return "\n\n".join(parts)
