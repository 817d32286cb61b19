"""Reading noun phrases: which things of the timeline or the bin a message means."""

from dataclasses import replace

from bot.adapters.planners.offline.amounts import Read
from bot.adapters.planners.offline.labels import abbreviates
from bot.adapters.planners.offline.lexicon import Noun, longest
from bot.adapters.planners.offline.ordinals import Start, cardinal, noun_at, opening
from bot.adapters.planners.offline.phrases import Reference, Source
from bot.adapters.planners.offline.vocabulary import numbers

_CONJUNCTIONS = (",", "and", "&", "+")

_ONES = ("one", "ones")

_CALLED = ("called", "named", "labelled", "labeled", "titled")

_RELATIVE = ("says", "fades", "reads", "is", "are", "say", "should", "shows", "was", "appears",
    "lasts", "stays", "starts", "spins", "will", "goes", "can", "has")  # fmt: skip

_MASSES = ("stuff", "footage")  # “the talk stuff” is all of it

_VERBAL = ("overlay", "caption", "title", "text", "copy")  # nouns that also begin a request

_MOST_UNKNOWN = 4

TEXTS = ("title", "text", "caption", "subtitle", "lower third", "end card", "title card")


def reference(src: Source, at: int) -> Read[Reference]:
    """Read a noun phrase with its coordinations and exceptions."""
    found = _simple(src, at)
    if found is None:
        return None
    first, end = found
    parts = [first]
    while more := _conjunct(src, end, first, closed=_is_closed(src, end, parts)):
        parts.append(more[0])
        end = more[1]
    whole = first
    if len(parts) == 2 and src.text(end) == "both":
        end += 1
    if len(parts) > 1:
        kind = next((part.kind for part in reversed(parts) if part.kind), "")
        named = tuple(replace(p, kind=p.kind or (kind if p.numbers else "")) for p in parts)
        whole = Reference(src.raw(at, end), at, end, parts=named, plural=True)
    if exception := _exception(src, end, whole):
        but, end = exception
        whole = replace(whole, but=but, words=src.raw(at, end), last=end)
    return whole, end


def _is_closed(src: Source, at: int, parts: list[Reference]) -> bool:
    """“mute the drone and the crowd, music to 70”: the comma behind “and” ends the list."""
    listed = len(parts) > 1 and src.text(parts[-1].first - 1) == "and"
    return listed and src.text(at) == "," and src.text(at + 1) != "and"


def _conjunct(src: Source, at: int, first: Reference, *, closed: bool) -> Read[Reference]:
    """A further part: ", the title" or "and clip 3", unless a new sentence begins there."""
    bare = _is_bare_list(src, at, first)
    if closed or not (bare or src.text(at) in _CONJUNCTIONS):
        return None
    if first.pronoun and not first.plural:
        return None
    start = at if bare else at + 1
    if src.text(at) == "," and src.text(start) == "and":
        start += 1
    found = _next_number(src, start, first) or _simple(src, start)
    if found is None or found[0].pronoun:
        return None
    following = src.text(found[1])
    if following == "of" and found[0].count > 1 and not (found[0].kind or found[0].name):
        return None  # “the first 2 seconds of the squats and the last 3 of the plank”
    if following == "are" and src.text(at) == "and":
        return found  # “the kitchen and the crowd are too long”
    if following in ("is", "are", "should", "needs", "must", "can", "could", "has", ":"):
        return None
    return found


def _next_number(src: Source, at: int, first: Reference) -> Read[Reference]:
    """“goal 1 and 2”, of clips that are called “goal 1” and “goal 2”."""
    stem, _, number = first.name.rpartition(" ")
    told = stem and number.isdigit() and src.kind(at) == "number" and _index(src, at) is not None
    if not told or src.text(at) not in src.label_words:
        return None
    name = f"{stem} {src.text(at)}"
    return Reference(src.raw(at, at + 1), at, at + 1, definite=True, name=name), at + 1


def _is_bare_list(src: Source, at: int, first: Reference) -> bool:
    """“drone kitchen and crowd”: the commas between names are left out."""
    if not first.name or at not in src.names:
        return False
    end = src.names[at][0]
    return src.text(end) in ("and", "&") and end + 1 in src.names


def _exception(src: Source, at: int, whole: Reference) -> Read[Reference]:
    phrase = longest(src.lexicon.exceptions, src.tokens, at)
    if phrase is None or not (whole.every or whole.plural or whole.kind in ("all", "film")):
        return None
    found = reference(src, at + len(phrase))
    if found is None or (phrase[0] == "but" and _verb_follows(src, at + 1)):
        return None
    return found


def _verb_follows(src: Source, at: int) -> bool:
    entry = src.lexicon.entry(src.tokens, at)
    return entry is not None and entry[0].verb


def _simple(src: Source, at: int) -> Read[Reference]:
    if src.kind(at) == "id":
        ids = (src.text(at),)
        return Reference(src.raw(at, at + 1), at, at + 1, ids=ids, definite=True), at + 1
    start = Start(at=at) if at in src.names else opening(src, at)
    found = _named(src, start) or _nominal(src, start)
    found = found or _counted(src, start) or _elliptic(src, at, start)
    if found is None:
        return None
    built, end = found
    built, end = _tail(src, built, end)
    return replace(built, words=src.raw(at, end), first=at, last=end), end


def _named(src: Source, start: Start) -> Read[Reference]:
    """A label or file name, perhaps with a noun before or behind it."""
    at, noun = start.at, None
    if at not in src.names and (ahead := noun_at(src, at)):
        called = ahead[1] + (src.text(ahead[1]) in _CALLED)
        introduced = called > ahead[1] or start.det or ahead[0].kind not in _VERBAL
        if (called in src.names and introduced) or (
            called > ahead[1] and src.kind(called) == "quote"
        ):
            noun, at = ahead[0], called
    if src.kind(at) == "quote" and not noun and (behind := noun_at(src, at + 1)):
        says = src.text(at) if behind[0].kind in TEXTS else ""
        built = _build(start, behind[0], name="" if says else src.text(at))
        return replace(built, says=says), behind[1]
    if src.kind(at) == "quote" and noun:
        return _build(start, noun, name=src.text(at)), at + 1
    if at not in src.names:
        return _unknown_name(src, start)
    end, name = src.names[at]
    if behind := noun_at(src, end):
        noun, end = behind
        if noun.text in _MASSES:
            return replace(_build(start, None, name=name), plural=True), end
    elif src.text(end) in _ONES and start.det in numbers.DEFINITE:
        end += 1
    return _build(start, noun, name=name), end


def _unknown_name(src: Source, start: Start) -> Read[Reference]:
    """Words outside the vocabulary that stand where a name would: "the whale clip"."""
    if noun_at(src, start.at) or src.lexicon.entry(src.tokens, start.at):
        return None
    end = start.at
    while end < start.at + _MOST_UNKNOWN and src.is_unknown(end) and end not in src.names:
        end += 1
    if end == start.at:
        return _attribute(src, start)
    name = src.raw(start.at, end)
    if end == start.at + 1 and (one := _singular(src, start.at)):
        return replace(_build(start, None, name=one), plural=True), end
    if src.kind(end) == "file":
        return _build(start, None, name=src.raw(start.at, end + 1)), end + 1
    noun = noun_at(src, end)
    labelled = any(
        word in src.label_words or any(abbreviates(word, each) for each in src.label_words)
        for word in name.casefold().split()
    )
    definite = start.det in numbers.DEFINITE or start.numbers or start.which
    if not (definite or labelled or (noun and noun[0].kind in ("clip", "video") and not start.det)):
        return None
    if noun and start.det not in ("a", "an", "some"):
        return _build(start, noun[0], name=name), noun[1]
    if labelled and definite and src.text(end) in _ONES:
        end += 1
    return _build(start, None, name=name, weak=not definite), end


def _singular(src: Source, at: int) -> str:
    """“all talks”, of clips that are called talk: “talk”."""
    word = src.text(at)
    if word in src.label_words:
        return ""
    stems = (word.removesuffix(ending) for ending in ("s", "es"))
    return next((stem for stem in stems if stem != word and stem in src.label_words), "")


def _attribute(src: Source, start: Start) -> Read[Reference]:
    """A known adjective between article and noun: "the red title"."""
    if start.det not in numbers.DEFINITE:
        return None
    phrase = longest(src.lexicon.colours, src.tokens, start.at)
    noun = noun_at(src, start.at + len(phrase)) if phrase else None
    if phrase is None or noun is None:
        return None
    built = _build(start, noun[0])
    return replace(built, colour=src.lexicon.colours[phrase]), noun[1]


def _nominal(src: Source, start: Start) -> Read[Reference]:
    """A noun of the vocabulary, perhaps with numbers: "the music", "clips 1 and 3"."""
    found = noun_at(src, start.at)
    if found is None:
        return None
    noun, end = found
    if noun.kind == "copy" and start.det not in ("the", "this", "that", "these", "those"):
        return None
    entry = src.lexicon.entry(src.tokens, start.at)
    told = bool(start.det or start.numbers or start.which)
    if entry is not None and entry[1] > end and not (told and entry[0].verb):
        return None  # "text size" is no text, "clip out" no clip; but "the last clip out" is one
    if noun.kind == "all" and src.text(start.at) == "all" and noun_at(src, start.at + 1):
        return None
    if start.numbers or start.which or noun.kind in ("intro", "outro"):
        return _build(start, noun), end
    numbered, end = _numbers(src, end, noun)
    start.numbers = numbered
    return _build(start, noun, weak=not start.det and not numbered), end


def _numbers(src: Source, at: int, noun: Noun) -> tuple[tuple[int, ...], int]:
    """The numbers behind a noun: "2", "#2", "number two", "1, 2 and 4", "2 to 4"."""
    start = at
    while src.text(start) in ("#", "number", "no", "nr", "num") or (
        src.text(start) == "." and src.text(start - 1) in ("no", "nr")
    ):
        start += 1
    first = _index(src, start)
    if first is None:
        return (), at
    found, end = [first], start + 1
    while True:
        text = src.text(end)
        if noun.plural and text in ("to", "through", "-", "–", "thru", "until"):
            last = _index(src, end + 1)
            if last is None or not found[-1] < last <= found[-1] + 100:
                break
            found.extend(range(found[-1] + 1, last + 1))
            end += 2
            continue
        step = end + (text in (",", "and", "&", "+"))
        step += text == "," and src.text(step) == "and"
        step += src.text(step) == "#"
        more = _index(src, step) if step > end else None
        if more is None:
            break
        found.append(more)
        end = step + 1
    return tuple(found), end


def _index(src: Source, at: int) -> int | None:
    """A number that counts things: no unit, no decimal point, no factor behind it."""
    value = cardinal(src, at)
    if value is None or src.text(at) in ("couple", "dozen") or value > 9999:
        return None
    following = src.text(at + 1)
    measured = (
        following in numbers.UNIT_SECONDS
        or following in numbers.FRAME_UNITS
        or (following in numbers.FACTOR and not _opens_factor(src, at + 1))
        or following in numbers.PERCENT
        or following in numbers.DECIBEL
        or following in numbers.DEGREE
        or following in numbers.PIXEL
        or following in ("k", "p", "fps", "second", "st", "nd", "rd", "th", "copies", "point")
        or (
            following == "and"
            and src.text(at + 2) in ("a", "half")
            and src.text(at + 3) in ("half", *numbers.UNIT_SECONDS)
        )
    )
    return None if measured else value


def _opens_factor(src: Source, at: int) -> bool:
    """“clip 2 x3”: the x belongs to what follows it."""
    behind = src.tokens[at + 1] if at + 1 < len(src.tokens) else None
    return (
        not src.tokens[at].tight and behind is not None and behind.kind == "number" and behind.tight
    )


def _elliptic(src: Source, at: int, start: Start) -> Read[Reference]:
    """Without a noun: "the last one", "the second", "it", "all"."""
    text = src.text(start.at)
    if (
        text in _ONES
        and src.text(start.at + 1) not in numbers.UNIT_SECONDS
        and (start.det or start.numbers or start.which or start.every)
    ):
        if start.det in ("this", "that") and not start.numbers and not start.which:
            return _pronoun(start.det), start.at + 1
        if tuple(src.text(start.at + n) for n in (1, 2, 3)) == ("in", "the", "middle"):
            start.which = "middle"
            return _build(start, None), start.at + 4
        return _build(start, None), start.at + 1
    if (start.numbers or start.which) and start.det in ("this", "that"):
        return _pronoun(start.det), start.det_end
    if (start.numbers or start.which) and (start.det or start.count > 1):
        amount = src.kind(start.at) in ("number", "clock") and start.numbers[:1] in ((1,), (-1,))
        measured = amount or text in numbers.UNIT_SECONDS or (text,) in src.lexicon.points
        return None if measured else (_build(start, None), start.at)
    if start.every and not start.det and start.at == at + 1:
        if src.text(at) in ("all", "both"):
            return Reference(
                "",
                kind="all" if src.text(at) == "all" else "",
                every=True,
                plural=True,
                pronoun=src.text(at) == "both",
            ), start.at
        return None
    if src.text(at) in numbers.PRONOUNS and src.text(at + 1) not in _RELATIVE_AFTER.get(
        src.text(at), ()
    ):
        return _pronoun(src.text(at)), at + 1
    if src.text(at) == "both" and src.text(at + 1) == "of":
        return Reference("", pronoun=True, plural=True), at + 2 + (
            src.text(at + 2) in numbers.PRONOUNS
        )
    return None


def _counted(src: Source, start: Start) -> Read[Reference]:
    """“the two”, “those three”: so many that were just spoken of."""
    count, end = cardinal(src, start.at), start.at + 1
    if start.det not in ("the", "these", "those") or not count or not 1 < count < 10:
        return None
    if src.text(start.at) not in numbers.CARDINALS or src.is_unknown(end):
        return None
    if _index(src, start.at) is None or noun_at(src, end) or src.text(end) in numbers.EDGES:
        return None
    return replace(_pronoun("those"), count=count), end


_RELATIVE_AFTER = {"that": _RELATIVE}


def _pronoun(word: str) -> Reference:
    return Reference("", pronoun=True, plural=word in numbers.PLURAL_PRONOUNS, name="", which=word)


def _build(start: Start, noun: Noun | None, name: str = "", *, weak: bool = False) -> Reference:
    plural = bool(noun and noun.plural) or start.every or start.count > 1 or len(start.numbers) > 1
    return Reference(
        words="",
        kind=noun.kind if noun else "",
        noun=noun.text if noun else "",
        plural=plural,
        every=start.every,
        definite=start.det in numbers.DEFINITE or bool(start.numbers) or bool(name),
        name=name,
        numbers=start.numbers,
        count=start.count,
        which=start.which,
        weak=weak,
    )


def _tail(src: Source, built: Reference, end: int) -> tuple[Reference, int]:
    """What follows a noun and tells which one: "that says 'Hello'"."""
    relative = src.text(end) in ("that", "which")
    at = end + relative
    if built.pronoun:
        return built, end  # “put a text on it saying 'Hi'”
    if src.text(at) not in ("saying", "reading", *(("says", "say", "reads") if relative else ())):
        return built, end
    if src.kind(at + 1) == "quote":
        return replace(built, says=src.text(at + 1)), at + 2
    last = at + 1
    while built.definite and last < len(src.tokens) and _is_said(src, last):
        last += 1
    return (replace(built, says=src.raw(at + 1, last)), last) if last > at + 1 else (built, end)


def _is_said(src: Source, at: int) -> bool:
    """Words of a text that is named by its content: up to a mark or a preposition."""
    said = src.kind(at) in ("word", "number") and src.text(at) not in _MODAL
    return said and (src.text(at),) not in src.lexicon.prepositions


_MODAL = ("should", "needs", "must", "is", "has", "can", "could", "goes", "stays")
