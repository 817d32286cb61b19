"""Letting the film stand: “freeze frame at 0:05 for 2 seconds”, “hold the last frame”."""

from bot.adapters.planners.offline.outcomes import Step, ask
from bot.adapters.planners.offline.phrases import Chunk, Number, Point, Reference, Time
from bot.adapters.planners.offline.rules.playing import FOOTAGE
from bot.adapters.planners.offline.rules.rule import rule
from bot.adapters.planners.offline.say import Aim, Say
from bot.adapters.planners.offline.scene import selector
from bot.adapters.planners.offline.spans import Moment, moment
from bot.engine.layout import Placed
from bot.engine.operations import Freeze
from bot.engine.operations.surgery import PREFIX
from bot.engine.timebase import length, timecode

_SECONDS = 2.0
_WHEN, _AT = ("when", "where", "as", "once"), ("at", "@")
_WHILES = ("a bit", "a moment", "a while", "a little", "a little while", "a beat")
_HOLLOW = ("image", "frame", "part", "all", "film")


def freeze(say: Say) -> Step:
    """“freeze at 0:05 for 2 seconds”, “hold on the last frame of the beach”."""
    say.need_word("freeze")
    say.words("add, insert, put, make, play, freeze")
    _skip_event(say)
    edge = _edge(say)
    lasts = say.take(Time, "for", "by") or _number(say)
    say.chunk(Reference, "for", test=lambda chunk: chunk.value.words in _WHILES)
    found = moment(say, "at", "@", "on", "in", "around", "near", "from")
    behind = say.take(Time, "")
    if edge or found:
        lasts, behind = lasts or behind, None
    say.chunk(Reference, "", "of", "on", test=_is_hollow)
    aim = say.aim()
    say.close()
    seconds = lasts.seconds if lasts else _SECONDS
    if seconds <= 0:
        raise ask("For how many seconds shall it stand still?")
    operation, about = _operation(aim, _where(edge, found, behind), seconds)
    return Step((operation,), (*about, say.scene.fresh_id(PREFIX["video"])))


def _skip_event(say: Say) -> None:
    """“when the ball goes in at 0:05”: the time says when that is."""
    chunks = say.clause.chunks
    words = [at for at, c in enumerate(chunks) if getattr(c.value, "text", "") in _WHEN]
    times = [at for at, c in enumerate(chunks) if isinstance(c.value, Time) and c.prep in _AT]
    if words and times and words[0] < times[0]:
        say.used.update(range(words[0], times[0]))


def _edge(say: Say) -> str:
    if say.word("last frame"):
        return "end"
    return "start" if say.word("first frame") else ""


def _number(say: Say) -> Time | None:
    """“for 3”: seconds."""
    number = say.take(Number, "for")
    return Time(number.value) if number else None


def _is_hollow(chunk: Chunk) -> bool:
    """“the picture”, “the video”: what stands still anyway."""
    ref: Reference = chunk.value
    told = ref.name or ref.numbers or ref.which or ref.ids or ref.parts or ref.plural
    return ref.kind in _HOLLOW and not told


_Where = str | Moment | Time


def _where(edge: str, found: Moment | None, behind: Time | None) -> _Where:
    """The first or last frame, a moment, or how long after a clip's start."""
    if found is not None and isinstance(found.chunk.value, Point) and found.distance is None:
        edge = edge or {"end": "end", "start": "start"}.get(found.chunk.value.name, "")
    where = edge or found or behind
    if where is None:
        raise ask(
            "Which frame shall stand still? Say “freeze at 0:05 for 2 seconds”, or “hold the last "
            "frame for 2 seconds”."
        )
    return where


def _operation(aim: Aim, where: _Where, seconds: float) -> tuple[Freeze, tuple[str, ...]]:
    if not aim.named or aim.whole or aim.is_film_by_default or _is_bare(aim):
        return _of_film(where, seconds), ()
    item = aim.one(FOOTAGE)
    at: float | None = 0 if where == "start" else None
    if not isinstance(where, str):
        at = _inside(aim, item, where)
    return Freeze(selector=selector([item]), at=at, duration=seconds), (item.item.id,)


def _of_film(where: _Where, seconds: float) -> Freeze:
    match where:
        case "start":
            return Freeze(at=0, duration=seconds)
        case Moment():
            return Freeze(at=where.seconds(), duration=seconds)
        case Time():
            return Freeze(at=where.seconds, duration=seconds)
    return Freeze(duration=seconds)


def _is_bare(aim: Aim) -> bool:
    """“the clip”, “it” at a moment: whatever is on screen then."""
    ref = aim.reference
    if ref is None:
        return False
    told = ref.numbers or ref.name or ref.which or ref.plural or ref.ids
    return ref.kind in ("clip", "video") and not told and not ref.pronoun


def _inside(aim: Aim, item: Placed, where: Moment | Time) -> float:
    """Seconds after the item's start, of a time of its own or of the film."""
    scene = aim.say.scene
    low, high = scene.span(item)
    if isinstance(where, Time):
        at, film = where.seconds, -1.0
    elif isinstance(where.chunk.value, Time | Number) and where.distance is None:
        value = where.chunk.value
        at = film = value.seconds if isinstance(value, Time) else value.value
    else:
        return where.seconds(item) - low
    if low <= film <= high:
        return film - low
    if at <= high - low:
        return at
    raise ask(
        f"“{item.item.label}” runs from {timecode(low)} to {timecode(high)}; "
        f"{length(min(at, 1e6))} is not inside."
    )


RULE = rule(freeze, "freeze")
