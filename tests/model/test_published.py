"""Published recommenders: from a folder or S3 into memory, and everything that is kept out."""

from __future__ import annotations

import gzip
import io
import json
import logging
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from model.engines import RecommenderEngine
from model.loading import load_recommenders, recommenders
from model.metrics import Metrics
from model.recommender.published import (
    BrokenArtifact,
    Pointer,
    Published,
    Unreachable,
)
from model.registry import NotConfigured
from model.storage import storage
from model.watching import Watch
from tests.model.counted import FILE, Counted, artifact, packed, point, pointer, publish

COUNTS = {"p-1": {"p-2": 3}}
GOOD = artifact("v1", COUNTS)


def _published(folder: Path, **options: Any) -> Published:
    return Published(storage(str(folder)), Counted.load, **options)


def _fetch(folder: Path, content: bytes, **options: Any) -> Counted:
    (folder / "v1.tar.gz").write_bytes(content)
    loaded = _published(folder, **options).fetch(Pointer("v1", "v1.tar.gz"))
    assert isinstance(loaded, Counted)
    return loaded


def test_the_recommender_in_use_is_loaded(tmp_path: Path) -> None:
    publish(tmp_path, "v1", COUNTS)
    published = _published(tmp_path)
    found = published.pointer()
    assert found == Pointer("v1", "v1.tar.gz")
    loaded = published.fetch(found)
    assert loaded.version == "v1"
    assert [each.product_id for each in loaded.best(["p-1"], limit=5).products] == ["p-2"]


def test_an_artifact_may_lie_in_a_folder_below_and_the_pointer_say_more(tmp_path: Path) -> None:
    (tmp_path / "artifacts").mkdir()
    (tmp_path / "artifacts" / "v1.tar.gz").write_bytes(GOOD)
    more = json.loads(pointer("v1", "artifacts/v1.tar.gz")) | {"trained_at": "2026-11-25T06:00:00Z"}
    (tmp_path / "current.json").write_text(json.dumps(more))
    published = _published(tmp_path)
    found = published.pointer()
    assert found
    assert published.fetch(found).version == "v1"


def test_nothing_published_is_none(tmp_path: Path) -> None:
    assert _published(tmp_path).pointer() is None
    assert _published(tmp_path / "not" / "there").pointer() is None


def test_what_was_unpacked_is_removed(tmp_path: Path) -> None:
    places: list[Path] = []

    def load(folder: Path) -> Counted:
        places.append(folder)
        return Counted.load(folder)

    publish(tmp_path, "v1", COUNTS)
    Published(storage(str(tmp_path)), load).fetch(Pointer("v1", "v1.tar.gz"))
    assert not places[0].exists()


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"v1"',
        b"\xff",
        b'{"version": "v1"}',
        pointer("", "v1.tar.gz"),
        pointer("v" * 129, "v1.tar.gz"),
        json.dumps({"version": 1, "artifact": "v1.tar.gz"}).encode(),
        json.dumps({"version": "v1", "artifact": ["v1.tar.gz"]}).encode(),
        pointer("v1", "v1.zip"),
        pointer("v1", "../v1.tar.gz"),
        pointer("v1", "a/../../v1.tar.gz"),
        pointer("v1", "/etc/v1.tar.gz"),
        pointer("v1", "..\\v1.tar.gz"),
        pointer("v1", "a\0.tar.gz"),
        pointer("v1", "v1.tar.gz") + b" " * 100_000,
    ],
)
def test_a_pointer_that_points_nowhere_is_said_to(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "current.json").write_bytes(text)
    with pytest.raises(Unreachable, match=r"current\.json"):
        _published(tmp_path).pointer()


def test_an_artifact_that_is_not_there_yet_may_come(tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match=r"v1\.tar\.gz is not there"):
        _published(tmp_path).fetch(Pointer("v1", "v1.tar.gz"))


def _member(name: str, kind: bytes, linkname: str = "") -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type = kind
    member.linkname = linkname
    return member


def _corrupt(content: bytes) -> bytes:
    return content[:40] + bytes(byte ^ 0xFF for byte in content[40:60]) + content[60:]


# With each of these lies what would load.
FILES = {FILE: json.dumps({"version": "v1", "counts": COUNTS}).encode()}
HOSTILE = {
    "not an archive": b"<html>no such page</html>",
    "empty": b"",
    "cut": GOOD[: len(GOOD) // 2],
    "corrupt": _corrupt(GOOD),
    "not gzipped": gzip.decompress(GOOD),
    "no tar inside": gzip.compress(b"x" * 2000),
    "climbs out": packed(FILES | {"../out.json": b"{}"}),
    "climbs out further in": packed(FILES | {"a/../../out.json": b"{}"}),
    "symlink": packed(FILES, _member("a", tarfile.SYMTYPE, "/etc")),
    "symlink inside": packed(FILES, _member("a", tarfile.SYMTYPE, FILE)),
    "hard link": packed(FILES, _member("a", tarfile.LNKTYPE, FILE)),
    "device": packed(FILES, _member("a", tarfile.CHRTYPE)),
    "fifo": packed(FILES, _member("a", tarfile.FIFOTYPE)),
    "many": packed(FILES | {f"{number}": b"" for number in range(1000)}),
    "nothing for the recommender": packed({"other.json": b"{}"}),
    "not its files": packed({FILE: b"not json"}),
    "another version": artifact("v2", COUNTS),
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_is_no_recommender_is_kept_out(tmp_path: Path, content: bytes) -> None:
    place = tmp_path / "published"
    place.mkdir()
    with pytest.raises(BrokenArtifact):
        _fetch(place, content)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["v1.tar.gz"]


def test_an_absolute_name_stays_inside(tmp_path: Path) -> None:
    assert _fetch(tmp_path, packed(FILES | {"/out.json": b"{}"})).version == "v1"
    assert not Path("/out.json").exists()


def test_a_small_archive_does_not_become_a_large_one(tmp_path: Path) -> None:
    bomb = packed(FILES | {"zeros": bytes(5_000_000)})
    assert len(bomb) < 10_000
    with pytest.raises(BrokenArtifact, match="too large"):
        _fetch(tmp_path, bomb, most=1_000_000)


def test_headers_do_not_become_large_either(tmp_path: Path) -> None:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz", format=tarfile.PAX_FORMAT) as archive:
        member = tarfile.TarInfo("a")
        member.pax_headers = {"comment": "x" * 5_000_000}
        archive.addfile(member)
    with pytest.raises(BrokenArtifact, match="too large"):
        _fetch(tmp_path, made.getvalue(), most=1_000_000)


def test_a_large_artifact_is_not_taken_whole(tmp_path: Path) -> None:
    with pytest.raises(BrokenArtifact, match=r"v1\.tar\.gz is larger than 100 bytes"):
        _fetch(tmp_path, GOOD, most=100)


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        yield boto3.client("s3")


@pytest.mark.parametrize(("prefix", "key"), [("", ""), ("/shop/", "shop/"), ("/shop/next", "shop/next/")])
def test_s3_is_read_below_its_prefix(s3: Any, prefix: str, key: str) -> None:
    published = Published(storage(f"s3://recommenders{prefix}"), Counted.load)
    assert published.pointer() is None  # no bucket yet
    s3.create_bucket(Bucket="recommenders")
    assert published.pointer() is None
    s3.put_object(Bucket="recommenders", Key=f"{key}current.json", Body=pointer("v1", "v1.tar.gz"))
    found = published.pointer()
    assert found == Pointer("v1", "v1.tar.gz")
    with pytest.raises(Unreachable, match="is not there"):
        published.fetch(found)
    s3.put_object(Bucket="recommenders", Key=f"{key}v1.tar.gz", Body=GOOD)
    assert published.fetch(found).version == "v1"


def test_s3_that_does_not_answer_is_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    published = Published(storage("s3://recommenders/shop/"), Counted.load)
    with pytest.raises(Unreachable, match=r"current\.json: Could not connect"):
        published.pointer()


@pytest.mark.parametrize("location", ["s3://", "s3:///prefix/", "https://shop.example/recommenders/"])
def test_a_wrong_address_is_said_at_once(location: str) -> None:
    with pytest.raises(NotConfigured, match=f"^RECOMMENDER={location}: "):
        recommenders(location)


class Watched:
    """A watch over a folder that is looked at by hand."""

    def __init__(self, folder: Path) -> None:
        self.used: list[str] = []
        self.metrics = Metrics()
        self.watch = Watch(_published(folder), self._use, self.metrics, seconds=60)

    def _use(self, engine: RecommenderEngine | None) -> None:
        if engine is not None:
            self.used.append(engine.version)

    def loads(self, outcome: str) -> float:
        line = f'model_recommender_loads_total{{outcome="{outcome}"}} '
        found = [row for row in self.metrics.text().decode().splitlines() if row.startswith(line)]
        return float(found[0].removeprefix(line)) if found else 0.0


def test_each_version_is_loaded_once(tmp_path: Path) -> None:
    watched = Watched(tmp_path)
    watched.watch.look()
    assert watched.used == []
    for version in ("v1", "v2", "v1"):
        publish(tmp_path, version, COUNTS)
        watched.watch.look()
        watched.watch.look()
    assert watched.used == ["v1", "v2", "v1"]
    assert (watched.loads("loaded"), watched.loads("broken"), watched.loads("unreachable")) == (3, 0, 0)
    (tmp_path / "current.json").unlink()
    watched.watch.look()
    assert watched.used == ["v1", "v2", "v1"]


def test_a_broken_version_is_tried_once_and_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    watched = Watched(tmp_path)
    publish(tmp_path, "v1", COUNTS)
    watched.watch.look()
    (tmp_path / "v2.tar.gz").write_bytes(b"broken")
    point(tmp_path, "v2", "v2.tar.gz")
    for _ in range(3):
        watched.watch.look()
    assert watched.used == ["v1"]
    assert watched.loads("broken") == 1
    assert [record.message for record in caplog.records if record.levelno == logging.ERROR] == [
        "recommender v2 cannot be loaded: it cannot be unpacked: Not a gzipped file (b'br')"
    ]
    publish(tmp_path, "v3", COUNTS)
    watched.watch.look()
    assert watched.used == ["v1", "v3"]


def test_what_cannot_be_read_is_tried_again_and_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    watched = Watched(tmp_path)
    point(tmp_path, "v1", "v1.tar.gz")
    watched.watch.look()
    watched.watch.look()
    assert watched.loads("unreachable") == 2
    assert [record.message for record in caplog.records] == [
        "no recommender could be read: v1.tar.gz is not there"
    ]
    (tmp_path / "v1.tar.gz").write_bytes(GOOD)
    watched.watch.look()
    assert watched.used == ["v1"]


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> type[Counted]:
    """Counted stands for the trained recommender, under the name that the server loads."""

    class Trained(Counted):
        pass

    monkeypatch.setattr("model.recommender.kept.load", Trained.load)
    return Trained


def test_the_server_starts_with_what_is_published_and_finds_what_comes(
    tmp_path: Path, trained: type[Counted]
) -> None:
    publish(tmp_path, "v1", COUNTS)
    recommending, watch = load_recommenders(recommenders(str(tmp_path)), Metrics(), seconds=0.02)
    try:
        assert recommending.version == "v1"
        publish(tmp_path, "v2", COUNTS)
        last = time.monotonic() + 10
        while recommending.version == "v1":
            assert time.monotonic() < last
            time.sleep(0.005)
        assert recommending.version == "v2"
    finally:
        watch.close()
        recommending.close()


def test_one_that_loads_and_cannot_recommend_is_broken(
    tmp_path: Path, trained: type[Counted], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("no such row")

    monkeypatch.setattr(trained, "best", fail)
    publish(tmp_path, "v1", COUNTS)
    metrics = Metrics()
    recommending, watch = load_recommenders(recommenders(str(tmp_path)), metrics, seconds=60)
    watch.close()
    recommending.close()
    assert recommending.version is None
    assert 'model_recommender_loads_total{outcome="broken"} 1.0' in metrics.text().decode()
