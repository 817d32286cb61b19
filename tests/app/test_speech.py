"""Who hears words, by the settings."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.store.ledger import SqlLedger
from bot.app.speech import check_speech, transcriber
from bot.config import Settings
from bot.ports import StoreFailed
from tests.databases import made_database
from tests.speech import needs_ears

TODAY = date(2026, 11, 22)
KEY = "sk-very-secret"


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqlLedger]:
    database = made_database(tmp_path)
    yield SqlLedger(database, None)
    database.close()


def name_of(root: Path, ledger: SqlLedger, **settings: Any) -> str | None:
    found = transcriber(Settings(**settings), root, ledger)
    return found.name if found else None


@needs_ears
def test_whisper_is_used_where_it_is_installed(tmp_path: Path, ledger: SqlLedger) -> None:
    assert name_of(tmp_path, ledger) == "whisper model"
    assert name_of(tmp_path, ledger, speech="none") is None
    chosen = {"speech": "whisper", "speech_model": "small", "speech_language": "de"}
    assert name_of(tmp_path, ledger, **chosen) == "whisper small de"
    assert check_speech(Settings(), TODAY).text.endswith("English only")
    assert "fetched" in check_speech(Settings(speech_model="small"), TODAY).text


def test_without_whisper_nobody_hears(
    tmp_path: Path, ledger: SqlLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.app.speech.installed", lambda: False)
    assert name_of(tmp_path, ledger) is None
    assert check_speech(Settings(), TODAY).ok
    with pytest.raises(StoreFailed, match=r"pip install 'chatkut\[speech\]'"):
        name_of(tmp_path, ledger, speech="whisper")


@needs_ears
def test_a_folder_without_a_model_is_told(tmp_path: Path, ledger: SqlLedger) -> None:
    found = check_speech(Settings(speech_model=str(tmp_path)), TODAY)
    assert not found.ok
    assert "has no model.bin" in found.text
    (tmp_path / "model.bin").touch()
    assert name_of(tmp_path, ledger, speech_model=str(tmp_path)) == f"whisper {tmp_path.name}"


def test_openai_needs_a_key(tmp_path: Path, ledger: SqlLedger) -> None:
    with pytest.raises(StoreFailed, match="needs CHATKUT_OPENAI_API_KEY"):
        name_of(tmp_path, ledger, speech="openai")
    assert not check_speech(Settings(speech="openai"), TODAY).ok
    chosen: dict[str, Any] = {"speech": "openai", "openai_api_key": KEY}
    assert name_of(tmp_path, ledger, **chosen) == "openai whisper-1"
    found = check_speech(Settings(**chosen), TODAY)
    assert found.ok
    assert found.text == "whisper-1 through OpenAI, for money"
    late = check_speech(Settings(**chosen), date(2027, 2, 1))
    assert (late.ok, "ends on 2027-02-26" in late.text) == (False, True)


@pytest.mark.parametrize("language", ["german", "DE", "d", "de;rm"])
def test_a_language_that_is_none_is_refused(language: str) -> None:
    with pytest.raises(ValueError, match="speech_language"):
        Settings(speech_language=language)
