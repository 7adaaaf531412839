"""Files made once from others and kept: whole or not there at all, whatever is killed meanwhile."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

_under_way: set[Path] = set()  # the folders in which this process is making something


def prepared(name: str, sources: Sequence[Path], make: Callable[[Path], None]) -> Path:
    """The file or folder that `make` writes, from the cache where it is there already.

    The cache is $SHOPWRIGHT_CACHE, else shopwright/ under $XDG_CACHE_HOME or ~/.cache. Two processes that
    make the same at once each write their own; the first to finish stays.

    Args:
        name: what it is, with the version of `make`: another version is another file.
        sources: what it is made from; when their sizes or times change, it is made anew.
        make: writes to the path it is given, which does not exist yet.
    """
    stamp = hashlib.sha256()
    for source in sources:
        facts = source.stat()
        # In whole seconds: an image's layers keep no more, and what was made in it is to be found there.
        stamp.update(f"{source.resolve()} {facts.st_size} {int(facts.st_mtime)}\n".encode())
    path = _folder() / f"{stamp.hexdigest()[:12]}-{name}"
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    workplace = Path(tempfile.mkdtemp(prefix=".making-", dir=path.parent))
    _under_way.add(workplace)
    try:
        made = workplace / name
        make(made)
        try:
            made.rename(path)
        except OSError:
            if not path.exists():  # else another process was first
                raise
    finally:
        shutil.rmtree(workplace, ignore_errors=True)
        _under_way.discard(workplace)
    return path


def abandon() -> None:
    """Remove what other threads of this process are making; they fail. For an end that waits for none."""
    for workplace in list(_under_way):
        gone = workplace.with_name(f"{workplace.name}-abandoned")
        with contextlib.suppress(OSError):
            # Under another name first: else a thread would put more in while it is being emptied.
            workplace.rename(gone)
        shutil.rmtree(gone, ignore_errors=True)


def _folder() -> Path:
    own = os.environ.get("SHOPWRIGHT_CACHE", "").strip()
    if own:
        return Path(own).expanduser()
    home = os.environ.get("XDG_CACHE_HOME", "").strip()
    return (Path(home) if home else Path.home() / ".cache") / "shopwright"
