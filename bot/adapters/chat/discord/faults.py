"""What discord.py and aiohttp raise, as errors of the ports."""

from collections.abc import Iterator
from contextlib import contextmanager

import aiohttp
import discord

from bot.ports import ChatBusy, ChatRefused, PostUnknown

LOGIN_REFUSED = (
    "Discord does not accept the bot token. Copy a new one from the Bot page of the developer "
    "portal; it is not the client secret and not the public key."
)
_REASONS = {
    10003: "This Discord channel is gone, or ChatKut is not on its server any more.",
    10004: "This Discord server is gone, or ChatKut is not on it any more.",
    10008: "This Discord message is gone.",
    40005: "The file is too large for this Discord server.",
    50001: "ChatKut cannot see this Discord channel. Give it the permission “View Channel”.",
    50007: "This person takes no direct messages from ChatKut.",
    50013: (
        "ChatKut lacks a permission in this Discord channel: it needs Send Messages (also in "
        "threads), Embed Links, Attach Files and Read Message History."
    ),
    50083: "This Discord thread is archived.",
}
TOO_LARGE = 40005
_EDGE_BAN_SECONDS = 600.0
_TOKEN_PAUSE_SECONDS = 60.0


@contextmanager
def translated(*, posting: bool = False) -> Iterator[None]:
    """Turn what goes wrong with a request within into ChatBusy, ChatRefused or PostUnknown.

    Where nothing is posted, a request whose fate is unknown can simply be made again.

    Raises:
        ChatBusy: Discord took nothing; later it may.
        ChatRefused: It never will.
        PostUnknown: Only when `posting`.
    """
    try:
        yield
    except discord.RateLimited as error:
        raise ChatBusy("Discord asks to slow down.", error.retry_after) from error
    except discord.LoginFailure as error:  # to be mended by the operator: what waits is kept
        raise ChatBusy(LOGIN_REFUSED, _TOKEN_PAUSE_SECONDS) from error
    except discord.HTTPException as error:
        raise _of_status(error, posting) from error
    except aiohttp.ClientConnectorError as error:
        raise ChatBusy("Discord cannot be reached.") from error
    except (aiohttp.ClientError, OSError) as error:  # the latter includes timeouts
        raise _cut_off(posting, "The connection to Discord broke off.") from error


def _of_status(error: discord.HTTPException, posting: bool) -> Exception:
    if error.status >= 500:
        return _cut_off(posting, f"Discord has a problem (status {error.status}).")
    if error.status == 429:
        return ChatBusy("Discord asks to slow down.", _pause(error))
    if error.status == 401:
        return ChatBusy(LOGIN_REFUSED, _TOKEN_PAUSE_SECONDS)
    return ChatRefused(_REASONS.get(error.code) or f"Discord refused it: {error.text[:300]}")


def _cut_off(posting: bool, what: str) -> Exception:
    if posting:
        return PostUnknown(f"{what} The post may have arrived.")
    return ChatBusy(what)


def _pause(error: discord.HTTPException) -> float:
    """Seconds to wait; without `Via` it was not Discord but its edge, which bans for long."""
    headers = error.response.headers
    asked = headers.get("Retry-After", "")
    if asked.isdecimal():
        return float(asked)
    return 1.0 if "Via" in headers else _EDGE_BAN_SECONDS
