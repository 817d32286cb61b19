"""What AWS and Remotion's client say when they do not do something, as sentences."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    HTTPClientError,
    IncompleteReadError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    ProxyConnectionError,
    SSLError,
    TokenRetrievalError,
)
from remotion_lambda.exception import RemotionException  # type: ignore[import-untyped]

from bot.adapters.renderers.remotion.status import is_throttling, said
from bot.ports import RenderBusy, RenderFailed

_NO_RENDER = re.compile(r"No render with ID", re.I)
_VERSION = re.compile(r"Version mismatch", re.I)
_CRASHED = re.compile(r"Lambda function returned an error: ")
_UNREADABLE = re.compile(r"Unexpected Lambda response format|Failed to (parse|decode)")
_NOT_SENT = (ConnectTimeoutError, EndpointConnectionError, ProxyConnectionError, SSLError)
_NO_KEY = (
    CredentialRetrievalError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    TokenRetrievalError,
)
_WRONG_KEY = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "MissingAuthenticationToken",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)


class Throttled(RenderBusy):
    """AWS runs no more functions at once for this account just now; nothing was begun."""


class Unanswered(RenderBusy):
    """A request was sent, and nobody knows whether it was carried out."""


class Crashed(RenderFailed):
    """The function broke down, or ran out of time, while it answered."""


class NoSuchRender(RenderFailed):
    """The function knows no such render, or does not know it yet."""


@contextmanager
def sentences(function: str, region: str) -> Iterator[None]:
    """Turn errors of boto3 and of Remotion's client into ours.

    Raises:
        Crashed: The function broke down.
        NoSuchRender: The function does not know the render.
        RenderBusy: Nothing was done; again may help.
        RenderFailed: Somebody has to set something right, or the film cannot be made.
        Throttled: There is no room for another function.
        Unanswered: It may have been done.
    """
    try:
        yield
    except ClientError as error:
        raise _refusal(error, function, region) from error
    except RemotionException as error:
        raise _complaint(str(error)) from error
    except _NO_KEY as error:
        raise RenderFailed(
            "AWS needs a key to make films, and there is none: set CHATKUT_REMOTION_ACCESS_KEY_ID "
            "and CHATKUT_REMOTION_SECRET_ACCESS_KEY, or what boto3 reads, see docs/remotion.md."
        ) from error
    except _NOT_SENT as error:
        raise RenderBusy(
            f"AWS cannot be reached just now ({type(error).__name__}); "
            "if it lasts, check CHATKUT_REMOTION_REGION and the network."
        ) from error
    except (HTTPClientError, IncompleteReadError) as error:
        raise Unanswered(f"AWS does not answer just now ({type(error).__name__}).") from error
    except BotoCoreError as error:
        raise RenderFailed(
            f"AWS cannot be asked ({type(error).__name__}): check the CHATKUT_REMOTION_ settings."
        ) from error


def _refusal(error: ClientError, function: str, region: str) -> RenderFailed | RenderBusy:
    code = error.response.get("Error", {}).get("Code", "")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if status == 429 or is_throttling(code):
        return Throttled("AWS runs no more functions at once for this account just now.")
    if status >= 500:
        return Unanswered(f"AWS has trouble just now ({code or status}).")
    if code in {"404", "NoSuchKey"}:
        return NoSuchRender("The film is not at AWS any more: render again.")
    if code == "ResourceNotFoundException":
        return RenderFailed(
            f"There is no function {function} in {region}: deploy it, or correct "
            "CHATKUT_REMOTION_FUNCTION and CHATKUT_REMOTION_REGION."
        )
    if code in _WRONG_KEY or status in {401, 403}:
        return RenderFailed(
            f"AWS does not let us in ({code or status}): check the key and the rights of its user, "
            "see docs/remotion.md."
        )
    return RenderFailed(f"AWS refuses this ({code or status}): see docs/remotion.md.")


def _complaint(text: str) -> RenderFailed | RenderBusy:
    if _NO_RENDER.search(text):
        return NoSuchRender("Lambda knows nothing of this render any more: render again.")
    if is_throttling(text):
        return Throttled("AWS runs no more functions at once for this account just now.")
    if _VERSION.search(text):
        return RenderFailed(
            "The function at AWS is another version of Remotion than its name says: deploy it "
            "again, see docs/remotion.md."
        )
    if _UNREADABLE.match(text):
        return Unanswered("Lambda's answer cannot be understood.")
    reason = said(text.partition(": ")[2] or text)
    kind = Crashed if _CRASHED.match(text) else RenderFailed
    return kind(f"Remotion Lambda did not take the film: {reason}.")
