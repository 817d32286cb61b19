"""Moving clips by places: “one spot later”, “forward two”."""

from bot.adapters.planners.offline.outcomes import Miss, Step, ask
from bot.adapters.planners.offline.phrases import Chunk, Number, Unknown, Word
from bot.adapters.planners.offline.rules.rule import rule
from bot.adapters.planners.offline.say import Say
from bot.adapters.planners.offline.scene import selector
from bot.adapters.planners.offline.wants import MAIN
from bot.engine.layout import Placed
from bot.engine.operations import Move
from bot.ports import Choice

_CLEAR = {"earlier": -1, "up": -1, "later": 1, "down": 1}
_STEPS = ("place", "places", "spot", "spots", "slot", "slots", "position", "positions", "step",
    "steps", "clip", "clips")  # fmt: skip


def move_by(say: Say) -> Step:
    """“move clip 3 one place earlier”, “kitchen two spots later”."""
    say.word("move, put, play, go, come")
    way = say.need_word("earlier, later, up, down, forward, back")
    number = say.take(Number, "", "by")
    counted = _one(say) if number is None else int(number.value)
    stepped = say.chunk(Word, test=_is_step) or say.chunk(Unknown, test=_is_step)
    if counted is None and not stepped:
        raise Miss
    aim = say.aim("")
    say.close()
    item = aim.one(MAIN)
    if item.track != "main":
        raise Miss
    index = item.index + _direction(say, way, item, counted or 1) * (counted or 1)
    if not 0 <= index < len(say.scene.clips()):
        raise ask(f"“{item.item.label}” is clip {item.index + 1}. To which place shall it move?")
    return Step((Move(selector=selector([item]), index=index),), (item.item.id,))


def _is_step(chunk: Chunk) -> bool:
    return chunk.value.text in _STEPS


def _one(say: Say) -> int | None:
    found = say.chunk(Unknown, test=lambda chunk: chunk.value.text == "one")
    return 1 if found else None


def _direction(say: Say, way: Word, item: Placed, by: int) -> int:
    """−1 for earlier, 1 for later.

    Raises:
        Unclear: “forward” may be either, and there is room for both.
    """
    clear = [sign for word, sign in _CLEAR.items() if word in way.meanings]
    if clear:
        return clear[0]
    earlier, later = item.index - by >= 0, item.index + by < len(say.scene.clips())
    if earlier != later:
        return -1 if earlier else 1
    key = item.item.id
    raise ask(
        f"Shall “{item.item.label}” come earlier or later?",
        Choice("Earlier", f"move @{key} {by} places earlier"),
        Choice("Later", f"move @{key} {by} places later"),
    )


RULE = rule(move_by, "earlier, later, up, down, forward, back")
