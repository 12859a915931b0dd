"""Reading packs: versions by day, a workspace's own packs, and every mistake of every file in one go."""

import datetime as dt
from decimal import Decimal
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaohe.errors import Failure
from kaohe.packs import Packs, Parameters
from kaohe.packs.loading import SHIPPED, read

METRICS = ("reply_rate_3min", "effective_reply_rate", "consulting_buyers")


def write(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(dedent(text), encoding="utf-8")
    return path


def own(folder: Path, versions: str, name: str = "mine", head: str = "") -> Path:
    head = head or "title: 我的口径\nplatform: pdd\n"
    return write(folder, f"{name}.yaml", f"name: {name}\n{head}versions:\n{versions}")


def version(date: str, window: str = "08:00-23:00") -> str:
    return f"  - effective_from: {date}\n    source: 店长\n    certainty: D\n    parameters: {{window: {window}}}\n"


def found(call) -> list[tuple[int | None, str]]:
    with pytest.raises(Failure) as caught:
        call()
    return [(problem.line, problem.code.name) for problem in caught.value.problems]


def test_yesterday_is_judged_by_yesterdays_version(tmp_path):
    pack = read(own(tmp_path, version("") + version("2026-11-02", "09:00-22:00")))
    assert str(pack.on(dt.date(1999, 1, 1)).parameters.window) == "08:00-23:00"
    assert str(pack.on(dt.date(2026, 11, 1)).parameters.window) == "08:00-23:00"
    assert str(pack.on(dt.date(2026, 11, 2)).parameters.window) == "09:00-22:00"


def test_a_day_before_the_first_version_is_refused_with_the_day_it_begins(tmp_path):
    pack = read(own(tmp_path, version("2026-11-02")))
    with pytest.raises(Failure, match=r"2026-11-02.*2026-11-01"):
        pack.on(dt.date(2026, 11, 1))


def test_two_versions_that_begin_on_one_day_are_refused_with_both_lines(tmp_path):
    path = own(tmp_path, version("2026-11-01") + version("2026-11-01"))
    with pytest.raises(Failure) as caught:
        read(path)
    (problem,) = caught.value.problems
    assert (problem.line, problem.parts["other"], problem.code.name) == (9, 5, "pack_same_date")


def test_versions_out_of_order_are_refused(tmp_path):
    path = own(tmp_path, version("2026-11-02") + version("2026-11-01"))
    assert found(lambda: read(path)) == [(9, "pack_dates_reversed")]


def test_only_the_first_version_may_be_open(tmp_path):
    path = own(tmp_path, version("2026-11-02") + version("null"))
    assert found(lambda: read(path)) == [(9, "pack_dates_reversed")]


@pytest.mark.parametrize("text", ["versions: []", "versions:\n  - {source: a, certainty: D, parameters: {human_senders: []}}"])
def test_a_list_that_needs_an_entry_is_not_empty(tmp_path, text):
    path = write(tmp_path, "mine.yaml", f"name: mine\ntitle: a\nplatform: pdd\n{text}\n")
    assert [code for _, code in found(lambda: read(path))] == ["definition_bad_value"]


def test_two_open_versions_are_one_too_many(tmp_path):
    assert found(lambda: read(own(tmp_path, version("") + version("")))) == [(9, "pack_same_date")]


def test_all_mistakes_of_a_file_are_answered_at_once_each_with_its_line(tmp_path):
    path = write(
        tmp_path,
        "mine.yaml",
        """\
        name: other
        title: 我的口径
        platform: pinduoduo
        versions:
          - effective_from: "2026-13-01"
            source: 店长
            certainty: D
            parameters:
              window: 23:00-08:00
              human_senders: [agent, bot]
              bot_reply: clears
              slow_second: 180
              credit_days: 0
              aftersale_days: true
            sources: {windw: 店长}
            rules:
              - id: a
                title: 三分钟
                metric: reply_rate_3mins
                scope: trailing_days
                minimum_sample: {metric: consulting_buyer, at_least: 100}
                threshold: 八成
                consequence: 无
                source: 店长
                certainty: E
              - id: a
                title: 有效
                metric: effective_reply_rate
                days: 30
                threshold: 0.5
                consequence: 无
                source: 店长
                certainty: D
        """,
    )
    assert found(lambda: read(path, METRICS)) == [
        (1, "pack_name_differs"),
        (3, "definition_bad_value"),
        (5, "definition_bad_value"),
        (9, "definition_bad_value"),
        (11, "pack_bot_twice"),
        (12, "definition_unknown_key"),
        (13, "definition_bad_value"),
        (14, "definition_bad_value"),
        (15, "pack_unknown_parameter"),
        (19, "pack_unknown_metric"),
        (20, "pack_days_missing"),
        (21, "pack_unknown_metric"),
        (22, "definition_bad_value"),
        (25, "definition_bad_value"),
        (26, "pack_same_rule"),
        (29, "pack_days_unused"),
    ]


def test_an_unknown_metric_is_answered_with_the_nearest_one(tmp_path):
    rule = "    rules:\n      - {id: a, title: a, metric: reply_rate_3mins, threshold: 1, consequence: 无, source: 店长, certainty: D}\n"
    path = own(tmp_path, version("") + rule)
    with pytest.raises(Failure) as caught:
        read(path, METRICS)
    assert caught.value.text("en") == (
        "mine.yaml, line 10: no metric 'reply_rate_3mins'. Did you mean 'reply_rate_3min'? Run 'kaohe metrics list' to see all"
    )
    assert read(path).name == "mine"


def test_a_workspace_adds_packs_and_replaces_shipped_ones_by_name(tmp_path):
    own(tmp_path, version("", "10:00-18:00"))
    own(tmp_path, version("", "07:00-24:00"), "taobao", "title: 淘宝\nplatform: taobao\ndefault: true\n")
    packs = Packs.load(tmp_path)
    day = dt.date(2026, 11, 1)
    assert str(packs.named("mine").on(day).parameters.window) == "10:00-18:00"
    assert str(packs.of_platform("taobao").on(day).parameters.window) == "07:00-24:00"
    assert packs.of_platform("pdd").name == "pdd"
    assert len(packs) == len(Packs.load()) + 1


def test_a_default_of_the_workspace_takes_the_place_of_the_shipped_one(tmp_path):
    own(tmp_path, version(""), head="title: 我的口径\nplatform: pdd\ndefault: true\n")
    assert Packs.load(tmp_path).of_platform("pdd").name == "mine"


def test_two_defaults_of_one_platform_in_a_workspace_are_refused(tmp_path):
    for name in ("ours", "mine"):
        own(tmp_path, version(""), name, "title: 我的口径\nplatform: pdd\ndefault: true\n")
    assert found(lambda: Packs.load(tmp_path)) == [(4, "pack_two_defaults")]


def test_a_platform_left_without_a_default_is_refused(tmp_path):
    own(tmp_path, version(""), "jd", "title: 京东\nplatform: jd\n")
    assert found(lambda: Packs.load(tmp_path)) == [(None, "pack_no_default")]


def test_one_name_in_two_files_of_a_folder_is_refused(tmp_path):
    path = own(tmp_path, version(""))
    path.with_suffix(".yml").write_bytes(path.read_bytes())
    assert found(lambda: Packs.load(tmp_path)) == [(1, "pack_twice")]


def test_several_broken_files_are_all_reported_at_once(tmp_path):
    write(tmp_path, "a.yaml", "name: [")
    write(tmp_path, "b.yaml", "- 1\n")
    (tmp_path / "c.yaml").write_bytes("name: 口径".encode("gb18030"))
    write(tmp_path, "d.yaml", "name: d\n")
    with pytest.raises(Failure) as caught:
        Packs.load(tmp_path)
    folder = tmp_path.name
    assert {problem.file for problem in caught.value.problems} == {f"{folder}/{name}.yaml" for name in "abcd"}
    assert [problem.parts["key"] for problem in caught.value.problems if problem.file.endswith("d.yaml")] == [
        "title",
        "platform",
        "versions",
    ]


def test_a_date_no_calendar_has_is_refused_and_no_traceback(tmp_path):
    with pytest.raises(Failure, match="month"):
        read(own(tmp_path, version("2026-13-01")))


def test_a_folder_that_is_missing_or_holds_other_files_changes_nothing(tmp_path):
    write(tmp_path, "readme.md", "# 口径")
    write(tmp_path, ".draft.yaml", "name: [")
    shipped = [pack.name for pack in Packs.load()]
    assert [pack.name for pack in Packs.load(tmp_path)] == shipped
    assert [pack.name for pack in Packs.load(tmp_path / "missing")] == shipped


def test_an_unknown_name_is_answered_with_the_nearest_one():
    packs = Packs.load()
    with pytest.raises(Failure, match="Did you mean 'pdd-2023'"):
        packs.named("pdd_2023")
    with pytest.raises(Failure, match="no platform 'kuaishou'"):
        packs.of_platform("kuaishou")


def test_parameters_are_equal_however_they_are_written():
    written = Parameters.model_validate({"window": "8:00-23:00", "human_senders": ["agent", "assisted", "agent"]})
    assert written == Parameters()
    assert hash(written) == hash(Parameters())
    assert written.fingerprint() == Parameters().fingerprint()


CLOCK = {"window": "09:00-23:00", "human_senders": ["agent"], "reply_within_hours": 24, "bot_reply": "clears", "window_by": "session_start"}
OTHER = {
    "unit": "turn",
    "nobody_on_duty": "left_out",
    "slow_seconds": 60,
    "aftersale_days": 0,
    "credit_days": 1,
    "conversion_days": 7,
    "conversion_hours": 72,
    "credit": "first",
    "order_event": "created_at",
    "sales_final_after_days": 3,
}


@pytest.mark.parametrize(("name", "value"), [*CLOCK.items(), *OTHER.items()])
def test_the_fingerprint_follows_the_clock_and_the_full_one_follows_everything(name, value):
    changed = Parameters.model_validate({name: value})
    assert (changed.fingerprint() != Parameters().fingerprint()) == (name in CLOCK)
    assert changed.full_fingerprint() != Parameters().full_fingerprint()


def test_every_parameter_is_tried_above():
    assert {*CLOCK, *OTHER} == set(Parameters.model_fields)


def test_fingerprints_are_the_same_on_every_machine():
    assert Parameters().fingerprint() == "f1d80809a1828ae7"
    assert Parameters().full_fingerprint() == "9a3df9055ce0f507"


@given(st.lists(st.dates(), min_size=1, max_size=6, unique=True), st.dates())
def test_the_version_in_force_is_the_last_one_begun(dates, day):
    pack = read(SHIPPED / "generic.yaml")
    versions = tuple(pack.versions[0].model_copy(update={"effective_from": date}) for date in sorted(dates))
    pack = pack.model_copy(update={"versions": versions})
    begun = [date for date in dates if date <= day]
    if begun:
        assert pack.on(day).effective_from == max(begun)
    else:
        with pytest.raises(Failure):
            pack.on(day)


def ruled(folder: Path, **given: str) -> Path:
    """A pack of one rule; what is not given is as for the 3-minute figure at 80 %."""
    keys = {
        "id": "a",
        "title": "a",
        "metric": "reply_rate_3min",
        "threshold": "0.8",
        "consequence": "无",
        "source": "店长",
        "certainty": "D",
    }
    listed = ", ".join(f"{key}: {value}" for key, value in {**keys, **given}.items())
    return own(folder, version("") + f"    rules:\n      - {{{listed}}}\n")


@pytest.mark.parametrize(("written", "meant"), [("80%", "0.8"), ('"99.5 %"', "0.995"), ("0.80", "0.8"), ("50", "50"), ("100%", "1")])
def test_a_threshold_may_be_written_in_per_cent(tmp_path, written, meant):
    (rule,) = read(ruled(tmp_path, threshold=written)).versions[0].rules
    assert rule.threshold == Decimal(meant)


def test_a_rate_of_more_than_one_is_refused_and_the_share_is_named(tmp_path):
    path = ruled(tmp_path, threshold="85")
    with pytest.raises(Failure) as caught:
        read(path, METRICS, rates=METRICS[:2])
    assert caught.value.text("en") == (
        "mine.yaml, line 10: reply_rate_3min is a rate, so its threshold lies from 0 to 1; it is 85. Write 85 % as 0.85 or 85%"
    )
    assert found(lambda: read(ruled(tmp_path, threshold="-0.1"), METRICS, rates=METRICS[:2])) == [(10, "pack_threshold_no_share")]
    for fine in ("0", "1", "100%"):
        assert read(ruled(tmp_path, threshold=fine), METRICS, rates=METRICS[:2]).name == "mine"
    assert read(ruled(tmp_path, metric="consulting_buyers", threshold="85"), METRICS, rates=METRICS[:2]).name == "mine"


@pytest.mark.parametrize("written", ["八成", "八%", ".inf", "true"])
def test_a_threshold_that_is_no_number_is_refused_once(tmp_path, written):
    path = ruled(tmp_path, threshold=written)
    assert found(lambda: read(path, METRICS, rates=METRICS[:2])) == [(10, "definition_bad_value")]


def test_only_the_three_minute_figure_is_counted_in_units(tmp_path):
    assert read(ruled(tmp_path, unit="session"), METRICS).versions[0].rules[0].unit == "session"
    path = ruled(tmp_path, metric="effective_reply_rate", unit="session")
    assert found(lambda: read(path, METRICS)) == [(10, "pack_unit_unused")]
