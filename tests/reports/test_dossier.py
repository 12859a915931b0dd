"""The report of an appraisal where it is large, empty or about something else than pay."""

import datetime as dt
import re

import fastexcel
import polars as pl
import pytest

from kaohe.appraisal import appraise, parse
from kaohe.lake.journal import COLUMNS
from kaohe.metrics.exempt import OFF
from kaohe.reports import html, plots
from kaohe.reports.book import workbook
from kaohe.reports.dossier import MOST_STATEMENTS, Dossier
from kaohe.reports.pairs import Pair
from kaohe.reports.provenance import Provenance, packs_in_force
from kaohe.reports.tables import Chart, Column, Sheet
from kaohe.reports.workbook import to_xlsx

OCTOBER = dt.date(2026, 10, 1), dt.date(2026, 10, 31)
SCHEME = """name: trial
title: {zh: 试行, en: Trial}
source: made up
items:
  - metric: served_buyers
    weight: 100
    scoring: {kind: bands, bands: [{below: 100, points: 50}, {at_least: 100, points: 100}]}
"""
PAID = SCHEME + "pay: {lines: [{id: base, title: 底薪, kind: fixed, amount: 1000.01}]}\n"


def report_of(count, text=SCHEME, lang="zh"):
    rows = [(f"a{at:03}", "served_buyers", at, None, at) for at in range(count)]
    schema = {"agent_id": pl.String, "metric": pl.String, "numerator": pl.Int64, "denominator": pl.Int64, "value": pl.Int64}
    result = appraise(parse(text), pl.DataFrame(rows, schema=schema, orient="row"), period=OCTOBER)
    shops = pl.DataFrame(schema={"shop_id": pl.String, "platform": pl.String, "pack": pl.String, "name": pl.String})
    rests_on = Provenance(1, pl.DataFrame(schema=COLUMNS), packs_in_force(shops, None, OCTOBER, lang))
    return Dossier(result, rests_on, pl.DataFrame(schema=OFF), {}, lang)


def written(found, tmp_path):
    path = tmp_path / "report.xlsx"
    to_xlsx(path, workbook(found), found.lang, found.title)
    return fastexcel.read_excel(path)


@pytest.mark.parametrize("count", [MOST_STATEMENTS, MOST_STATEMENTS + 1])
def test_of_too_many_people_there_is_one_table_and_that_is_said(tmp_path, count):
    found = report_of(count, PAID)
    book, page = written(found, tmp_path), html.report(found)
    own = [name for name in book.sheet_names if re.fullmatch(r"a\d{3}", name)]
    assert (len(own), page.count('id="person-')) == ((count, count) if count == MOST_STATEMENTS else (0, 0))
    assert ("明细" in book.sheet_names) == (count > MOST_STATEMENTS)
    assert ("超过 200 人" in page) == (count > MOST_STATEMENTS)
    total = f"{1000.01 * count:,.2f}"
    assert total in page


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("text", [SCHEME, PAID])
def test_a_report_of_nobody_is_a_report(tmp_path, text, lang):
    found = report_of(0, text, lang)
    page = html.report(found)
    assert page.startswith("<!doctype html>")
    assert written(found, tmp_path).sheet_names[0] == ("汇总" if lang == "zh" else "Summary")


def test_a_scheme_that_pays_nothing_has_no_pay_anywhere(tmp_path):
    found = report_of(3)
    assert "工资" not in re.sub(r"<style.*?</style>", "", html.report(found), flags=re.DOTALL)
    assert [name for name in written(found, tmp_path).sheet_names if "工资" in name] == []
    paid = report_of(3, PAID)
    assert "工资表" in written(paid, tmp_path).sheet_names


@pytest.mark.parametrize(("counts", "marks"), [((0, 1, 2), ["0", "1", "2"]), ((0, 30), ["0", "5", "10", "15", "20", "25", "30"])])
def test_an_axis_of_people_is_marked_in_whole_people(counts, marks):
    frame = pl.DataFrame({"band": [f"b{count}" for count in counts], "people": counts})
    sheet = Sheet(Pair("人", "people"), (Column("band", "档", "band"), Column("people", "人数", "people", "count")), frame)
    drawing = plots.drawn(Chart(sheet.title, "band", ("people",)), sheet, "zh")
    shown = re.findall(r">([\d.]+)</text>", drawing.svg)
    assert shown == [*marks, *(str(count) for count in counts)]
