"""`kaohe appraise --save`, `results`, `diff`, `close`, `ledger`: from a result to a closed month and its corrections."""

import json

import fastexcel

SCHEME = """\
name: sales
title: 销售
source: 店长
items:
  - {metric: served_buyers, weight: 100, scoring: {kind: linear, low: {figure: 0, points: 0}, high: {figure: 10, points: 100}}}
pay:
  lines:
    - {id: each, title: {zh: 每位买家, en: Each buyer}, kind: per_unit, on: served_buyers, amount: 10}
"""
HEAD = "shop_id,buyer_id,sent_at,sender,agent_id,message_id\n"


def chats(*buyers):
    return HEAD + "".join(
        f"s1,{buyer},2026-11-{day:02} 09:00:00,buyer,,q{buyer}{day}\ns1,{buyer},2026-11-{day:02} 09:00:10,agent,lin,a{buyer}{day}\n"
        for buyer, day in buyers
    )


def month(run, tmp_path):
    (tmp_path / "shops.csv").write_text("shop_id,platform\ns1,generic\n", "utf-8")
    (tmp_path / "chats.csv").write_text(chats(("b1", 3), ("b2", 4)), "utf-8")
    (tmp_path / "sales.yaml").write_text(SCHEME, "utf-8")
    workspace = tmp_path / "ws"
    assert run("import", tmp_path / "shops.csv", tmp_path / "chats.csv", "-w", workspace).code == 0
    return workspace


def saved(run, tmp_path, workspace, first="2026-11-01", last="2026-11-30"):
    return run("appraise", "-w", workspace, "--scheme", tmp_path / "sales.yaml", "--from", first, "--to", last, "--save")


def test_a_month_is_judged_saved_closed_and_corrected_later(run, tmp_path):
    workspace = month(run, tmp_path)
    assert "sales-2026-11-0001" in saved(run, tmp_path, workspace).err
    (listed,) = json.loads(run("results", "-w", workspace, "-f", "json").out)
    assert (listed["name"], listed["pay"]) == ("sales-2026-11-0001", 20)
    closed = run("close", "2026-11", "--result", "sales-2026-11-0001", "-w", workspace)
    assert (closed.code, "2026-11 已关账：1 人，应发 20.00 元" in closed.err) == (0, True)
    nothing = run("ledger", "-w", workspace, "-f", "json")
    assert (json.loads(nothing.out), "没有要更正的" in nothing.err) == ([], True)

    (tmp_path / "late.csv").write_text(chats(("b3", 5)), "utf-8")
    assert run("import", tmp_path / "late.csv", "-w", workspace).code == 0
    (correction,) = json.loads(run("ledger", "-w", workspace, "-f", "json").out)
    assert (correction["month"], correction["agent_id"], correction["amount"], correction["why"]) == (
        "2026-11",
        "lin",
        10,
        "served_buyers 2 → 3",
    )
    assert "接待人数 2 → 3" in run("ledger", "-w", workspace).out
    assert "Served buyers 2 → 3" in run("ledger", "-w", workspace, "--lang", "en").out
    assert "每位买家" in run("ledger", "2026-11", "-w", workspace).out
    (line,) = json.loads(run("ledger", "2026-11", "-w", workspace, "-f", "json").out)
    assert (line["agent_id"], line["line"], line["amount"], line["correction"]) == ("lin", "each", 20, False)

    saved(run, tmp_path, workspace)
    changed = json.loads(run("diff", "sales-2026-11-0001", "sales-2026-11-0002", "-w", workspace, "-f", "json").out)
    told = {(row["what"], row["of"], row["before"], row["after"]) for row in changed}
    assert told >= {("pay", None, "20.00", "30.00"), ("figure", "served_buyers", "2", "3")}
    said = run("diff", "sales-2026-11-0001", "sales-2026-11-0002", "-w", workspace).out
    assert [part in said for part in ("导入的文件", "接待人数 2 → 3", "方案改了哪里", "口径改了哪里")] == [True, True, False, False]


PACK = """\
name: own
title: 本店
platform: generic
default: true
versions:
  - {{source: 店长, certainty: D, parameters: {{window: "{window}"}}}}
"""
BY_REPLIES = """\
name: sales
title: 销售
source: 店长
small_sample: count
items:
  - metric: reply_rate_30s
    weight: 100
    small_sample: count
    scoring: {kind: linear, low: {figure: 0, points: 0}, high: {figure: 1, points: 100}}
pay:
  lines:
    - {id: points, kind: points, of: {points: total}, amount: 1}
"""
EARLY = "s1,b9,2026-11-06 07:00:00,buyer,,e1\ns1,b9,2026-11-06 07:20:00,agent,lin,e2\n"


def judged_by_replies(run, tmp_path):
    """Two quick answers in the day, one slow one at seven in the morning, which counts by a pack whose window begins earlier."""
    workspace = month(run, tmp_path)
    (tmp_path / "sales.yaml").write_text(BY_REPLIES, "utf-8")
    (tmp_path / "early.csv").write_text(HEAD + EARLY, "utf-8")
    assert run("import", tmp_path / "early.csv", "-w", workspace).code == 0
    (workspace / "packs").mkdir()
    window(workspace, "08:00-23:00")
    return workspace


def window(workspace, hours):
    (workspace / "packs" / "own.yaml").write_text(PACK.format(window=hours), "utf-8")


def corrections(run, workspace, *more):
    ended = run("ledger", "-w", workspace, "-f", "json", *more)
    assert ended.code == 0, ended.err
    return [(row["month"], row["amount"]) for row in json.loads(ended.out)], ended.err


def test_a_pack_mended_later_changes_a_closed_month_only_by_decision_and_then_for_good(run, tmp_path):
    workspace = judged_by_replies(run, tmp_path)
    saved(run, tmp_path, workspace)
    assert "100.00" in run("close", "2026-11", "--result", "sales-2026-11-0001", "-w", workspace).err
    window(workspace, "06:00-23:00")
    found, told = corrections(run, workspace)
    assert (found, "关账以后口径包改过（2026-11）" in told) == ([], True)
    assert corrections(run, workspace, "--packs", "today")[0] == [("2026-11", -33.33)]
    saved(run, tmp_path, workspace)
    said = run("diff", "sales-2026-11-0001", "sales-2026-11-0002", "-w", workspace).out
    assert all(part in said for part in ("口径改了哪里", "考核时段", "08:00-23:00", "06:00-23:00", "2 ÷ 2 = 100.00 % → 2 ÷ 3 = 66.67 %"))

    saved(run, tmp_path, workspace, "2026-12-01", "2026-12-31")
    ended = run("close", "2026-12", "--result", "sales-2026-12-0001", "--packs", "today", "-w", workspace)
    assert (ended.code, "更正：1 行，共 -33.33 元" in ended.err) == (0, True), ended.err
    assert corrections(run, workspace) == ([], corrections(run, workspace)[1])
    # From now on November is judged by what was decided, whatever is written into the pack again.
    window(workspace, "08:00-23:00")
    assert corrections(run, workspace)[0] == []
    assert "-33.33" in run("ledger", "2026-12", "-w", workspace).out
    unknown = run("ledger", "--packs", "yesterday", "-w", workspace)
    assert (unknown.code, "then" in unknown.err) == (2, True)


def test_a_shop_that_comes_later_is_counted_by_the_packs_of_the_first_ledger_that_knows_it(run, tmp_path):
    workspace = judged_by_replies(run, tmp_path)
    saved(run, tmp_path, workspace)
    run("close", "2026-11", "--result", "sales-2026-11-0001", "-w", workspace)
    (tmp_path / "shops2.csv").write_text("shop_id,platform\ns2,generic\n", "utf-8")
    (tmp_path / "late.csv").write_text(HEAD + EARLY.replace("s1,", "s2,").replace(",e", ",f"), "utf-8")
    assert run("import", tmp_path / "shops2.csv", tmp_path / "late.csv", "-w", workspace).code == 0
    assert corrections(run, workspace)[0] == []
    window(workspace, "06:00-23:00")
    # The old shop is counted as it was; of the new one nothing is known but today's pack.
    assert corrections(run, workspace)[0] == [("2026-11", -33.33)]
    saved(run, tmp_path, workspace, "2026-12-01", "2026-12-31")
    assert run("close", "2026-12", "--result", "sales-2026-12-0001", "-w", workspace).code == 0
    window(workspace, "08:00-23:00")
    assert corrections(run, workspace)[0] == []


def test_an_accepted_appeal_about_a_closed_month_is_a_correction_line(run, tmp_path):
    workspace = judged_by_replies(run, tmp_path)
    window(workspace, "06:00-23:00")
    saved(run, tmp_path, workspace)
    run("close", "2026-11", "--result", "sales-2026-11-0001", "-w", workspace)
    (tmp_path / "appeals.csv").write_text(
        "agent_id,metric,day,numerator,denominator,reason,appeal_id\nlin,reply_rate_30s,2026-11-06,1,0,系统故障,a1\n", "utf-8"
    )
    assert run("import", tmp_path / "appeals.csv", "-w", workspace).code == 0
    assert corrections(run, workspace)[0] == [("2026-11", 33.33)]
    said = run("ledger", "-w", workspace).out.replace("\n", "").replace(" ", "")
    assert "2÷3=66.67%→3÷3=100.00%" in said
    assert "已更正" in said
    saved(run, tmp_path, workspace, "2026-12-01", "2026-12-31")
    assert "33.33" in run("close", "2026-12", "--result", "sales-2026-12-0001", "-w", workspace).err
    assert corrections(run, workspace)[0] == []
    paid = json.loads(run("ledger", "2026-12", "-w", workspace, "-f", "json").out)
    assert [(row["month"], row["agent_id"], row["amount"]) for row in paid if row["correction"]] == [("2026-11", "lin", 33.33)]


def test_a_difference_says_what_changed_in_the_scheme_band_by_band(run, tmp_path):
    workspace = judged_by_replies(run, tmp_path)
    saved(run, tmp_path, workspace)
    changed = BY_REPLIES.replace("low: {figure: 0, points: 0}", "low: {figure: 0, points: 50}").replace(
        "amount: 1", "amount: 1.5, gated: true"
    )
    changed = changed.replace("pay:\n", "gates:\n  - {metric: served_buyers, at_least: 2}\npay:\n")
    (tmp_path / "sales.yaml").write_text(changed, "utf-8")
    assert saved(run, tmp_path, workspace).code == 0
    said = run("diff", "sales-2026-11-0001", "sales-2026-11-0002", "-w", workspace).out
    for part in ("方案改了哪里", "0 % → 50 分", "门槛", "不少于 2", "× 1.5 元", "方案改了", "150.00", "50.00"):
        assert part in said, (part, said)
    english = run("diff", "sales-2026-11-0001", "sales-2026-11-0002", "-w", workspace, "--lang", "en").out
    assert all(part in english for part in ("What changed in the scheme", "at least 2", "the scheme changed"))
    same = run("diff", "sales-2026-11-0001", "sales-2026-11-0001", "-w", workspace, "-f", "json")
    assert json.loads(same.out) == []


def test_the_whole_difference_goes_into_a_workbook(run, tmp_path):
    workspace = judged_by_replies(run, tmp_path)
    saved(run, tmp_path, workspace)
    window(workspace, "06:00-23:00")
    saved(run, tmp_path, workspace)
    book = tmp_path / "d.xlsx"
    assert run("diff", "sales-2026-11-0001", "sales-2026-11-0002", "-w", workspace, "-o", book).code == 0
    assert fastexcel.read_excel(book).sheet_names == ["两次有什么不同", "口径改了哪里", "谁变了", "逐项变化"]


def test_what_can_not_be_closed_is_answered_with_what_to_do(run, tmp_path):
    workspace = month(run, tmp_path)
    saved(run, tmp_path, workspace, "2026-11-01", "2026-11-15")
    for arguments, part in (
        (("2026-11",), "--result"),
        (("2026-13", "--result", "sales-2026-11-0001"), "不是月份"),
        (("2026-11", "--result", "sales-2026-11-0001"), "2026-11-15"),
        (("2026-11", "--result", "sales-2026-11-0009"), "sales-2026-11-0001"),
    ):
        ended = run("close", *arguments, "-w", workspace)
        assert (ended.code, part in ended.err) == (2, True), ended.err
    assert run("ledger", "2026-11", "-w", workspace).code == 2


def test_closing_with_an_old_result_is_told(run, tmp_path):
    workspace = month(run, tmp_path)
    saved(run, tmp_path, workspace)
    (tmp_path / "late.csv").write_text(chats(("b3", 30)), "utf-8")
    run("import", tmp_path / "late.csv", "-w", workspace)
    saved(run, tmp_path, workspace)
    told = run("close", "2026-11", "--result", "sales-2026-11-0001", "-w", workspace).err
    assert "更新的结果 sales-2026-11-0002" in told
    assert "“sales-2026-11-0001”保存以后又导入过数据" in told
    assert "2026-11 的数据不满一个月" in told
    assert corrections(run, workspace)[0] == [("2026-11", 10)]
    saved(run, tmp_path, workspace, "2026-12-01", "2026-12-31")
    quiet = run("close", "2026-12", "--result", "sales-2026-12-0001", "-w", workspace).err
    assert ("更新的结果" in quiet, "又导入过" in quiet) == (False, False)


def test_what_a_newer_program_may_count_otherwise_is_told(run, tmp_path, monkeypatch):
    workspace = month(run, tmp_path)
    saved(run, tmp_path, workspace)
    run("close", "2026-11", "--result", "sales-2026-11-0001", "-w", workspace)
    (tmp_path / "late.csv").write_text(chats(("b3", 5)), "utf-8")
    run("import", tmp_path / "late.csv", "-w", workspace)
    assert "CHANGELOG" not in run("ledger", "-w", workspace).out
    monkeypatch.setattr("kaohe.reports.records.__version__", "9.9")
    assert "现在是 9.9" in run("ledger", "-w", workspace).out


def test_the_ledger_of_a_closed_month_takes_no_other_packs(run, tmp_path):
    workspace = month(run, tmp_path)
    saved(run, tmp_path, workspace)
    nothing = run("ledger", "2026-11", "-w", workspace)
    assert (nothing.code, "还没有关账" in nothing.err) == (2, True)
    assert "还没有关过账" in run("ledger", "-w", workspace).err
    run("close", "2026-11", "--result", "sales-2026-11-0001", "-w", workspace)
    ended = run("ledger", "2026-11", "--packs", "today", "-w", workspace)
    assert (ended.code, "不写月份" in ended.err) == (2, True)
    assert "sales-2026-11-0001" in run("close", "2026-12", "--result", "sales", "-w", workspace).err
