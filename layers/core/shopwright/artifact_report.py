"""What a trained artifact says of itself: `report.json` at the top of its .tar.gz, which stays packed."""

from __future__ import annotations

import gzip
import tarfile
import zlib
from typing import IO, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StringConstraints, ValidationError

from .errors import InvalidInput

_NAMES = frozenset({"report.json", "./report.json"})
_REPORT_BYTES = 1 << 20
_MAX_FILES = 1000
MAX_BYTES = 2 << 30  # of the files, unpacked: what the model server loads

# Versions are times, so that the later is the greater text.
Version = Annotated[str, StringConstraints(pattern=r"^[0-9]{8}T[0-9]{6}Z$")]


class Report(BaseModel):
    """The judgement of the training's own tests. What else it measured is not looked at here."""

    model_config = ConfigDict(frozen=True)

    version: Version
    publish: StrictBool
    why: str = Field(max_length=2000)


def read_report(file: IO[bytes], *, most: int = MAX_BYTES) -> Report:
    """The report of an open .tar.gz file, which is read no further than to it.

    Args:
        file: read from front to back.
        most: bytes that may come before its end, unpacked.

    Raises:
        InvalidInput: naming `artifact`: it cannot be unpacked, is too large, or has no report or a bad one.
    """
    try:
        return Report.model_validate_json(_find(file, most))
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(str(part) for part in fault["loc"])
        raise _bad(f"report.json: {where + ': ' if where else ''}{fault['msg']}") from None
    except (tarfile.TarError, gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise _bad(f"it cannot be unpacked ({type(error).__name__})") from error


def _find(file: IO[bytes], most: int) -> bytes:
    with gzip.GzipFile(fileobj=file) as unpacked:
        limited: Any = _Limited(unpacked, most)
        with tarfile.open(fileobj=limited, mode="r|") as archive:
            for count, member in enumerate(archive, 1):
                if count > _MAX_FILES:
                    raise _bad(f"it holds more than {_MAX_FILES} files")
                if member.name not in _NAMES:
                    continue
                content = archive.extractfile(member) if member.isreg() else None
                if content is None:
                    raise _bad("report.json is no file")
                if member.size > _REPORT_BYTES:
                    raise _bad(f"report.json is larger than {_REPORT_BYTES} bytes")
                return content.read()
    raise _bad("it holds no report.json")


class _Limited:
    """Stops a small archive from becoming a large one."""

    def __init__(self, file: gzip.GzipFile, most: int) -> None:
        self._file = file
        self._left = most

    def read(self, size: int) -> bytes:
        block = self._file.read(size)
        self._left -= len(block)
        if self._left < 0:
            raise _bad("unpacked it is too large")
        return block


def _bad(message: str) -> InvalidInput:
    return InvalidInput(f"the artifact is no recommender to publish: {message}", field="artifact")
