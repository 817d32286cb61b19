"""`chatkut doctor`: checks what ChatKut needs, and says what to do about each failure."""

import json
import os
import shutil
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlsplit

from rich.console import Console
from rich.text import Text

from bot.adapters.planners.routing import ending
from bot.adapters.process import Limits, ffmpeg_exe, run
from bot.app.parts import chosen_models, opened_database, prepared
from bot.config import Settings, misspelt
from bot.ports import AdapterError, Finding, StoreFailed

_FREE_GB = 2
_FILTERS = frozenset({"xfade", "overlay", "sidechaincompress", "tpad", "atempo", "palettegen"})


async def examine(as_json: bool) -> bool:
    """Run all checks and print them; return whether all went well."""
    settings = Settings()
    findings = [check(settings) for check in _CHECKS]
    findings += [await _encoder(), _terminal(), *await _renderer(settings)]
    findings.append(await _media(settings))
    findings += await _platforms(settings)
    findings += await _playback(settings)
    if as_json:
        print(json.dumps([_as_json(finding) for finding in findings], indent=2))  # noqa: T201
    else:
        _print(findings)
    return all(finding.ok for finding in findings)


def _print(findings: list[Finding]) -> None:
    console = Console(highlight=False)
    for finding in findings:
        sign, style = ("✓", "green") if finding.ok else ("✗", "bold red")
        line = Text(f"{sign} {finding.name}: ", style=style) + Text(finding.text)
        console.print(line, soft_wrap=True)
        if not finding.ok:
            console.print(Text(f"    → {finding.advice}", style="yellow"), soft_wrap=True)
    failed = sum(not finding.ok for finding in findings)
    if failed:
        console.print(Text(f"{failed} of {len(findings)} checks failed.", style="bold red"))
    else:
        console.print(Text("All is well: try `chatkut demo`, or `chatkut chat`.", style="bold"))


def _as_json(finding: Finding) -> dict[str, Any]:
    """A finding; where all is well there is nothing to do."""
    return asdict(finding if not finding.ok else replace(finding, advice=""))


def _python(_: Settings) -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    ok = sys.version_info >= (3, 11)
    return Finding("Python", ok, version, "Install Python 3.11 or newer.")


def _data_dir(settings: Settings) -> Finding:
    name = "data directory"
    try:
        root = prepared(settings.data_dir)
        probe = root / f".doctor-{os.getpid()}"
        probe.write_bytes(b"")
        probe.unlink()
    except (AdapterError, OSError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        return Finding(name, False, reason, "Make it writable, or set CHATKUT_DATA_DIR.")
    return Finding(name, True, str(root))


def _disk(settings: Settings) -> Finding:
    root = settings.data_dir.expanduser().absolute()
    existing = next(path for path in (root, *root.parents) if path.exists())
    free = shutil.disk_usage(existing).free / 1e9
    return Finding("disk", free >= _FREE_GB, f"{free:.1f} GB free", f"Free at least {_FREE_GB} GB.")


def _database(settings: Settings) -> Finding:
    try:
        database = opened_database(settings, prepared(settings.data_dir))
        database.close()
    except AdapterError as error:
        advice = "If the other checks are fine, restore it from a backup, or move it away."
        if settings.database_url is not None:
            advice = "Start the database, or correct CHATKUT_DATABASE_URL."
        return Finding("database", False, str(error), advice)
    kind = "Postgres" if database.is_shared else "chatkut.sqlite"
    return Finding("database", True, f"{kind} is readable, schema up to date")


def _links(settings: Settings) -> Finding:
    """Whether browsers can reach this server, for uploads and shared films."""
    name, url = "links", settings.public_url
    if url is None:
        return Finding(name, True, "none for uploads and sharing: CHATKUT_PUBLIC_URL is not set")
    if not url.startswith("https:") and not _is_here(url):
        text = f"{url} is not https: whoever listens on the way can use the links"
        return Finding(name, False, text, "Put it behind HTTPS, see docs/uploads.md.")
    return Finding(name, True, f"lead to {url}")


def _is_here(url: str) -> bool:
    """Whether an address leads to this machine, where nobody listens on the way."""
    return urlsplit(url).hostname in ("localhost", "127.0.0.1", "::1")


def _spelling(_: Settings) -> Finding:
    wrong = " ".join(misspelt())
    text = wrong or "no unknown CHATKUT_ settings"
    return Finding("settings", not wrong, text, "Correct them, see .env.example.")


def _fonts(_: Settings) -> Finding:
    from PIL import features

    from bot.adapters.renderers.drawing import installed_cjk, without_font

    if not features.check("raqm"):
        advice = "Reinstall Pillow from its wheel: it ships raqm, which shapes text."
        return Finding("fonts", False, "Pillow lacks raqm", advice)
    missing = without_font("Aé€Я🌊مשกह♪")
    if missing:
        return Finding("fonts", False, f"no glyphs for {' '.join(missing)}", "Reinstall ChatKut.")
    cjk = "found" if installed_cjk() else "not installed (Debian: fonts-noto-cjk)"
    return Finding("fonts", True, f"all shipped ones found; Chinese, Japanese, Korean: {cjk}")


def _probe(_: Settings) -> Finding:
    try:
        import av
    except ImportError as error:
        return Finding("decoder", False, str(error), "Reinstall PyAV (package av).")
    return Finding("decoder", True, f"PyAV {av.__version__}")


def _models(settings: Settings) -> Finding:
    """Which models are asked, and whether they are about to go."""
    try:
        models = chosen_models(settings)
    except AdapterError as error:
        return Finding("planner", False, str(error), "Correct CHATKUT_MODELS.")
    warnings = " ".join(ending((model.partition(":")[2] for model in models), _today()))
    text = (
        f"built-in rules, then {', '.join(models)}"
        if models
        else "built-in rules; no model is set up"
    )
    advice = "Choose another in CHATKUT_MODELS, see docs/planners.md."
    return Finding("planner", not warnings, f"{text}. {warnings}".rstrip(". "), advice)


def _speech(settings: Settings) -> Finding:
    """Who hears the words of clips."""
    from bot.app.speech import check_speech

    return check_speech(settings, _today())


def _today() -> date:
    return datetime.now(UTC).date()


_CHECKS: tuple[Callable[[Settings], Finding], ...] = (
    _python,
    _spelling,
    _data_dir,
    _disk,
    _database,
    _fonts,
    _probe,
    _models,
    _speech,
    _links,
)


async def _encoder() -> Finding:
    name, advice = "encoder", "Reinstall imageio-ffmpeg, or set FFMPEG_BINARY to ffmpeg 6 or newer."
    try:
        exe = ffmpeg_exe()
        version = (await run([exe, "-version"], limits=Limits(), timeout_seconds=20)).stdout
        filters = (await run([exe, "-filters"], limits=Limits(), timeout_seconds=20)).stdout
        encoders = (await run([exe, "-encoders"], limits=Limits(), timeout_seconds=20)).stdout
    except AdapterError as error:
        return Finding(name, False, str(error), advice)
    words = version.decode(errors="replace").split()
    if words[:1] != ["ffmpeg"]:
        return Finding(name, False, f"{exe} is not ffmpeg", advice)
    missing = _FILTERS - set(filters.decode().split())
    if "libx264" not in encoders.decode():
        missing |= {"libx264"}
    text = f"ffmpeg {words[2]}" + (f" lacks {', '.join(sorted(missing))}" if missing else "")
    return Finding(name, not missing, text, advice)


async def _media(settings: Settings) -> Finding:
    """Where originals and films are kept."""
    from bot.app.storage import check

    try:
        root = prepared(settings.data_dir)
        database = opened_database(settings, root)
    except AdapterError as error:
        return Finding("media", False, str(error), "See the check of the database.")
    with closing(database):
        return await check(settings, root, database)


async def _platforms(settings: Settings) -> list[Finding]:
    """What the chat platforms say about their settings."""
    from bot.app.platforms import Memory, Rooms, platforms

    findings: list[Finding] = []
    try:
        root = prepared(settings.data_dir)
        with closing(opened_database(settings, root)) as database:
            memory = Memory(_Nowhere(), rooms=Rooms(database, root))
            for platform in platforms(settings, memory):
                findings += await platform.check()
    except AdapterError as error:
        return [*findings, Finding("chat platforms", False, str(error), "See .env.example.")]
    return findings or [Finding("chat platforms", True, "none is set up, only the terminal")]


async def _playback(settings: Settings) -> list[Finding]:
    """What Cloudflare says about its settings."""
    from bot.app.playback import check_stream

    try:
        with closing(opened_database(settings, prepared(settings.data_dir))) as database:
            return await check_stream(settings, database)
    except StoreFailed:  # another check tells of it
        return await check_stream(settings, None)


class _Nowhere:
    """Takes part in no thread; nobody listens here."""

    async def joined(self, _channel: str, _thread: str) -> bool:
        return False


def _terminal() -> Finding:
    return Finding("chat", True, "the terminal can be used")


async def _renderer(settings: Settings) -> list[Finding]:
    """Who makes films."""
    from bot.app.remotion import check_renderer

    return await check_renderer(settings)
