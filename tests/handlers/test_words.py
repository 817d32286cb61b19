"""A conversation about what is said in a clip, from the dropped file to corrected captions."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.adapters.media.local import LocalMedia
from bot.adapters.planners.deciding import CarefulPlanner
from bot.adapters.planners.offline.planner import OfflinePlanner
from bot.ports import Scope, Word
from tests.handlers.conftest import Channel
from tests.media import video

SAID = "Hello everyone. Today um we talk about pricing. Pricing is hard. Goodbye."

TALK = [
    (
        "when do they say pricing?",
        ["“pricing” is said 2 times: at 0:03.8 (“interview”), 0:04.3 (“interview”)."],
    ),
    (
        "cut everything before she says 'today'",
        [
            "Trimmed “interview” to 6.6 s (was 8.0 s)",
            "Assumed: “Today” is said at 0:01.4 (“interview”).",
        ],
    ),
    ("add captions", ["Added captions: 3 lines in white at the bottom"]),
    (
        "the captions say 'pricing', should be 'prices'",
        ["Changed “pricing” to “prices” in 2 captions"],
    ),
    ("undo", ["Undid #4 by anna: Changed “pricing” to “prices” in 2 captions"]),
]


@dataclass
class Reciter:
    """Hears the same words in every clip, half a second each."""

    name: str = "reciter"
    suffix: str = ".wav"
    coding: Sequence[str] = ("-c:a", "pcm_s16le")

    async def words(self, piece: Path, seconds: float, payer: Scope) -> Sequence[Word]:  # noqa: ARG002
        texts = SAID.split()
        return [Word(0.5 + n * 0.48, 0.9 + n * 0.48, text) for n, text in enumerate(texts)]


async def test_words_are_found_cut_captioned_and_corrected(
    channel: Channel, tmp_path: Path
) -> None:
    channel.set(
        planner=CarefulPlanner(OfflinePlanner()),
        media=LocalMedia(tmp_path / "media", 1 << 30, Reciter()),
    )
    await channel.say("", video(tmp_path / "interview.mp4", seconds=8))
    for text, expected in TALK:
        replies = await channel.say(text)
        assert [line for reply in replies for line in reply.text.splitlines()] == expected, text
