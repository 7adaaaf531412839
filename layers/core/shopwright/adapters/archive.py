"""Archive on S3."""

from __future__ import annotations

import io
from typing import IO, Any

from botocore.exceptions import ClientError

from ..errors import Conflict, InvalidInput, NotFound
from ..ports import Content
from .dynamodb import error_code, passing_failures

_MISSING = frozenset({"404", "NoSuchKey"})
_CHANGED = frozenset({"ConditionalRequestConflict", "PreconditionFailed"})
_BUFFER = 1 << 20


class S3Archive:
    """Implements ports.Archive.

    Args:
        client: a boto3 S3 client.
        bucket: the bucket's name.
    """

    def __init__(self, client: Any, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def key(self, address: str) -> str | None:
        """See ports.Archive."""
        start = f"s3://{self._bucket}/"
        return address.removeprefix(start) if address.startswith(start) else None

    def has(self, key: str) -> bool:
        """See ports.Archive."""
        with passing_failures():
            try:
                self._client.head_object(Bucket=self._bucket, Key=key)
            except ClientError as error:
                if error_code(error) in _MISSING:
                    return False
                raise
        return True

    def read(self, key: str, *, most: int) -> Content | None:
        """See ports.Archive."""
        try:
            answer = self._get(key)
        except NotFound:
            return None
        with _Body(answer["Body"]) as body:
            data = io.BufferedReader(body).read(most + 1)
        if len(data) > most:
            raise InvalidInput(f"{key} is longer than {most} bytes", field=key)
        return Content(data, answer["ETag"])

    def open(self, key: str) -> IO[bytes]:
        """See ports.Archive. What fails while it is read is StoreUnavailable, too."""
        return io.BufferedReader(_Body(self._get(key)["Body"]), _BUFFER)

    def put(self, key: str, data: bytes, *, replacing: Content | None) -> None:
        """See ports.Archive."""
        condition = {"IfMatch": replacing.tag} if replacing else {"IfNoneMatch": "*"}
        with passing_failures():
            try:
                self._client.put_object(
                    Bucket=self._bucket, Key=key, Body=data, ContentType="application/json", **condition
                )
            except ClientError as error:
                # Missing: what was to be replaced is gone.
                if error_code(error) in _CHANGED | _MISSING:
                    raise Conflict(f"{key} was written by somebody else meanwhile; try again") from error
                raise

    def put_file(self, key: str, file: IO[bytes]) -> None:
        """See ports.Archive. What is large goes in parts, and appears when all of them are there."""
        with passing_failures():
            self._client.upload_fileobj(file, self._bucket, key)

    def copy(self, source: str, target: str) -> None:
        """See ports.Archive. At most 5 GB, more than the model server loads."""
        with passing_failures():
            try:
                self._client.copy_object(
                    Bucket=self._bucket,
                    Key=target,
                    CopySource={"Bucket": self._bucket, "Key": source},
                    # Of the whole; the source's may be of the parts it was uploaded in.
                    ChecksumAlgorithm="CRC32",
                )
            except ClientError as error:
                if error_code(error) in _MISSING:
                    raise NotFound(f"there is no {source}") from error
                raise

    def keys(self, prefix: str) -> list[str]:
        """See ports.Archive."""
        with passing_failures():
            pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix)
            return [found["Key"] for page in pages for found in page.get("Contents", [])]

    def delete(self, key: str) -> None:
        """See ports.Archive."""
        with passing_failures():
            self._client.delete_object(Bucket=self._bucket, Key=key)

    def _get(self, key: str) -> Any:
        with passing_failures():
            try:
                return self._client.get_object(Bucket=self._bucket, Key=key)
            except ClientError as error:
                if error_code(error) in _MISSING:
                    raise NotFound(f"there is no {key}") from error
                raise


class _Body(io.RawIOBase):
    """botocore's stream of an object as Python's, its failures as ours."""

    def __init__(self, body: Any) -> None:
        self._body = body

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        with passing_failures():
            block = self._body.read(len(buffer))
        buffer[: len(block)] = block
        return len(block)

    def close(self) -> None:
        self._body.close()
        super().close()
