"""The program as a whole: help, languages, wrong use, and how a run ends."""

import os
import subprocess
import sys
import time

import pytest

import kaohe
from kaohe.cli import options, words
from kaohe.cli.app import COMMANDS, build
from kaohe.cli.help import page
from kaohe.errors import REFUSED, code, failure
from kaohe.reports.pairs import Pair

HEAVY = ("polars", "deltalake", "pydantic", "numpy", "xlsxwriter", "ruamel", "kaohe.workspace", "kaohe.reports.tables", "kaohe.definitions")


def process(*arguments: str, **more) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("KAOHE_")}
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, encoding="utf-8", timeout=60, env=environment, check=False, **more
    )


@pytest.mark.parametrize("arguments", [["--help"], ["import", "--help"], ["metrics", "--help"], ["--version"], ["nonsense"], []])
def test_nothing_heavy_is_imported_before_a_command_runs(arguments):
    script = f"import sys; from kaohe.cli import main; main({arguments}); print([m for m in {HEAVY} if m in sys.modules], file=sys.stderr)"
    assert process("-c", script).stderr.splitlines()[-1] == "[]"


def test_help_takes_less_than_300_milliseconds():
    def once() -> float:
        start = time.perf_counter()
        assert process("-m", "kaohe.cli", "--help").returncode == 0
        return time.perf_counter() - start

    # The best of several: other processes on the machine can only make it slower.
    assert min(once() for _ in range(5)) < 0.3


def test_every_command_says_what_it_does_in_both_languages(run):
    for lang in ("zh", "en"):
        root = build(lang)
        assert tuple(root.list_commands(None)) == COMMANDS
        for name in COMMANDS:
            shown = run(name, "--help", "--lang", lang)
            assert shown.code == 0
            assert shown.out.startswith(f"{words.USAGE.text(lang)} kaohe {name}")
            assert words.EXAMPLES.text(lang) in shown.out


def test_every_option_has_a_text_in_both_languages():
    for lang in ("zh", "en"):
        root = build(lang)
        context = root.context_class(root, info_name="kaohe", obj=lang)
        for name in COMMANDS:
            command = root.get_command(context, name)
            found = page(command, command.context_class(command, info_name=name, parent=context))
            assert all(entry.text for entry in (*found.arguments, *found.options))
            chinese = [entry.text for entry in found.options if any("\u4e00" <= character <= "\u9fff" for character in entry.text)]
            assert len(chinese) == (len(found.options) if lang == "zh" else 0)


def test_every_text_exists_in_both_languages_with_the_same_parts():
    from string import Formatter

    for name, pair in vars(words).items():
        if isinstance(pair, Pair):
            parts = [sorted(part for _, part, _, _ in Formatter().parse(text) if part) for text in pair]
            assert parts[0] == parts[1], name
            assert all(pair), name


def test_the_language_may_stand_before_or_after_the_command_or_in_the_environment(run, monkeypatch):
    english = run("history", "--help", "--lang", "en").out
    assert english.startswith("Usage kaohe history")
    assert run("--lang=en", "history", "--help").out == english
    monkeypatch.setenv("KAOHE_LANG", "en")
    assert run("history", "--help").out == english
    assert run("history", "--help", "--lang", "zh").out.startswith("用法 kaohe history")


def test_without_arguments_the_help_is_shown(run):
    assert run().out == run("--help").out


def test_the_version_is_told(run):
    assert run("--version").out == f"kaohe {kaohe.__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "zh", "en"),
    [
        (["metrcs"], "没有“metrcs”这个命令。是否想写 metrics？", "Did you mean metrics?"),
        (["zzz"], "可选：run、import", "Known: run, import"),
        (["metrics", "lsit"], "没有“lsit”这个命令。是否想写 list？", "Did you mean list?"),
        (["metrics", "--fron", "2026-11-01"], "没有“--fron”这个选项。是否想写 --from？", "Did you mean --from?"),
        (["metrics", "--format", "jsn"], "--format 不能是“jsn”。是否想写 json？", "Did you mean json?"),
        (["metrics", "--by", "shop,agnet"], "--by 不能是“agnet”。是否想写 agent？", "Did you mean agent?"),
        (
            ["metrics", "--metric", "reply_rate_30"],
            "没有“reply_rate_30”这个指标。是否想写 reply_rate_30s？",
            "Did you mean reply_rate_30s?",
        ),
        (["metrics", "--metric", "30秒应答"], "是否想写 30秒应答率？", "Did you mean 30秒应答率?"),
        (["metrics", "--at", "x"], "--at 要写不小于 1 的整数", "--at takes a whole number of at least 1"),
        (["metrics", "--at", "0"], "--at 要写不小于 1 的整数", "--at takes a whole number of at least 1"),
        (["metrics", "--by"], "选项 --by 后面要写值", "option --by needs a value"),
        (["metrics", "--from", "11月1日"], "--from 的“11月1日”不是日期", "'11月1日' is no day"),
        (["metrics", "--from", "0001-01-01"], "不在 2000 年到 2099 年之间", "is not between 2000 and 2099"),
        (["metrics", "--from", "2026-02-30"], "“2026-02-30”不是日期", "'2026-02-30' is no day"),
        (["metrics", "--from", "2026-11-02", "--to", "2026-11-01"], "起始日期 2026-11-02 晚于截止日期 2026-11-01", "is after the last day"),
        (["metrics", "--format", "xlsx"], "请加 --output 文件名.xlsx", "add --output NAME.xlsx"),
        (["metrics", "--format", "parquet"], "请加 --output 文件名.parquet", "add --output NAME.parquet"),
        (["import"], "缺少 路径。用 kaohe import --help 查看用法", "PATH is missing. See 'kaohe import --help'"),
        (["explain"], "缺少 名称", "NAME is missing"),
        (["init", "a", "b"], "多出了“b”", "'b' is not expected here"),
        (["--lang", "fr"], "--lang 不能是“fr”", "--lang"),
        (["metrics", "--lang"], "选项 --lang 后面要写值", "--lang"),
        (["demo", "x", "--scale", "much"], "--scale 要写不小于 0.01 的数", "--scale takes a number of at least 0.01"),
        (["demo", "x", "--first", "soon"], "--first 的“soon”不是日期", "'soon' is no day"),
    ],
)
def test_wrong_use_says_what_is_wrong_and_what_comes_nearest(run, workspace, monkeypatch, arguments, zh, en):
    monkeypatch.setenv("KAOHE_WORKSPACE", str(workspace))
    ended = run(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert zh in ended.err
    if "--lang" not in arguments:
        assert en in run(*arguments, "--lang", "en").err


def test_a_failure_is_its_text_and_its_exit_code_and_no_traceback(run, monkeypatch):
    trouble = failure(code("test_only_trouble", zh="{what}坏了\x1b[31m", en="{what} is broken", exit=REFUSED), what="磁盘")

    def broken(folder):
        raise trouble

    monkeypatch.setattr(kaohe, "open", broken, raising=False)
    ended = run("history")
    assert (ended.code, ended.out, ended.err) == (3, "", "磁盘坏了·[31m\n")


def test_a_mistake_in_the_program_keeps_its_traceback(run, monkeypatch):
    monkeypatch.setattr(kaohe, "open", lambda folder: 1 / 0, raising=False)
    with pytest.raises(ZeroDivisionError):
        run("history")


def test_an_interrupt_ends_quietly_with_130(run, monkeypatch):
    def interrupted(folder):
        raise KeyboardInterrupt

    monkeypatch.setattr(kaohe, "open", interrupted, raising=False)
    ended = run("history")
    assert (ended.code, ended.out, ended.err.strip()) == (130, "", "")


def test_a_reader_that_goes_away_ends_it_without_a_word():
    with subprocess.Popen(
        [sys.executable, "-m", "kaohe.cli", "metrics", "list", "--format", "json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.close()
        assert running.stderr.read() == b""
        assert running.wait(timeout=60) in (0, 141)


def test_a_place_without_a_workspace_is_said(run, tmp_path):
    ended = run("metrics", "--workspace", tmp_path / "none")
    assert (ended.code, ended.out) == (2, "")
    assert "kaohe init" in ended.err


def test_formats_named_in_help_are_those_that_exist():
    assert all(name in words.FORMAT.zh and name in words.FORMAT.en for name in options.FORMATS)
    assert all(name in words.BY.zh and name in words.BY.en for name in options.GROUPS)


def test_what_can_be_grouped_by_is_what_figures_know():
    from kaohe.metrics.figures import BY

    assert set(options.GROUPS) == set(BY)


def test_the_default_scheme_exists():
    from kaohe.appraisal import available
    from kaohe.cli.appraise import DEFAULT_SCHEME

    assert DEFAULT_SCHEME in available()


def test_the_main_figures_are_in_the_catalogue():
    from kaohe.metrics.catalogue import CATALOGUE
    from kaohe.reports.figures import BLOCK, MAIN, TRADE

    assert {*MAIN, *TRADE} <= set(CATALOGUE)
    assert max(len(MAIN), len(TRADE)) <= BLOCK
