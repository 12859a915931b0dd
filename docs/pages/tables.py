"""The reference of the canonical tables, from the model."""

from __future__ import annotations

from docs.pages.markdown import cell, table
from kaohe.model.tables import TABLES, Column

KINDS = {
    "id": "编号，文本 id, text",
    "text": "文本 text",
    "choice": "选项 choice",
    "instant": "时刻 instant",
    "date": "日期 date",
    "month": "月份 month",
    "integer": "整数 integer",
    "number": "数 number",
    "money": "元，两位小数 yuan",
    "flag": "是否 flag",
}

HEAD = (
    "# 标准表\n\n"
    "由代码生成，请勿手改。各平台的导出先变成这些表；也可以直接导入同名的文件（`messages.csv`、`shops.csv` ……），列名用这里的列名，可以有更多的列。"
    "带时差的时刻就是那一刻，不带时差的是店铺当地时间。\n\n"
    "Made from the code; do not edit. Exports become these tables; files of these names and columns can be imported as they are, "
    "more columns are allowed. A time with an offset is that instant, one without is the shop's local time."
)


def page() -> str:
    parts = [HEAD]
    for one in TABLES.values():
        key = ", ".join(f"`{name}`" for name in one.key)
        parts.append(f"## {one.name} {one.zh}\n\n{one.grain} 键 Key: {key}.")
        parts.append(table(("列 column", "中文", "类型 kind", "必填 required", "含义 meaning"), [_row(column) for column in one.columns]))
    return "\n\n".join(parts) + "\n"


def _row(column: Column) -> tuple[str, ...]:
    meaning = " ".join(part for part in (column.meaning, _choices(column)) if part)
    return (f"`{column.name}`", column.zh, KINDS[column.kind], "是 yes" if column.required else "", cell(meaning))


def _choices(column: Column) -> str:
    return "One of " + ", ".join(f"`{choice}`" for choice in column.choices) + "." if column.choices else ""
