"""The recommenders that were published, and which of them is in use.

recommender/20261125T030000Z.tar.gz   what may be served: the last few
recommender/current.json              {"version": ..., "artifact": "20261125T030000Z.tar.gz"}: the one in use
recommender/withdrawn.json            {"version": ...}: the newest that somebody went back from
"""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import BaseModel, TypeAdapter, ValidationError

from .artifact_report import Version
from .errors import InvalidInput, NotFound
from .ports import Archive, Content
from .products import Strict

_FOLDER = "recommender/"
_CURRENT = f"{_FOLDER}current.json"
_WITHDRAWN = f"{_FOLDER}withdrawn.json"
_ENDING = ".tar.gz"
_BYTES = 64 << 10  # of current.json and withdrawn.json
_KEPT = 5

_VERSION: TypeAdapter[str] = TypeAdapter(Version)


class Pointer(Strict):
    """Which recommender is in use: current.json."""

    version: Version
    artifact: str

    @property
    def key(self) -> str:
        """The artifact's, in the archive."""
        return _FOLDER + self.artifact


@dataclass(frozen=True)
class InUse:
    """The pointer, None before the first, and what stands in its file, to be replaced."""

    pointer: Pointer | None
    found: Content | None


class _Withdrawn(BaseModel):
    version: Version


class Releases:
    """Every method raises StoreUnavailable.

    Args:
        archive: holds them.
    """

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def in_use(self) -> InUse:
        """Raises InvalidInput if current.json is damaged."""
        found = self._archive.read(_CURRENT, most=_BYTES)
        try:
            return InUse(Pointer.model_validate_json(found.data) if found else None, found)
        except ValidationError as error:
            raise InvalidInput(f"{_CURRENT}: {error.errors()[0]['msg']}", field=_CURRENT) from None

    def put(self, artifact: str, version: str, before: InUse) -> None:
        """Copy an artifact to the others, then point to it, then let go of the oldest.

        Raises NotFound, and Conflict if somebody else has pointed elsewhere since `before`.
        """
        self._archive.copy(artifact, _named(version).key)
        self._point(version, before)
        for old in self._kept()[_KEPT:]:
            if old != version:
                self._archive.delete(_named(old).key)

    def go_back(self, version: str, before: InUse) -> None:
        """Point to one that is kept, and remember what it took the place of. Raises NotFound, Conflict."""
        if not self._archive.has(_named(version).key):
            raise NotFound(f"{version} is not kept; there are {', '.join(self._kept()) or 'none'}")
        if before.pointer and before.pointer.version > version:
            self._withdraw(before.pointer.version)
        self._point(version, before)

    def withdrawn(self) -> str:
        """The newest version that somebody went back from; empty if nobody did."""
        return _version(self._archive.read(_WITHDRAWN, most=_BYTES))

    def _withdraw(self, version: str) -> None:
        found = self._archive.read(_WITHDRAWN, most=_BYTES)
        if _version(found) < version:
            document = _Withdrawn(version=version).model_dump_json().encode()
            self._archive.put(_WITHDRAWN, document, replacing=found)

    def _point(self, version: str, before: InUse) -> None:
        self._archive.put(_CURRENT, _named(version).model_dump_json().encode(), replacing=before.found)

    def _kept(self) -> list[str]:
        """Versions, newest first."""
        names = (key.removeprefix(_FOLDER) for key in self._archive.keys(_FOLDER))
        versions = (name.removesuffix(_ENDING) for name in names if name.endswith(_ENDING))
        return sorted(filter(_is_version, versions), reverse=True)


def _named(version: str) -> Pointer:
    return Pointer(version=version, artifact=f"{version}{_ENDING}")


def _version(found: Content | None) -> str:
    return _Withdrawn.model_validate_json(found.data).version if found else ""


def _is_version(text: str) -> bool:
    try:
        _VERSION.validate_python(text)
    except ValidationError:
        return False
    return True
