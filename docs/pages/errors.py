"""The reference of errors, from the codes that the modules declare."""

from __future__ import annotations

import importlib
import pkgutil

import kaohe
from docs.pages.markdown import cell, table
from kaohe.errors import CODES

MEASURING_ONLY = ("chdb", "duckdb", "pandas")
"""Installed only where the benchmark runs."""

HEAD = (
    "# 错误\n\n"
    "由代码生成，请勿手改。每种错误有固定的代号；花括号里的部分在出错时换成具体内容。"
    "退出码 2 表示用法不对，3 表示数据被拒绝。\n\n"
    "Made from the code; do not edit. Every kind of trouble has a stable code; what stands in braces is filled in."
)


def import_everything() -> None:
    """Import every module of kaohe, so that every code is declared."""
    for module in pkgutil.walk_packages(kaohe.__path__, "kaohe."):
        try:
            importlib.import_module(module.name)
        except ModuleNotFoundError as error:
            if error.name not in MEASURING_ONLY:
                raise


def page() -> str:
    import_everything()
    codes = sorted(CODES.values(), key=lambda code: code.name)
    rows = [(f"`{code.name}`", str(code.exit), cell(code.zh), cell(code.en)) for code in codes]
    return HEAD + "\n\n" + table(("代号 code", "退出码 exit", "中文", "English"), rows) + "\n"
