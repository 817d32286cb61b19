"""Asks OpenAI's transcription, through the official SDK (3.x; facts from its source).

Times of words are told by whisper-1 only. Other endpoints that speak the same are reached by their
base URL. Importing this module takes seconds; that is done when the first words are wanted.
https://platform.openai.com/docs/api-reference/audio/createTranscription
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Annotated

import httpx2
import openai
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError

from bot.adapters.media.speech.paid import MODEL, Access, CallFailed
from bot.ports import Word

_CALL_SECONDS = 300.0
_NO_CREDIT = ("insufficient_quota", "billing_hard_limit_reached")
_AHEAD = 4
_Seconds = Annotated[FiniteFloat, Field(ge=0)]


class _Seen(BaseModel):
    """A part of a reply that is looked at; the SDK hands on whatever came."""

    model_config = ConfigDict(from_attributes=True)


class _Word(_Seen):
    start: _Seconds
    end: _Seconds
    word: str


class _Segment(_Seen):
    start: _Seconds
    end: _Seconds
    text: str


class _Transcript(_Seen):
    text: str
    words: list[_Word] | None = None
    segments: list[_Segment] | None = None


async def heard(access: Access, sound: tuple[str, bytes]) -> list[Word]:
    """The words in a file, which comes with a name that tells its format.

    Raises:
        CallFailed: There is no answer, or none that tells words and times.
    """
    client = openai.AsyncOpenAI(
        api_key=access.key, base_url=access.base_url, max_retries=0, timeout=_CALL_SECONDS
    )
    try:
        async with client:
            reply = await client.audio.transcriptions.create(
                file=sound,
                model=access.model,
                language=access.language or openai.omit,
                response_format="verbose_json",
                timestamp_granularities=["word", "segment"],
            )
        return _words(_Transcript.model_validate(reply))
    except openai.APIStatusError as error:
        raise _refusal(error) from error
    except openai.OpenAIError as error:
        reached = not isinstance(error.__cause__, httpx2.ConnectError)
        why = "OpenAI did not answer"
        raise CallFailed(why, again=not reached, maybe_billed=reached) from error
    except (ValidationError, ValueError) as error:
        raise CallFailed("OpenAI's answer could not be read", maybe_billed=True) from error


def _refusal(error: openai.APIStatusError) -> CallFailed:
    status = error.status_code
    if status == 402 or error.code in _NO_CREDIT:
        return CallFailed("there is no credit left at OpenAI; whoever runs me can add some")
    if status in (401, 403):
        return CallFailed("OpenAI does not accept its key; whoever runs me can correct it")
    if status == 429:
        return CallFailed("OpenAI takes no more requests for now; ask me again later", again=True)
    if status >= 500:
        return CallFailed("OpenAI is not working just now; ask me again later", again=True)
    return CallFailed("OpenAI refused it")


def _words(transcript: _Transcript) -> list[Word]:
    """The words with their punctuation, which only the text has; without times, about."""
    if transcript.words:
        said = (Word(each.start, each.end, each.word) for each in transcript.words)
        return list(_punctuated(said, transcript.text.split()))
    segments = transcript.segments or []
    if transcript.text.strip() and not segments:
        raise CallFailed(
            "the model does not tell when words are said; whoever runs me can set "
            f"CHATKUT_SPEECH_MODEL={MODEL}",
            maybe_billed=True,
        )
    return [word for segment in segments for word in _spread(segment)]


def _punctuated(words: Iterable[Word], written: Sequence[str]) -> Iterator[Word]:
    place = 0
    for word in words:
        ahead = written[place : place + _AHEAD]
        found = next((n for n, each in enumerate(ahead) if _plain(each) == _plain(word.text)), None)
        if found is None:
            yield word
        else:
            place += found + 1
            yield replace(word, text=ahead[found])


def _plain(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def _spread(segment: _Segment) -> Iterator[Word]:
    """The words of a segment, each for as long as its letters take of it."""
    words = segment.text.split()
    letters = sum(map(len, words))
    length, begun = max(0.0, segment.end - segment.start), 0
    for word in words:
        start = segment.start + length * begun / letters
        begun += len(word)
        yield Word(start, segment.start + length * begun / letters, word)
