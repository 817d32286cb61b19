"""Remotion Lambda, wired: who makes films where the settings want it, and whether that can work."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from pydantic import SecretStr

from bot.adapters.store.database import Database
from bot.adapters.store.remote_renders import SqlRemoteRenders
from bot.app.given import given
from bot.app.storage import Storage
from bot.config import Settings
from bot.engine.presets import PresetName
from bot.ports import AdapterError, Finding, StoreFailed

if TYPE_CHECKING:
    from bot.adapters.renderers.remotion.client import LambdaClient
    from bot.adapters.renderers.remotion.renderer import RemotionRenderer

PRESETS: Final[tuple[PresetName, ...]] = (
    *("720p", "1080p", "source", "landscape", "vertical", "square"),
)
"""What is made at AWS; previews and moving pictures are cheap here, and there at once."""

_REMEMBERED = timedelta(days=7)
"""For longer than AWS keeps what a render made."""

_NEEDED = ("remotion_region", "remotion_function", "remotion_site_url")
_INCOMPLETE = (
    "CHATKUT_RENDERER=remotion needs CHATKUT_REMOTION_REGION, CHATKUT_REMOTION_FUNCTION and "
    "CHATKUT_REMOTION_SITE_URL"
)
_WAY_OUT = "See docs/remotion.md, or take CHATKUT_RENDERER out."


def remotion_renderer(
    settings: Settings, database: Database, storage: Storage
) -> "RemotionRenderer | None":
    """The renderer on Remotion Lambda, where the settings want it; AWS is not asked yet.

    Raises:
        StoreFailed: Some settings are missing.
        RenderFailed: Some cannot be, or the package is not installed.
    """
    if settings.renderer != "remotion":
        return None
    client = _client(settings)
    if storage.bucket is None:
        raise StoreFailed(
            "CHATKUT_RENDERER=remotion needs a bucket that AWS can read clips from: set the "
            "CHATKUT_R2_ settings, see docs/storage.md, or take CHATKUT_RENDERER out."
        )
    from bot.adapters.renderers.remotion.renderer import RemotionRenderer, Source

    source = Source(storage.bucket.media.lent, storage.bucket.objects)
    asked = SqlRemoteRenders(database)
    return RemotionRenderer(client, source, asked, settings.remotion_lambdas)


async def sweep(storage: Storage, database: Database, now: datetime) -> str:
    """Remove drawings that no film has used for long, and forget the films of last week.

    Raises:
        StoreFailed: The bucket or the database cannot be used.
    """
    from bot.adapters.renderers.remotion.stills import sweep as sweep_stills

    removed = await sweep_stills(storage.bucket.objects, now) if storage.bucket else 0
    forgotten = await SqlRemoteRenders(database).forget_before(now - _REMEMBERED)
    return f"removed {removed} drawings, forgot {forgotten} films"


async def check_renderer(settings: Settings) -> list[Finding]:
    """What `chatkut doctor` finds of who makes films."""
    if settings.renderer != "remotion":
        return [Finding("renderer", True, "ffmpeg, on this machine")]
    name = "renderer"
    try:
        if not given(settings, *_NEEDED):
            return [Finding(name, False, _INCOMPLETE, _WAY_OUT)]
        client = _client(settings)
        if not given(settings, "r2_endpoint", "r2_bucket"):
            text = "Remotion Lambda has no bucket to read clips from"
            advice = "Set the CHATKUT_R2_ settings, or take CHATKUT_RENDERER out."
            return [Finding(name, False, text, advice)]
    except AdapterError as error:
        return [Finding(name, False, str(error), _WAY_OUT)]
    from bot.adapters.renderers.remotion.probe import probe

    return await probe(client)


def _client(settings: Settings) -> "LambdaClient":
    if not given(settings, *_NEEDED):
        raise StoreFailed(f"{_INCOMPLETE}. {_WAY_OUT}")
    given(settings, "remotion_access_key_id", "remotion_secret_access_key")
    from bot.adapters.renderers.remotion.deployment import Deployment

    deployment = Deployment(
        settings.remotion_region or "",
        settings.remotion_function or "",
        settings.remotion_site_url or "",
        _secret(settings.remotion_access_key_id),
        _secret(settings.remotion_secret_access_key),
        _secret(settings.remotion_license_key),
    ).checked()
    from bot.adapters.renderers.remotion.client import LambdaClient

    return LambdaClient(deployment)


def _secret(value: SecretStr | None) -> str:
    return value.get_secret_value() if value else ""
