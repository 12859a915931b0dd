"""`kaohe scheme`: from the list of schemes to one's own."""

import json

SCHEME = "我的方案"


def test_the_list_names_every_scheme_and_says_which_are_ones_own(run, tmp_path):
    run("scheme", "new", SCHEME, "--from", "response-first", "--workspace", str(tmp_path / "ws"))
    rows = json.loads(run("scheme", "list", "--workspace", str(tmp_path / "ws"), "--format", "json").out)
    assert {row["name"]: row["place"] for row in rows if row["name"] in ("response-first", SCHEME)} == {
        "response-first": "自带",
        SCHEME: "工作区",
    }


def test_a_copy_is_checked_judges_alike_and_has_its_cases(run, tmp_path):
    workspace = str(tmp_path / "ws")
    run("scheme", "new", SCHEME, "--from", "response-first", "--workspace", workspace)
    checked = run("scheme", "check", SCHEME, "--workspace", workspace)
    assert (checked.code, "没有错误" in checked.err) == (0, True)
    assert run("scheme", "cases", SCHEME, "--workspace", workspace).code == 0
    assert "响应表现" in run("scheme", "show", SCHEME, "--workspace", workspace).out


def test_a_name_that_is_taken_or_can_not_be_a_file_is_refused(run, tmp_path):
    workspace = str(tmp_path / "ws")
    for name, found in ((SCHEME, 0), (SCHEME, 2), ("../evil", 2), (".hidden", 2)):
        assert run("scheme", "new", name, "--from", "response-first", "--workspace", workspace).code == found
    assert not (tmp_path / "evil.yaml").exists()


def test_check_tells_every_mistake_of_every_file_with_its_line(run, tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("name: mine\ntitle: 我的\nsource: 店长\nitems:\n  - {metric: reply_rat, weight: 90}\n", encoding="utf-8")
    found = run("scheme", "check", str(path), "response-first")
    assert found.code == 2
    assert [part in found.err for part in ("reply_rate", "第 5 行", "合计为 90", "“response-first”没有错误")] == [True] * 4


def test_a_case_that_does_not_come_out_ends_the_run_with_one(run, tmp_path):
    workspace = tmp_path / "ws"
    run("scheme", "new", SCHEME, "--from", "response-first", "--workspace", str(workspace))
    cases = workspace / "schemes" / f"{SCHEME}.cases.yaml"
    cases.write_text(cases.read_text(encoding="utf-8").replace("points: 46.75", "points: 47"), encoding="utf-8")
    found = run("scheme", "cases", SCHEME, "--workspace", str(workspace), "--format", "json")
    assert found.code == 1
    (failed,) = [row for row in json.loads(found.out) if row["differences"]]
    assert "应为 47，得 46.75" in failed["differences"]
