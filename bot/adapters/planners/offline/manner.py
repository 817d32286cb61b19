"""Adjectives that only praise what is asked for: “a nice soft crossfade”, “an elegant font”."""

from dataclasses import replace

from bot.adapters.planners.offline.tokens import Token

_ADJECTIVES = frozenset(
    ("nice", "soft", "smooth", "gentle", "lovely", "elegant", "cool", "beautiful", "simple",
     "clean", "subtle", "pretty", "neat", "fancy", "good", "great", "proper", "classy", "sleek",
     "stylish", "modern", "catchy", "cute", "professional", "decent", "tasteful", "seamless")
)  # fmt: skip
_OF_CHANGES = frozenset(("soft", "smooth", "gentle", "simple", "subtle", "clean"))
_THINGS = frozenset(
    ("crossfade", "crossfades", "dissolve", "dissolves", "fade", "fades", "transition",
     "transitions", "wipe", "wipes", "slide", "title", "titles", "text", "caption", "captions",
     "font", "letters", "lower", "cross", "headline", "heading", "music", "ending", "card",
     "intro", "outro", "end", "song", "white", "black", "yellow", "red", "blue", "green",
     "orange", "pink", "gold", "purple", "rectangle", "box")
)  # fmt: skip
_CHANGES = frozenset(("crossfade", "crossfades", "dissolve", "dissolves", "fade", "fades",
                      "transition", "transitions", "cross"))  # fmt: skip
_AHEAD = ("a", "an", "some", "the", "with", "do", "add", "put", "make", "use", "have", "in")
_STATED = frozenset(("is", "was", "'s", "are", "were", "what", "such", "so", "very", "too", "not",
                     "love", "loved", "more", "less"))  # fmt: skip


def without_manner(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """Leave such adjectives out; where something is stated (“that is a nice title”) they stay."""
    kept: list[Token] = []
    at = 0
    while at < len(tokens):
        if _hesitates(tokens, at):
            at += 1
            continue
        end = _behind_adjectives(tokens, at)
        if end > at and _asks_for(tokens, kept, end):
            at = end
            continue
        kept.append(tokens[at])
        at += 1
    return tuple(kept)


def _hesitates(tokens: tuple[Token, ...], at: int) -> bool:
    """“but, like, quietly”, “but like quietly”: a word that only gains time."""
    before = tokens[at - 1].text if at else ""
    behind = tokens[at + 1].text if at + 1 < len(tokens) else ""
    return tokens[at].text == "like" and (before in ("but", "and") or before == behind == ",")


def _behind_adjectives(tokens: tuple[Token, ...], at: int) -> int:
    """Behind “nice, soft and slow”: the first token that is no such adjective."""
    end = at
    while end < len(tokens) and tokens[end].text in _ADJECTIVES:
        joined = end + 1 < len(tokens) and tokens[end + 1].text in (",", "and")
        more = joined and end + 2 < len(tokens) and tokens[end + 2].text in _ADJECTIVES
        end += 2 if more else 1
    return end


def _asks_for(tokens: tuple[Token, ...], before: list[Token], end: int) -> bool:
    if end >= len(tokens) or tokens[end].text not in _THINGS:
        return False
    sentence = _sentence(before)
    if _STATED & {token.text for token in sentence}:
        return False
    led = bool(sentence) and sentence[-1].text in _AHEAD and len(sentence) > 1
    plain = tokens[end - 1].text in _OF_CHANGES  # “smooth fade between …”; “nice fade” is praise
    return led or ((bool(sentence) or plain) and tokens[end].text in _CHANGES)


def _sentence(before: list[Token]) -> list[Token]:
    """The tokens since the last mark that ends a sentence."""
    marks = (n for n in range(len(before) - 1, -1, -1) if before[n].text in ".!?\n;")
    return before[next(marks, -1) + 1 :]


def in_colour(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """“in colour please”, “back to colour”: no longer black and white, where no colour is named."""
    told: list[Token] = []
    for at, token in enumerate(tokens):
        behind = tokens[at + 1] if at + 1 < len(tokens) else None
        ends = behind is None or behind.kind == "mark" or behind.text in _COURTESIES
        led = [each.text for each in told[-2:]]
        if token.text not in ("colour", "color") or not ends or led[-1:] not in (["in"], ["to"]):
            told.append(token)
            continue
        back = 2 if led == ["back", "to"] or led == ["back", "in"] else 1
        first = told[-back]
        if led[-1] == "to" and back == 1:
            told.append(token)
            continue
        del told[-back:]
        words = ("remove", "black", "and", "white")
        told.extend(replace(token, text=word, start=first.start) for word in words)
    return tuple(told)


_COURTESIES = ("please", "pls", "again", "thanks", "after", "now")
