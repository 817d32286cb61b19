"""How long things are: trim to a length, take some off, make longer or shorter."""

from bot.adapters.planners.offline.asking import place
from bot.adapters.planners.offline.clause import means
from bot.adapters.planners.offline.outcomes import Miss, Step, Unclear, already, ask
from bot.adapters.planners.offline.phrases import (
    Break,
    Chunk,
    Edge,
    Factor,
    Number,
    Percent,
    Point,
    Reference,
    Share,
    Time,
    Word,
)
from bot.adapters.planners.offline.rules import ending
from bot.adapters.planners.offline.rules.cutting import SAME
from bot.adapters.planners.offline.rules.rule import rule
from bot.adapters.planners.offline.say import WITHIN, Aim, Say
from bot.adapters.planners.offline.scene import selector
from bot.adapters.planners.offline.wants import ANY
from bot.engine.composition import Video
from bot.engine.layout import Placed
from bot.engine.operations import AnyOperation, Cut, Keep, Trim
from bot.engine.timebase import length
from bot.ports import Choice, Question

_LASTING = ("for", "only for", "lasting", "for only", "for about")
_TO = (
    "to",
    "so that it is",
    "so it is",
    "so that it becomes",
    "until it is",
    "to just",
    "to only",
    "to about",
)

_BELOW = ("under", "below", "within")

_VAGUELY = ("shorten", "tighten", "get down", "bring down")  # by a cut or by more speed?


def trim_to(say: Say) -> Step:
    """“trim the beach to 2 seconds”, “make it 5 seconds long”, “keep the title up for 6 s”."""
    word = _length_verb(say)
    lasting = word is not None and not word.meanings.isdisjoint(("last for", "keep", "show"))
    most = say.word("at most") is not None or say.peek(Time, *_BELOW)
    wanted = _length(say, lasting)
    aim = say.aim("", "of", "to", "on")
    say.close()
    if word and "split" in word.meanings:
        raise Miss
    if wanted <= 0:
        raise ask("How long should it be? A length has to be more than zero.")
    if aim.whole:
        return _film_to(say, wanted, None if word is None else word.text, most=most)
    if _all_but(aim) is None and aim.reference is not None and aim.reference.kind == "all":
        raise ask(
            f"Shall every clip be {length(wanted)} long, or the whole film?",
            Choice("Every clip", f"trim all clips to {wanted:g} seconds"),
            Choice("The whole film", f"keep only the first {wanted:g} seconds"),
        )
    items = _all_but(aim) or _items(say, aim)
    if not aim.named and len(items) > 1:
        return _film_to(say, wanted, None, most=most)
    if most:
        items = _longer_than(say, items, wanted)
    others = tuple(p for p in items if abs(say.scene.seconds(p.frames) - wanted) >= SAME)
    for item in others or items:
        _check_direction(say, item, wanted, word.meanings if word else frozenset())
    return Step((Trim(selector=selector(others), length=wanted),), tuple(p.item.id for p in items))


def _length_verb(say: Say) -> Word | None:
    """Take the verb; None for “make” and where a thing and its length are plainly said."""
    word = say.word("trim, cut, crop, extend, last for, keep, show, length, split")
    if word and "length" in word.meanings:
        say.words("lower, raise")
    elif word:
        say.word("length")
    if word is None and not say.word("make, set, change, do"):
        if not _is_said_plainly(say):
            raise Miss
        say.word("down")  # “kitchen down to 7 s”
    return word


def _items(say: Say, aim: Aim) -> tuple[Placed, ...]:
    """What is to be so long; where “it” may be several things, the film is one of them.

    Raises:
        Unclear: It may.
    """
    try:
        return aim.items(ANY)
    except Unclear as unclear:
        ref, asked = aim.reference, unclear.outcome
        lone = ref is not None and ref.pronoun and not ref.plural
        if ref is None or not lone or not isinstance(asked, Question) or not asked.choices:
            raise
        first, last = place(say.scene, ref)
        text = say.scene.request.text
        film = Choice("The whole film", f"{text[:first]}the whole video{text[last:]}")
        raise ask(asked.text, film, *asked.choices) from unclear


def _longer_than(say: Say, items: tuple[Placed, ...], most: float) -> tuple[Placed, ...]:
    """“each shot 4 seconds max”: what is shorter stays.

    Raises:
        Unclear: Nothing is longer.
    """
    found = tuple(p for p in items if say.scene.seconds(p.frames) > most + SAME)
    if not found:
        raise already(f"Nothing of that is longer than {length(most)}; nothing was changed.")
    return found


def _is_said_plainly(say: Say) -> bool:
    """“the beach should be 3 seconds”: a thing, a length, and no other verb."""
    told = say.peek(Reference, "") or bool(say.scene.pending)  # “… is too long, 6 s is enough”
    return told and not say.clause.has_verb


def _length(say: Say, lasting: bool) -> float:
    if edge := say.chunk(Edge, "to"):
        if edge.value.side == "first" and isinstance(edge.value.amount, Time):
            return edge.value.amount.seconds
        raise Miss
    if (lasting or say.clause.means("make")) and (edge := say.chunk(Edge, "", test=_is_verb_last)):
        return float(edge.value.amount.seconds)
    preps: tuple[str, ...] = _LASTING if lasting else _TO
    if lasting and say.clause.means("last for"):
        preps = ("", *_LASTING)
    if lasting and {"only", "just", "keep just", "keep only"} & {
        w.text for w in say.clause.words()
    }:
        preps = ("", *_LASTING)
    if not lasting and not say.peek(Time, "to"):
        preps = (*_TO, "", "for", *_BELOW)
    if time := say.take(Time, *preps):
        if time.about:
            say.scene.assume(f"“about {time.raw}” was taken as exactly that.")
        return time.seconds
    number = say.take(Number, "to", "for")
    if number is None or not say.clause.has_verb:
        raise Miss  # “music to 70”: seconds, or percent?
    say.scene.assume(f"“{number.raw}” was taken for seconds.")
    return -number.value if number.sign < 0 else number.value


def _is_verb_last(chunk: Chunk) -> bool:
    """“make the title last 5 seconds” reads like “the last 5 seconds”."""
    edge = chunk.value
    return edge.side == "last" and isinstance(edge.amount, Time) and chunk.last - chunk.first < 4


def _film_to(say: Say, wanted: float, verb: str | None, *, most: bool = False) -> Step:
    scene = say.scene
    if most and wanted > scene.duration:
        raise already(f"The film is {length(scene.duration)} long; nothing was changed.")
    if abs(wanted - scene.duration) < SAME:
        raise already(f"The film is already {length(wanted)} long; nothing was changed.")
    if wanted > scene.duration:
        raise ask(f"The film is only {length(scene.duration)} long. What should fill the rest?")
    if verb is None or verb.startswith(_VAGUELY):
        factor = scene.duration / wanted
        raise ask(
            f"Shall I keep the first {length(wanted)}, or speed everything up?",
            Choice("Keep the start", f"keep only the first {wanted:g} seconds"),
            Choice("Speed it up", f"speed up the whole video by {factor:.3g}x"),
        )
    return Step((Keep(start=0, end=wanted),))


def _check_direction(say: Say, item: Placed, wanted: float, meanings: frozenset[str]) -> None:
    now = say.scene.seconds(item.frames)
    label = item.item.label
    if abs(now - wanted) < SAME:
        raise already(f"“{label}” is already {length(now)} long; nothing was changed.")
    key = item.item.id
    if meanings & {"trim", "cut", "crop"} and wanted > now:
        raise ask(
            f"“{label}” is only {length(now)} long. Shall I make it longer?",
            Choice(f"Make it {length(wanted)} long", f"make @{key} {wanted:g} seconds long"),
        )
    if "extend" in meanings and wanted < now:
        raise ask(
            f"“{label}” is already {length(now)} long. Shall I make it shorter?",
            Choice(f"Trim it to {length(wanted)}", f"trim @{key} to {wanted:g} seconds"),
        )


def trim_off(say: Say) -> Step:
    """“take 2 seconds off the end”, “1s from the start and 1s from the end of the beach”."""
    word = say.need_word("cut off, trim, cut, remove, take")
    cuts: dict[str, float] = {}
    while amount := say.take(Time, "", "by", "off"):
        say.word("off, away")
        point = say.chunk(Point, "off", "from", "at", "of", "off of", "on")
        point = point or say.chunk(Point, "", test=lambda chunk: chunk.value.name == "both")
        if point is None:
            raise Miss if word.text.startswith("shorten") else _from_where(say, amount)
        names = ("start", "end") if point.value.name == "both" else (point.value.name,)
        for name in names:
            cuts[name] = cuts.get(name, 0) + amount.seconds
    if not cuts or not cuts.keys() <= {"start", "end"}:
        raise Miss
    say.words("off")
    aim = say.aim()
    say.close()
    head, tail = cuts.get("start"), cuts.get("end")
    if not aim.named or aim.whole:
        total = say.scene.duration
        ranges = [(0.0, head)] if head else []
        ranges += [(max(0.0, total - tail), total)] if tail else []
        if (head or 0) + (tail or 0) >= total:
            raise ask(f"The film is only {length(total)} long. How much shall I take off?")
        return Step((Cut(ranges=tuple(ranges)),))
    every = aim.reference is not None and aim.reference.kind in ("clip", "video")
    items = aim.items(ANY) if every else (aim.one(),)
    return Step(
        (Trim(selector=selector(items), head=head, tail=tail),), tuple(p.item.id for p in items)
    )


def _from_where(say: Say, amount: Time) -> Exception:
    """“cut 2 seconds”: the start or the end?"""
    aim = say.aim("", *WITHIN)
    if say.left():
        return Miss(say.left())
    say.close()
    if not aim.named:
        of, asked = "", "Where should I cut"
    elif aim.reference is not None and aim.reference.every:
        words = aim.reference.words
        of, asked = f" of {words}", f"From the start or the end of {words} shall I cut"
    else:
        item = aim.one()
        of, asked = (
            f" of @{item.item.id}",
            f"From the start or the end of “{item.item.label}” shall I cut",
        )
    return ask(
        f"{asked} {length(amount.seconds)} off: at the start or at the end?",
        Choice("At the start", f"cut off the first {amount.seconds:g} seconds{of}"),
        Choice("At the end", f"cut off the last {amount.seconds:g} seconds{of}"),
    )


def longer_or_shorter(say: Say) -> Step:
    """“make the beach one second longer”, “extend it by 2 s”, “shorten clip 3 by 1s”."""
    word = say.word("longer, shorter, extend, trim") or (
        say.word("cut, lower") if say.word("length") else _less_or_more(say)
    )
    if word is None or ("lower" in word.meanings and not say.clause.means("length")):
        raise Miss  # "bring it down by half" is about sound
    sign = 1 if word.meanings & {"longer", "extend", "more"} else -1
    say.words("make, longer, shorter, more, play, last for, go, keep, leave, show, up")
    if sign < 0 and "shorter" in word.meanings:
        say.words("cut")
    by = ("by", "", "for", "another")
    amount = (
        say.take(Time, *by)
        or say.take(Factor, *by)
        or say.take(Percent, *by)
        or say.take(Share, *by)
    )
    if amount is None and (small := say.word("small")):
        amount = Time(0.5, raw=small.text)
        say.scene.assume("“a bit” was taken for half a second.")
    point = say.chunk(Point, "at", "from", "off", "")
    aim = say.aim()
    say.close()
    if isinstance(amount, Time) and _is_apart(say):
        raise _by_or_to(aim, amount, "longer" if sign > 0 else "shorter")
    if point is not None and not (point.prep or aim.named):
        raise Miss  # “trim the tail by 1 s”: of which clip?
    if point is not None and point.value.name not in ("start", "end"):
        raise Miss
    if amount is None:
        raise _how_long(say, aim)
    items = _all_but(aim)
    if items is None and (aim.whole or (aim.reference is not None and aim.reference.kind == "all")):
        raise ask(
            "Which clip shall I make longer or shorter?",
            *(say.scene.choice(p, *aim._place()) for p in say.scene.clips()),
        )
    items = items or aim.items(ANY)
    operations = tuple(_stretched(say, item, sign, amount, word.text, point) for item in items)
    return Step(operations, tuple(p.item.id for p in items))


def _less_or_more(say: Say) -> Word | None:
    """“2 secs less”: right behind a length, and without a verb."""
    chunks = say.clause.chunks
    at = next((n for n, c in enumerate(chunks[1:], 1) if means(c, "less", "more")), 0)
    timed = at > 0 and isinstance(chunks[at - 1].value, Time) and not chunks[at - 1].prep
    return say.word("less, more") if timed and not say.clause.has_verb else None


def _all_but(aim: Aim) -> tuple[Placed, ...] | None:
    """“everything except the intro”, “everything … each”: the clips among it, for a length."""
    ref = aim.reference
    if ref is None or ref.kind != "all":
        return None
    each = {"each", "apiece"} & {word.text for word in aim.say.clause.words()}
    if not (ref.but or ref.noun.endswith("else") or each):
        return None
    return tuple(placed for placed in aim.items(ANY) if placed.track == "main") or None


def _is_apart(say: Say) -> bool:
    """“make it shorter, 2 seconds”: by that much, or to it?"""
    chunks = say.clause.chunks
    behind = [n for n, c in enumerate(chunks) if isinstance(c.value, Time) and not c.prep]
    return bool(behind) and behind[0] > 0 and isinstance(chunks[behind[0] - 1].value, Break)


def _by_or_to(aim: Aim, amount: Time, way: str) -> Exception:
    item, seconds = aim.one(), f"{amount.seconds:g} seconds"
    key = item.item.id
    return ask(
        f"Shall I make “{item.item.label}” {seconds} {way}, or {seconds} long?",
        Choice(f"{seconds} {way}", f"make @{key} {seconds} {way}"),
        Choice(f"{seconds} long", f"make @{key} {seconds} long"),
    )


def _stretched(
    say: Say,
    item: Placed,
    sign: int,
    amount: Time | Factor | Percent | Share,
    verb: str,
    point: Chunk | None,
) -> AnyOperation:
    now = say.scene.seconds(item.frames)
    at_start = point is not None and point.value == Point("start")
    if isinstance(amount, Time):
        change = sign * amount.seconds
        if now + change <= SAME:
            raise ask(f"“{item.item.label}” is only {length(now)} long. How long should it be?")
        edge = {"head": -change} if at_start else {"tail": -change}
        return Trim(selector=selector([item]), **edge)
    part = amount.value / 100 if isinstance(amount, Percent) else 0.0
    times = amount.value if isinstance(amount, Factor) else 1 + sign * part
    if isinstance(amount, Share):
        times = amount.part if verb in ("as long", "longer") and sign > 0 else 1 - amount.part
    if isinstance(item.item, Video) and times > 1:
        key = item.item.id
        raise ask(
            f"Shall I show more of “{item.item.label}”, or play it slower?",
            Choice("Show more of it", f"make @{key} {now * times:g} seconds long"),
            Choice("Play it slower", f"slow down @{key} to {1 / times:.3g}x"),
        )
    if times <= 0:
        raise ask(f"Nothing of “{item.item.label}” would be left. How long should it be?")
    return Trim(selector=selector([item]), length=round(now * times, 3))


def _how_long(say: Say, aim: Aim) -> Exception:
    if not aim.named:
        return ask("Which clip do you mean, and how long should it be?")
    items = aim.items(ANY)
    label, now = items[0].item.label, say.scene.lasts(items[0])
    return ask(f"How long should “{label}” be? It is {now} long now.")


def trim_how(say: Say) -> Step:
    """“trim the second clip”: to what?"""
    say.need_word("trim")
    aim = say.aim("")
    say.close()
    raise _how_long(say, aim)


OFF = rule(trim_off, "cut off, trim, cut, remove, take")
RULES = (
    rule(ending.fit_film, "trim, cut"),
    rule(longer_or_shorter, "longer, shorter, extend, trim, length, less, more"),
    rule(trim_to),
    rule(ending.start_or_end_film, "start, end, cut off"),
    rule(ending.end_item, "end, vanish, last for, keep, show, hide, play, leave"),
    rule(trim_how, "trim"),
)
