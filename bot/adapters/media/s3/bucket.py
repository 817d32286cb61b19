"""The calls to a bucket, through boto3. They block; what goes wrong is raised as a sentence.

R2 takes no checksums as trailers, which boto3 sends unless told not to, and has neither ACLs nor
tags (Cloudflare's documentation, “S3 API compatibility”). So the SHA-256 of a file is kept with it
as metadata, and compared by us when it comes back.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from mimetypes import guess_type
from typing import TYPE_CHECKING, Any

from boto3.session import Session
from botocore.config import Config

from bot.adapters.media.s3.errors import sentences
from bot.ports import Multipart, StoredObject, StoreRefused

if TYPE_CHECKING:
    from botocore.response import StreamingBody
    from types_boto3_s3 import S3Client

CONFIG = Config(
    signature_version="s3v4",
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
    s3={"addressing_style": "path"},
    retries={"mode": "standard", "max_attempts": 3},
    connect_timeout=4,
    read_timeout=20,
)
"""Somebody waits to be told, and what fails is done again later: so it fails soon."""

MOST_KEYS = 1000
"""So many objects can be removed in one request."""


@dataclass(frozen=True, slots=True)
class Access:
    """A bucket and the key to it. `endpoint` is the server's address, without the bucket."""

    endpoint: str
    bucket: str
    key_id: str = field(repr=False)
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class About:
    """What is known of an object; `sha256` is "" where somebody else put it."""

    size: int
    etag: str
    sha256: str


class Bucket:
    """A bucket; may be used by several threads at once."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self.name = access.bucket

    @cached_property
    def client(self) -> "S3Client":
        """The client; making it takes a part of a second."""
        session = Session(self._access.key_id, self._access.secret, region_name="auto")
        return session.client("s3", endpoint_url=self._access.endpoint, config=CONFIG)

    def about(self, key: str) -> About:
        with self._asked() as client:
            found = client.head_object(Bucket=self.name, Key=key)
        sha256 = found["Metadata"].get("sha256", "")
        return About(found["ContentLength"], found["ETag"], sha256)

    def put(self, key: str, sha256: str, body: Any) -> None:
        with self._asked() as client:
            client.put_object(Bucket=self.name, Key=key, Body=body, Metadata={"sha256": sha256})

    def read(self, key: str, etag: str, start: int) -> "StreamingBody":
        """The content from a byte on, as long as it is still the same object."""
        with self._asked() as client:
            found = client.get_object(
                Bucket=self.name, Key=key, IfMatch=etag, Range=f"bytes={start}-"
            )
        return found["Body"]

    def block(self, body: "StreamingBody", most: int) -> bytes:
        """The next bytes of a content, none at its end."""
        with self._asked():
            return body.read(most)

    def pages(self, prefix: str) -> Iterator[list[StoredObject]]:
        """The objects under a prefix, up to 1,000 with each request."""
        with self._asked() as client:
            pages = client.get_paginator("list_objects_v2").paginate(
                Bucket=self.name, Prefix=prefix
            )
            for page in pages:
                yield [
                    StoredObject(each["Key"], each["Size"], each["LastModified"])
                    for each in page.get("Contents", [])
                ]

    def remove(self, keys: Sequence[str]) -> None:
        """Remove up to `MOST_KEYS` objects."""
        with self._asked() as client:
            done = client.delete_objects(
                Bucket=self.name,
                Delete={"Objects": [{"Key": key} for key in keys], "Quiet": True},
            )
        if errors := done.get("Errors"):
            raise StoreRefused(
                f"The bucket {self.name} keeps {len(errors)} files that are to be removed "
                f"({errors[0].get('Code', '')}): give our key “Object Read & Write”."
            )

    def link(self, key: str, disposition: str, seconds: int) -> str:
        """An address of an object; its type is told by the end of its key."""
        wanted = {
            "Bucket": self.name,
            "Key": key,
            "ResponseContentDisposition": disposition,
            "ResponseContentType": guess_type(key)[0] or "application/octet-stream",
        }
        with self._asked() as client:
            return client.generate_presigned_url("get_object", wanted, seconds)

    # --- in parts ----------------------------------------------------------------------------

    def begin(self, key: str, sha256: str) -> str:
        """Begin an upload; its id."""
        with self._asked() as client:
            begun = client.create_multipart_upload(
                Bucket=self.name, Key=key, Metadata={"sha256": sha256}
            )
        return begun["UploadId"]

    def put_part(self, upload: Multipart, number: int, body: Any) -> str:
        """Send a part; its ETag."""
        with self._asked() as client:
            kept = client.upload_part(
                Bucket=self.name,
                Key=upload.key,
                UploadId=upload.id,
                PartNumber=number,
                Body=body,
            )
        return kept["ETag"]

    def complete(self, upload: Multipart, etags: Mapping[int, str]) -> None:
        with self._asked() as client:
            client.complete_multipart_upload(
                Bucket=self.name,
                Key=upload.key,
                UploadId=upload.id,
                MultipartUpload={
                    "Parts": [{"PartNumber": n, "ETag": etags[n]} for n in sorted(etags)]
                },
            )

    def abort(self, upload: Multipart) -> None:
        with self._asked() as client:
            client.abort_multipart_upload(Bucket=self.name, Key=upload.key, UploadId=upload.id)

    @contextmanager
    def _asked(self) -> Iterator["S3Client"]:
        with sentences(self.name):
            yield self.client
