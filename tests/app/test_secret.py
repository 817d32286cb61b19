import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.app.secret import kept_secret
from bot.ports import StoreFailed


def test_the_secret_is_made_once_even_by_many_at_once_and_for_us_alone(tmp_path: Path) -> None:
    file = tmp_path / "new" / "link-secret"
    with ThreadPoolExecutor(16) as pool:
        made = set(pool.map(kept_secret, [file] * 64))

    assert made == {file.read_text()}
    assert len(file.read_text()) > 40
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(file.parent.iterdir()) == [file]


def test_a_secret_that_cannot_be_kept_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(StoreFailed, match="CHATKUT_LINK_SECRET"):
        kept_secret(tmp_path / "file" / "link-secret")


def test_an_empty_secret_signs_nothing(tmp_path: Path) -> None:
    (tmp_path / "link-secret").touch()

    with pytest.raises(StoreFailed, match="link-secret"):
        kept_secret(tmp_path / "link-secret")
