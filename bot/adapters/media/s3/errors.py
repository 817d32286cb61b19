"""What a bucket, or the way to it, says when it does not do something, as sentences."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    IncompleteReadError,
)
from botocore.exceptions import ConnectionError as NoConnection

from bot.ports import Damaged, StoreFailed, StoreRefused

_WRONG_KEY = frozenset(
    {"401", "InvalidAccessKeyId", "InvalidToken", "SignatureDoesNotMatch", "Unauthorized"}
)
_NOT_ALLOWED = frozenset({"403", "AccessDenied", "AllAccessDisabled", "Forbidden"})
_NOT_THERE = frozenset({"404", "NoSuchKey", "NotFound"})
_UPLOAD_GONE = frozenset({"InvalidPart", "InvalidPartOrder", "NoSuchUpload"})
_MAY_PASS = frozenset(
    {
        "InternalError",
        "OperationAborted",
        "RequestTimeout",
        "ServiceUnavailable",
        "SlowDown",
        "Throttling",
        "TooManyRequests",
    }
)
_CLOCK = "RequestTimeTooSkewed"


class Unreachable(StoreFailed):
    """The way to the bucket is closed or was cut off."""


class UploadGone(StoreFailed):
    """The bucket does not know an upload any more; it has to begin anew."""


@contextmanager
def sentences(bucket: str) -> Iterator[None]:
    """Turn errors of boto3 into ours, and those of the local disk too.

    Raises:
        Damaged: There is no such object.
        UploadGone: There is no such upload.
        Unreachable: The bucket cannot be reached.
        StoreFailed: It has too much to do, or the disk is full.
        StoreRefused: Somebody has to set something right.
    """
    try:
        yield
    except ClientError as error:
        raise _refusal(error, bucket) from error
    except (NoConnection, HTTPClientError, IncompleteReadError) as error:
        raise Unreachable(
            f"The bucket {bucket} cannot be reached just now ({_kind(error)}); "
            "if it lasts, check CHATKUT_R2_ENDPOINT and the network."
        ) from error
    except (BotoCoreError, ValueError) as error:  # ValueError: an endpoint that is no URL
        raise StoreRefused(
            f"The bucket {bucket} cannot be used ({_kind(error)}): check the CHATKUT_R2_ settings."
        ) from error
    except OSError as error:
        raise StoreFailed(
            f"A file on its way to or from the bucket cannot be used ({error.strerror or error})."
        ) from error


def _refusal(error: ClientError, bucket: str) -> StoreFailed:
    code = error.response.get("Error", {}).get("Code", "")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in _MAY_PASS or status in {500, 502, 503, 504}:
        return StoreFailed(f"The bucket {bucket} does not answer well just now ({code or status}).")
    if code in _NOT_THERE:
        return Damaged(f"A file is missing from the bucket {bucket}.")
    if code in _UPLOAD_GONE:
        return UploadGone(f"An upload to the bucket {bucket} was given up on its way.")
    return StoreRefused(_advice(code, status, bucket))


def _advice(code: str, status: int, bucket: str) -> str:
    if code == "NoSuchBucket":
        return f"There is no bucket {bucket}: make it, or correct CHATKUT_R2_BUCKET."
    if code == _CLOCK:
        return "This machine's clock is wrong, so the bucket refuses it: set the time."
    if code in _WRONG_KEY or status == 401:
        return (
            f"The bucket {bucket} does not know our key: check CHATKUT_R2_ACCESS_KEY_ID and "
            "CHATKUT_R2_SECRET_ACCESS_KEY."
        )
    if code in _NOT_ALLOWED or status == 403:
        return (
            f"Our key may not do this in the bucket {bucket}: give its token the right "
            "“Object Read & Write”, or correct CHATKUT_R2_BUCKET."
        )
    return f"The bucket {bucket} refuses this ({code or status}): see docs/storage.md."


def _kind(error: Exception) -> str:
    """Its class: the message may have addresses in it."""
    return type(error).__name__
