"""Platforms' own report tables: each layout is known by its headings and read to exact figures, in the right unit, of the right days."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import polars as pl
import pytest
import reported_samples as samples

from kaohe.errors import Failure
from kaohe.importing.cells import convert
from kaohe.importing.profiles import choose, shipped
from kaohe.importing.reported import unit_in
from kaohe.model.reported import REPORTED
from kaohe.model.tables import TABLES

APRIL_17, APRIL_20 = dt.date(2026, 4, 17), dt.date(2026, 4, 20)


def read(lake) -> list[dict]:
    """The rows of `reported`, each without its empty columns."""
    rows = lake.table("reported").sort("report", "first_day", "agent_id", nulls_last=True).iter_rows(named=True)
    return [{name: value for name, value in row.items() if value is not None} for row in rows]


def key(report: str, agent: str | None, first: dt.date, last: dt.date | None = None, **more) -> dict:
    made = {"shop_id": "north", "report": report, "agent_id": agent, "first_day": first, "last_day": last or first, **more}
    return {name: value for name, value in made.items() if value is not None}


def test_pdd_agents_of_2026_without_the_rows_of_totals(exports, imports, lake):
    samples.xlsx(exports / "客服绩效_2026-04-17.xlsx", [samples.PDD_2026, *samples.PDD_2026_ROWS])
    report = imports(shop="north", platform="pdd")
    assert (report.read, report.new, report.skipped, report.refused) == (4, 2, 2, 0)
    assert read(lake) == [
        key(
            "pdd_agents", "lin", APRIL_17,
            service_score=4.8, consulting_buyers=814, inquiries=438, converted_inquiries=162, inquiry_conversion=0.3699,
            sales_amount=Decimal("11715.63"), net_sales_amount=Decimal("10000.50"), need_human_buyers=723, served_buyers=800,
            late_3min_buyers=0, reply_rate_3min=1, reply_rate_30s=0.9778, avg_response_seconds=9, low_score_orders=1,
            dispute_refunds=0, complaints=0,
        ),
        key(
            "pdd_agents", "mo", APRIL_17,
            consulting_buyers=3, inquiries=0, converted_inquiries=0, sales_amount=Decimal(0), net_sales_amount=Decimal(0),
            need_human_buyers=0, served_buyers=0, late_3min_buyers=0, low_score_orders=0, dispute_refunds=0, complaints=0,
        ),
    ]  # fmt: skip


def test_pdd_agents_of_2024_give_minutes(exports, imports, lake):
    samples.csv(exports / "客服绩效.csv", [samples.PDD_2024, *samples.PDD_2024_ROWS], "gb18030")
    imports(shop="north")
    first, second = read(lake)
    assert first == key(
        "pdd_agents", "lin", dt.date(2024, 6, 1),
        consulting_buyers=20, inquiries=10, converted_inquiries=4, lost_inquiries=6, inquiry_conversion=0.4,
        sales_amount=Decimal(300), served_buyers=18, need_human_buyers=16, late_3min_buyers=2, reply_rate_3min=0.875,
        avg_response_seconds=30, reply_rate_30s=0.75, low_score_orders=1, scored_orders=4, low_score_rate=0.25, dispute_refunds=0,
        complaints=1, reply_rate_3min_all_day=0.8, reply_rate_30s_all_day=0.7,
    )  # fmt: skip
    assert (second["avg_response_seconds"], second["first_day"]) == (75, dt.date(2024, 6, 2))
    assert "low_score_rate" not in second


def test_the_pdd_row_of_2021(exports, imports, lake):
    (exports / "row.tsv").write_text("\t".join(samples.PDD_2021) + "\n" + "\t".join(samples.PDD_2021_ROW) + "\n", "utf-8")
    imports(shop="north", day="2021-11-11")
    (row,) = read(lake)
    assert row == key(
        "pdd_agents", "客服乙", dt.date(2021, 11, 11),
        consulting_buyers=814, inquiries=438, converted_inquiries=162, inquiry_conversion=0.3699, sales_amount=Decimal("11715.63"),
        need_human_buyers=723, served_buyers=800, late_3min_buyers=0, reply_rate_3min=1, reply_rate_30s=0.9778, avg_response_seconds=9,
        low_score_orders=1, dispute_refunds=0, complaints=0,
    )  # fmt: skip
    assert round(row["converted_inquiries"] / row["inquiries"], 4) == row["inquiry_conversion"]


def test_pdd_service_of_the_shop_begins_in_row_4_and_gives_minutes(exports, imports, lake):
    rows = [["店铺服务数据"], samples.PDD_SERVICE, ["说明：次日更新"], samples.PDD_SERVICE_ROW]
    samples.xlsx(exports / "客服_服务数据_2026-04-18.xlsx", rows)
    report = imports(shop="north")
    assert (report.read, report.new) == (1, 1)
    assert read(lake) == [
        key(
            "pdd_service_daily", None, APRIL_17, exported_on=dt.date(2026, 4, 18),
            consulting_buyers=120, need_human_buyers=100, served_buyers=90, reply_rate_3min=0.95, reply_rate_30s=0.8,
            avg_response_seconds=90, low_score_orders=2, dispute_refunds=1, reply_rate_3min_all_day=0.9, reply_rate_30s_all_day=0.7,
        )
    ]  # fmt: skip


def test_pdd_sales_of_the_shop_are_old_excel_under_the_name_of_the_new(exports, imports, lake):
    samples.biff(exports / "客服_销售数据.xlsx", [["销售数据"], samples.PDD_SALES, [""], samples.PDD_SALES_ROW])
    imports(shop="north")
    assert read(lake) == [
        key(
            "pdd_sales_daily", None, APRIL_17,
            consulting_buyers=120, inquiries=60, converted_inquiries=15, inquiry_conversion=0.25, sales_amount=Decimal("1234.50"),
            missed_sales_amount=Decimal("999.90"),
        )
    ]  # fmt: skip


def test_pdd_aftersale_gives_hours(exports, imports, lake):
    samples.xlsx(exports / "服务概况.xlsx", [samples.PDD_AFTERSALE, samples.PDD_AFTERSALE_ROW])
    imports(shop="north")
    assert read(lake) == [
        key(
            "pdd_aftersale_overview", None, APRIL_17,
            dispute_refunds=1, dispute_refund_rate=0.001, interventions=2, intervention_rate=0.002, quality_refund_rate=0.003,
            avg_refund_hours=12.5, refunded_orders=8, refunded_amount=Decimal("456.70"), refund_success_rate=0.9, return_completion_hours=26,
        )
    ]  # fmt: skip


def test_the_answer_of_pdds_interface_is_in_fen_and_its_shares_are_shares_or_percentages(exports, imports, lake):
    percents = {**samples.PDD_JSON, "cs_name": "mo", "inquiry_group_rate": 50, "reply_rate_3_min": 95, "5min_reply_rate": 98}
    samples.answer(exports / "csReportDetail.json", samples.PDD_JSON, percents)
    imports(shop="north", day="2026-05-17")
    lin, mo = read(lake)
    assert lin == key(
        "pdd_agents_json", "lin", dt.date(2026, 5, 17),
        inquiries=2, converted_inquiries=1, lost_inquiries=0, inquiry_conversion=0.5, sales_amount=Decimal("123.45"),
        net_sales_amount=Decimal("10.00"), reply_rate_5min=1, reply_rate_30s=0.75, avg_response_seconds=12, low_score_orders=3,
        scored_orders=0, low_score_rate=0, dispute_refunds=4, complaints=5, reply_rate_3min=0.8, late_3min_buyers=6, consulting_buyers=7,
        served_buyers=8, need_human_buyers=9, reply_rate_3min_all_day=0, reply_rate_30s_all_day=0, service_score=3.7,
    )  # fmt: skip
    assert (mo["inquiry_conversion"], mo["reply_rate_3min"], mo["reply_rate_5min"]) == (0.5, 0.95, 0.98)


def test_a_report_of_one_row_is_read_from_json_too(exports, imports, lake):
    samples.answer(exports / "csReportDetail_20260517.json", samples.PDD_JSON)
    imports(shop="north")
    assert [row["first_day"] for row in read(lake)] == [dt.date(2026, 5, 17)]


def test_a_tmall_report_made_to_order_has_its_days_in_the_name_and_six_rows_of_summaries(exports, imports, lake):
    name = "自制报表-报表查看-客服绩效_20260401_20260430_全部.xlsx"
    samples.xlsx(exports / name, [samples.TMALL_CUSTOM, *samples.TMALL_CUSTOM_ROWS])
    report = imports(shop="north")
    assert (report.read, report.skipped) == (8, 6)
    span = dt.date(2026, 4, 1), dt.date(2026, 4, 30)
    assert read(lake) == [
        key(
            "tmall_agents_custom", "甲店:lin", *span,
            converted_inquiries=5, inquiries=20, inquiry_conversion=0.25, first_response_seconds=6.5, avg_turn_response_seconds=31.2,
            satisfaction_rate=0.98, reply_rate=0.995, inquiry_sales_amount=Decimal(1000), refunded_amount=Decimal(20),
        ),
        key(
            "tmall_agents_custom", "甲店:mo", *span,
            converted_inquiries=0, inquiries=0, inquiry_sales_amount=Decimal(0), refunded_amount=Decimal(0),
        ),
    ]  # fmt: skip


def test_tmall_agents_by_day(exports, imports, lake):
    samples.xlsx(exports / "淘宝客服绩效明细.xlsx", [samples.TMALL_AGENTS, *samples.TMALL_AGENTS_ROWS])
    imports(shop="north")
    first, second = read(lake)
    assert first == key(
        "tmall_agents_daily", "甲店:lin", dt.date(2026, 4, 1),
        effective_served_buyers=10, same_day_inquiries=8, paying_buyers=4, net_sales_amount=Decimal(380), average_order_value=100,
        lost_inquiries=4, first_response_seconds=5, avg_turn_response_seconds=30, qa_ratio=1.2, satisfaction_rate=0.8,
        sales_amount=Decimal(400), inquiry_conversion=0.5,
    )  # fmt: skip
    assert (second["satisfaction_rate"], second["effective_served_buyers"]) == (1, 1)


def test_a_tmall_file_of_the_20th_holds_the_17th(exports, imports, lake):
    samples.xlsx(exports / "客服-业绩询单_20260420.xlsx", [samples.TMALL_INQUIRIES, samples.TMALL_INQUIRIES_ROW])
    imports(shop="north")
    assert read(lake) == [
        key(
            "tmall_inquiries_daily", None, APRIL_17, exported_on=APRIL_20,
            inquiries=100, same_day_inquiries=90, same_day_converted=20, same_day_sales_amount=Decimal(2000), converted_inquiries=25,
            inquiry_sales_amount=Decimal("2500.50"), same_day_conversion=0.2222, inquiry_conversion=0.25,
        )
    ]  # fmt: skip


def test_a_file_named_for_its_own_day_was_not_made_on_it(exports, imports, lake):
    samples.xlsx(exports / "客服-业绩询单_20260417.xlsx", [samples.TMALL_INQUIRIES, samples.TMALL_INQUIRIES_ROW])
    imports(shop="north")
    assert "exported_on" not in read(lake)[0]


def test_tmall_reception_of_the_shop(exports, imports, lake):
    samples.xlsx(exports / "客服-咨询接待.xlsx", [samples.TMALL_RECEPTION, samples.TMALL_RECEPTION_ROW])
    imports(shop="north")
    assert read(lake) == [
        key(
            "tmall_reception_daily", None, APRIL_17,
            consulting_buyers=200, served_buyers=190, unanswered_buyers=10, effective_served_buyers=180, avg_turn_response_seconds=42.5,
            reply_rate_3min=0.96, agent_visits=210, answered_visits=200, unanswered_visits=10, reply_rate=0.9524,
            first_response_seconds=8, slow_buyers=3, long_buyers=4, buyers_who_began=170, followed_up_buyers=20, all_messages=3000,
            buyer_messages=1000, agent_messages=2000, qa_ratio=2, agent_chars=40000, avg_contact_seconds=330,
        )
    ]  # fmt: skip


def test_tmall_order_values_of_the_shop(exports, imports, lake):
    samples.xlsx(exports / "客服-客单价.xlsx", [samples.TMALL_ORDER_VALUE, samples.TMALL_ORDER_VALUE_ROW])
    imports(shop="north")
    assert read(lake) == [
        key(
            "tmall_order_value_daily", None, APRIL_17,
            sales_amount=Decimal(5000), items=100, paying_buyers=50, average_order_value=100, items_per_buyer=2, average_item_price=50,
        )
    ]  # fmt: skip


def test_tmall_ratings_have_two_rows_of_headings(exports, imports, lake):
    rows = [samples.TMALL_RATINGS_TOP, samples.TMALL_RATINGS_BELOW, samples.TMALL_RATINGS_ROW]
    samples.xlsx(exports / "客服-接待评价.xlsx", rows)
    imports(shop="north")
    assert read(lake) == [
        key(
            "tmall_ratings_daily", None, APRIL_17,
            served_buyers=100, invitations=80, ratings=20, good_ratings=16, bad_ratings=2, invite_rate=0.8, rating_return_rate=0.25,
            satisfaction_rate=0.8,
        )
    ]  # fmt: skip


def test_wangwang_tables_without_any_day_take_that_of_the_name_or_the_option(exports, imports, lake):
    samples.xlsx(exports / "voc_2026年04月17日.xlsx", [samples.QIANNIU, samples.QIANNIU_ROW], "按客服查看")
    samples.xlsx(exports / "能力.xlsx", [samples.WANGWANG, samples.WANGWANG_ROW], "旺旺账号咨询接待能力明细")
    samples.xlsx(exports / "业绩.xlsx", [samples.TMALL_SALES, samples.TMALL_SALES_ROW], "数据信息")
    imports(shop="north", day="2026-04-18")
    later = dt.date(2026, 4, 18)
    assert read(lake) == [
        key("qianniu_service_agents", "甲店:lin", APRIL_17, avg_turn_response_seconds=35, sessions=60, reply_rate_3min=0.9833),
        key("tmall_agents_sales", "甲店:lin", later, net_sales_amount=Decimal("888.80"), inquiries=40, order_buyers=12),
        key("wangwang_ratings_agents", "甲店:lin", later, good_ratings=9, ratings=11),
    ]


def test_jd_agents(exports, imports, lake):
    samples.xlsx(exports / "店铺数据_20260417.xlsx", [samples.JD_AGENTS, *samples.JD_AGENTS_ROWS], "整体数据")
    report = imports(shop="north")
    assert report.skipped == 1
    assert read(lake) == [
        key(
            "jd_agents", "lin", APRIL_17,
            sessions=50, inquiries=40, order_buyers=10, order_amount=Decimal(999), avg_response_seconds=15.5,
            reply_rate_30s_session=0.92, reply_rate_3min=0.99, good_ratings=2, ratings=3,
        )
    ]  # fmt: skip


def test_douyin_agents_with_spelt_durations_and_dashes_for_nothing(exports, imports, lake):
    samples.xlsx(exports / "客服表现_2026-04-17.xlsx", [samples.DOUYIN, *samples.DOUYIN_ROWS])
    report = imports(shop="north")
    assert (report.read, report.skipped) == (4, 2)
    lin, mo = read(lake)
    assert lin == key(
        "douyin_agents", "lin", APRIL_17,
        online_days=1, sessions=40, pending_sessions=38, served_buyers=36, transferred_sessions=2, ratings=5, good_ratings=4, bad_ratings=1,
        dissatisfaction_rate=0.2, satisfaction_rate=0.8, avg_response_seconds_all_day=150, first_response_seconds_all_day=11,
        reply_rate_3min_all_day=0.95, avg_response_seconds=45, reply_rate_3min=0.9737, problem_sessions=0, inquiries=20, order_buyers=8,
        converted_inquiries=6, refund_buyers=1, sales_amount=Decimal(600), refunded_amount=Decimal(50), net_sales_amount=Decimal(550),
        inquiry_conversion=0.3,
    )  # fmt: skip
    assert mo["avg_response_seconds_all_day"] == 27712
    assert not {"avg_response_seconds", "reply_rate_3min", "satisfaction_rate", "inquiry_conversion"} & set(mo)


def test_kuaishou_and_xiaohongshu(exports, imports, lake):
    samples.xlsx(exports / "客服_考核数据_2026-04-17.xlsx", [samples.KUAISHOU, samples.KUAISHOU_ROW])
    samples.answer(exports / "sellerCSTrend.json", samples.XIAOHONGSHU)
    imports(shop="north")
    kuaishou, xiaohongshu = read(lake)
    assert kuaishou == key(
        "kuaishou_service", None, APRIL_17,
        reply_rate_3min=0.96, reply_rate_3min_session=0.97, unserved_rate=0.01, consulting_buyers=50, consultations=55, sessions=60,
        avg_response_seconds=25, satisfaction_rate=0.9, dissatisfaction_rate=0.02, inquiries=30, order_buyers=12, converted_inquiries=10,
        inquiry_conversion=0.3333, inquiry_order_value=45.5, sales_amount=Decimal(455),
    )  # fmt: skip
    assert xiaohongshu == key(
        "xiaohongshu_service", None, dt.date(2026, 4, 12),
        sessions=40, answered_sessions=38, reply_rate_session=0.95, avg_response_seconds=33, reply_rate_45s_session=0.8,
        reply_rate_3min_session=0.9, inquiry_sales_amount=Decimal("1234.50"), ratings=10, good_ratings=9, bad_ratings=1,
        satisfaction_rate=0.9,
    )  # fmt: skip


# Days


def test_a_report_that_tells_no_day_is_refused_and_says_what_to_do(exports, imports):
    samples.xlsx(exports / "客服绩效.xlsx", [samples.PDD_2026, *samples.PDD_2026_ROWS])
    with pytest.raises(Failure) as failed:
        imports(shop="north")
    (problem,) = failed.value.problems
    assert problem.code.name == "report_without_day"
    assert "--day" in problem.text("zh")
    assert "--day" in problem.text("en")
    assert problem.file == "客服绩效.xlsx[Sheet0]"


def test_the_days_of_a_report_imported_again_replace_the_old_ones(exports, imports, lake):
    path = exports / "客服表现_2026-04-17.xlsx"
    samples.xlsx(path, [samples.DOUYIN, samples.DOUYIN_ROWS[0]])
    imports(shop="north")
    again = [*samples.DOUYIN_ROWS[0]]
    again[2] = "41"
    samples.xlsx(path, [samples.DOUYIN, again])
    report = imports(shop="north")
    assert (report.new, report.replaced) == (0, 1)
    assert [row["sessions"] for row in read(lake)] == [41]


def test_a_span_that_ends_before_it_begins_is_refused(exports, imports):
    (exports / "reported.csv").write_text(
        "shop_id,report,agent_id,first_day,last_day,served_buyers\nnorth,own,lin,2026-04-02,2026-04-01,3\nnorth,own,mo,2026-04-02,,4\n",
        "utf-8",
    )
    report = imports("reported.csv")
    assert [(problem.line, problem.column, problem.code.name) for problem in report.problems] == [(2, "last_day", "report_days_reversed")]
    assert report.new == 1


# Cells


def test_a_bad_row_says_its_file_row_and_heading(exports, imports):
    bad = [*samples.DOUYIN_ROWS[0]]
    bad[DOUYIN_WAIT] = "约1分"
    nobody = ["", *samples.DOUYIN_ROWS[0][1:]]
    samples.xlsx(exports / "客服表现_2026-04-17.xlsx", [samples.DOUYIN, samples.DOUYIN_ROWS[1], bad, nobody])
    report = imports(shop="north")
    assert [(problem.file, problem.line, problem.column, problem.code.name) for problem in report.problems] == [
        ("客服表现_2026-04-17.xlsx[Sheet0]", 3, "工作时间平响时长", "cell_not_a_duration"),
        ("客服表现_2026-04-17.xlsx[Sheet0]", 4, "客服账号", "cell_empty"),
    ]
    assert report.new == 1


DOUYIN_WAIT = samples.DOUYIN.index("工作时间平响时长")


@pytest.mark.parametrize(
    ("heading", "cell", "code"),
    [
        ("工作时间3分钟回复率", "97.37", "cell_not_a_share"),
        ("工作时间3分钟回复率", "-1%", "cell_not_a_share"),
        ("询单人数", "-2", "cell_not_a_count"),
    ],
)
def test_a_share_above_one_and_a_count_below_none_are_refused(exports, imports, heading, cell, code):
    bad = [*samples.DOUYIN_ROWS[0]]
    bad[samples.DOUYIN.index(heading)] = cell
    samples.xlsx(exports / "客服表现_2026-04-17.xlsx", [samples.DOUYIN, samples.DOUYIN_ROWS[1], bad])
    report = imports(shop="north")
    assert [(problem.column, problem.code.name) for problem in report.problems] == [(heading, code)]


def test_a_dash_is_no_duration_and_not_0():
    """Public code turns "-" into 0 s; a figure that nobody has is none, or an agent without a single answer would be the fastest."""
    cells = convert(pl.Series(["11秒", "2分30秒", "7小时41分52秒", "-"]), "duration")
    assert cells.values.to_list() == [11, 150, 27712, None]
    assert len(cells.bad) == 0


@pytest.mark.parametrize(
    ("heading", "unit"),
    [
        ("平均响应时长(分)", "minutes"),
        ("首次响应时长（秒)", "seconds"),
        ("时长（小时）", "hours"),
        ("平均响应时长（新）", None),
        ("金额(元)", None),
    ],
)
def test_the_unit_of_time_stands_in_the_headings_brackets(heading, unit):
    assert unit_in(heading) == unit


# Headings

LAYOUTS = {
    "pdd_agents": [samples.PDD_2026, samples.PDD_2024, samples.PDD_2021],
    "pdd_service_daily": [samples.PDD_SERVICE],
    "pdd_sales_daily": [samples.PDD_SALES],
    "pdd_aftersale_overview": [samples.PDD_AFTERSALE],
    "pdd_agents_json": [list(samples.PDD_JSON)],
    "tmall_agents_custom": [samples.TMALL_CUSTOM],
    "tmall_agents_daily": [samples.TMALL_AGENTS],
    "tmall_inquiries_daily": [samples.TMALL_INQUIRIES],
    "tmall_reception_daily": [samples.TMALL_RECEPTION],
    "tmall_order_value_daily": [samples.TMALL_ORDER_VALUE],
    "qianniu_service_agents": [samples.QIANNIU],
    "wangwang_ratings_agents": [samples.WANGWANG],
    "tmall_agents_sales": [samples.TMALL_SALES],
    "jd_agents": [samples.JD_AGENTS],
    "douyin_agents": [samples.DOUYIN],
    "kuaishou_service": [samples.KUAISHOU],
    "xiaohongshu_service": [list(samples.XIAOHONGSHU)],
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_each_layout_is_known_by_its_own_headings(name):
    single = [profile for profile in shipped() if profile.header_rows == 1 and profile.headings]
    for headings in LAYOUTS[name]:
        found = choose(single, headings, "x")
        assert found is not None
        assert found.profile.name == name


@pytest.mark.parametrize("name", ["pdd_service_daily", "pdd_sales_daily", "tmall_inquiries_daily", "tmall_reception_daily"])
def test_a_table_with_agents_is_never_taken_for_the_shops(name):
    """Else every agent's row would pass for the shop's, and the last would stay."""
    shops = [profile for profile in shipped() if profile.name == name]
    assert choose(shops, LAYOUTS[name][0], "x") is not None
    assert choose(shops, [*LAYOUTS[name][0], "客服昵称"], "x") is None


def test_every_profile_of_reports_names_itself_and_fills_known_columns():
    reports = [profile for profile in shipped() if profile.table == "reported" and profile.name != "reported"]
    assert {profile.name for profile in reports} == {*LAYOUTS, "tmall_ratings_daily"}
    for profile in reports:
        assert profile.constants["report"] == profile.name
        assert ("agent_id" in profile.headings) == (profile.filled == ("agent_id",))


def test_every_reported_figure_is_a_column_and_rests_on_columns():
    columns = {column.name for column in TABLES["reported"].columns}
    assert set(REPORTED) <= columns
    for figure in REPORTED.values():
        counts = [*figure.weights, *(name for over, under in figure.parts for name in (over, *under))]
        assert all(REPORTED[name].kind == "count" for name in counts)
        assert figure.twin_of is None or REPORTED[figure.twin_of].kind == figure.kind
