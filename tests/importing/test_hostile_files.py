"""Any file whatever ends in a clear message and exit 3: never a traceback, never unbounded memory."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
import xlwt
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from canonical import HEADINGS
from kaohe.errors import Failure
from kaohe.importing import Options, import_exports
from kaohe.importing.files import Limits, Source
from kaohe.importing.isolated import Isolated
from kaohe.importing.profiles import profiles
from kaohe.importing.tabular import Opener
from kaohe.lake import Lake

ROW = "north,b1,2026-06-07 09:00:00,buyer,,1,在吗"
ENDINGS = ("csv", "tsv", "txt", "xlsx", "xls", "json", "jsonl", "parquet", "zip", "pdf", "")


def workbook(cells: dict[tuple[int, int], object]) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    page = book.add_worksheet()
    for number, heading in enumerate(HEADINGS.split(",")):
        page.write(0, number, heading)
    for (row, column), cell in cells.items():
        page.write(row, column, cell)
    book.close()
    return out.getvalue()


def old_workbook() -> bytes:
    book = xlwt.Workbook()
    page = book.add_sheet("s")
    for number, heading in enumerate(HEADINGS.split(",")):
        page.write(0, number, heading)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def parquet() -> bytes:
    out = io.BytesIO()
    pl.DataFrame([ROW.split(",")], schema=HEADINGS.split(","), orient="row").write_parquet(out)
    return out.getvalue()


@pytest.fixture
def refusal(lake, exports):
    """Import one file of these bytes; the code with which it is refused."""

    def run(name: str, data: bytes, **options: object) -> str:
        (exports / name).write_bytes(data)
        with pytest.raises(Failure) as trouble:
            import_exports(lake, [exports / name], Options(**options))  # type: ignore[arg-type]
        assert trouble.value.exit == 3
        assert name in trouble.value.text("zh")
        assert lake.snapshot().number == 0
        return trouble.value.problems[0].code.name

    return run


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("empty.csv", b"", "file_empty"),
        ("blank.csv", b" \r\n\t\n", "file_empty"),
        ("nul.csv", b"a,b\n1,\0\n", "file_not_a_table"),
        ("noise.xlsx", bytes(range(128, 256)) * 4, "file_not_a_table"),
        ("page.xls", b"<!DOCTYPE html><table><tr><td>shop_id</td></tr></table>", "file_not_a_table"),
        ("photo.csv", b"\x89PNG\r\n\x1a\n0000", "file_not_a_table"),
        ("paper.xlsx", b"%PDF-1.7 ...", "file_not_a_table"),
        ("packed.csv", b"\x1f\x8b\x08\0\0\0\0\0", "file_not_a_table"),
        ("packed.zip", b"Rar!\x1a\x07\x01\0", "file_not_a_table"),
        ("words.txt", "今天天气不错\n我们去公园\n".encode(), "table_not_known"),
        ("deep.json", b"[" * 100_000, "not_json"),
        ("open.json", b'[{"a": 1', "not_json"),
        ("odd.json", b'{"a": 1}', "table_not_known"),
        ("none.json", b"[]", "no_entries"),
        ("half.parquet", b"PAR1" + b"\0" * 40, "file_damaged"),
        ("cut.zip", b"PK\x03\x04" + b"\0" * 40, "file_damaged"),
        ("very_old.xls", b"\x09\x08\x10\x00\x00\x06\x05\x00", "file_not_a_table"),
    ],
)
def test_what_is_no_export_is_called_what_it_is(refusal, name, data, said):
    assert refusal(name, data) == said


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9, 0.999])
def test_a_download_that_broke_off_is_called_damaged(refusal, part):
    whole = workbook({(1, 0): "north"})
    assert refusal("m.xlsx", whole[: int(len(whole) * part)]) == "file_damaged"
    data = parquet()
    assert refusal("m.parquet", data[: int(len(data) * part)]) == "file_damaged"


def test_a_workbook_with_a_password_is_called_locked(refusal):
    ole = old_workbook().replace("Workbook\0".encode("utf-16-le"), "EncryptedPackage\0".encode("utf-16-le")[:18])
    data = ole + "EncryptedPackage\0".encode("utf-16-le")
    assert refusal("m.xlsx", data) == "file_locked"


def test_a_table_of_10000_columns_is_refused_with_its_width(refusal):
    names = ",".join([HEADINGS, *(f"c{n}" for n in range(10_000))])
    assert refusal("wide.csv", (names + "\n" + "1," * 10_000 + "\n").encode()) == "table_too_wide"


def test_two_cells_at_the_ends_of_a_sheet_do_not_cost_all_the_memory_between(refusal):
    assert refusal("far.xlsx", workbook({(1_048_575, 16_383): "z"})) == "file_needs_too_much_memory"


def test_an_old_workbook_that_claims_four_billion_rows(refusal):
    data = bytearray(old_workbook())
    place = data.find(struct.pack("<HH", 0x0200, 14))
    data[place + 8 : place + 12] = struct.pack("<I", 0xFFFFFFF0)
    data[place + 14 : place + 16] = struct.pack("<H", 0xFFF0)
    assert refusal("m.xls", bytes(data)) == "file_needs_too_much_memory"


def claims(data: bytes, size: int) -> bytes:
    """A zip whose first entry's directory says it unfolds to `size` bytes."""
    blob = bytearray(data)
    place = blob.find(b"PK\x01\x02")
    blob[place + 24 : place + 28] = struct.pack("<I", size)
    return bytes(blob)


def test_a_workbook_that_claims_to_unfold_beyond_reason_is_not_unfolded(refusal):
    out = io.BytesIO(workbook({}))
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("xl/big.bin", b"x")
    assert refusal("m.xlsx", claims(out.getvalue(), 0xFFFFFFF0)) == "file_too_big"


def zipped(entries: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return out.getvalue()


def test_a_zip_bomb_stops_at_the_limit_whatever_it_claims(refusal, monkeypatch, tmp_path):
    bomb = zipped({"m.csv": b"0" * (64 << 20)})
    assert refusal("bomb.zip", bomb) == "file_too_big"
    assert refusal("small_claim.zip", claims(bomb, 100)) in ("file_too_big", "file_damaged", "table_not_known")
    assert refusal("many.zip", zipped({f"{n}.csv": b"x" for n in range(30)}), limits=Limits(entries=20)) == "file_too_big"
    parts = zipped({f"{n}.csv": f"{n}{'x' * (1 << 20)}".encode() for n in range(8)})
    assert refusal("whole.zip", parts, limits=Limits(unpacked=4 << 20)) == "file_too_big"


def test_zips_within_zips_end_somewhere(refusal):
    data = zipped({"m.csv": b"x"})
    for _ in range(5):
        data = zipped({"again.zip": data})
    assert refusal("deep.zip", data) == "file_too_big"


def test_names_in_a_zip_lead_nowhere(lake, exports, tmp_path):
    (exports / "m.zip").write_bytes(zipped({"../../../escaped.csv": f"{HEADINGS}\n{ROW}\n".encode(), "/abs.csv": b"x"}))
    report = import_exports(lake, [exports / "m.zip"])
    assert report.new == 1
    assert not list(tmp_path.parent.rglob("escaped.csv"))


def test_a_small_parquet_that_claims_a_hundred_million_rows(refusal):
    out = io.BytesIO()
    pl.select(pl.repeat(None, 20_000_000, dtype=pl.Null).cast(pl.String).alias("shop_id")).write_parquet(out, compression="zstd")
    assert len(out.getvalue()) < 300_000
    assert refusal("m.parquet", out.getvalue()) == "file_needs_too_much_memory"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_not_waited_for(lake, exports):
    os.mkfifo(exports / "pipe.csv")
    with pytest.raises(Failure) as trouble:
        import_exports(lake, [exports])
    assert trouble.value.problems[0].code.name == "not_a_plain_file"


def test_hostile_files_among_good_ones_do_not_keep_the_good_ones_out(lake, exports):
    (exports / "m.csv").write_text(f"{HEADINGS}\n{ROW}\n", encoding="utf-8")
    (exports / "bomb.zip").write_bytes(zipped({"m.csv": b"0" * (64 << 20)}))
    (exports / "far.xlsx").write_bytes(workbook({(1_048_575, 16_383): "z"}))
    (exports / "good.xlsx").write_bytes(workbook({(1, n): cell for n, cell in enumerate(ROW.replace(",1,", ",2,").split(","))}))
    report = import_exports(lake, [exports])
    assert report.new == 2 + 0
    assert sorted(file.name for file in report.files if file.status == "refused") == ["bomb.zip/m.csv", "far.xlsx"]


MEASURE = """
import sys
from pathlib import Path
from kaohe.errors import Failure
from kaohe.importing import import_exports
from kaohe.lake import Lake
try:
    import_exports(Lake.create(Path(sys.argv[1])), [Path(sys.argv[2])])
except Failure as failure:
    # Not ru_maxrss: a new process inherits the peak of the one that started it.
    peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
    print(int(peak.split()[1]) // 1024, failure.exit)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak of memory is read from /proc")
def test_hostile_files_stay_small_in_memory(exports, tmp_path):
    (exports / "bomb.zip").write_bytes(zipped({"m.csv": b"0" * (200 << 20)}))
    (exports / "far.xlsx").write_bytes(workbook({(1_048_575, 16_383): "z"}))
    (exports / "line.csv").write_bytes(HEADINGS.encode() + b"\n" + b"x" * (150 << 20))
    (exports / "wide.csv").write_bytes(b"a," * 2_000_000)
    command = [sys.executable, "-c", MEASURE, str(tmp_path / "lake"), str(exports)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    megabytes, exit_code = map(int, done.stdout.split())
    assert exit_code == 3
    assert megabytes < 600


@pytest.fixture(scope="module")
def scene(tmp_path_factory) -> Iterator[tuple[Path, Opener, Lake]]:
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "tables").mkdir()
    with Isolated(patience=30) as isolated:
        yield folder, Opener(profiles(), isolated, folder / "tables"), Lake.create(folder / "lake")


def outcome(scene: tuple[Path, Opener, Lake], name: str, data: bytes) -> None:
    """Import without writing; anything but a report or a `Failure` is an error."""
    folder, _, lake = scene
    path = folder / name
    path.write_bytes(data)
    failed: Failure | None = None
    try:
        report = import_exports(lake, [path], Options(dry_run=True, shop="north"))
    except Failure as failure:
        failed = failure
    if failed is None:
        assert all(file.adds_up for file in report.files)
    else:
        assert failed.exit == 3
        assert failed.text("zh")
        assert failed.text("en")


HEADS = (
    b"",
    HEADINGS.encode() + b"\n",
    HEADINGS.replace(",", "\t").encode() + b"\n",
    b"[",
    b'{"message": {"from": {"role": "user"}, "content": ',
    b'[{"time": "", "role": "x", "content": 1},',
    "店:林 2026-6-7 9:05:31\n".encode(),
    "店:林 2026-6-7 9:05:31\n".encode("utf-16"),
    b"\xff\xfe",
    b"\xef\xbb\xbf",
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(HEADS),
    st.one_of(st.binary(max_size=300), st.text(max_size=120).map(lambda t: t.encode("utf-8", "replace"))),
    st.sampled_from(ENDINGS),
)
def test_any_bytes_under_any_name_end_in_a_report_or_a_failure(scene, head, data, ending):
    outcome(scene, f"x.{ending}", head + data)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from([workbook({(1, 0): "north"}), old_workbook(), parquet(), zipped({"m.csv": f"{HEADINGS}\n{ROW}\n".encode()})]),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=6),
)
def test_a_damaged_container_is_opened_or_refused(scene, data, damage):
    folder, opener, _ = scene
    blob = bytearray(data)
    for place, byte in damage:
        blob[int(place * len(blob))] = byte
    path = folder / "x.xlsx"
    path.write_bytes(blob)
    exit_code = 3
    try:
        for part in opener.open(Source("x.xlsx", path, len(blob), True)):
            list(part.tables(None))
    except Failure as failure:
        exit_code = failure.exit
    assert exit_code == 3
