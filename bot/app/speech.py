"""Who hears the words of clips, as the settings want it."""

from datetime import date
from pathlib import Path
from typing import Literal

from bot.adapters.media.speech.paid import MODEL, Access, PaidTranscriber
from bot.adapters.media.speech.transcribing import Transcriber
from bot.adapters.media.speech.whisper import WhisperTranscriber, installed, shipped_model
from bot.adapters.planners.routing import ending
from bot.config import Settings
from bot.ports import Finding, Ledger, StoreFailed

_SEE = "See docs/captions.md."


def transcriber(settings: Settings, root: Path, ledger: Ledger) -> Transcriber | None:
    """Who hears words; None where nobody does. Nothing heavy is imported for it yet.

    Raises:
        StoreFailed: The settings name somebody who cannot.
    """
    match chosen(settings):
        case "whisper":
            return WhisperTranscriber(_model(settings), root / "models", settings.speech_language)
        case "openai":
            return PaidTranscriber(_access(settings), ledger)
        case "none":
            return None


def chosen(settings: Settings) -> Literal["whisper", "openai", "none"]:
    """Who hears words; “auto” is whisper where it and a model are installed."""
    if settings.speech != "auto":
        return settings.speech
    has_model = settings.speech_model or shipped_model()
    return "whisper" if installed() and has_model else "none"


def check_speech(settings: Settings, today: date) -> Finding:
    """Who hears words, whether they can, and whether their model is about to go."""
    name = "speech"
    try:
        match chosen(settings):
            case "whisper":
                return Finding(name, True, f"whisper, {_described(_model(settings))}")
            case "openai":
                model = _access(settings).model
                warnings = " ".join(ending([model], today))
                text = f"{model} through OpenAI, for money. {warnings}".rstrip(". ")
                return Finding(name, not warnings, text, _SEE)
            case "none":
                return Finding(name, True, "nobody hears words; files of subtitles are read")
    except StoreFailed as error:
        return Finding(name, False, str(error), _SEE)


def _model(settings: Settings) -> str:
    if not installed():
        raise StoreFailed(
            "CHATKUT_SPEECH=whisper needs more to be installed: pip install 'chatkut[speech]'."
        )
    model = settings.speech_model or shipped_model()
    if model is None:
        raise StoreFailed("There is no speech model: set CHATKUT_SPEECH_MODEL, see .env.example.")
    folder = Path(model).expanduser()
    if folder.is_dir() and not (folder / "model.bin").exists():
        raise StoreFailed(f"CHATKUT_SPEECH_MODEL: {folder} has no model.bin.")
    return str(folder if folder.is_dir() else model)


def _described(model: str) -> str:
    if not Path(model).is_dir():
        return f"model {model}, which is fetched when it is first needed"
    if Path(model) == shipped_model():
        return "the small model that comes with it, English only"
    return f"model {model}"


def _access(settings: Settings) -> Access:
    key = settings.openai_api_key
    if key is None:
        raise StoreFailed("CHATKUT_SPEECH=openai needs CHATKUT_OPENAI_API_KEY.")
    model, language = settings.speech_model or MODEL, settings.speech_language
    return Access(key.get_secret_value(), settings.openai_base_url, model, language)
