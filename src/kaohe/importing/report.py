"""What an import did or would do, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from kaohe.errors import Problem
from kaohe.lake import Counts

Status = Literal["imported", "refused", "ignored"]


class Progress(Protocol):
    """Told how far an import is. `total` counts bytes of the files to be read; the last step, writing, is told as a share of 1."""

    def start(self, total: int) -> None: ...

    def advance(self, count: int, label: str) -> None: ...

    def writing(self, share: float) -> None: ...

    def done(self) -> None: ...


class Silent:
    """A progress nobody watches."""

    def start(self, total: int) -> None: ...

    def advance(self, count: int, label: str) -> None: ...

    def writing(self, share: float) -> None: ...

    def done(self) -> None: ...


@dataclass(slots=True)
class FileReport:
    """One file. `status`: imported (in part at least), refused (nothing of it could be read), or ignored (in a folder, and no data).

    Of its rows, `read` = `new` + `same` + `replaced` + `refused` + `skipped`; blank rows are no rows. `skipped` are those that sum up others, and
    those the profile leaves out, about which a notice says why.
    `why` says why a file was refused or ignored.
    """

    name: str
    status: Status
    sha256: str = ""
    profiles: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    read: int = 0
    new: int = 0
    same: int = 0
    replaced: int = 0
    refused: int = 0
    skipped: int = 0
    quarantine: Path | None = None
    why: Problem | None = None

    @property
    def adds_up(self) -> bool:
        return self.read == self.new + self.same + self.replaced + self.refused + self.skipped


@dataclass(frozen=True, slots=True)
class TableReport:
    """What became of the accepted rows of one table, all files together."""

    table: str
    new: int
    same: int
    replaced: int


@dataclass(slots=True)
class ImportReport:
    """An import. `number` is its number in the journal; None when nothing was written.

    `counts` are the lake's, by number of file in the journal (shops that no file described come last), `tables` their sums by table.
    `problems` is a sample of the bad cells and refused files, `problem_count` how many there are; `notices` are things done on
    the user's behalf that he should know.
    """

    number: int | None
    dry_run: bool
    files: list[FileReport] = field(default_factory=list)
    tables: list[TableReport] = field(default_factory=list)
    counts: list[Counts] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    problem_count: int = 0
    notices: list[Problem] = field(default_factory=list)

    def _sum(self, name: str) -> int:
        return sum(getattr(file, name) for file in self.files)

    @property
    def read(self) -> int:
        return self._sum("read")

    @property
    def new(self) -> int:
        return self._sum("new")

    @property
    def same(self) -> int:
        return self._sum("same")

    @property
    def replaced(self) -> int:
        return self._sum("replaced")

    @property
    def refused(self) -> int:
        return self._sum("refused")

    @property
    def skipped(self) -> int:
        return self._sum("skipped")

    @property
    def clean(self) -> bool:
        """Whether nothing was refused, neither a row nor a file."""
        return self.refused == 0 and not any(file.status == "refused" for file in self.files)

    @property
    def quarantine(self) -> list[Path]:
        """The files in which refused rows wait to be mended."""
        return [file.quarantine for file in self.files if file.quarantine is not None]
