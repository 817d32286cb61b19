"""What the settings say about the parts."""

from pathlib import Path

from bot.app.parts import render_cache
from bot.config import Settings


def test_pieces_of_films_are_kept_unless_there_is_no_room_for_them(tmp_path: Path) -> None:
    cache = render_cache(Settings(_env_file=None, render_cache_mb=3, keep_films_days=7), tmp_path)
    assert cache
    assert (cache.folder, cache.max_bytes, cache.days) == (tmp_path / "pieces", 3 << 20, 7)
    assert render_cache(Settings(_env_file=None, render_cache_mb=0), tmp_path) is None
