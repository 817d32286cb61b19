"""Signed addresses of our own pages.

A token says what it opens and for whom, signed with a secret of ours (itsdangerous: HMAC-SHA1 over
a key derived for each purpose). It can be read by whoever has it, but not altered.
"""

from typing import Any

from itsdangerous import (
    BadData,
    SignatureExpired,
    Signer,
    URLSafeSerializer,
    URLSafeTimedSerializer,
)
from itsdangerous.encoding import base64_decode, base64_encode
from starlette.exceptions import HTTPException

from bot.ports import Message

_UNKNOWN = "There is no such link: it may be cut off, or taken back. Ask for a new one in the chat."


class SignedLinks:
    """Makes links, the `Links` port, and reads their tokens again.

    `public_url` is the origin under which browsers reach this server, without a slash at the end.
    """

    def __init__(
        self, public_url: str, secret: str, upload_seconds: float, share_seconds: float
    ) -> None:
        self.public_url = public_url
        self._films = URLSafeSerializer(secret, salt="film")
        self._shares = URLSafeTimedSerializer(secret, salt="share")
        self._pictures = Signer(secret, salt="picture")
        self._uploads = URLSafeTimedSerializer(secret, salt="upload")
        self.upload_seconds = upload_seconds
        self._share_seconds = share_seconds

    def film(self, render_id: str) -> str:
        return f"{self.public_url}/r/{self._films.dumps(render_id)}"

    def share(self, channel: str) -> str:
        return f"{self.public_url}/s/{self._shares.dumps(channel)}"

    def upload(self, message: Message) -> str:
        return f"{self.public_url}/u/{self._uploads.dumps(_giver(message))}"

    def picture(self, share: str, sha256: str) -> str:
        """The path of a clip's small pictures, for the page that the token `share` opens."""
        signature = self._pictures.get_signature(f"{share}/{sha256}").decode()
        return f"/s/{share}/thumbs/{sha256}/{signature}"

    def refuse_other_picture(self, share: str, sha256: str, signature: str) -> None:
        """Look whether a page that can still be opened has these pictures on it.

        Raises:
            HTTPException: It has not, or cannot.
        """
        self.shared_by(share)
        if not self._pictures.verify_signature(f"{share}/{sha256}", signature):
            raise HTTPException(404, _UNKNOWN)

    def film_of(self, token: str) -> str:
        """The id of the render that a token opens.

        Raises:
            HTTPException: It is not one of ours.
        """
        try:
            return str(self._films.loads(token))
        except BadData:
            raise HTTPException(404, _UNKNOWN) from None

    def shared_by(self, token: str) -> str:
        """The channel that a token opens.

        Raises:
            HTTPException: It is not one of ours, or too old.
        """
        return str(_fresh(self._shares, token, self._share_seconds))

    def uploading(self, token: str) -> Message:
        """The message that asked for an upload page.

        Raises:
            HTTPException: The token is not one of ours, or too old.
        """
        given = _fresh(self._uploads, token, self.upload_seconds)
        return Message(text="", **given)


def _giver(message: Message) -> dict[str, Any]:
    return {
        "id": message.id,
        "channel": message.channel,
        "author": message.author,
        "user": message.user,
        "thread": message.thread,
        "external": message.external,
        "admin": message.admin,
    }


def _fresh(serializer: URLSafeTimedSerializer, token: str, seconds: float) -> Any:
    try:
        opened = serializer.loads(token, max_age=int(seconds))
    except SignatureExpired:
        sentence = "This link has expired; ask for a new one in the chat."
        raise HTTPException(410, sentence) from None
    except BadData:
        raise HTTPException(404, _UNKNOWN) from None
    if not _is_spelled_as_made(token):
        raise HTTPException(404, _UNKNOWN)
    return opened


def _is_spelled_as_made(token: str) -> bool:
    """Whether the signature of a good token is the one spelling that we give out.

    base64 has others for the same bytes, by which a link that was taken would be another one.
    """
    signature = token.rpartition(".")[2]
    return base64_encode(base64_decode(signature)) == signature.encode()
