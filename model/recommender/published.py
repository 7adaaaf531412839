"""Where trained recommenders are published, and how one gets from there into memory.

A folder, or a prefix in S3, holds artifacts (`*.tar.gz`, a recommender's files at top level) and a pointer to
the one in use, `current.json`:

    {"version": "2026-11-25T06:00Z", "artifact": "2026-11-25T06:00Z.tar.gz"}

Whoever publishes writes the artifact first and the pointer last. Other fields of the pointer are left alone.
"""

from __future__ import annotations

import gzip
import json
import tarfile
import tempfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from ..engines import RecommenderEngine
from ..storage import Storage

POINTER = "current.json"
_POINTER_BYTES = 64 << 10
MAX_BYTES = 2 << 30  # of an artifact, packed, and of its files, unpacked
_MAX_FILES = 1000


class Unreachable(Exception):
    """It cannot be had now; another look may find it."""


class BrokenArtifact(Exception):
    """It was read and is no recommender; another look would find the same."""


@dataclass(frozen=True)
class Pointer:
    """The version in use and its artifact, named relative to the folder or prefix."""

    version: str
    artifact: str


class Published:
    """What is published in one place.

    Args:
        place: the folder or prefix.
        load: makes a recommender of a folder, which is removed afterwards. Whatever it raises means that the
            artifact is broken.
        most: bytes that an artifact may have, packed or unpacked.
    """

    def __init__(
        self, place: Storage, load: Callable[[Path], RecommenderEngine], *, most: int = MAX_BYTES
    ) -> None:
        self._place = place
        self._load = load
        self._most = most

    def pointer(self) -> Pointer | None:
        """What is in use, None if nothing was published yet. Raises Unreachable."""
        with tempfile.TemporaryFile() as copy:
            try:
                if not self._copy(POINTER, copy, _POINTER_BYTES):
                    return None
            except BrokenArtifact as error:  # another one may be there soon
                raise Unreachable(str(error)) from None
            copy.seek(0)
            return _pointer(copy.read())

    def fetch(self, pointer: Pointer) -> RecommenderEngine:
        """The recommender it points to. Raises Unreachable, BrokenArtifact."""
        with tempfile.TemporaryDirectory(prefix="recommender-") as place, tempfile.TemporaryFile() as packed:
            if not self._copy(pointer.artifact, packed, self._most):
                raise Unreachable(f"{pointer.artifact} is not there")
            packed.seek(0)
            unpack(packed, Path(place), self._most)
            try:
                engine = self._load(Path(place))
            except Exception as error:
                raise BrokenArtifact(_said(error)) from error
        if engine.version != pointer.version:
            raise BrokenArtifact(f"{pointer.artifact} holds version {engine.version}")
        return engine

    def _copy(self, name: str, to: IO[bytes], most: int) -> bool:
        """False if there is no such thing."""
        try:
            opened = self._place.open(name)
            if opened is None:
                return False
            with opened:
                while block := opened.read(1 << 20):
                    if to.tell() + len(block) > most:
                        raise BrokenArtifact(f"{name} is larger than {most} bytes")
                    to.write(block)
        except BrokenArtifact:
            raise
        except Exception as error:  # whatever the storage has for a disk or a network that fails
            raise Unreachable(f"{name}: {_said(error)}") from error
        return True


def _pointer(text: bytes) -> Pointer:
    try:
        read: Any = json.loads(text)
        version, artifact = read["version"], read["artifact"]
    except (ValueError, KeyError, TypeError):
        raise Unreachable(f"{POINTER} is not JSON with version and artifact") from None
    if not isinstance(version, str) or not 1 <= len(version) <= 128:
        raise Unreachable(f"{POINTER}: version is not a text of 1 to 128 characters")
    if not isinstance(artifact, str) or not artifact.endswith(".tar.gz"):
        raise Unreachable(f"{POINTER}: artifact is not the name of a .tar.gz file")
    path = PurePosixPath(artifact)
    if path.is_absolute() or ".." in path.parts or "\\" in artifact or "\0" in artifact:
        raise Unreachable(f"{POINTER}: artifact leads out of where it was published")
    return Pointer(version, artifact)


class _Limited:
    """Stops a small archive from becoming a large one."""

    def __init__(self, file: gzip.GzipFile, most: int) -> None:
        self._file = file
        self._left = most

    def read(self, size: int) -> bytes:
        block = self._file.read(size)
        self._left -= len(block)
        if self._left < 0:
            raise BrokenArtifact("unpacked it is too large")
        return block


def pack(folder: Path, to: Path) -> None:
    """A recommender's folder as the .tar.gz that is published."""
    with tarfile.open(to, "w:gz", compresslevel=1) as packed:
        for path in sorted(folder.iterdir()):
            packed.add(path, path.name)


def unpack(packed: IO[bytes], to: Path, most: int) -> None:
    """Unpack a .tar.gz of files and folders, of `most` bytes unpacked at most.

    Raises BrokenArtifact, Unreachable if they find no room on the disk.
    """
    if not hasattr(tarfile, "data_filter"):  # Python 3.11.0 to 3.11.3
        raise Unreachable("this Python is too old to unpack an archive safely")
    try:
        with (
            gzip.GzipFile(fileobj=packed) as opened,
            tarfile.open(fileobj=_Limited(opened, most), mode="r|") as archive,  # type: ignore[call-overload]
        ):
            for count, member in enumerate(archive, 1):
                if count > _MAX_FILES:
                    raise BrokenArtifact(f"it holds more than {_MAX_FILES} files")
                if not (member.isreg() or member.isdir()) or member.issparse():
                    raise BrokenArtifact("it holds what is neither file nor folder")
                if member.size > most:
                    raise BrokenArtifact("unpacked it is too large")
                archive.extract(member, to, filter="data")
    except (tarfile.TarError, gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise BrokenArtifact(f"it cannot be unpacked: {_said(error)}") from error
    except OSError as error:
        raise Unreachable(f"it cannot be unpacked here: {_said(error)}") from error


def _said(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
