"""What a profile can say beyond which heading is which column: each key on a small table of its own, and how its mistakes are told."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import polars as pl
import pytest

from kaohe.errors import Failure
from kaohe.importing.profiles import profiles

LINES = "name: own_lines\nzh: 自制明细\ntable: order_lines\nsource: 测试\nheadings: {order_id: [单号], line_id: [行号], "


@pytest.fixture
def own(exports, imports):
    """Import a csv under a profile written on the spot."""

    def run(yaml: str, text: str, **options):
        folder = exports.parent / "own"
        folder.mkdir(exist_ok=True)
        (folder / "own.yaml").write_text(yaml, encoding="utf-8")
        (exports / "own.csv").write_text(text, encoding="utf-8")
        return imports("own.csv", **{"shop": "north", "profiles": (folder,), **options})

    return run


@pytest.fixture
def lines(own, lake):
    """The rows of `order_lines` after importing a csv under `headings` and some keys more."""

    def run(headings: str, keys: str, text: str, **options) -> pl.DataFrame:
        own(f"{LINES}{headings}}}\n{keys}", text, **options)
        return lake.table("order_lines").sort("order_id", "line_id")

    return run


def money(*amounts: str | None) -> list[Decimal | None]:
    return [None if amount is None else Decimal(amount) for amount in amounts]


def test_otherwise_takes_the_first_heading_that_holds_something_cell_by_cell(lines):
    text = "单号,行号,实收,实付,应付\n1,a,1,2,3\n1,b,-,2,3\n1,c, ,,3\n1,d,,--,\n"
    assert lines("", "otherwise: {amount: [实收, 实付, 应付]}\n", text)["amount"].to_list() == money("1.00", "2.00", "3.00", None)


def test_the_columns_own_cell_comes_before_otherwise_even_when_it_is_bad(own):
    profile = f"{LINES}amount: [实收]}}\notherwise: {{amount: [实付]}}\n"
    with pytest.raises(Failure, match="实收"):
        own(profile, "单号,行号,实收,实付\n1,a,一,2\n")


def test_a_heading_of_otherwise_that_the_file_lacks_is_passed_over(lines):
    assert lines("", "otherwise: {amount: [实收, 实付]}\n", "单号,行号,实付\n1,a,2\n")["amount"].to_list() == money("2.00")


def test_a_required_column_is_there_when_any_heading_that_stands_in_for_it_is(lines, own):
    keys = "required: [order_id, line_id, amount]\notherwise: {amount: [实收, 实付]}\n"
    assert len(lines("", keys, "单号,行号,实付\n1,a,2\n")) == 1
    with pytest.raises(Failure, match="columns are missing: 实收"):
        own(f"{LINES}}}\n{keys}", "单号,行号,状态\n1,a,2\n", profile="own_lines")


def test_a_part_of_a_text_may_stand_for_the_whole(lines):
    keys = "otherwise: {created_at: [{heading: 单号, pattern: '^N(\\d{6})', before: '20'}]}\n"
    found = lines("", keys, "单号,行号\nN260527-1,a\nX260527-1,a\n")
    assert found["created_at"].to_list() == [dt.datetime(2026, 5, 26, 16, 0, tzinfo=dt.UTC), None]


def test_sums_add_what_is_there_and_nothing_at_all_is_nothing(lines):
    text = '单号,行号,货款,运费\n1,a,"1,000.10",-\n1,b,1,0.5\n1,c,,\n'
    assert lines("", "sums: {amount: [货款, 运费, 税]}\n", text)["amount"].to_list() == money("1000.10", "1.50", None)


def test_sums_count_in_the_unit_of_the_column(lines):
    keys = "sums: {amount: [货款, 运费]}\nunits: {amount: fen}\n"
    assert lines("", keys, "单号,行号,货款,运费\n1,a,100,5\n")["amount"].to_list() == money("1.05")


def test_same_as_repeats_a_column_where_a_heading_says_so_and_never_overrides_a_cell(lines):
    keys = "same_as: {refunded_amount: {column: amount, heading: 售后, one_of: [退完]}}\n"
    text = "单号,行号,金额,已退,售后\n1,a,9,,退完\n1,b,9,2,退完\n1,c,9,,无\n1,d,9,,\n1,e,9,,\t退完\n"
    found = lines("amount: [金额], refunded_amount: [已退]", keys, text)
    assert found["refunded_amount"].to_list() == money("9.00", "2.00", None, None, "9.00")


def test_same_as_none_of_means_every_other_word_and_no_word_too(lines):
    keys = "same_as: {refunded_amount: {column: amount, heading: 售后, none_of: [无]}}\n"
    found = lines("amount: [金额]", keys, "单号,行号,金额,售后\n1,a,9,退完\n1,b,9,无\n1,c,9,\n")
    assert found["refunded_amount"].to_list() == money("9.00", None, "9.00")


def test_same_as_does_nothing_where_the_export_lacks_the_heading(lines):
    keys = "same_as: {refunded_amount: {column: amount, heading: 售后, none_of: [无]}}\n"
    assert lines("amount: [金额]", keys, "单号,行号,金额\n1,a,9\n")["refunded_amount"].to_list() == [None]


def test_only_when_may_look_at_a_heading_of_the_export(lines):
    keys = "only_when: {refunded_amount: {heading: 退款状态, one_of: [成功]}}\n"
    headings = "refunded_amount: [已退]"
    found = lines(headings, keys, "单号,行号,已退,退款状态\n1,a,9, 成功\n1,b,9,申请中\n1,c,9,\n")
    assert found["refunded_amount"].to_list() == money("9.00", None, None)
    found = lines(headings, keys, "单号,行号,已退\n2,a,9\n")
    assert found["refunded_amount"].to_list()[3:] == money("9.00")


def test_words_may_stand_for_figures_and_for_nothing(lines):
    keys = "values: {quantity: {一件: '1', 没有: ''}, refunded_amount: {无: ''}}\n"
    text = "单号,行号,件,已退\n1,a, 一件,无\n1,b,没有,3\n1,c,2,\n"
    found = lines("quantity: [件], refunded_amount: [已退]", keys, text)
    assert found["quantity"].to_list() == [1, None, 2]
    assert found["refunded_amount"].to_list() == money(None, "3.00", None)


def test_suffixes_are_cut_off_once_stripped(lines):
    found = lines(
        "agent_id: [客服]",
        "suffixes: {agent_id: ['(推算)', （推算）]}\n",
        "单号,行号,客服\n1,a,lin(推算)\t\n1,b,mo（推算）\n1,c,(推算)陈\n",
    )
    assert found["agent_id"].to_list() == ["lin", "mo", "(推算)陈"]


def test_rows_left_out_are_skipped_with_all_that_is_wrong_with_them_and_said_by_word(lines, imports, exports):
    keys = "leave_out: {状态: [已取消, 作废]}\n"
    text = "单号,行号,状态,金额\n1,a,好,1\n1,b,已取消,一\n,,作废,\n1,d,已取消 ,2\n1,e,没有作废,2\n"
    lines("status: [状态], amount: [金额]", keys, text)
    report = imports("own.csv", shop="north", profiles=(exports.parent / "own",))
    assert (report.read, report.same, report.skipped, report.refused) == (5, 2, 3, 0)
    assert [(notice.column, notice.parts["found"], notice.parts["count"]) for notice in report.notices] == [
        ("状态", "作废", 1),
        ("状态", "已取消", 2),
    ]


def test_a_file_of_nothing_but_rows_left_out_is_no_error(own):
    report = own(f"{LINES}status: [状态]}}\nleave_out: {{状态: [已取消]}}\n", "单号,行号,状态\n1,a,已取消\n")
    assert (report.read, report.new, report.skipped, report.number) == (1, 0, 1, None)


REFUNDS = "name: own\nzh: x\ntable: refunds\nsource: x\nheadings: {refund_id: [编号], applied_at: [时间], status: [状态], platform_intervened: [介入]}\n"


def test_other_words_mean_what_the_profile_says_and_nothing_stays_nothing(own, lake):
    keys = "other_words: {status: pending, platform_intervened: 'true'}\nvalues: {platform_intervened: {没有: 'false'}}\n"
    text = "编号,时间,状态,介入\n1,2026-06-07,成功,没有\n2,2026-06-07,等等看,介入过\n3,2026-06-07,,-\n"
    own(REFUNDS + keys, text)
    found = lake.table("refunds").sort("refund_id").select("status", "platform_intervened").rows()
    assert found == [("success", False), ("pending", True), (None, None)]


def test_without_other_words_a_word_nobody_knows_refuses_the_row_and_names_the_exports_own_words_first(own):
    report = own(REFUNDS + "values: {status: {退好了: success}}\n", "编号,时间,状态\n1,2026-06-07,退好了\n2,2026-06-07,等等看\n", lang="zh")
    assert report.problems[0].text("zh") == (
        "own.csv，第 3 行，列“状态”：“等等看”不在可用的取值之内：退好了、pending、success、closed。请改正后重新导入"
    )


def test_a_made_up_id_leaves_alone_what_the_export_has(own, lake):
    profile = "name: own\nzh: x\ntable: reviews\nsource: x\nheadings: {review_id: [编号], reviewed_at: [时间], text: [话]}\nmade_of: {review_id: [shop_id, reviewed_at, text]}\n"
    own(profile, "编号,时间,话\n7,2026-06-07,好\n,2026-06-07,好\n,2026/6/7 0:00,好\n,2026-06-07,坏\n")
    found = sorted(lake.table("reviews")["review_id"].to_list(), key=len)
    assert found[0] == "7"
    assert [len(made) for made in found[1:]] == [24, 24]
    assert len(set(found)) == 3


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("otherwise: {amuont: [实付]}\n", "amount"),
        ("otherwise: {amount: [{heading: 实付, pattern: 'x'}]}\n", "group"),
        ("otherwise: {amount: [{header: 实付}]}\n", "heading"),
        ("otherwise: {amount: 实付}\n", "otherwise"),
        ("sums: {status: [a, b]}\n", "status"),
        ("same_as: {amount: {column: price, heading: a, one_of: [b]}}\n", "unit_price"),
        ("same_as: {amount: {column: unit_price, heading: a}}\n", "one_of"),
        ("same_as: {amount: {column: unit_price, heading: a, one_of: [b], none_of: [c]}}\n", "one_of"),
        ("only_when: {amount: {one_of: [b]}}\n", "heading"),
        ("made_of: {amount: [order_id]}\n", "amount"),
        ("other_words: {amount: '1'}\n", "amount"),
        ("leave_out: [已取消]\n", "leave_out"),
    ],
)
def test_a_mistake_in_a_key_is_told_with_file_and_line(tmp_path, keys, said):
    path = tmp_path / "own.yaml"
    path.write_text(f"{LINES}status: [状态]}}\n{keys}", encoding="utf-8")
    with pytest.raises(Failure) as trouble:
        profiles([path])
    assert trouble.value.exit == 2
    assert said in trouble.value.text("en")
    assert "own.yaml" in trouble.value.text("en")


def test_other_words_must_be_canonical(tmp_path):
    path = tmp_path / "own.yaml"
    path.write_text(REFUNDS + "other_words: {status: 好了}\n", encoding="utf-8")
    with pytest.raises(Failure, match="好了"):
        profiles([path])
