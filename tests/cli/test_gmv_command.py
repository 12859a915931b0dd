"""`kaohe gmv`."""

import fastexcel
import pytest

ORDERS = """shop_id,order_id,buyer_id,created_at,paid_at,amount
s1,o1,b9,2026-11-02 09:00:00,2026-11-02 09:00:00,100.00
s1,o2,b1,2026-11-03 09:00:20,2026-11-03 09:00:20,150.00
s1,o3,b8,2026-11-03 09:00:20,2026-11-03 09:00:20,50.00
"""
TRAFFIC = "shop_id,day,visitors\ns1,2026-11-02,50\ns1,2026-11-03,80\n"
DAY = ("--from", "2026-11-03", "--to", "2026-11-03")


@pytest.fixture(scope="module")
def sold(exports, tmp_path_factory):
    """A workspace of the small shop with three orders and its visitors, that tests only read."""
    from kaohe.cli import main

    folder = tmp_path_factory.mktemp("sold")
    (folder / "orders.csv").write_text(ORDERS, "utf-8")
    (folder / "traffic.csv").write_text(TRAFFIC, "utf-8")
    assert main(["import", str(exports), str(folder / "orders.csv"), str(folder / "traffic.csv"), "-w", str(folder / "w")]) == 0
    return folder / "w"


def test_sales_stand_beside_the_day_before_and_the_parts_add_up(run, sold):
    ended = run("gmv", "-w", sold, *DAY, "--shop", "甲店", "--format", "json")
    assert (ended.code, ended.err) == (0, "")
    rows = {row["item"]: row for row in ended.json}
    assert (rows["gmv"]["now"], rows["gmv"]["before"], rows["gmv"]["change"]) == (200, 100, 100)
    assert (rows["visitors"]["now"], rows["conversion"]["now"], rows["order_value"]["now"]) == (80, 0.025, 100)
    parts = [rows[item]["contribution"] for item in ("visitors", "conversion", "order_value")]
    assert sum(parts) == pytest.approx(100)
    assert parts[2] == 0
    assert (rows["inquiry"]["now"], rows["silent"]["now"], rows["unknown"]["now"]) == (150, 50, 0)


def test_the_table_and_the_workbook_are_in_the_readers_language(run, sold, tmp_path):
    chinese = run("gmv", "-w", sold, *DAY).out
    assert chinese.startswith("成交额拆解\n")
    assert "本期 2026-11-03 至 2026-11-03，上期 2026-11-02 至 2026-11-02。" in chinese
    assert run("gmv", "-w", sold, *DAY, "--lang", "en").out.startswith("Sales taken apart\n")
    assert run("gmv", "-w", sold, *DAY, "--output", tmp_path / "a.xlsx").code == 0
    assert fastexcel.read_excel(tmp_path / "a.xlsx").sheet_names == ["成交额拆解", "成交从哪里来"]


def test_a_period_before_without_traffic_is_said(run, sold):
    ended = run("gmv", "-w", sold, "--from", "2026-11-02", "--to", "2026-11-02", "--lang", "en")
    assert "the change can not be split" in ended.out


def test_a_shop_there_is_not_and_an_empty_workspace(run, sold, tmp_path):
    ended = run("gmv", "-w", sold, *DAY, "--shop", "乙店")
    assert ended.code == 2
    assert "s1" in ended.err
    assert run("init", tmp_path / "w").code == 0
    assert run("gmv", "-w", tmp_path / "w", "-f", "json").json == []
