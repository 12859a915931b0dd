"""The documentation is true: links lead somewhere, commands exist, and the pages that show a session are run as they stand.

What a reader does by hand between commands stands in the page's source as a comment, which is not shown:

    <!-- edit: FILES | OLD | NEW -->     replace a text in files
    <!-- copy: FILE | FILE -->           copy a file of the repository
    <!-- file: FILE -->                  the next fenced block is this file
    <!-- exit: CODE -->                  how the last command of the next console block ends; 0 where nothing is said
    <!-- input: LINE | LINE -->          what is typed into the first command of the next console block; ⏎ is an empty line

Console blocks hold commands after `$ ` and lines of their output; `…` stands for anything. Blocks of `python` (one after the other in one
namespace, the value of a last expression is printed, as in a notebook) and of `sql` (run by `kaohe sql`) are followed by a block of `text`: all they
print, in order, where a line `…` stands for any lines.
"""

import ast
import io
import re
import shlex
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import pytest

from kaohe.cli import main
from kaohe.cli.app import build
from kaohe.metrics.catalogue import CATALOGUE
from kaohe.model.tables import TABLES
from kaohe.packs import Parameters

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    page
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "src").rglob("*.md"), *(ROOT / "tests").rglob("*.md")]
    if page.is_file()
)
SESSIONS = [
    "docs/tutorial.md",
    "docs/tutorial.en.md",
    "docs/tutorial-sql.md",
    "docs/tutorial-sql.en.md",
    "docs/how-to/new-profile.md",
    "docs/how-to/simulate.md",
]
SESSIONS += ["docs/how-to/map-a-file.md", "docs/how-to/credit.md", "docs/how-to/report.md"]
WITH_COMMANDS = ["README.md", "README.en.md", *SESSIONS]

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CELLS = ("python", "sql")
STEP = re.compile(r"^<!-- (edit|copy|file|exit|input): (.*?) -->$|^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(<?([^)<>\s]+)>?\)")
INLINE = re.compile(r"`(?:\.venv/bin/)?(kaohe [^`]+)`")


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def prose(text: str) -> str:
    return FENCE.sub("", text)


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, made as code hosts make them."""
    headings = re.findall(r"^#+ (.+)$", prose(text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def broken(page: Path) -> list[str]:
    found = []
    for link in LINK.findall(re.sub(r"`[^`\n]*`", "", prose(page.read_text("utf-8")))):
        if re.match(r"[a-z][a-z0-9+.-]*:", link):
            continue
        path, _, anchor = link.partition("#")
        target = page.parent / unquote(path) if path else page
        lost = anchor and target.suffix == ".md" and target.exists() and unquote(anchor) not in anchors(target.read_text("utf-8"))
        if not target.exists() or lost:
            found.append(link)
    return found


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_leads_somewhere(page):
    assert broken(page) == []


def test_a_link_that_leads_nowhere_is_found(tmp_path):
    page = tmp_path / "a.md"
    page.write_text("# One two\n[a](b.md) [b](#one-two) [c](#three) [d](https://example.org/x) `[e](f.md)`\n```\n[g](h.md)\n```\n", "utf-8")
    assert broken(page) == ["b.md", "#three"]


def test_the_index_leads_to_every_page():
    index = ROOT / "docs" / "index.md"
    linked = {(index.parent / link.partition("#")[0]).resolve() for link in LINK.findall(index.read_text("utf-8"))}
    decisions = ROOT / "docs" / "adr"
    pages = [page for page in (ROOT / "docs").rglob("*.md") if page != index and (page.parent != decisions or page.name == "README.md")]
    assert [name(page) for page in pages if page not in linked] == []


def test_the_glossary_has_a_row_for_every_metric_table_and_parameter_and_none_twice():
    text = (ROOT / "docs" / "reference" / "glossary.md").read_text("utf-8")
    rows = re.findall(r"^\| `([^`]+)` \| ([^|]+) \| [^|]+ \| [^|]+ \|$", text, re.MULTILINE)
    words = dict(rows)
    assert len(words) == len(rows)
    assert {metric.id: words.get(metric.id) for metric in CATALOGUE.values()} == {metric.id: metric.zh for metric in CATALOGUE.values()}
    assert sorted({*TABLES, *Parameters.model_fields} - set(words)) == []


# Commands that are named


def shell_lines(text: str) -> list[str]:
    """The `kaohe` command lines of a page: in fenced blocks, and in the running text."""
    found = INLINE.findall(prose(text))
    for kind, block in FENCE.findall(text):
        for line in block.splitlines():
            if kind == "sh" or line.startswith("$ "):
                found += [part.strip() for part in line.removeprefix("$ ").split("&&")]
    return [line.removeprefix(".venv/bin/") for line in found if re.match(r"(\.venv/bin/)?kaohe\b", line)]


def mistake(line: str, program) -> str | None:
    """What is wrong with a command line, looked up in the program itself."""
    words = shlex.split(line)[1:]
    command, path = program, ["kaohe"]
    while words and hasattr(command, "commands") and not words[0].startswith("-"):
        if words[0] not in command.commands:
            return f"{line}: no command {words[0]}"
        path.append(words[0])
        command = command.commands[words.pop(0)]
    known = {option for parameter in command.params for option in parameter.opts} | {"--lang", "--help", "-h"}
    for word in words:
        option = word.partition("=")[0]
        if re.match(r"--?[a-z]", option) and option not in known:
            return f"{line}: {' '.join(path)} has no option {option}"
    return None


@pytest.mark.parametrize("page", WITH_COMMANDS)
def test_every_command_named_exists_and_has_those_options(page):
    lines = shell_lines((ROOT / page).read_text("utf-8"))
    program = build()
    assert lines
    assert [wrong for line in lines if (wrong := mistake(line, program))] == []


@pytest.mark.parametrize("line", ["kaohe metricz", "kaohe metrics --bye shop", "kaohe metrics list --by shop"])
def test_a_command_that_does_not_exist_is_found(line):
    assert mistake(line, build())


# Sessions that are run


@dataclass
class Step:
    """One thing a reader does: `kind` is edit, copy, file, run, python or sql."""

    kind: str
    parts: list[str]
    code: int = 0


def steps(text: str) -> list[Step]:
    found, file, code, typed = [], None, 0, ""
    for match in STEP.finditer(text):
        comment, value, language, block = match.groups()
        if comment == "exit":
            code = int(value)
        elif comment == "file":
            file = value
        elif comment == "input":
            typed = "".join(f"{'' if line.strip() == '⏎' else line.strip()}\n" for line in value.split(" | "))
        elif comment is not None:
            found.append(Step(comment, [part.strip() for part in value.split(" | ")]))
        elif file is not None:
            found.append(Step("file", [file, block]))
            file = None
        elif language == "console":
            sessions = re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]
            runs = [Step("run", [session, ""], code if session is sessions[-1] else 0) for session in sessions]
            runs[0].parts[1] = typed
            found += runs
            code, typed = 0, ""
        elif language in CELLS:
            found.append(Step(language, [block, ""]))
        elif language == "text" and found and found[-1].kind in CELLS:
            found[-1].parts[1] = block
    return found


def missing(shown: str, printed: str) -> list[str]:
    """The lines of an excerpt that are not in the output. Blanks may differ, `…` is anything."""
    lines = [" ".join(line.split()) for line in printed.splitlines()]
    found = []
    for line in shown.splitlines():
        pattern = ".*".join(re.escape(" ".join(part.split())) for part in line.split("…"))
        if not any(re.search(f"^{pattern}$" if "…" not in line else pattern, candidate) for candidate in lines):
            found.append(line)
    return [line for line in found if line.strip()]


def differs(shown: str, printed: str) -> str | None:
    """The first line of an output, given whole, that was not printed in its place. Blanks may differ, a line `…` is any lines."""
    rest = [" ".join(line.split()) for line in printed.splitlines() if line.strip()]
    anywhere = False
    for line in [line for line in shown.splitlines() if line.strip()]:
        if line.strip() == "…":
            anywhere = True
            continue
        pattern = ".*".join(re.escape(" ".join(part.split())) for part in line.split("…"))
        at = next((n for n, candidate in enumerate(rest) if re.search(f"^{pattern}$", candidate)), None)
        if at is None or (at > 0 and not anywhere):
            return line
        rest, anywhere = rest[at + 1 :], False
    return rest[0] if rest and not anywhere else None


def in_a_notebook(source: str, names: dict[str, object]) -> None:
    """Run one cell: its statements, and the value of a last expression printed."""
    body = ast.parse(source).body
    last = body.pop() if isinstance(body[-1], ast.Expr) else None
    exec(compile(ast.Module(body, []), "<cell>", "exec"), names)
    value = eval(compile(ast.Expression(last.value), "<cell>", "eval"), names) if isinstance(last, ast.Expr) else None
    if value is not None:
        print(repr(value))


@pytest.mark.parametrize("page", SESSIONS)
def test_a_page_runs_as_it_stands(page, tmp_path, monkeypatch, capsys):
    # People keep their exports in folders with Chinese names.
    home = tmp_path / "我的店铺 1"
    home.mkdir()
    monkeypatch.chdir(home)
    monkeypatch.delenv("KAOHE_LANG", raising=False)
    monkeypatch.delenv("KAOHE_WORKSPACE", raising=False)
    plan, names = steps((ROOT / page).read_text("utf-8")), {}
    assert sum(step.kind == "run" for step in plan) >= 4
    for step in plan:
        if step.kind == "file":
            path = Path(step.parts[0])
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(step.parts[1], "utf-8")
        elif step.kind == "copy":
            target = Path(step.parts[1])
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / step.parts[0], target)
        elif step.kind == "edit":
            files, old, new = step.parts
            matched = sorted(Path().glob(files))
            assert matched, files
            for path in matched:
                before = path.read_text("utf-8")
                assert old in before, (path, old)
                path.write_text(before.replace(old, new), "utf-8")
        elif step.kind in CELLS:
            block, shown = step.parts
            capsys.readouterr()
            if step.kind == "sql":
                assert main(["sql", block]) == 0, capsys.readouterr().err
            else:
                in_a_notebook(block, names)
            assert differs(shown, capsys.readouterr().out) is None, block
        else:
            command, _, shown = step.parts[0].partition("\n")
            monkeypatch.setattr(sys, "stdin", io.StringIO(step.parts[1]))
            capsys.readouterr()
            code = main(shlex.split(command)[1:])
            said = capsys.readouterr()
            assert (command, code) == (command, step.code), said.err
            assert missing(shown, said.out + said.err) == [], command


def test_an_excerpt_that_is_not_true_is_found():
    assert missing("a   1\n…\nb … 3\n", "a 1\nb 2 3\n") == []
    assert missing("a 2\nc … 3\n", "a 1\nb 2 3\n") == ["a 2", "c … 3"]


@pytest.mark.parametrize(
    ("shown", "printed", "wrong"),
    [
        ("a  1\nb\n", "a 1\n\nb\n", None),
        ("a\n…\nd\n", "a\nb\nc\nd\n", None),
        ("a … 3\n", "a 1 2 3\n", None),
        ("…\n", "a\n", None),
        ("a\nc\n", "a\nb\nc\n", "c"),
        ("b\na\n", "a\nb\n", "b"),
        ("a\n", "a\nb\n", "b"),
        ("a\n…\nd\n", "a\nd\ne\n", "e"),
        ("", "a\n", "a"),
    ],
)
def test_an_output_given_whole_is_held_to_every_line(shown, printed, wrong):
    assert differs(shown, printed) == wrong
