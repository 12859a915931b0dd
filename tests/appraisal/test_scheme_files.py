"""Reading schemes: every mistake in one go, each with its line, and what a scheme is called and where it is found."""

import shutil
from pathlib import Path
from textwrap import dedent

import pytest

from kaohe.appraisal import available, check_cases, find, load
from kaohe.appraisal.cases import CASES
from kaohe.appraisal.schemes import SHIPPED
from kaohe.appraisal.scoring import ends
from kaohe.errors import Failure

HEAD = "name: mine\ntitle: 我的方案\nsource: 店长\n"


def write(folder: Path, text: str, name: str = "mine.yaml") -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(dedent(text), encoding="utf-8")
    return path


def scheme(folder: Path, bands: str, worth: str = "weight: 100", metric: str = "reply_rate_30s", name: str = "mine.yaml") -> Path:
    """One item with these bands, the first on line 9."""
    lines = "".join(f"        - {{{band}}}\n" for band in bands.split(" | "))
    item = f"items:\n  - metric: {metric}\n    {worth}\n    scoring:\n      kind: bands\n      bands:\n{lines}"
    return write(folder, f"name: mine\ntitle: {{zh: 我的, en: mine}}\nsource: 店长\n{item}", name)


def found(call) -> list[tuple[int | None, str]]:
    with pytest.raises(Failure) as caught:
        call()
    return [(problem.line, problem.code.name) for problem in caught.value.problems]


def said(call, lang="en") -> str:
    with pytest.raises(Failure) as caught:
        call()
    return caught.value.text(lang)


def test_bands_that_meet_are_accepted(tmp_path):
    loaded = load(scheme(tmp_path, "below: 50%, points: 0 | at_least: 0.5, points: 100"))
    assert [str(edge) for edge in ends(loaded.items[0].scoring)] == ["0.5"]


def test_a_gap_between_bands_is_refused_with_the_line(tmp_path):
    path = scheme(tmp_path, "below: 39, points: 0 | at_least: 39, below: 41.99, points: 50 | at_least: 42, points: 100", metric="qa_ratio")
    assert found(lambda: load(path)) == [(12, "bands_gap")]
    assert "这一档从 42 起" in said(lambda: load(path), "zh")
    assert "ends at 41.99" in said(lambda: load(path))


def test_an_overlap_of_bands_is_refused_with_the_line(tmp_path):
    assert found(lambda: load(scheme(tmp_path, "below: 50%, points: 0 | at_least: 40%, points: 100"))) == [(11, "bands_overlap")]


def test_bands_in_the_wrong_order_are_refused_with_the_line(tmp_path):
    path = scheme(
        tmp_path,
        "below: 20%, points: 0 | at_least: 60%, below: 80%, points: 50 | at_least: 20%, below: 60%, points: 20 | at_least: 80%, points: 100",
    )
    assert (12, "bands_reversed") in found(lambda: load(path))


def test_an_empty_band_is_refused(tmp_path):
    assert (11, "bands_empty") in found(
        lambda: load(scheme(tmp_path, "below: 50%, points: 0 | at_least: 50%, below: 50%, points: 9 | at_least: 50%, points: 100"))
    )


def test_the_first_band_is_open_below_and_the_last_above(tmp_path):
    path = scheme(tmp_path, "at_least: 0, below: 50%, points: 0 | at_least: 50%, below: 1, points: 100")
    assert found(lambda: load(path)) == [(10, "bands_not_open_below"), (11, "bands_not_open_above")]


def test_a_band_inside_is_closed_at_both_ends(tmp_path):
    path = scheme(tmp_path, "points: 0 | below: 50%, points: 50 | at_least: 50%, points: 100")
    assert found(lambda: load(path)) == [(10, "bands_open_inside"), (11, "bands_open_inside")]


def test_one_band_without_ends_holds_everything(tmp_path):
    assert ends(load(scheme(tmp_path, "at_least: null, below: null, points: 60")).items[0].scoring) == []


@pytest.mark.parametrize(
    ("bands", "worth", "code"),
    [
        ("points: 101", "weight: 100", "scheme_points_outside"),
        ("points: -1", "weight: 100", "scheme_points_outside"),
        ("points: 31", "max_points: 30", "scheme_points_outside"),
        ("points: 10", "weight: 99", "scheme_weights_off"),
        ("points: 10", "weight: 99.999", "scheme_worth_too_fine"),
        ("points: 10", "missing: zero", "scheme_item_without_worth"),
        ("points: 10", "weight: 100\n    max_points: 100", "scheme_item_two_worths"),
        ("points: 10", "weight: 0", "definition_bad_value"),
        ("points: 10", "weight: 100\n    missing: ignore", "definition_bad_value"),
        ("points: 10", "weight: 100\n    minimum_sample: 0", "definition_bad_value"),
        ("points: 10, bonus: 1", "weight: 100", "definition_unknown_key"),
        ("below: 95, points: 0 | at_least: 95, points: 100", "weight: 100", "scheme_not_a_rate"),
    ],
)
def test_a_mistake_in_an_item_is_refused(tmp_path, bands, worth, code):
    assert code in {name for _, name in found(lambda: load(scheme(tmp_path, bands, worth)))}


def test_a_rate_written_without_percent_is_answered_with_the_percentage(tmp_path):
    path = scheme(tmp_path, "below: 95, points: 0 | at_least: 95, points: 100")
    assert "Did you mean 95%?" in said(lambda: load(path))


def test_a_count_has_no_sample(tmp_path):
    path = scheme(tmp_path, "points: 10", "weight: 100\n    minimum_sample: 5", "served_buyers")
    assert found(lambda: load(path)) == [(7, "scheme_no_sample")]


def test_a_scheme_with_many_mistakes_is_answered_with_all_of_them_at_once(tmp_path):
    path = write(
        tmp_path,
        """\
        name: mine
        titel: 我的方案
        source: 店长
        effective_from: 20261101
        applies_to: {roles: [saler]}
        missing: ignore
        rounding: {places: 9}
        ranking:
          minimum: {metric: served_buyer, at_least: 十}
        items:
          - metric: first_reponse_seconds
            weight: 20
            scoring:
              kind: bands
              bands:
                - {below: 18, points: 100}
                - {at_least: 20, below: 30, points: 80}
                - {at_least: 30, points: 一百}
          - metric: reply_rate
            weight: 50
            minimum_sample: 三十
            scoring: {kind: expression, of: x}
          - metric: reply_rate
            max_points: 30
            scoring:
              kind: linear
              low: {figure: 95, points: 0}
              high: {figure: 60%, points: 40, bonus: 1}
        """,
    )
    assert found(lambda: load(path)) == [
        (1, "definition_missing_key"),
        (2, "definition_unknown_key"),
        (4, "definition_bad_value"),
        (5, "definition_bad_value"),
        (6, "definition_bad_value"),
        (7, "definition_bad_value"),
        (9, "definition_bad_value"),
        (9, "scheme_unknown_metric"),
        (11, "scheme_unknown_metric"),
        (17, "bands_gap"),
        (18, "definition_bad_value"),
        (21, "definition_bad_value"),
        (22, "definition_bad_value"),
        (23, "scheme_same_item"),
        (24, "scheme_mixed_worths"),
        (27, "scheme_not_a_rate"),
        (27, "scheme_anchors_reversed"),
        (28, "definition_unknown_key"),
        (28, "scheme_points_outside"),
    ]


def test_a_misspelt_metric_is_answered_with_the_nearest_one(tmp_path):
    path = scheme(tmp_path, "points: 10", metric="first_reponse_seconds")
    assert said(lambda: load(path)) == (
        "mine.yaml, line 5: no metric 'first_reponse_seconds'. Did you mean 'first_response_seconds'? Run 'kaohe metrics list' to see all"
    )


def test_a_mistake_inside_a_scoring_names_the_key_as_it_stands_in_the_file(tmp_path):
    path = scheme(tmp_path, "points: 10 | at_least: 五成, points: 20")
    assert "items.0.scoring.bands.1.at_least" in said(lambda: load(path))


def test_a_scheme_needs_an_item(tmp_path):
    assert found(lambda: load(write(tmp_path, HEAD + "items: []\n"))) == [(4, "scheme_judges_nothing")]


@pytest.mark.parametrize(
    "content", ["名字: 方案".encode("gb18030"), b"name: [", b"- 1\n", b"effective_from: 2026-13-01\n", b"name: !!bool x\n", b""]
)
def test_a_file_that_is_no_scheme_is_refused_and_no_traceback(tmp_path, content):
    path = tmp_path / "mine.yaml"
    path.write_bytes(content)
    with pytest.raises(Failure):
        load(path)


def test_schemes_are_found_by_name_shipped_or_of_the_workspace_and_by_path(tmp_path):
    own = scheme(tmp_path, "points: 10")
    shipped = set(available())
    assert "response-first" in shipped
    assert set(available(tmp_path)) == {"mine", *shipped}
    assert available(tmp_path / "missing") == available()
    assert find("mine", tmp_path) == find(own) == find(str(own))


def test_a_scheme_of_the_workspace_replaces_the_shipped_one_by_name(tmp_path):
    scheme(tmp_path, "points: 10", name="response-first.yaml")
    assert find("response-first", tmp_path).title.zh == "我的"
    assert find("response-first").title.zh == "响应表现"


def test_an_unknown_scheme_is_answered_with_the_nearest_name():
    assert "Did you mean 'response-first'?" in said(lambda: find("response_first"))
    assert all(name in said(lambda: find("没有.yaml"), "zh") for name in available())


def test_the_fingerprint_follows_the_content_and_not_the_writing(tmp_path):
    one = load(scheme(tmp_path, "below: 50%, points: 0 | at_least: 50%, points: 100"))
    same = load(scheme(tmp_path, "points: 0.0, below: 0.50 | at_least: '50%', points: 100.0"))
    other = load(scheme(tmp_path, "below: 51%, points: 0 | at_least: 51%, points: 100"))
    assert one.fingerprint() == same.fingerprint() != other.fingerprint()
    assert len(one.fingerprint()) == 16


def cases(folder: Path, text: str) -> Path:
    path = scheme(folder, "below: 50%, points: 0 | at_least: 50%, points: 100")
    write(folder, text, "mine.cases.yaml")
    return path


def test_a_case_that_comes_out_otherwise_says_what_was_expected_and_what_was_found(tmp_path):
    path = cases(
        tmp_path,
        """\
        cases:
          - name: 恰好一半
            figures: {reply_rate_30s: {numerator: 1, denominator: 2}}
            expect: {points: 100, lines: {reply_rate_30s: 100}, unranked: []}
          - name: 差一点
            figures: {reply_rate_30s: 49.9%}
            expect:
              points: 100
              lines: {reply_rate_30s: null}
              unranked: [blocked]
        """,
    )
    passed, failed = check_cases(path)
    assert passed.passed
    assert (failed.line, [problem.line for problem in failed.differences]) == (5, [8, 9, 10])
    assert failed.differences[0].text("zh") == "mine.cases.yaml，第 8 行：案例“差一点”：总分应为 100，得 0"


def test_a_case_with_a_name_the_scheme_does_not_know_is_refused(tmp_path):
    path = cases(tmp_path, "cases:\n  - name: a\n    figures: {reply_rate_30: 1}\n    expect: {lines: {reply_rate: 1}}\n")
    assert found(lambda: check_cases(path)) == [(3, "case_unknown_figure"), (4, "case_unknown_item")]


def test_a_scheme_without_cases_says_so(tmp_path):
    assert found(lambda: check_cases(scheme(tmp_path, "points: 10"))) == [(None, "scheme_without_cases")]


def test_every_shipped_scheme_is_called_what_its_file_is_called_and_has_cases():
    for name, path in available().items():
        assert load(path).name == name
        assert path.with_name(f"{name}{CASES}").is_file()


def test_a_shipped_scheme_can_be_copied_and_its_cases_go_with_it(tmp_path):
    for path in SHIPPED.iterdir():
        shutil.copy(path, tmp_path)
    assert all(outcome.passed for outcome in check_cases("response-first", tmp_path))
