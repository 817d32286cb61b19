"""What a TUS request has to look like, and what is allowed (https://tus.io/protocols/resumable-upload)."""

import base64
import hashlib
import re
from dataclasses import dataclass
from typing import Protocol

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException

from bot.ports import metadata_of

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,expiration,checksum,termination"
ALGORITHMS = ("sha1", "sha256")
BODY_TYPE = "application/offset+octet-stream"
CHECKSUM_MISMATCH = 460

_METADATA_BYTES = 4096
_NUMBER = re.compile(r"[0-9]{1,15}")


@dataclass(frozen=True, slots=True)
class Rules:
    """What uploads may be. Sizes are bytes.

    `channel_bytes` is how much of a channel may be on its way at once. A chunk other than the last
    has at least `least_chunk` bytes and a multiple of `chunk_step`, none more than `most_chunk`.
    Uploads are found below `location` (origin and path), or below the address of their creation
    where that is empty. Pages of `allow_origin` may upload, beside our own. With `names_media` an
    upload also gets an id that is no secret, in the header `stream-media-id`.
    """

    most_bytes: int
    channel_bytes: int
    least_chunk: int = 0
    chunk_step: int = 1
    most_chunk: int | None = None
    location: str = ""
    allow_origin: str = ""
    names_media: bool = False

    def refuse_chunk(self, length: int | None, offset: int, total: int) -> None:
        """Refuse a chunk of such a length at an offset; None where the length is not known.

        Raises:
            HTTPException: It is too large, or against the rules.
        """
        if length is None:
            if self.most_chunk is not None:
                raise HTTPException(411, "Content-Length is missing.")
            return
        if length > total - offset:
            raise HTTPException(413, "This is more than what was announced in Upload-Length.")
        if self.most_chunk is not None and length > self.most_chunk:
            raise HTTPException(413, f"A chunk has at most {self.most_chunk} bytes.")
        if offset + length < total and (length < self.least_chunk or length % self.chunk_step):
            raise HTTPException(
                400,
                f"A chunk has at least {self.least_chunk} bytes, and a multiple of "
                f"{self.chunk_step}; only the last one may be smaller.",
            )


CLOUDFLARE = Rules(
    most_bytes=30 * 10**9,
    channel_bytes=2**62,
    least_chunk=5 * 2**20,
    chunk_step=256 * 2**10,
    most_chunk=200 * 2**20,
    names_media=True,
)
"""Those of Cloudflare Stream.

developers.cloudflare.com/stream/uploading-videos/resumable-uploads
"""


def media_id(upload_id: str) -> str:
    """The id that an upload has in `stream-media-id`; its address cannot be worked out from it."""
    return hashlib.blake2s(upload_id.encode(), digest_size=16).hexdigest()


def announced(headers: Headers, most_bytes: int) -> int:
    """How many bytes are going to be uploaded.

    Raises:
        HTTPException: That is not said, or they are too many.
    """
    length = number(headers, "upload-length")
    if length > most_bytes:
        most = size_of(most_bytes)
        raise HTTPException(413, f"This file is larger than {most}, which is the most that I take.")
    return length


def size_of(length: int) -> str:
    """A length in bytes, as people know it; the page counts in the same units."""
    return f"{length / 1e6:.1f} MB" if length < 1e9 else f"{length / 1e9:.2f} GB"


def number(headers: Headers, name: str) -> int:
    """A header that is a number.

    Raises:
        HTTPException: It is missing, or none.
    """
    value = headers.get(name, "")
    if not _NUMBER.fullmatch(value):
        raise HTTPException(400, f"{name.title()} is missing, or not a number.")
    return int(value)


def metadata(headers: Headers) -> str:
    """The metadata, letter by letter; that it can be read is made sure.

    Raises:
        HTTPException: It is too long, or not what the protocol wants.
    """
    value = headers.get("upload-metadata", "")
    if len(value) > _METADATA_BYTES:
        raise HTTPException(400, f"Upload-Metadata has more than {_METADATA_BYTES} bytes.")
    try:
        metadata_of(value)
    except ValueError:
        raise HTTPException(400, "Upload-Metadata cannot be read.") from None
    return value


def has_body(headers: Headers) -> bool:
    """Whether something follows the head of a request."""
    return headers.get("content-length", "0") != "0" or "transfer-encoding" in headers


def body_length(headers: Headers) -> int | None:
    """How long the body is going to be, None where that is not known."""
    return number(headers, "content-length") if "content-length" in headers else None


def refuse_other_type(headers: Headers) -> None:
    """Refuse a body that is not a part of a file.

    Raises:
        HTTPException: It is none.
    """
    if headers.get("content-type", "").partition(";")[0].strip().lower() != BODY_TYPE:
        raise HTTPException(415, f"The Content-Type has to be {BODY_TYPE}.")


class Digest(Protocol):
    """A hash that is worked out piece by piece."""

    def update(self, data: bytes, /) -> None: ...

    def digest(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Checksum:
    """A digest that is being worked out, and what has to come out."""

    working: Digest
    expected: bytes

    def refuse_other(self) -> None:
        """Refuse what was read when it is not what was sent.

        Raises:
            HTTPException: It differs.
        """
        if self.working.digest() != self.expected:
            raise HTTPException(CHECKSUM_MISMATCH, "The bytes did not arrive as they were sent.")


def checksum(headers: Headers) -> Checksum | None:
    """The checksum that comes with a chunk, if one does.

    Raises:
        HTTPException: It is of an unknown kind, or cannot be read.
    """
    if "upload-checksum" not in headers:
        return None
    algorithm, _, encoded = headers["upload-checksum"].partition(" ")
    if algorithm not in ALGORITHMS:
        raise HTTPException(400, f"Upload-Checksum is one of {', '.join(ALGORITHMS)}.")
    working = hashlib.new(algorithm, usedforsecurity=False)
    expected = _decoded(encoded)
    if expected is None or len(expected) != working.digest_size:
        raise HTTPException(400, "Upload-Checksum cannot be read.")
    return Checksum(working, expected)


def _decoded(encoded: str) -> bytes | None:
    try:
        return base64.b64decode(encoded, validate=True)
    except ValueError:
        return None
