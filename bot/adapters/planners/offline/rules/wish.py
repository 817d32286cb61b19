"""Reading what a clause wants of a level: which property, in which direction, by or to how much."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.adapters.planners.offline.clause import listed, means
from bot.adapters.planners.offline.outcomes import Miss, Unclear, ask
from bot.adapters.planners.offline.phrases import (
    Break,
    Chunk,
    Decibels,
    Factor,
    Number,
    Percent,
    Reference,
    Share,
    Word,
)
from bot.adapters.planners.offline.resolve import find
from bot.adapters.planners.offline.rules.properties import Amount
from bot.adapters.planners.offline.say import Say
from bot.engine.composition import Audio, Image, Video
from bot.engine.layout import Placed
from bot.ports import Choice

_UP = {
    "louder, loud": "volume",
    "faster, fast": "speed",
    "bigger, enlarge": "scale",
    "zoom in": "zoom",
    "brighter, brighten": "brightness",
    "contrasty": "contrast",
    "saturated, saturate": "saturation",
    "opaque": "opacity",
    "blur": "blur",
}
_DOWN = {
    "quieter, quiet": "volume",
    "slower": "speed",
    "smaller, shrink": "scale",
    "zoom out": "zoom",
    "darker, darken": "brightness",
    "desaturate": "saturation",
    "transparent": "opacity",
}
_DIRECTED: Mapping[str, tuple[str, int]] = {
    meaning: (name, sign)
    for sign, table in ((1, _UP), (-1, _DOWN))
    for words, name in table.items()
    for meaning in listed(words)
}
_NAMED: Mapping[str, str] = {
    "volume": "volume",
    "sound": "volume",
    "rate": "speed",
    "size": "scale",
    "scale": "scale",
    "font size": "size",
    "opacity": "opacity",
    "brightness": "brightness",
    "contrast": "contrast",
    "saturation": "saturation",
}
# Adjectives that state a fact unless a verb or a wish goes with them: “the music is loud”.
_POSITIVE = listed(
    "loud, quiet, soft, fast, quick, big, large, huge, small, tiny, little, dark, bright, slow, "
    "blurry, blurred, saturated, colorful, colourful, vivid, transparent, opaque, giant, massive, "
    "mini, vibrant, closer, contrasty"
)
_WISHES = listed(
    "should, should be, needs to be, must, to be, be, could, can, would, has to, needs to, i want, "
    "want, please, how about, what about"
)
_CLEAR = listed("transparent, opaque")  # “50% transparent” is a level, “10% loud” is not
_BEHIND = "loud, fast, bigger, smaller, faster, as high, brighter, darker"
_SOUNDS = ("music", "voiceover", "sound effect", "voice")
_PREPS = ("", "by", "to", "at", "with", "on", "in", "of", "for", "around")
_LEAST_PERCENT = 10
_LEAST_FACTOR = 3  # “volume to 1.5” is no percentage
_PERCENTS = ("volume", "opacity", "brightness", "contrast", "saturation")


@dataclass(frozen=True)
class Wish:
    """A property, the direction (0: none said), the amount, and whether that is the new value.

    `word` is the word that told the property; empty where only the amount did. `level`: “to half”.
    """

    name: str
    sign: int
    word: str = ""
    amount: Amount | None = None
    absolute: bool = False
    degree: str = ""
    level: bool = False

    @property
    def equal(self) -> bool:
        """Whether it compares with the present value: “half as loud”."""
        return self.word.startswith("as ")


def wish(say: Say) -> Wish:
    """Take the words that name a property and a direction, and the amount."""
    named = _property(say)
    if clear := _clear(say, named):
        return clear
    amount, absolute = _amount(say, named)
    if amount is None and named.sign == 0 and named.word and say.clause.means("add, give"):
        named = replace(named, sign=1)  # “add some contrast”
    degree = "small" if say.words("small") else "large" if say.words("large") else ""
    level = any(isinstance(c.value, Share) and c.prep == "to" for c in say.clause.chunks)
    return Wish(named.name, named.sign, named.word, amount, absolute, degree, level)


def _clear(say: Say, named: Wish) -> Wish | None:
    """“80% opaque”, “50% transparent”: a level, whatever it is now."""
    if named.word not in _CLEAR:
        return None
    amount = say.take(Percent, "", "at", "to") or say.take(Share, "", "to")
    if amount is None:
        return None
    part = amount.value if isinstance(amount, Percent) else amount.part * 100
    value = part if named.word == "opaque" else 100 - part
    return Wish(named.name, 0, named.word, Percent(value), absolute=True)


def _property(say: Say) -> Wish:
    more, less = _comparison(say)
    turned = 1 if more else -1 if less else 0
    compared = more or less
    named = say.word(*_NAMED)
    directed = None if named and compared else say.word(*_DIRECTED)
    if directed is not None:
        wished = compared is not None and not say.clause.means("is")  # “10% more saturated”
        return _directed(say, directed, named, flipped=less is not None, wished=wished)
    if named is not None:
        clear = "transparent" in named.text
        told = (compared or named).text
        return Wish(_name(named), -turned if clear else turned, told)
    return Wish(_implied(say), turned, compared.text if compared else "")


def _comparison(say: Say) -> tuple[Word | None, Word | None]:
    """Words for more and for less; a bare "down" counts where an amount and no verb is said."""
    if more := say.word("raise, more"):
        return more, None
    if less := say.word("lower, less"):
        return None, less
    measured = say.peek(Percent) or say.peek(Decibels)
    if say.clause.has_verb or not (measured or _is_level(say)):
        return None, None
    return say.word("up"), say.word("down")


def _is_level(say: Say) -> bool:
    """“music down”, “brightness up”: nothing else goes up and down without a verb."""
    return say.clause.means(*_NAMED) or any(r.kind in _SOUNDS for r in say.references())


def _directed(
    say: Say, word: Word, named: Word | None, *, flipped: bool, wished: bool = False
) -> Wish:
    measured = word.text in _CLEAR and (say.peek(Percent) or say.peek(Share))
    wished = wished or say.clause.has_verb or _is_wish(say) or measured
    if word.text in _POSITIVE and not wished:
        raise Miss
    name, sign = _DIRECTED[next(m for m in sorted(word.meanings) if m in _DIRECTED)]
    if named is not None and _name(named) != name and name != "zoom":
        raise Miss
    if word.text.startswith("as "):
        sign = 0
    return Wish(name, -sign if flipped else sign, word.text)


def _is_wish(say: Say) -> bool:
    return any(word.text in _WISHES for word in say.clause.words())


def _name(word: Word) -> str:
    return _NAMED[next(m for m in sorted(word.meanings) if m in _NAMED)]


def _implied(say: Say) -> str:
    """What a bare amount is about: dB and music mean volume, “2x” of a clip its speed."""
    chunks = say.clause.chunks
    refs = [chunk.value for chunk in chunks if isinstance(chunk.value, Reference)]
    items = _meant(say, refs)
    if any(isinstance(chunk.value, Decibels) for chunk in chunks):
        return "volume"
    pace = any(isinstance(chunk.value, Factor) and _has_x(say, chunk) for chunk in chunks)
    if any(ref.kind in _SOUNDS for ref in refs) or _all(items, Audio):
        if pace:
            raise ask("Shall it be louder, or faster? Say “twice as loud” or “twice as fast”.")
        return "volume"
    if pace:
        return "scale" if _all(items, Image) else "speed"
    if say.clause.means("raise, lower") and _all(items, Video):
        if any(word.text == "take down" for word in say.clause.words()):
            raise ask("Shall it be quieter, or be removed? Say “make it quieter” or “delete it”.")
        return "volume"
    raise Miss


def _all(items: list[Placed], kind: type) -> bool:
    return bool(items) and all(isinstance(placed.item, kind) for placed in items)


def _meant(say: Say, refs: list[Reference]) -> list[Placed]:
    """The items of a clause where they are clear; nothing where they are not."""
    scene = say.scene.copied()
    try:
        found = [placed for ref in refs for placed in find(scene, ref)]
    except Unclear:
        return []
    scoped = () if refs else scene.scope
    return found + [placed for key in scoped if (placed := scene.placed(key))]


def _has_x(say: Say, chunk: Chunk) -> bool:
    """Whether a factor is written "2x" rather than "twice"."""
    return "x" in say.scene.source.raw(chunk.first, chunk.last).casefold()


def _amount(say: Say, named: Wish) -> tuple[Amount | None, bool]:
    """The amount, and whether it is the new value rather than a change."""
    for kind in (Percent, Decibels, Factor, Share):
        if found := say.chunk(kind, *_PREPS):
            if named.sign and kind is Percent and _is_called(say, found):
                return found.value, _is_pace(say, named, found)
            say.words("volume, rate, size, scale")
            followed = say.words(_BEHIND)
            absolute = _is_absolute(say, named, found, followed=followed)
            return found.value, absolute and not named.equal
    number = say.take(Number, "to", "at") or _bare_level(say, named)
    if number is None:
        return None, False
    if named.name == "speed" and (named.sign == 0 or _is_part(number)):
        return Factor(number.value), True
    if named.name not in _PERCENTS:
        raise Miss
    return _as_percent(say, named, number), True


def _is_called(say: Say, found: Chunk) -> bool:
    """“slower, 80% speed”: behind the change stands a level, with its name."""
    chunks = say.clause.chunks
    at = chunks.index(found)
    ahead = any(means(chunk, *_DIRECTED) for chunk in chunks[:at])
    named = at + 1 < len(chunks) and means(chunks[at + 1], "volume", "rate", "size", "scale")
    return ahead and named and not (found.prep or found.value.sign)


def _is_pace(say: Say, named: Wish, found: Chunk) -> bool:
    """Whether the level is one of speed; of others it may be the change.

    Raises:
        Unclear: It may.
    """
    if named.name != "speed":
        raise _by_or_to(say, named, found)
    say.words("rate")
    return True


def _as_percent(say: Say, named: Wish, number: Number) -> Percent:
    """“volume to 50”, “volume to 0.5”: percent, or parts of one.

    Raises:
        Unclear: It may be either.
    """
    if number.value == 1:
        raise ask(f"Shall the {named.name} be 100%, or 1%?")
    if not _is_part(number):
        say.scene.assume(f"“{number.raw}” was taken for percent.")
        return Percent(number.value)
    say.scene.assume(f"“{number.raw}” was taken for {number.value:.0%}.")
    return Percent(100 * number.value)


def _bare_level(say: Say, named: Wish) -> Number | None:
    """“volume 50”, “louder, like 80”: too much to be a factor."""
    if named.word and named.name == "speed":  # “faster, 1.25”
        found = say.chunk(Number, "", test=lambda c: _is_part(c.value) and not c.value.sign)
        return found.value if found else None
    if not named.word or named.name not in ("volume", "opacity"):
        return None
    found = say.chunk(
        Number,
        "",
        test=lambda c: (
            (c.value.value >= _LEAST_PERCENT or _is_part(c.value))
            and not c.value.sign
            and (not named.sign or _is_apart(say, c))
        ),
    )
    return found.value if found else None


def _is_part(number: Number) -> bool:
    """“0.3”, “1.5”: parts of one."""
    return 0 < number.value < _LEAST_FACTOR and not number.value.is_integer()


def _is_absolute(say: Say, named: Wish, found: Chunk, *, followed: bool) -> bool:
    """“to 20%” is a level, “by 20%” a change; without either it depends on the word."""
    value, prep = found.value, found.prep
    level = prep in ("to", "at")
    match value:
        case Percent() if prep == "" and _is_plain(say):
            raise Miss  # “quiet, 10%”: by or to?
        case Percent(sign=0) if prep == "" and named.sign and _is_apart(say, found):
            raise _by_or_to(say, named, found)
        case Share():
            own = " its " in f" {say.clause.raw(say.scene.source)} "
            return (level or prep == "") and named.name in ("speed", "opacity") and not own
        case Percent(value=percent, sign=0) if named.name == "zoom" and prep in ("", "at"):
            return percent > 100 and named.sign > 0  # editors punch in to 120 %
        case Factor() if named.sign == 0 and prep == "":
            return named.name == "speed" and not followed
        case Factor() if prep in ("", "at", "in") and named.name in ("speed", "zoom"):
            return level or prep != "" or named.sign == 0 or _has_x(say, found)
    signed = getattr(value, "sign", 0) != 0
    return level or (named.sign == 0 and prep != "by" and not signed)


def _is_apart(say: Say, found: Chunk) -> bool:
    """“slower, like 80%”: the amount is added as an afterthought."""
    told = [c for c in say.clause.chunks if not (isinstance(c.value, Word) and c.value.idle)]
    at = told.index(found)
    return found is told[-1] and at > 0 and isinstance(told[at - 1].value, Break)


def _by_or_to(say: Say, named: Wish, found: Chunk) -> Exception:
    """The question whether an amount is the change or the new value."""
    tokens, text = say.scene.source.tokens, say.scene.request.text
    first, last = tokens[found.first].start, tokens[found.last - 1].end
    amount = f"{found.value.value:g}%"
    way = "up" if named.sign > 0 else "down"
    return ask(
        f"Shall the {named.name} go {way} to {amount}, or by {amount}?",
        *(
            Choice(f"{prep.capitalize()} {amount}", f"{text[:first]}{prep} {amount}{text[last:]}")
            for prep in ("to", "by")
        ),
    )


def _is_plain(say: Say) -> bool:
    """Whether a plain adjective is said, so that a bare percentage could mean two things."""
    compared = say.clause.means("more, less, raise, lower")
    return not compared and any(w.text in _POSITIVE - _CLEAR for w in say.clause.words())
