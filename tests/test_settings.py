"""The workspace's `kaohe.yaml`: defaults without it, its own numbers with it, and mistakes with their lines."""

import pytest

from kaohe.errors import Failure
from kaohe.metrics.reconciliation import Tolerance
from kaohe.settings import Settings


def test_without_a_file_the_defaults_hold(tmp_path):
    settings = Settings.of(tmp_path)
    assert settings.tolerances == Tolerance(1.0, 0.01, 0.05, {})
    assert settings.minimum("reply_rate_30s") == 10


def test_a_figures_own_number_wins_over_that_of_its_kind(tmp_path):
    (tmp_path / "kaohe.yaml").write_text(
        "tolerance: {count: 2, rate: 0.02, relative: 0.1, reply_rate_3min: 0.5}\nminimum_sample: {default: 5, inquiry_conversion: 30}\n",
        "utf-8",
    )
    settings = Settings.of(tmp_path)
    tolerance = settings.tolerances
    assert [tolerance.of(name) for name in ("served_buyers", "reply_rate_30s", "avg_response_seconds", "sales_amount", "reply_rate_3min")] == [
        2, 0.02, 0.1, 0.1, 0.5,
    ]  # fmt: skip
    assert (settings.minimum("inquiry_conversion"), settings.minimum("reply_rate_30s")) == (30, 5)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("tolerance:\n  count: -1\n", 2, "-1"),
        ("tolerance:\n  rate: 0.01\n  reply_rate_3mins: 0.1\n", 3, "reply_rate_3min"),
        ("minimum_sample:\n  default: 2.5\n", 2, "2.5"),
        ("minimum_sample:\n  consulting_buyers: 5\n", 2, "consulting_buyers"),
        ("tolerances: {}\n", 1, "tolerance"),
        ("[]\n", 1, "mapping"),
    ],
)
def test_mistakes_are_refused_with_their_line(tmp_path, text, line, said):
    (tmp_path / "kaohe.yaml").write_text(text, "utf-8")
    with pytest.raises(Failure) as failed:
        Settings.of(tmp_path)
    (problem,) = failed.value.problems
    assert (problem.file, problem.line) == ("kaohe.yaml", line)
    assert said in problem.text("en")


def test_a_file_that_is_no_text_is_refused(tmp_path):
    (tmp_path / "kaohe.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(Failure) as failed:
        Settings.of(tmp_path)
    assert failed.value.problems[0].code.name == "settings_unreadable"
