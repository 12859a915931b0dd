"""Tables out of spreadsheets and Parquet, read by a process that may die without taking us with it (`worker.py`)."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from kaohe.errors import code, failure
from kaohe.importing.files import DAMAGED, LOCKED

TOO_MUCH = code(
    "file_needs_too_much_memory",
    zh="读取它需要的内存超出上限，可能已损坏，或表中声明了极大的范围。若确是数据，请另存为 csv 后导入",
    en="reading it takes more memory than allowed; it may be damaged or claim an enormous range. If it really is data, save it as csv",
)
TOO_SLOW = code(
    "file_takes_too_long",
    zh="{seconds} 秒内没有读完，可能已损坏。若确是数据，请另存为 csv 后导入",
    en="it was not read within {seconds} s and may be damaged. If it really is data, save it as csv",
)

PATIENCE = 300.0
"""Seconds given to one file, and a second more for every megabyte of it."""


_ALLOCATION = {"MALLOC_MMAP_THRESHOLD_": str(2**30), "MALLOC_TRIM_THRESHOLD_": str(2**30)}
"""Has glibc reuse the memory of one column for the next instead of asking the kernel for fresh pages; other systems ignore it."""


@dataclass(frozen=True, slots=True)
class Table:
    """One sheet, or one piece of a Parquet file, as an Arrow file of text columns."""

    name: str
    path: Path
    rows: int


class Isolated:
    """The reading process. It starts with the first file, is started anew when a file kills it, and ends with the `with` block."""

    def __init__(self, patience: float = PATIENCE) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._answers: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._patience = patience

    def __enter__(self) -> Isolated:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._end()

    def start(self) -> None:
        """Start the process ahead of the first file: its imports take a moment."""
        if self._process is None:
            # -P: the folder of the script has modules with plain names and must not be searched for imports.
            command = [sys.executable, "-P", str(Path(__file__).with_name("worker.py"))]
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                encoding="utf-8",
                env={**os.environ, **_ALLOCATION},
            )
            self._answers = queue.SimpleQueue()
            threading.Thread(target=_listen, args=(self._process, self._answers), daemon=True).start()

    def dismiss(self) -> None:
        """No more files will be asked for: let the process go now, without waiting until its memory is freed."""
        if self._process is not None:
            self._process.kill()

    def tables(self, format: str, path: Path, name: str, room: Path) -> tuple[list[Table], Sequence[str]]:
        """Every table of the file, and its column names where the format has them (Parquet).

        `room` is an empty folder that takes the Arrow files. Raises `Failure` when the file is damaged, locked or too much.
        """
        self.start()
        process = self._process
        assert process is not None
        assert process.stdin is not None
        seconds = self._patience + path.stat().st_size / 2**20
        try:
            process.stdin.write(json.dumps({"format": format, "path": str(path), "room": str(room)}) + "\n")
            process.stdin.flush()
            line = self._answers.get(timeout=seconds)
        except queue.Empty:
            self._end()
            raise failure(TOO_SLOW, file=name, seconds=round(seconds)) from None
        except OSError:
            line = ""
        if not line:
            # The readers end their process when memory is refused; no answer means just that.
            self._end()
            raise failure(TOO_MUCH, file=name)
        answer: dict[str, Any] = json.loads(line)
        reason = answer.get("error")
        if reason == "memory":
            raise failure(TOO_MUCH, file=name)
        if reason is not None:
            if "password" in reason.lower() or "encrypt" in reason.lower():
                raise failure(LOCKED, file=name)
            raise failure(DAMAGED, file=name, reason=reason)
        return [Table(table["name"], Path(table["path"]), table["rows"]) for table in answer["tables"]], answer.get("columns", ())

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()


def _listen(process: subprocess.Popen[str], answers: queue.SimpleQueue[str]) -> None:
    """Pass on each answer, and an empty one when the process is gone."""
    assert process.stdout is not None
    try:
        for line in process.stdout:
            answers.put(line)
    except ValueError:
        return
    answers.put("")
