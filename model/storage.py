"""A folder, or a prefix in S3, from which files are read."""

from __future__ import annotations

from pathlib import Path
from typing import IO, Protocol

# S3 says the last of a bucket that nobody has made yet.
_MISSING = frozenset({"404", "NoSuchKey", "NoSuchBucket"})


class Storage(Protocol):
    """A folder or a prefix."""

    def open(self, name: str) -> IO[bytes] | None:
        """To be read once; None if there is no such thing.

        Raises OSError or what botocore has for a network that fails, here and while it is read.
        """
        ...


class Folder:
    """A local folder; it need not be there yet."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def open(self, name: str) -> IO[bytes] | None:
        """See Storage."""
        try:
            return (self._folder / name).open("rb")
        except (FileNotFoundError, NotADirectoryError):
            return None


class Bucket:
    """A prefix in S3. boto3 finds credentials, region and endpoint by itself, as everywhere."""

    def __init__(self, name: str, prefix: str) -> None:
        import boto3
        from botocore.config import Config

        self._bucket = name
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        # Nobody waits for the answer but the start of the server; the next look is not far.
        config = Config(
            connect_timeout=3, read_timeout=20, retries={"total_max_attempts": 2, "mode": "standard"}
        )
        self._client = boto3.client("s3", config=config)

    def open(self, name: str) -> IO[bytes] | None:
        """See Storage."""
        from botocore.exceptions import ClientError

        try:
            found: IO[bytes] = self._client.get_object(Bucket=self._bucket, Key=self._prefix + name)["Body"]
        except ClientError as error:
            if error.response["Error"]["Code"] in _MISSING:
                return None
            raise
        return found


def storage(location: str) -> Storage:
    """A folder's path or `s3://bucket/prefix/`. Raises ValueError for any other address."""
    scheme, separator, rest = location.partition("://")
    if not separator:
        return Folder(Path(location).expanduser())
    bucket, _, prefix = rest.partition("/")
    if scheme != "s3" or not bucket:
        raise ValueError("neither a folder nor s3://bucket/prefix/")
    return Bucket(bucket, prefix)
