"""The reference of the figures, from the catalogue and the spec tests: what a test shows is what the page says."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kaohe.metrics.catalogue import CATALOGUE, Metric

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
}
BETTER = {"higher": "越高越好 higher is better", "lower": "越低越好 lower is better", None: "只作参考 for information"}

HEAD = (
    "# 指标\n\n"
    "由指标目录和规格测试生成，请勿手改。每个例子都是一个真正运行的测试：表里的消息进去，写出的数出来。总的规矩见 [counting.md](counting.md)。\n\n"
    "Made from the catalogue and the spec tests; do not edit. Every example is a test that runs. The rules common to all are in "
    "[counting.md](counting.md).\n\n"
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
        for node in ast.parse(source.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef):
                calls = [call for call in node.decorator_list if isinstance(call, ast.Call)]
                for mark in (call for call in calls if ast.unparse(call.func) == "pytest.mark.spec"):
                    words = ast.get_docstring(node) or ""
                    yield Spec(ast.literal_eval(mark.args[0]), node.name, words, _table(node), tuple(_claims(node)))


def _table(node: ast.FunctionDef) -> str:
    texts = [one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str) and "-+-" in one.value]
    return textwrap.dedent(texts[0]).strip()


def _claims(node: ast.FunctionDef) -> Iterator[str]:
    for one in ast.walk(node):
        if isinstance(one, ast.keyword) and one.arg in ("bot_reply", "reply_within_hours", "slow_seconds", "unit"):
            yield f"{one.arg}: {ast.unparse(one.value).strip(chr(39))}" if isinstance(one.value, ast.Constant) else f"{one.arg}: …"
    for one in node.body:
        if isinstance(one, ast.Assert):
            yield ast.unparse(one.test)


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
