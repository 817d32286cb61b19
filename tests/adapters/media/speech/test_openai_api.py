"""Words through the real SDK, from a loopback server that checks every request."""

import asyncio
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import BodyPartReader, web
from aiohttp.test_utils import TestServer

from bot.adapters.media.speech import paid
from bot.adapters.media.speech.paid import Access, PaidTranscriber
from bot.adapters.media.speech.transcribing import Heard, Listening, transcribed
from bot.adapters.process import ffmpeg_exe
from bot.adapters.store.ledger import SqlLedger
from bot.ports import BudgetSpent, Cost, MediaRefused, Scope, Total, Word
from tests.databases import made_database
from tests.media import sound

KEY = "sk-very-secret"
ANNA = Scope("chat:film", "chat:anna")
HEARD = {
    "task": "transcribe",
    "language": "english",
    "duration": 3.0,
    "text": "Hello, everybody. It's twenty-one!",
    "words": [
        {"word": "Hello", "start": 0.1, "end": 0.5},
        {"word": "everybody", "start": 0.5, "end": 1.1},
        {"word": "It's", "start": 1.5, "end": 1.8},
        {"word": "twenty", "start": 1.8, "end": 2.2},
        {"word": "one", "start": 2.2, "end": 2.6},
    ],
    "segments": [
        {
            "id": 0, "seek": 0, "start": 0.0, "end": 2.6, "tokens": [50364], "temperature": 0.0,
            "text": " Hello, everybody. It's twenty-one!", "avg_logprob": -0.2,
            "compression_ratio": 1.1, "no_speech_prob": 0.01,
        }
    ],
    "usage": {"type": "duration", "seconds": 3},
}  # fmt: skip


@dataclass
class Answer:
    """One scripted answer; `drops` hangs up in the middle."""

    body: Any = None
    status: int = 200
    drops: bool = False


@dataclass
class OpenAI:
    """Answers in order, and then as it last did; what it was sent is decoded."""

    folder: Path
    answers: list[Answer] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    url: str = ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        assert request.headers["Authorization"] == f"Bearer {KEY}"
        fields: dict[str, Any] = {}
        async for part in await request.multipart():
            assert isinstance(part, BodyPartReader)
            assert part.name
            if part.name == "file":
                assert part.filename == "sound.ogg"
                self.seconds.append(self._length(await part.read()))
            else:
                fields.setdefault(part.name, []).append(await part.text())
        self.asked.append(fields)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if answer.drops and request.transport:
            response = web.StreamResponse(headers={"Content-Length": "5000"})
            await response.prepare(request)
            await response.write(b'{"text": "Hel')
            request.transport.abort()
            return response
        if isinstance(answer.body, str):
            return web.Response(text=answer.body, status=answer.status)
        return web.json_response(answer.body, status=answer.status)

    def _length(self, content: bytes) -> float:
        """The seconds of a file, which has to be Opus with one channel."""
        assert len(content) < 25 << 20
        path = self.folder / "sent.ogg"
        path.write_bytes(content)
        command = [ffmpeg_exe(), "-i", str(path), "-f", "s16le", "-ac", "1", "-ar", "16000", "-"]
        done = subprocess.run(command, check=True, capture_output=True)
        assert b"opus" in done.stderr
        assert b"mono" in done.stderr
        return round(len(done.stdout) / 32_000, 2)


@pytest.fixture
async def openai(tmp_path: Path) -> AsyncIterator[OpenAI]:
    there = OpenAI(tmp_path, [Answer(HEARD)])
    app = web.Application(client_max_size=30 << 20)
    app.router.add_post("/v1/audio/transcriptions", there.answer)
    server = TestServer(app)
    await server.start_server()
    there.url = str(server.make_url("/v1"))
    yield there
    await server.close()


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqlLedger]:
    database = made_database(tmp_path)
    yield SqlLedger(database, month_microusd=None)
    database.close()


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paid, "_PAUSE_SECONDS", 0.01)


def ears(openai: OpenAI, ledger: SqlLedger, **access: str) -> PaidTranscriber:
    return PaidTranscriber(Access(KEY, openai.url, **access), ledger)


async def heard(root: Path, ears: PaidTranscriber, seconds: float = 3) -> tuple[Word, ...]:
    clip = sound(root / "tone.wav", seconds=seconds)
    by = Listening(ears, ANNA, root)
    *_, whole = [so_far async for so_far in transcribed(clip, ((0, seconds),), by, Heard())]
    return whole.words


async def costs(ledger: SqlLedger) -> tuple[Cost, ...]:
    return await ledger.costs(datetime.now(UTC).date().replace(day=1), ANNA.channel)


async def test_words_come_with_their_punctuation_and_are_paid_for(
    tmp_path: Path, openai: OpenAI, ledger: SqlLedger
) -> None:
    words = await heard(tmp_path, ears(openai, ledger))
    assert [word.text for word in words] == ["Hello,", "everybody.", "It's", "twenty", "one"]
    assert (words[0].start, words[-1].end) == (0.1, 2.6)
    (asked,) = openai.asked
    assert asked == {
        "model": ["whisper-1"],
        "response_format": ["verbose_json"],
        "timestamp_granularities[]": ["word", "segment"],
    }
    assert openai.seconds == [3]
    (cost,) = await costs(ledger)
    assert (cost.person, cost.kind, cost.microusd, cost.reserved) == ("chat:anna", "ai", 300, 0)


async def test_the_model_and_the_language_are_asked_for(
    tmp_path: Path, openai: OpenAI, ledger: SqlLedger
) -> None:
    listener = ears(openai, ledger, model="their/whisper", language="de")
    await heard(tmp_path, listener)
    assert openai.asked[0]["model"] == ["their/whisper"]
    assert openai.asked[0]["language"] == ["de"]
    assert Total.of(await costs(ledger)) == Total(unknown=1)
    assert listener.name == "openai their/whisper de"


@pytest.mark.slow
async def test_a_long_clip_is_heard_in_pieces(
    tmp_path: Path, openai: OpenAI, ledger: SqlLedger
) -> None:
    words = await heard(tmp_path, ears(openai, ledger), seconds=601.5)
    assert openai.seconds == [600, 1.5]
    assert [word.start for word in words if word.text == "Hello,"] == [0.1, 600.1]
    assert words[-1].end <= 601.5
    assert Total.of(await costs(ledger)).microusd == 60_200


async def test_segments_do_where_no_words_are_told(
    tmp_path: Path, openai: OpenAI, ledger: SqlLedger
) -> None:
    openai.answers = [Answer({**HEARD, "words": None, "usage": None})]
    words = await heard(tmp_path, ears(openai, ledger))
    assert [word.text for word in words] == ["Hello,", "everybody.", "It's", "twenty-one!"]
    assert [word.start for word in words] == sorted(word.start for word in words)
    assert words[-1].end == 2.6


async def test_a_model_that_tells_no_times_is_refused(
    tmp_path: Path, openai: OpenAI, ledger: SqlLedger
) -> None:
    openai.answers = [Answer({"text": "Hello."})]
    with pytest.raises(MediaRefused, match="set CHATKUT_SPEECH_MODEL=whisper-1"):
        await heard(tmp_path, ears(openai, ledger))
    openai.answers = [Answer({"text": ""})]
    assert await heard(tmp_path, ears(openai, ledger)) == ()


@pytest.mark.parametrize(
    ("status", "code", "why", "calls"),
    [
        (400, None, "OpenAI refused it", 1),
        (401, "invalid_api_key", "does not accept its key", 1),
        (402, None, "no credit left", 1),
        (429, "insufficient_quota", "no credit left", 1),
        (429, "rate_limit_exceeded", "takes no more requests for now", 2),
        (500, None, "is not working just now", 2),
    ],
)
async def test_what_openai_refuses_is_told_and_costs_nothing(
    tmp_path: Path, openai: OpenAI, ledger: SqlLedger, status: int, code: str | None,
    why: str, calls: int,
) -> None:  # fmt: skip
    body = {"error": {"message": f"about {KEY}", "code": code, "type": "x", "param": None}}
    openai.answers = [Answer(body, status)]
    with pytest.raises(MediaRefused, match=why) as refused:
        await heard(tmp_path, ears(openai, ledger))
    assert KEY not in str(refused.value)
    assert len(openai.asked) == calls
    assert Total.of(await costs(ledger)) == Total()


@pytest.mark.parametrize(
    ("answer", "calls"),
    [
        (Answer(drops=True), 1),
        (Answer("<html>welcome to the hotel</html>"), 1),
        (Answer("{"), 1),
        (Answer({"words": "many"}), 1),
        (Answer({**HEARD, "words": [{"word": "a", "start": "NaN", "end": 1}]}), 1),
    ],
)
async def test_answers_that_cannot_be_read_stay_reserved(
    tmp_path: Path, openai: OpenAI, ledger: SqlLedger, answer: Answer, calls: int
) -> None:
    openai.answers = [answer]
    with pytest.raises(MediaRefused, match=r"OpenAI did not answer|could not be read"):
        await heard(tmp_path, ears(openai, ledger))
    assert len(openai.asked) == calls
    assert Total.of(await costs(ledger)).reserved == 300


async def test_a_busy_service_is_asked_once_more(
    tmp_path: Path, openai: OpenAI, ledger: SqlLedger
) -> None:
    openai.answers = [Answer({"error": {}}, 503), Answer(HEARD)]
    assert len(await heard(tmp_path, ears(openai, ledger))) == 5
    assert Total.of(await costs(ledger)).microusd == 300


async def test_a_service_that_is_not_there_costs_nothing(tmp_path: Path, ledger: SqlLedger) -> None:
    nowhere = PaidTranscriber(Access(KEY, "http://127.0.0.1:9/v1"), ledger)
    with pytest.raises(MediaRefused, match="OpenAI did not answer"):
        await heard(tmp_path, nowhere)
    assert Total.of(await costs(ledger)) == Total()


async def test_a_spent_budget_is_heeded(tmp_path: Path, openai: OpenAI, ledger: SqlLedger) -> None:
    await ledger.limit(Scope(ANNA.channel), 100)
    with pytest.raises(BudgetSpent, match="this channel"):
        await heard(tmp_path, ears(openai, ledger))
    assert openai.asked == []


async def test_a_call_that_is_stopped_stays_reserved(tmp_path: Path, ledger: SqlLedger) -> None:
    began, over = asyncio.Event(), asyncio.Event()

    async def hang(_: web.Request) -> web.Response:
        began.set()
        await over.wait()
        return web.Response()

    app = web.Application()
    app.router.add_post("/v1/audio/transcriptions", hang)
    server = TestServer(app)
    await server.start_server()
    slow = PaidTranscriber(Access(KEY, str(server.make_url("/v1"))), ledger)
    piece = sound(tmp_path / "tone.wav", seconds=1)
    call = asyncio.create_task(slow.words(piece, 1, ANNA))
    await began.wait()
    call.cancel()
    with suppress(asyncio.CancelledError):
        await call
    assert Total.of(await costs(ledger)).reserved == 100
    over.set()
    await server.close()


def test_the_key_is_not_shown() -> None:
    assert KEY not in repr(Access(KEY))
