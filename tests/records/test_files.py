"""Record files appear whole and once, on whatever the folder lies."""

import errno
import json
import os
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from kaohe.errors import Failure
from kaohe.records.files import FORMAT, created, read


@pytest.fixture(params=[None, errno.EPERM, errno.ENOTSUP, errno.EACCES, errno.ENOSYS, errno.EINVAL], ids=str)
def without_links(request, monkeypatch):
    """A folder with links, and some without: a stick, network shares."""

    def link(*_args):
        raise OSError(request.param, os.strerror(request.param))

    if request.param is not None:
        monkeypatch.setattr(os, "link", link)


def content(number):
    return {"format": FORMAT, "number": number, "text": "账" * 10_000}


def test_of_many_writers_of_one_name_one_wins_and_its_file_is_whole(without_links, tmp_path):
    path = tmp_path / "ledger" / "2026-11.json"
    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(lambda number: created(path, content(number)), range(16)))
    assert won.count(True) == 1
    assert read(path) == content(won.index(True))
    assert [one.name for one in path.parent.iterdir() if not one.name.startswith(".")] == ["2026-11.json"]
    assert not list(path.parent.glob(".draft*"))


def test_a_file_that_is_there_is_left_as_it_is(without_links, tmp_path):
    path = tmp_path / "one.json"
    assert created(path, content(1))
    before = path.read_bytes()
    assert not created(path, content(2))
    assert path.read_bytes() == before


def test_a_write_that_fails_leaves_nothing_under_the_name(without_links, tmp_path, monkeypatch):
    def full(*_args):
        raise OSError(errno.ENOSPC, "disk full")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="disk full"):
        created(tmp_path / "one.json", content(1))
    assert list(tmp_path.iterdir()) == []


ALTERATIONS = {
    "a digit": lambda text: text.replace('"number": 1', '"number": 2'),
    "cut short": lambda text: text[: len(text) // 2],
    "other data": lambda _text: "[]",
    "empty": lambda _text: "",
    "no digest": lambda text: re.sub(r'"digest": "\w+",', "", text),
}


@pytest.mark.parametrize("alter", ALTERATIONS.values(), ids=ALTERATIONS)
def test_a_file_that_is_not_as_it_was_written_is_refused(tmp_path, alter):
    path = tmp_path / "one.json"
    created(path, content(1))
    path.write_bytes(alter(path.read_text("utf-8")).encode())
    with pytest.raises(Failure) as caught:
        read(path)
    assert caught.value.problems[0].code.name == "record_altered"


def test_a_file_in_another_encoding_or_of_a_newer_program_is_told_apart(tmp_path):
    path = tmp_path / "one.json"
    path.write_bytes(json.dumps({"text": "账"}, ensure_ascii=False).encode("gb18030"))
    with pytest.raises(Failure) as caught:
        read(path)
    assert caught.value.problems[0].code.name == "record_altered"
    created(tmp_path / "two.json", {"format": FORMAT + 1})
    with pytest.raises(Failure) as caught:
        read(tmp_path / "two.json")
    assert caught.value.problems[0].code.name == "record_newer"
