"""What is kept of films for the next ones: the folder."""

import errno
import os
import time
from pathlib import Path

import pytest

from bot.adapters.renderers.local.cache import Cache


def piece(tmp_path: Path, content: bytes) -> Path:
    file = tmp_path / f"piece{len(list(tmp_path.iterdir()))}"
    file.write_bytes(content)
    return file


def test_what_is_kept_is_found_again_by_its_key(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "kept", 1000)
    assert cache.take(["a"], tmp_path) == {}
    cache.keep([("a", piece(tmp_path, b"one")), ("b", piece(tmp_path, b"two"))])
    found = cache.take(["b", "c"], tmp_path)
    assert found == {"b": tmp_path / "b"}
    assert found["b"].read_bytes() == b"two"


def test_what_was_taken_stays_though_it_is_removed_from_the_cache(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "kept", 1000)
    cache.keep([("a", piece(tmp_path, b"one"))])
    found = cache.take(["a"], tmp_path)
    cache.forget(["a"])
    assert found["a"].read_bytes() == b"one"
    assert cache.take(["a"], tmp_path) == {}


@pytest.mark.parametrize("content", [b"", b"on", b"onE", b"one more"])
def test_a_damaged_file_is_not_given_out_and_goes(tmp_path: Path, content: bytes) -> None:
    cache = Cache(tmp_path / "kept", 1000)
    cache.keep([("a", piece(tmp_path, b"one"))])
    (kept,) = cache.folder.iterdir()
    kept.unlink()
    kept.write_bytes(content)
    assert cache.take(["a"], tmp_path) == {}
    assert list(cache.folder.iterdir()) == []
    assert not (tmp_path / "a").exists()


def test_what_was_not_used_for_longest_goes_first(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "kept", 30)
    cache.keep([(key, piece(tmp_path, 10 * key.encode())) for key in "abc"])
    for age, file in enumerate(sorted(cache.folder.iterdir())):
        os.utime(file, (0, time.time() - 100 + age))
    cache.take(["a"], tmp_path)
    cache.keep([("d", piece(tmp_path, 10 * b"d"))])
    assert {file.name[0] for file in cache.folder.iterdir()} == {"a", "c", "d"}
    (cache.folder / "tmp8x").write_bytes(30 * b"x")  # as a process leaves it that was killed
    cache.keep([("e", piece(tmp_path, b"e"))])
    assert sum(file.stat().st_size for file in cache.folder.iterdir()) <= 30


def test_what_nobody_used_for_a_month_goes(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "kept", 1000)
    cache.keep([("a", piece(tmp_path, b"a"))])
    (kept,) = cache.folder.iterdir()
    os.utime(kept, (0, time.time() - 31 * 24 * 3600))
    assert cache.trim() == 1
    assert list(cache.folder.iterdir()) == []


def test_a_cache_that_cannot_be_read_or_written_harms_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "kept").touch()
    cache = Cache(tmp_path / "kept" / "below", 1000)
    assert cache.take(["a"], tmp_path) == {}
    cache.forget(["a"])
    cache.keep([("a", piece(tmp_path, b"a"))])
    assert "were not kept" in caplog.text


def test_a_copy_that_does_not_fit_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def other_disk(file: Path, target: Path) -> None:  # noqa: ARG001
        raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))

    def too_small(file: Path, target: str) -> None:
        Path(target).write_bytes(file.read_bytes()[:2])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    cache = Cache(tmp_path / "kept", 1000)
    monkeypatch.setattr("os.link", other_disk)
    cache.keep([("a", piece(tmp_path, b"one"))])
    assert cache.take(["a"], tmp_path)["a"].read_bytes() == b"one"
    monkeypatch.setattr("shutil.copyfile", too_small)
    cache.keep([("b", piece(tmp_path, b"two"))])
    assert "were not kept" in caplog.text
    assert [file.name[0] for file in cache.folder.iterdir()] == ["a"]
