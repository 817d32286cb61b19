"""What can go wrong outside.

AdapterError
├── MediaRefused    this file cannot be used, and trying again will not help
├── FetchFailed     a file could not be fetched from where it lies; trying again may help
├── ChildFailed     a child process (probe, encoder) failed, was killed or took too long
├── RenderFailed    the renderer could not make the film
├── RenderBusy      the service that makes films does not answer; trying again later will help
├── RenderCancelled somebody cancelled the render
├── StaleRevision   somebody else committed first; load again and try again
├── AlreadyKept     this message was answered before; it was delivered twice
├── StoreFailed     the data directory or the database cannot be read or written
├── StoreRefused    the bucket does not let us in: wrong key, no such bucket, no permission
├── BudgetSpent     there is no money left for this
├── Damaged         what is kept cannot be read, and waiting does not mend it
├── ChatBusy        the chat platform took nothing; trying again later will help
├── ChatRefused     the chat platform will never take this: no such channel, not allowed
├── PostUnknown     a post may or may not have arrived: look for it before posting again
├── PlaybackBusy    the service that plays videos took nothing; trying again later will help
├── PlaybackRefused the service that plays videos will never take or give this
├── NoSuchVideo     a video is not there, or not any more
└── UploadLost      an upload that was begun there is gone: begin it anew

Every message is a sentence fit for the chat; `retryable` says whether trying again can help.
"""

from typing import ClassVar


class AdapterError(Exception):
    """Something outside did not do what was asked."""

    retryable: ClassVar[bool] = False


class MediaRefused(AdapterError):
    """The file is damaged, empty, too large or of a kind that cannot be used."""


class FetchFailed(AdapterError):
    """The file could not be fetched just now."""

    retryable = True


class ChildFailed(AdapterError):
    """A child process failed; the message ends with the last line that it wrote."""


class RenderFailed(AdapterError):
    """The film could not be made, or did not pass verification.

    `cost_microusd` is what the try cost all the same.
    """

    def __init__(self, message: str, cost_microusd: int = 0) -> None:
        super().__init__(message)
        self.cost_microusd = cost_microusd


class RenderBusy(AdapterError):
    """The service that makes films cannot be reached, or has trouble."""

    retryable = True


class RenderCancelled(AdapterError):
    """Somebody did not want the film any more."""


class StaleRevision(AdapterError):
    """The composition moved on while this change was being made."""

    retryable = True


class AlreadyKept(AdapterError):
    """What this message asked was kept before."""


class StoreFailed(AdapterError):
    """The data directory or the database cannot be used: full, read-only, gone or damaged."""

    retryable = True


class Damaged(StoreFailed):
    """Something that is kept is missing, damaged, or was written by another version."""

    retryable = False


class StoreRefused(StoreFailed):
    """The bucket does not let us in, or not do this; an operator has to set something right."""

    retryable = False


class BudgetSpent(AdapterError):
    """A budget has no room for this; the message names it."""


class ChatBusy(AdapterError):
    """The platform limits the rate, is down or cannot be reached: nothing was posted.

    `retry_after` is how many seconds it asked to wait, 0 where it did not say.
    """

    retryable = True

    def __init__(self, message: str, retry_after: float = 0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class ChatRefused(AdapterError):
    """The platform will not take this, however often it is sent."""


class PostUnknown(AdapterError):
    """The request was sent and no answer came: the post may be there.

    `retry_after` is in how many seconds the platform can be asked about it, 0 where it did not say.
    """

    retryable = True

    def __init__(self, message: str, retry_after: float = 0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class PlaybackBusy(AdapterError):
    """The service that plays videos limits the rate, is down or cannot be reached."""

    retryable = True


class PlaybackRefused(AdapterError):
    """The service that plays videos will not do this, however often it is asked."""


class NoSuchVideo(PlaybackRefused):
    """The service has no such video, or has removed it."""


class UploadLost(AdapterError):
    """An upload is not there any more, or is not of the file that is being sent."""
