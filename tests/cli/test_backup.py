"""A workspace in one file: what is in it, what is refused, and that what comes back is what went in."""

import io
import json
import os
import shutil
import stat
import threading
import time
import zipfile

import pytest
from filelock import FileLock

import kaohe
from kaohe import archive
from kaohe.errors import Failure


@pytest.fixture
def workspace(workspace, tmp_path):
    """The small shop, a copy of its own."""
    return shutil.copytree(workspace, tmp_path / "workspace")


@pytest.fixture
def saved(run, workspace, tmp_path, monkeypatch):
    """A backup of the small shop with a result, a scheme of its own and a cache, and the workspace it was made of."""
    monkeypatch.delenv("DATABASE_URL", raising=False)
    kaohe.open(workspace).save_result("response-first")
    (workspace / "schemes").mkdir(exist_ok=True)
    (workspace / "schemes" / "own.yaml").write_text("# 自己的\n", "utf-8")
    file = tmp_path / "backup.zip"
    ended = run("backup", file, "--workspace", workspace)
    assert ended.code == 0, ended.err
    assert "核对无误" in ended.err
    (workspace / "schemes" / "own.yaml").unlink()
    return file


def rewritten(file, change):
    """The archive with its names and contents changed."""
    with zipfile.ZipFile(file) as old:
        content = {info: old.read(info) for info in old.infolist()}
    entries = {info.filename: data for info, data in content.items()}
    change(entries)
    with zipfile.ZipFile(file, "w") as new:
        for name, data in entries.items():
            new.writestr(name, data)


def refused(run, file, target, *, code=3):
    ended = run("restore", file, "--workspace", target)
    assert ended.code == code, ended.err
    assert not target.exists()
    assert not [path for path in target.parent.iterdir() if path.name.startswith(".restoring-")]
    return ended.err


def test_what_comes_back_is_what_went_in(run, saved, workspace, tmp_path):
    target = tmp_path / "new"
    ended = run("restore", saved, "--workspace", target)
    assert ended.code == 0, ended.err
    one, two = kaohe.open(workspace), kaohe.open(target)
    assert two.figures().equals(one.figures())
    assert two.table("messages").equals(one.table("messages"))
    assert [run.content for run in two.results()] == [run.content for run in one.results()]
    assert two.history().equals(one.history())
    assert (target / "schemes" / "own.yaml").read_text("utf-8") == "# 自己的\n"
    assert not (target / "cache").is_dir() or not list((target / "cache").rglob("*.json"))


def test_imports_go_on_where_it_was_restored(run, saved, tmp_path):
    target = tmp_path / "new"
    run("restore", saved, "--workspace", target)
    more = tmp_path / "messages.csv"
    more.write_text("shop_id,buyer_id,sent_at,sender,agent_id,message_id,text\ns1,b8,2026-11-04 09:00:00,buyer,,n1,在\n", "utf-8")
    assert kaohe.open(target).import_exports([more]).number == kaohe.open(target).history()["number"].max()


def test_a_backup_is_its_owners_and_holds_neither_caches_nor_locks_nor_the_sites_key(run, workspace, tmp_path, monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    (workspace / "web").mkdir()
    (workspace / "web" / "secret.key").write_text("x")
    (workspace / "cache").mkdir(exist_ok=True)
    (workspace / "cache" / "x.json").write_text("{}")
    (workspace / "buyer.key").write_text("00" * 32)
    for name, age in ((".backup-killed", 2 * archive.FORGOTTEN), (".backup-going-on", 0)):
        (workspace / name).mkdir()
        os.utime(workspace / name, (time.time() - age,) * 2)
    file = tmp_path / "b.zip"
    assert run("backup", file, "--workspace", workspace).code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    names = zipfile.ZipFile(file).namelist()
    assert "workspace/buyer.key" in names
    assert not [name for name in names if "secret" in name or "cache" in name or ".lock" in name or "staging" in name]
    assert [path.name for path in workspace.iterdir() if path.name.startswith(".backup-")] == [".backup-going-on"]


def test_nothing_is_overwritten(run, saved, workspace, tmp_path):
    before = saved.read_bytes()
    assert run("backup", saved, "--workspace", workspace).code == 2
    assert saved.read_bytes() == before
    full = tmp_path / "full"
    full.mkdir()
    (full / "mine.txt").write_text("mine")
    assert run("restore", saved, "--workspace", full).code == 2
    assert [path.name for path in full.iterdir()] == ["mine.txt"]
    empty = tmp_path / "empty"
    empty.mkdir()
    assert run("restore", saved, "--workspace", empty).code == 0


def test_a_backup_does_not_go_into_what_it_is_of(run, workspace, monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    assert run("backup", workspace / "b.zip", "--workspace", workspace).code == 2
    assert not (workspace / "b.zip").exists()


def test_a_file_that_is_none_or_was_not_copied_whole_is_refused(run, saved, tmp_path):
    refused(run, tmp_path / "missing.zip", tmp_path / "new")
    text = tmp_path / "text.zip"
    text.write_text("not a zip")
    refused(run, text, tmp_path / "new")
    short = tmp_path / "short.zip"
    short.write_bytes(saved.read_bytes()[:-200])
    refused(run, short, tmp_path / "new")
    bare = tmp_path / "bare.zip"
    with zipfile.ZipFile(bare, "w") as made:
        made.writestr("x", "y")
    assert "manifest.json" in refused(run, bare, tmp_path / "new")


def test_one_changed_byte_is_found(run, saved, tmp_path):
    with zipfile.ZipFile(saved) as opened:
        entry = max((info for info in opened.infolist() if info.filename.endswith(".parquet")), key=lambda info: info.file_size)
    content = bytearray(saved.read_bytes())
    content[entry.header_offset + len(entry.filename.encode()) + 60] ^= 1
    saved.write_bytes(content)
    refused(run, saved, tmp_path / "new")


def test_a_changed_file_with_a_right_checksum_of_zip_is_found(run, saved, tmp_path):
    def change(entries):
        name = next(name for name in entries if "/results/" in name)
        entries[name] = entries[name].replace(b"0", b"1", 1)

    rewritten(saved, change)
    assert "坏了" in refused(run, saved, tmp_path / "new")


def test_a_result_that_was_altered_with_its_manifest_is_found_by_its_seal(run, saved, tmp_path):
    def change(entries):
        import hashlib

        name = next(name for name in entries if "/results/" in name)
        entries[name] = entries[name].replace(b"response-first", b"response-worst", 1)
        manifest = json.loads(entries["manifest.json"])
        manifest["files"][name] |= {"sha256": hashlib.sha256(entries[name]).hexdigest(), "size": len(entries[name])}
        entries["manifest.json"] = json.dumps(manifest).encode()

    rewritten(saved, change)
    assert "被改过" in refused(run, saved, tmp_path / "new")


@pytest.mark.parametrize(
    "name",
    ["../evil", "workspace/../../evil", "/etc/evil", "workspace/..\\evil", "C:evil", "workspace//evil", "workspace/./evil", "other/evil",
     "workspace/a\x00b", "workspace/x. ", "workspace/evil\n"],
)  # fmt: skip
def test_a_path_that_leads_elsewhere_is_refused(run, saved, tmp_path, name):
    def change(entries):
        manifest = json.loads(entries["manifest.json"])
        victim = next(path for path in manifest["files"] if path.endswith("own.yaml"))
        manifest["files"][name] = manifest["files"].pop(victim)
        entries[name] = entries.pop(victim)
        entries["manifest.json"] = json.dumps(manifest).encode()

    rewritten(saved, change)
    refused(run, saved, tmp_path / "new")
    assert not [*tmp_path.rglob("evil"), *tmp_path.parent.glob("evil")]


def test_links_and_files_beside_the_manifest_are_refused(run, saved, tmp_path):
    whole = saved.read_bytes()
    with zipfile.ZipFile(saved, "a") as opened:
        opened.writestr("workspace/more", "x")
    refused(run, saved, tmp_path / "new")
    saved.write_bytes(whole)
    with zipfile.ZipFile(io.BytesIO(whole)) as old, zipfile.ZipFile(saved, "w") as new:
        for info in old.infolist():
            entry = zipfile.ZipInfo(info.filename)
            if info.filename.endswith("own.yaml"):
                entry.external_attr = (stat.S_IFLNK | 0o777) << 16
            new.writestr(entry, old.read(info))
    assert "链接" in refused(run, saved, tmp_path / "new")


def test_more_than_the_manifest_says_is_not_written(run, saved, tmp_path):
    def change(entries):
        name = next(name for name in entries if name.endswith("own.yaml"))
        entries[name] = b"x" * 10_000_000

    rewritten(saved, change)
    assert "坏了" in refused(run, saved, tmp_path / "new")


def test_a_backup_of_a_newer_version_is_refused(run, saved, tmp_path):
    def change(entries):
        manifest = json.loads(entries["manifest.json"]) | {"format": archive.FORMAT + 1, "kaohe": "99.0"}
        entries["manifest.json"] = json.dumps(manifest).encode()

    rewritten(saved, change)
    assert "99.0" in refused(run, saved, tmp_path / "new")


def test_a_running_import_is_waited_for_and_one_that_does_not_end_refuses(workspace, tmp_path):
    lock = FileLock(workspace / "lake" / ".lock", thread_local=False)
    lock.acquire()
    with pytest.raises(Failure, match="another import"), archive.held(workspace, wait=0.1):
        pass
    threading.Timer(0.3, lock.release).start()
    begun = time.monotonic()
    with archive.held(workspace, wait=20):
        assert time.monotonic() - begun > 0.2


def test_a_lake_on_another_disk_is_followed(run, workspace, tmp_path, monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    (workspace / "lake").rename(tmp_path / "big-disk")
    (workspace / "lake").symlink_to(tmp_path / "big-disk")
    (tmp_path / "big-disk" / "round").symlink_to(tmp_path / "big-disk")
    assert run("backup", tmp_path / "b.zip", "--workspace", workspace).code == 0
    assert run("restore", tmp_path / "b.zip", "--workspace", tmp_path / "new").code == 0
    assert kaohe.open(tmp_path / "new").table("messages").height == kaohe.open(workspace).table("messages").height
    assert not (tmp_path / "new" / "lake").is_symlink()


def test_where_there_are_no_links_files_are_copied(run, workspace, tmp_path, monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)

    def unable(*_args, **_more):
        raise OSError

    monkeypatch.setattr(os, "link", unable)
    assert run("backup", tmp_path / "b.zip", "--workspace", workspace).code == 0
    monkeypatch.undo()
    assert run("restore", tmp_path / "b.zip", "--workspace", tmp_path / "new").code == 0
