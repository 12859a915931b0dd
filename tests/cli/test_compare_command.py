"""`kaohe compare` on the example of docs/reference/adjusted.md: Lin works mornings, Mo evenings."""

import csv

import pytest

from kaohe.cli import main

SHOPS = "shop_id,platform,name,timezone\ns1,generic,甲店,Asia/Shanghai\n"
AGENTS = "agent_id,name,group,role\nlin,林,一组,presale\nmo,莫,一组,presale\nwu,吴,一组,qa\n"
QUICK = {("lin", 9): (36, 40), ("lin", 20): (6, 10), ("mo", 9): (9, 10), ("mo", 20): (28, 40), ("wu", 9): (3, 3)}


def talk() -> str:
    lines = ["shop_id,buyer_id,sent_at,sender,agent_id,message_id,text"]
    for (agent, hour), (quick, of) in QUICK.items():
        for number in range(of):
            buyer, second = f"{agent}{hour}-{number}", 10 if number < quick else 50
            lines.append(f"s1,{buyer},2026-11-02 {hour:02}:00:00,buyer,,q-{buyer},在吗")
            lines.append(f"s1,{buyer},2026-11-02 {hour:02}:00:{second},agent,{agent},a-{buyer},有货的")
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def shifts(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shifts")
    for name, text in (("shops", SHOPS), ("agents", AGENTS), ("messages", talk())):
        (folder / f"{name}.csv").write_text(text, "utf-8")
    made = tmp_path_factory.mktemp("work") / "workspace"
    assert main(["import", str(folder), "--workspace", str(made)]) == 0
    return made


def line(text, name):
    (found,) = [line for line in text.splitlines() if line.startswith(name)]
    return " ".join(found.split())


def test_raw_and_adjusted_stand_side_by_side_with_both_places(run, shifts):
    ended = run("compare", "reply_rate_30s", "-w", shifts)
    assert ended.code == 0
    assert "30秒应答率：客服比较" in ended.out
    # Wu's three morning messages move the standard a little from the page's 50 % each.
    assert line(ended.out, "林") == "林 1 1 84.00 % 71.49 % 至 91.66 % 50 75.44 % 57.65 % 至 87.39 % 100.00 % 2 ↓1"
    assert line(ended.out, "莫") == "莫 2 1 74.00 % 60.45 % 至 84.13 % 50 80.29 % 63.29 % 至 90.59 % 100.00 % 1 ↑1"


def test_a_small_sample_is_marked_and_neither_placed_nor_adjusted(run, shifts):
    ended = run("compare", "30秒应答率", "-w", shifts)
    assert line(ended.out, "吴") == "吴 – – ※100.00 % 43.85 % 至 100.00 % 3 – – 0.00 % – –"
    assert "样本少于 10，不排名，不分组" in ended.out


def test_the_page_says_that_nothing_adjusted_gives_points(run, shifts):
    assert "不代替原数，也不计分" in run("compare", "reply_rate_30s", "-w", shifts).out
    told = run("compare", "reply_rate_30s", "-w", shifts, "--lang", "en").out
    assert "never replaces it and gives no points" in told
    assert "Strata: hour of day, shop, inquiry or not." in told


def test_json_and_csv_hold_everything_raw(run, shifts, tmp_path):
    rows = run("compare", "reply_rate_30s", "-w", shifts, "-f", "json").json
    assert [(row["agent_id"], row["place"], row["adjusted_place"], row["comparable"]) for row in rows] == [
        ("lin", 1, 2, True),
        ("mo", 2, 1, True),
        ("wu", None, None, False),
    ]
    assert rows[0]["strata"] == "hour+shop+inquiry"
    assert run("compare", "reply_rate_30s", "-w", shifts, "-o", tmp_path / "比较.csv").code == 0
    with (tmp_path / "比较.csv").open(encoding="utf-8-sig") as file:
        assert [row["agent_id"] for row in csv.DictReader(file)] == ["lin", "mo", "wu"]
    assert run("compare", "reply_rate_30s", "-w", shifts, "-o", tmp_path / "比较.xlsx").code == 0
    assert (tmp_path / "比较.xlsx").stat().st_size > 5000


def test_strata_and_the_shop_may_be_chosen(run, shifts):
    whole = run("compare", "reply_rate_30s", "-w", shifts, "--shop", "甲店", "--strata", "shop", "-f", "json").json
    assert [(row["value"], row["adjusted"], row["strata"]) for row in whole[:2]] == [(0.84, 0.84, "shop"), (0.74, 0.74, "shop")]
    none = run("compare", "reply_rate_30s", "-w", shifts, "--strata", "", "-f", "json").json
    assert {row["adjusted"] for row in none} == {None}


def test_the_workspaces_own_minimum_sample_decides(run, shifts):
    settings = shifts / "kaohe.yaml"
    settings.write_text("minimum_sample: {reply_rate_30s: 3}\n", "utf-8")
    try:
        rows = run("compare", "reply_rate_30s", "-w", shifts, "-f", "json").json
        assert [(row["agent_id"], row["place"]) for row in rows] == [("wu", 1), ("lin", 2), ("mo", 3)]
    finally:
        settings.unlink()


def test_where_nobody_covers_enough_the_way_out_is_said(run, shifts):
    ended = run("compare", "first_response_seconds", "-w", shifts, "--from", "2026-11-02", "--to", "2026-11-02")
    assert "首次响应时间：客服比较" in ended.out
    (shifts / "kaohe.yaml").write_text("minimum_sample: {default: 51}\n", "utf-8")
    try:
        assert "可以用 --shop 只比一家店" in run("compare", "first_response_seconds", "-w", shifts).out
    finally:
        (shifts / "kaohe.yaml").unlink()


def test_what_can_not_be_compared_is_said(run, shifts, tmp_path):
    ended = run("compare", "served_buyers", "-w", shifts)
    assert ended.code == 2
    assert "接待人数" in ended.err
    assert "kaohe metrics" in ended.err
    assert run("compare", "reply_rate_30", "-w", shifts).code == 2
    assert run("compare", "reply_rate_30s", "-w", shifts, "--strata", "weekday").code == 2
    assert run("compare", "reply_rate_30s", "-w", shifts, "--shop", "乙店").code == 2


def test_no_data_are_said_and_make_an_empty_list(run, shifts, tmp_path):
    ended = run("compare", "reply_rate_30s", "-w", shifts, "--from", "2026-12-01", "--to", "2026-12-02", "-f", "json")
    assert (ended.code, ended.json) == (0, [])
    assert "没有可比较的" in ended.err
    assert run("init", tmp_path / "w").code == 0
    assert run("compare", "reply_rate_30s", "-w", tmp_path / "w", "-f", "json").json == []


def test_a_metric_without_strata_is_shown_raw_with_a_line_that_says_so(run, trading):
    ended = run("compare", "average_order_value", "-w", trading)
    assert ended.code == 0
    assert "这个指标分不出层，没有校正值" in ended.out
    assert "校正名次" not in ended.out
