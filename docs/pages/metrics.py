"""The reference of the figures, from the catalogue and the spec tests: what a test shows is what the page says."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from kaohe.metrics.catalogue import CATALOGUE, Metric
from kaohe.packs import Parameters

SPECS = Path(__file__).resolve().parents[2] / "tests" / "metrics"

UNITS = {
    "rate": "比率（0 到 1，显示为百分比）a rate, shown in per cent",
    "seconds": "秒 seconds",
    "count": "个数 a count",
    "ratio": "倍数 a ratio",
    "chars": "字 characters",
    "yuan": "元 yuan",
    "hours": "小时 hours",
    "score": "分，或该项自己的单位 points, or the item's own unit",
    "days": "天 days",
}
BETTER = {"higher": "越高越好 higher is better", "lower": "越低越好 lower is better", None: "只作参考 for information"}

SHOWN = frozenset({*Parameters.model_fields, "platform"})
"""The keywords of a test's calls that say under which rules it counts."""

HEAD = (
    "# 指标\n\n"
    "由指标目录和规格测试生成，请勿手改。每个例子都是一个真正运行的测试：表里的消息进去，写出的数出来。总的规矩见 [counting.md](counting.md)。\n\n"
    "Made from the catalogue and the spec tests; do not edit. Every example is a test that runs. The rules common to all are in "
    "[counting.md](counting.md).\n\n"
    "例子里没有名字的表是消息，其余各表前面写着名字；“→”后面是计数的参数（与默认不同的）和得数，三个数依次是分子、分母、值。\n\n"
    "In the examples the table without a name holds messages, the others are named; after “→” stand the parameters that differ from the defaults, and the "
    "results: numerator, denominator, value.\n\n"
    "没有可计的数据时显示“–”，不是 0。多天、多店合计用总和相除，从不平均各天的比率。"
)


@dataclass(frozen=True, slots=True)
class Spec:
    """A spec test: the metric it is a paragraph of, its name and Chinese sentence, its table, what it asserts."""

    metric: str
    name: str
    chinese: str
    table: str
    claims: tuple[str, ...]


def specs(folder: Path = SPECS) -> Iterator[Spec]:
    """The spec tests of a folder, file by file in order."""
    for source in sorted(folder.glob("test_spec*.py")):
        body = ast.parse(source.read_text("utf-8")).body
        shared = {ast.unparse(node.targets[0]): node.value for node in body if isinstance(node, ast.Assign)}
        for node in body:
            if isinstance(node, ast.FunctionDef):
                calls = [call for call in node.decorator_list if isinstance(call, ast.Call)]
                for mark in (call for call in calls if ast.unparse(call.func) == "pytest.mark.spec"):
                    words = ast.get_docstring(node) or ""
                    yield Spec(ast.literal_eval(mark.args[0]), node.name, words, _tables(node, shared), tuple(_claims(node)))


def _tables(node: ast.FunctionDef, shared: Mapping[str, ast.expr]) -> str:
    """What a test is given, in the order of its lines: the tables it writes, those its file shares, and rows made with `table`."""
    found: list[tuple[int, str]] = []
    for one in ast.walk(node):
        if isinstance(one, ast.Call) and ast.unparse(one.func) == "table":
            found.append((one.lineno, _rows(one)))
            continue
        if isinstance(one, ast.Name) and one.id in shared:
            held = shared[one.id]
        elif isinstance(one, ast.Constant):
            held = one
        else:
            continue
        if isinstance(held, ast.Constant) and isinstance(held.value, str) and "-+-" in held.value:
            found.append((one.lineno, textwrap.dedent(held.value.strip("\n")).strip()))
    texts = list(dict.fromkeys(text for _, text in sorted(found, key=lambda pair: pair[0])))
    # Every table but the first begins with its name: a line to itself makes them easy to tell apart.
    return re.sub(r"(?<=\n)(?<!\n\n)(?=\w+:$)", "\n", "\n".join(texts), flags=re.MULTILINE)


def _rows(call: ast.Call) -> str:
    """The rows of a `table("accounts", {…}, …)` written out as a table; `…` where some are made otherwise."""
    name = ast.literal_eval(call.args[0])
    given = [_cells(argument) for argument in call.args[1:] if isinstance(argument, ast.Dict)]
    more = ["…"] if len(given) < len(call.args) - 1 else []
    columns = list(dict.fromkeys(column for row in given for column in row))
    rows = [columns, *([str(row.get(column, "")) for column in columns] for row in given)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(columns))]
    lines = [" | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([f"{name}:", lines[0], "-+-".join("-" * width for width in widths), *lines[1:], *more])


def _cells(row: ast.Dict) -> dict[str, str]:
    """Heading → cell: texts as they are, nothing for None, a date as `2026-10-01`, anything else as it is written."""
    found = {}
    for key, value in zip(row.keys, row.values, strict=True):
        assert key is not None
        if isinstance(value, ast.Call) and ast.unparse(value.func) == "date":
            cell = "-".join(f"{ast.literal_eval(part):02}" for part in value.args)
        elif isinstance(value, ast.Constant):
            cell = "" if value.value is None else str(value.value)
        else:
            cell = ast.unparse(value)
        found[ast.literal_eval(key)] = cell
    return found


def _claims(node: ast.FunctionDef) -> Iterator[str]:
    """The parameters a test counts under and what it asserts, in the order of its lines. An assertion shows its own parameters."""
    said: list[tuple[int, str]] = []
    for statement in node.body:
        if isinstance(statement, ast.Assert):
            said.append((statement.lineno, ast.unparse(statement.test)))
            continue
        for one in ast.walk(statement):
            if isinstance(one, ast.keyword) and one.arg in SHOWN:
                plain = isinstance(one.value, ast.Constant)
                said.append((one.value.lineno, f"{one.arg}: {ast.unparse(one.value).strip(chr(39)) if plain else '…'}"))
    yield from (claim for _, claim in sorted(said, key=lambda pair: pair[0]))


def page() -> str:
    found = list(specs())
    return (
        "\n\n".join([HEAD, *(_section(metric, [spec for spec in found if spec.metric == metric.id]) for metric in CATALOGUE.values())])
        + "\n"
    )


def _section(metric: Metric, paragraphs: list[Spec]) -> str:
    parts = [f"## {metric.zh} `{metric.id}`", f"{metric.meaning_zh}", f"*{metric.en}.* {metric.meaning}"]
    if metric.quantile is None and metric.over is not None:
        under = f"{metric.under.zh} {metric.under.en}" if metric.under is not None else ""
        if metric.less is not None:
            under = f"（{under} − {metric.less.zh} {metric.less.en}）"
        under = f" ÷ {under}" if under else ""
        parts.append(f"算法 formula: {metric.over.zh} {metric.over.en}{under}")
    parts.append(f"单位 unit: {UNITS[metric.unit]}；{BETTER[metric.better]}；来源 source: {metric.source}。")
    for spec in paragraphs:
        sentence = spec.name.removeprefix("test_").replace("_", " ")
        claims = "\n".join(f"→ {claim}" for claim in spec.claims)
        parts.append(f"**{spec.chinese}**\n\n{sentence[0].upper()}{sentence[1:]}.\n\n```\n{spec.table}\n\n{claims}\n```")
    return "\n\n".join(parts)
