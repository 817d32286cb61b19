"""Reading moments and stretches of time."""

from bot.adapters.planners.offline.amounts import Read, bare, half, percent, time
from bot.adapters.planners.offline.lexicon import longest
from bot.adapters.planners.offline.phrases import (
    Bound,
    Edge,
    Number,
    Point,
    Share,
    Source,
    Stretch,
    Time,
)
from bot.adapters.planners.offline.vocabulary import numbers

_EDGES = {
    word.strip(): side for side, listed in numbers.EDGES.items() for word in listed.split(",")
}
_SECOND_HALF = (("second", "half"), ("other", "half"), ("latter", "half"))
_BARE_POINTS = ("start", "end", "beginning", "halfway", "midway", "here")


def point(src: Source, at: int) -> Read[Point]:
    """A named moment, with its article: "the end"."""
    article = src.text(at) in ("the", "that", "this")
    start = at + article
    found = longest(src.lexicon.points, src.tokens, start)
    if found is None:
        return None
    # A bare "end" or "start" is a verb, unless a preposition or a range word stands before it.
    if (
        not article
        and found[0] not in ("halfway", "midway", "here", "both")
        and not _after_preposition(src, at)
    ):
        return None
    end = start + len(found)
    if _names_something(src, end) or (not article and src.text(end) in ("at", "with", "on")):
        return None
    return Point(src.lexicon.points[found]), _of_the_film(src, end)  # type: ignore[arg-type]


def _of_the_film(src: Source, end: int) -> int:
    """“the end of the video” is the end."""
    noun = longest(src.lexicon.nouns, src.tokens, end + 2)
    film = noun is not None and src.lexicon.nouns[noun].kind in ("film", "video")
    plain = src.text(end) == "of" and src.text(end + 1) == "the"
    if not (plain and noun and film) or src.lexicon.nouns[noun].plural:
        return end
    behind = end + 2 + len(noun)
    return end if src.kind(behind) == "number" else behind


def _after_preposition(src: Source, at: int) -> bool:
    return (src.text(at - 1),) in src.lexicon.prepositions or src.text(
        at - 1
    ) in numbers.RANGE_WORDS


def _names_something(src: Source, end: int) -> bool:
    """“the middle clip”, “the end card” and “the opening title” are things."""
    return longest(src.lexicon.nouns, src.tokens, end) is not None or src.text(end) in (
        "one",
        "ones",
        "two",
    )


def edge(src: Source, at: int) -> Read[Edge]:
    """“the first 2 seconds”, “last half”, “final 10%”."""
    start = at + (src.text(at) in numbers.DEFINITE)
    if (src.text(start), src.text(start + 1)) in _SECOND_HALF:
        return Edge("last", Share(1 / 2)), start + 2
    side = _EDGES.get(src.text(start))
    if side is None:
        return _counted_edge(src, start)
    found = _extent(src, start + 1) or _unit_behind(src, start + 1)
    own = src.text(at) in ("its", "their")
    return found and (Edge(side, found[0], own), found[1])  # type: ignore[arg-type]


def _counted_edge(src: Source, at: int) -> Read[Edge]:
    """“the 2 last seconds”."""
    side = _EDGES.get(src.text(at + 1))
    unit = numbers.UNIT_SECONDS.get(src.text(at + 2), 0)
    count = src.tokens[at].value if src.kind(at) == "number" else 0
    count = count or numbers.CARDINALS.get(src.text(at), 0)
    if side is None or not unit or not count:
        return None
    return Edge(side, Time(count * unit, "unit", src.raw(at, at + 3))), at + 3  # type: ignore[arg-type]


def _unit_behind(src: Source, at: int) -> Read[Time]:
    """“the first 2 and the last 3 seconds”: the unit is said once, for both."""
    other = at + 2 + (src.text(at + 2) in numbers.DEFINITE)
    joined = src.text(at + 1) in ("and", "&") and src.text(other) in _EDGES
    found = time(src, other + 1) if joined else None
    if found is None or {src.kind(at), src.kind(other + 1)} != {"number"}:
        return None
    unit = found[0].seconds / (src.tokens[other + 1].value or 1)
    return Time(src.tokens[at].value * unit, raw=src.text(at)), at + 1


def _extent(src: Source, at: int) -> Read[Time | Share]:
    if found := time(src, at):
        return found
    if (unit := numbers.UNIT_SECONDS.get(src.text(at))) and len(src.text(at)) > 2:
        more = half(src, at + 2) if src.text(at + 1) == "and" else None
        end = more[1] if more else at + 1
        return Time(unit * (1 + (more[0] if more else 0)), "unit", src.raw(at, end)), end
    if src.text(at) in ("half", "third", "quarter") and not _noun_follows(src, at + 1):
        return Share(numbers.SHARES[src.text(at)]), at + 1
    if whole := percent(src, at):
        return Share(whole[0].value / 100), whole[1]
    return None


def share(src: Source, at: int) -> Read[Share]:
    """“half”, “a third”, “two thirds”."""
    if src.text(at) == "half" or (src.text(at) == "quarter" and not _noun_follows(src, at + 1)):
        return Share(numbers.SHARES[src.text(at)]), at + 1
    counted = numbers.CARDINALS.get(src.text(at), 1.0 if src.text(at) == "a" else 0.0)
    part = numbers.SHARES.get(src.text(at + 1), 0.0)
    if not counted or not part or src.text(at + 1) == "second":
        return None
    return Share(counted * part), at + 2


def _noun_follows(src: Source, at: int) -> bool:
    return longest(src.lexicon.nouns, src.tokens, at) is not None


def stretch(src: Source, at: int) -> Read[Stretch]:
    """“0:02-0:04”, “from 3 to 5 seconds”, “between the start and 0:05”."""
    opener = src.text(at) if src.text(at) in ("from", "between", "starting", "start") else ""
    start = at + bool(opener)
    if src.text(start) in ("at", "from") and opener == "starting":
        start += 1
    first = _bound(src, start)
    if first is None:
        return None
    low, middle = first
    if src.text(middle) in ("onward", "onwards") and isinstance(low, Time):
        return Stretch(low, Point("end")), middle + 1
    if src.text(middle) not in numbers.RANGE_WORDS and not _dots(src, middle):
        return None
    if src.text(middle) == "and" and opener != "between":
        return None
    middle += 2 if _dots(src, middle) else 1
    middle += src.text(middle) in ("about", "around", "to", "until")
    second = _bound(src, middle)
    if second is None:
        return None
    high, end = second
    bare_ends = isinstance(low, Number) and isinstance(high, Number) and not opener
    if bare_ends and not _of_a_name(src, end):
        return None
    if _may_be_minutes(low, high):
        return None
    return Stretch(*_same_unit(low, high)), end


def _of_a_name(src: Source, at: int) -> bool:
    """“2-4 of the kitchen”: seconds, as there is only one of what is named."""
    if src.text(at) not in ("of", "from", "out", "in"):
        return False
    at += 1 + (src.text(at) == "out" and src.text(at + 1) == "of")
    return at + (src.text(at) in numbers.DEFINITE) in src.names


def _may_be_minutes(low: Bound, high: Bound) -> bool:
    """“3-3:10”: from three minutes, or from three seconds?"""
    if not isinstance(low, Number) or not isinstance(high, Time) or high.form != "clock":
        return False
    whole = bool(low.value) and float(low.value).is_integer() and "." not in low.raw
    return whole and low.value * 60 < high.seconds


def _dots(src: Source, at: int) -> bool:
    return src.text(at) == "." and src.text(at + 1) == "."


def _bound(src: Source, at: int) -> Read[Bound]:
    if src.text(at) == "second" and src.kind(at + 1) != "number":
        return None
    found: Read[Bound] = time(src, at) or point(src, at)
    if (
        found is None
        and src.text(at) in _BARE_POINTS
        and src.text(at - 1) in ("from", "between", *numbers.RANGE_WORDS)
    ):
        name = "start" if src.text(at) == "beginning" else src.text(at)
        found = Point(name if name in ("start", "end", "here") else "middle"), at + 1  # type: ignore[arg-type]
    if found is None and not percent(src, at):
        found = bare(src, at)
    return found


def _same_unit(low: Bound, high: Bound) -> tuple[Bound, Bound]:
    """A number without a unit takes that of its partner; minutes carry over (1:10-20)."""
    if isinstance(low, Number) and isinstance(high, Time):
        return as_partner(low, high, before=True), high
    if isinstance(high, Number) and isinstance(low, Time):
        return low, as_partner(high, low, before=False)
    return low, high


def as_partner(number: Number, partner: Time, *, before: bool) -> Time:
    """A number without a unit, read like the time beside it."""
    if partner.form == "clock":
        if "." in number.raw and len(number.raw.partition(".")[2]) == 2:
            minutes, _, seconds = number.raw.partition(".")
            return Time(int(minutes) * 60 + int(seconds), "clock", number.raw)
        minute = partner.seconds // 60 * 60
        return Time((0 if before else minute) + number.value, "clock", number.raw)
    unit = 60 if partner.raw.rstrip("s").endswith(("m", "min", "minute")) else 1
    return Time(number.value * unit, "unit", number.raw)
