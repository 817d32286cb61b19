"""The parts that the terminal and the service have in common."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import get_args

from bot.adapters.exporters import FilesExporter
from bot.adapters.media.subtitles import read_subtitles
from bot.adapters.planners.offline.help import HELP
from bot.adapters.planners.offline.planner import OfflinePlanner
from bot.adapters.planners.opening import Access, Money, opened, opened_alone
from bot.adapters.planners.routing import routes
from bot.adapters.renderers.cost_picture import CostPicture
from bot.adapters.renderers.local.cache import Cache
from bot.adapters.renderers.local.renderer import LocalRenderer
from bot.adapters.renderers.timeline_picture import TimelinePicture
from bot.adapters.store.database import Database, sqlite_url
from bot.adapters.store.ledger import SqlLedger
from bot.adapters.store.renders import SqlRenders
from bot.app.remotion import PRESETS, remotion_renderer
from bot.app.storage import Storage
from bot.config import Settings
from bot.engine.presets import PresetName
from bot.handlers.services import Services
from bot.jobs.render import RenderDesk
from bot.ports import (
    Books,
    Conversations,
    Ledger,
    MediaStore,
    Meter,
    Planner,
    Renderer,
    StoreFailed,
)

UNEXPECTED = (
    "Something went wrong inside ChatKut; what was announced before stays kept. "
    "The details are in ChatKut's log."
)


def prepared(data_dir: Path) -> Path:
    """Make the data directory.

    Raises:
        StoreFailed: It cannot be made.
    """
    root = data_dir.expanduser().absolute()
    try:
        root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreFailed(
            f"The data directory {root} cannot be used ({error.strerror}): "
            "make it writable or set CHATKUT_DATA_DIR."
        ) from error
    return root


def opened_database(settings: Settings, root: Path) -> Database:
    """Open the database that was set, else the file in the data directory.

    Raises:
        StoreFailed: It cannot be used.
    """
    url = settings.database_url
    return Database(url.get_secret_value() if url else sqlite_url(root / "chatkut.sqlite"))


def render_desk(settings: Settings, root: Path, database: Database, storage: Storage) -> RenderDesk:
    """The desk that has films made.

    Raises:
        AdapterError: The settings name a renderer that cannot work.
    """
    local = LocalRenderer(settings.cpu_hour_usd, render_cache(settings, root))
    renderers: dict[PresetName, Renderer] = dict.fromkeys(get_args(PresetName), local)
    if (remotion := remotion_renderer(settings, database, storage)) is not None:
        renderers |= dict.fromkeys(PRESETS, remotion)
    return RenderDesk(
        renderers,
        SqlRenders(database, root),
        storage.media,
        root / "renders",
        storage.shelf,
    )


def render_cache(settings: Settings, root: Path) -> Cache | None:
    """What is kept of films for the next ones, where that is wanted."""
    if not settings.render_cache_mb:
        return None
    return Cache(root / "pieces", settings.render_cache_mb << 20, settings.keep_films_days)


@asynccontextmanager
async def opened_planner(
    settings: Settings, ledger: Ledger, *, ahead: bool = False
) -> AsyncIterator[Planner]:
    """The offline planner, and behind it the models that have a key; recorded where that is set.

    Their SDKs are imported `ahead`, or when they are first needed.

    Raises:
        StoreFailed: A setting names a task or a model that there is not.
    """
    chosen_models(settings)
    chosen = _chosen(settings.models)
    money, keys = Money(ledger), accesses(settings)
    async with opened(OfflinePlanner(), keys, money, chosen, ahead=ahead) as planner:
        yield _recorded(planner, settings.record_plans) if settings.record_plans else planner


@asynccontextmanager
async def opened_models(
    settings: Settings, provider: str, ledger: Ledger
) -> AsyncIterator[Planner]:
    """The models of one provider that has a key, alone.

    Raises:
        StoreFailed: A setting names a task or a model that there is not.
    """
    chosen_models(settings)
    chosen = _chosen(settings.models)
    async with opened_alone(provider, accesses(settings), Money(ledger), chosen) as planner:
        yield planner


def _recorded(planner: Planner, path: Path) -> Planner:
    from bot.adapters.planners.record import RecordingPlanner

    return RecordingPlanner(planner, path)


def chosen_models(settings: Settings) -> list[str]:
    """The models that are asked, each as "provider:model"; none without a key.

    Raises:
        StoreFailed: A setting names a task or a model that there is not.
    """
    providers = [access.provider for access in accesses(settings)]
    try:
        table = routes(providers, _chosen(settings.models))
    except ValueError as error:
        raise StoreFailed(f"CHATKUT_MODELS: {error} See docs/planners.md.") from error
    return sorted({f"{route.provider}:{route.model}" for row in table.values() for route in row})


def accesses(settings: Settings) -> list[Access]:
    """The providers of models that have a key, in the order to try them."""
    return [
        Access(provider, key.get_secret_value(), base_url)
        for provider, key, base_url in (
            ("anthropic", settings.anthropic_api_key, None),
            ("openai", settings.openai_api_key, settings.openai_base_url),
            ("dedalus", settings.dedalus_api_key, None),
        )
        if key is not None
    ]


def _chosen(models: str) -> dict[str, str]:
    """Read "task=provider:model,…"."""
    pairs = (each.partition("=") for each in models.split(",") if each.strip())
    return {task.strip(): model.strip() for task, _, model in pairs}


def ledger(settings: Settings, database: Database, meter: Meter | None = None) -> SqlLedger:
    """Who counts the money."""
    return SqlLedger(database, month_microusd(settings), meter)


def month_microusd(settings: Settings) -> int | None:
    """The monthly budget for everything, where none was set since."""
    budget = settings.month_budget_usd
    return None if budget is None else round(budget * 1e6)


def services(
    settings: Settings,
    root: Path,
    conversations: Conversations,
    planner: Planner,
    desk: RenderDesk,
    books: Books,
    media: MediaStore,
) -> Services:
    """What handlers work with; without limits of rate."""
    return Services(
        conversations=conversations,
        media=media,
        subtitles=read_subtitles,
        planner=planner,
        pictures=TimelinePicture(),
        renders=desk,
        books=books,
        charts=CostPicture(),
        pictures_dir=root / "pictures",
        exporter=FilesExporter(),
        exports_dir=root / "exports",
        confirm_over_microusd=round(settings.confirm_over_usd * 1e6),
        help_text=HELP,
        admins=frozenset(each.strip() for each in settings.admins.split(",") if each.strip()),
    )
