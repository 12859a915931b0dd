"""Files of a request, streamed to disk and digested on the way; none of them is ever held in memory."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload

from kaohe_web.imports import storage


class Streamed(UploadedFile):
    """A file that lies on disk. `path` is where, `sha256` what its bytes add up to."""

    def __init__(self, path: Path, sha256: str, **about: Any) -> None:
        super().__init__(file=None, **about)
        self.path, self.sha256 = path, sha256

    def close(self) -> None:
        """Remove the bytes, unless somebody took them over."""
        self.path.unlink(missing_ok=True)


class ToDisk(FileUploadHandler):
    """Writes each file below the workspace, where taking it over is a change of name. Stops where more comes than `most` bytes in all."""

    chunk_size = 2**20

    def __init__(self, most: int) -> None:
        super().__init__()
        self._left = most
        self._paths: list[Path] = []
        self.too_big = False

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        handle, name = tempfile.mkstemp(dir=storage.incoming())
        self._out = os.fdopen(handle, "wb")
        self._paths.append(Path(name))
        self._digest = hashlib.sha256()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self._left -= len(raw_data)
        if self._left < 0:
            self.too_big = True
            raise StopUpload(connection_reset=True)
        self._digest.update(raw_data)
        self._out.write(raw_data)

    def file_complete(self, file_size: int) -> Streamed:
        self._out.close()
        return Streamed(
            self._paths[-1],
            self._digest.hexdigest(),
            name=self.file_name,
            content_type=self.content_type,
            size=file_size,
            charset=self.charset,
        )

    def upload_interrupted(self) -> None:
        self.discard()

    def discard(self) -> None:
        """Remove what was not taken over."""
        out = getattr(self, "_out", None)
        if out is not None:
            out.close()
        for path in self._paths:
            path.unlink(missing_ok=True)
