"""The generated reference says what the program says."""

import subprocess
import sys
from pathlib import Path

import pytest

from kaohe.cli.app import COMMANDS

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from docs import generate  # noqa: E402 (the repository's root is no installed package)
from docs.pages import commands, errors  # noqa: E402


@pytest.mark.parametrize("page", ["cli.md", "cli.en.md"])
def test_every_command_has_a_page(page):
    text = (ROOT / "docs" / "reference" / page).read_text("utf-8")
    assert all(f"\n## kaohe {name}\n" in text for name in (*COMMANDS, "metrics list"))


def test_every_error_code_has_an_entry():
    from kaohe.errors import CODES

    errors.import_everything()
    text = (ROOT / "docs" / "reference" / "errors.md").read_text("utf-8")
    ours = [code for code in CODES if not code.startswith("test_")]
    assert [code for code in ours if f"| `{code}` |" not in text] == []


def test_the_reference_has_an_entry_for_every_option():
    for page in commands.pages("zh"):
        assert page.text[0]
        assert all(entry.text for entry in page.options)


def test_a_stale_page_is_found_and_mended(tmp_path, monkeypatch):
    monkeypatch.setattr(generate, "PAGES", {"reference/a.md": lambda: "new\n"})
    assert generate.stale(tmp_path) == ["reference/a.md"]
    assert generate.write(tmp_path) == ["reference/a.md"]
    assert generate.stale(tmp_path) == []
    (tmp_path / "reference" / "a.md").write_text("old\n")
    assert generate.stale(tmp_path) == ["reference/a.md"]


def test_the_pages_in_the_repository_are_not_stale():
    # In a process of its own: tests declare error codes too.
    checked = subprocess.run([sys.executable, "-m", "docs.generate", "--check"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")
