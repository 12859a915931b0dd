"""`kaohe report` and `kaohe statement`: what people take away, as files."""

import json
import re
import zipfile
from decimal import Decimal

import fastexcel
import polars as pl
import pytest

from kaohe.cli import main

EVIL = "=1+1<script>alert(1)</script>"
TABLES = {
    "shops": "shop_id,platform,name,timezone\ns1,generic,甲店,Asia/Shanghai\n",
    "agents": f"agent_id,name,group,role\nlin,林,一组,presale\nmo,{EVIL},一组,presale\nwu,吴,一组,qa\n",
    "messages": "shop_id,buyer_id,sent_at,sender,agent_id,message_id,text\n"
    + "".join(
        f"s1,b{number},2026-11-{day:02} 09:00:00,buyer,,q{number}-{day},有货吗\n"
        f"s1,b{number},2026-11-{day:02} 09:00:{seconds},agent,{agent},a{number}-{day},有的\n"
        for day in range(2, 14)
        for number, agent, seconds in ((1, "lin", 10), (2, "mo", 40), (3, "wu", 20))
    ),
}
SCHEME = """name: trial
title: {zh: 试行, en: Trial}
source: made up
applies_to: {roles: [presale]}
items:
  - metric: reply_rate_30s
    weight: 60
    scoring:
      kind: bands
      bands:
        - {below: 50%, points: 20}
        - {at_least: 50%, points: 100}
  - metric: served_buyers
    weight: 40
    scoring:
      kind: bands
      bands:
        - {below: 5, points: 50}
        - {at_least: 5, points: 100}
pay:
  lines:
    - {id: base, title: {zh: 底薪, en: Base}, kind: fixed, amount: 3000}
    - {id: allowance, title: {zh: 补贴, en: Allowance}, kind: fixed, amount: 123.45}
"""
MONTH = ("--month", "2026-11", "--scheme", "trial")


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shop")
    for name, text in TABLES.items():
        (folder / f"{name}.csv").write_text(text, "utf-8")
    workspace = folder / "workspace"
    assert main(["import", *(str(folder / f"{name}.csv") for name in TABLES), "--workspace", str(workspace)]) == 0
    (workspace / "schemes").mkdir()
    (workspace / "schemes" / "trial.yaml").write_text(SCHEME, "utf-8")
    return workspace


def test_the_page_is_one_file_that_fetches_nothing_runs_nothing_and_escapes_everything(run, shop, tmp_path):
    page = tmp_path / "报告.html"
    assert run("report", "-w", shop, *MONTH, "--output", page).code == 0
    text = page.read_text("utf-8")
    assert re.findall(r"<script|<link|@import|\b(?:src|href)=[\"'](?!#)", text) == []
    assert ("&lt;script&gt;" in text, EVIL in text) == (True, False)
    contents = re.findall(r'href="#([\w-]+)"', text)
    assert len(contents) >= 8
    assert [anchor for anchor in contents if f'id="{anchor}"' not in text] == []
    assert "6,246.90" in text


def test_the_workbook_has_a_sheet_for_everybody_and_no_formulas_of_anybody(run, shop, tmp_path):
    book = tmp_path / "报告.xlsx"
    assert run("report", "-w", shop, *MONTH, "--output", book, "--signature").code == 0
    read = fastexcel.read_excel(book)
    assert {"汇总", "图表", "排名", "工资表", "林", "口径说明", "版本"} <= set(read.sheet_names)
    cells = [cell for row in read.load_sheet("工资表", header_row=None).to_polars().rows() for cell in row]
    assert {"合计", EVIL} <= set(cells)
    with zipfile.ZipFile(book) as parts:
        sheets = [parts.read(name).decode() for name in parts.namelist() if name.startswith("xl/worksheets/sheet")]
        charts = [name for name in parts.namelist() if name.startswith("xl/charts/chart")]
    assert not [sheet for sheet in sheets if re.search(r"<f>(?!HYPERLINK)", sheet)]
    assert charts
    assert any("<pane" in sheet for sheet in sheets)
    assert all("<pageSetup" in sheet for sheet in sheets)


def test_the_pay_sheet_adds_up_as_csv_json_and_parquet(run, shop, tmp_path):
    rows = run("report", "-w", shop, *MONTH, "--part", "pay", "--format", "json").json
    assert [Decimal(str(row["pay"])) for row in rows] == [Decimal("3123.45")] * 2
    for ending, read in (("csv", pl.read_csv), ("parquet", pl.read_parquet)):
        file = tmp_path / f"pay.{ending}"
        assert run("report", "-w", shop, *MONTH, "--part", "pay", "--output", file).code == 0
        assert read(file).height == 2
    lines = run("report", "-w", shop, *MONTH, "--part", "pay-lines", "--format", "json").json
    assert sum(Decimal(str(row["amount"])) for row in lines) == Decimal("6246.90")


def test_each_part_is_a_table_and_one_that_is_not_there_is_said(run, shop):
    for part in ("ranking", "lines", "pay", "pay-lines"):
        assert "林" in run("report", "-w", shop, *MONTH, "--part", part).out
    assert "没有这张表" in run("report", "-w", shop, *MONTH, "--part", "pk").err
    assert run("report", "-w", shop, *MONTH, "--part", "moon").code == 2


def test_in_english_no_heading_is_chinese(run, shop, tmp_path):
    page = tmp_path / "report.html"
    assert run("report", "-w", shop, *MONTH, "--lang", "en", "--output", page).code == 0
    headings = re.findall(r"<h\d[^>]*>(.*?)</h\d>|<th[^>]*>(.*?)</th>", page.read_text("utf-8"))
    said = [re.sub("<[^>]+>", "", one or two) for one, two in headings]
    assert len(said) > 20
    assert [text for text in said if re.search("[一-鿿]", text) and text not in ("林", "吴")] == []


def test_everybodys_statement_is_on_a_page_of_its_own(run, shop, tmp_path):
    page = tmp_path / "考核单.html"
    assert run("statement", "--all", "-w", shop, *MONTH, "--output", page, "--signature").code == 0
    text = page.read_text("utf-8")
    assert len(re.findall("<article", text)) == 2
    assert re.search(r"break-(?:after|before|inside)", text)
    assert text.count("本人核对") == 2


def test_the_lines_of_a_statement_add_up(run, shop):
    # Lin answers in 10 s, mo in 40 s; both serve 12.
    for agent, points in (("林", 100), ("mo", 52)):
        (found,) = json.loads(run("statement", agent, "-w", shop, *MONTH, "--format", "json").out)["statements"]
        assert sum(Decimal(line["points"]) for line in found["lines"]) == Decimal(found["points"]) == points
        assert sum(Decimal(line["amount"]) for line in found["pay_lines"]) == Decimal(found["pay"]) == Decimal("3123.45")


def test_who_the_scheme_is_not_for_is_told_so(run, shop):
    ended = run("statement", "wu", "-w", shop, *MONTH)
    assert (ended.code, "不适用于" in ended.err) == (2, True)
    assert run("statement", "-w", shop, *MONTH).code == 2
    assert run("statement", "lin", "--all", "-w", shop, *MONTH).code == 2


def test_a_month_and_days_are_not_given_together_and_a_month_without_data_is_said(run, shop):
    assert run("report", "-w", shop, "--month", "2026-11", "--from", "2026-11-01").code == 2
    assert run("report", "-w", shop, "--month", "2020-01").code == 2
    assert run("report", "-w", shop, "--month", "moon").code == 2
