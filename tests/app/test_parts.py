"""What the settings say about the parts."""

import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.app.parts import opened_planner, render_cache
from bot.cli.evaluation.purse import Purse
from bot.config import Settings

_SDK = "bot.adapters.planners.openai_api"


def test_pieces_of_films_are_kept_unless_there_is_no_room_for_them(tmp_path: Path) -> None:
    cache = render_cache(Settings(_env_file=None, render_cache_mb=3, keep_films_days=7), tmp_path)
    assert cache
    assert (cache.folder, cache.max_bytes, cache.days) == (tmp_path / "pieces", 3 << 20, 7)
    assert render_cache(Settings(_env_file=None, render_cache_mb=0), tmp_path) is None


@pytest.mark.parametrize("ahead", [True, False])
async def test_a_service_imports_the_sdks_before_the_first_message(
    monkeypatch: pytest.MonkeyPatch, *, ahead: bool
) -> None:
    monkeypatch.delitem(sys.modules, _SDK, raising=False)
    settings = Settings(_env_file=None, openai_api_key=SecretStr("key"))
    async with opened_planner(settings, Purse(), ahead=ahead):
        pass
    assert (_SDK in sys.modules) is ahead
