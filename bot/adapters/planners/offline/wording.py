"""Short ways of saying things, put into plainer tokens before the message is read."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from bot.adapters.planners.offline.lexicon import Lexicon
from bot.adapters.planners.offline.tokens import Token
from bot.adapters.planners.offline.vocabulary.numbers import UNIT_SECONDS

_CLOSING = ("and", "please", "pls", "plz", "thanks", "thx", "too", "but", "now")
_ALLOWED = ("can", "could", "should", "must")
_STATED = ("is", "are", "was", "were", "'s", "be", "been", "have", "has", "had", "not", "all", "i",
    "we", "he", "she", "they", "you", "it")  # fmt: skip
_MEASURES = ("number", "clock")
_ASKING = ("please", "can", "could", "just", "let", "lets")
_RANKED = ("first", "second", "third", "fourth", "fifth", "firstly", "secondly", "thirdly", "next",
    "then", "finally", "lastly", "last")  # fmt: skip
_NUMBERED = ("move", "put", "mute", "unmute", "duplicate")
_WITH_HASH = (*_NUMBERED, "delete", "remove", "drop", "trim", "hide", "flip", "kill", "lose", "and")
_BEHIND_CLIP = ("to", "before", "after", "and", "at", "please", "pls", "plz", "too", "first",
    "last", "behind", "in", "between", "then")  # fmt: skip
_PLACED = ("at", "to", "by", "from", "and", "for", "in")


def with_rates(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """“25p”, “23.976 p”: frames per second; 720p is a size."""
    return tuple(
        replace(token, text="fps")
        if token.text == "p" and at and tokens[at - 1].value in _RATES
        else token
        for at, token in enumerate(tokens)
    )


_RATES = (23.976, 23.98, 24, 25, 29.97, 30, 48, 50, 59.94, 60, 100, 120)


def with_out(tokens: tuple[Token, ...], names: Collection[str]) -> tuple[Token, ...]:
    """“kickoff out, save out”: removed, where a name is all that is said."""
    if any(token.text.startswith("fad") for token in tokens):
        return tokens
    told, said = [*tokens], list[str]()
    for at, token in enumerate(tokens):
        named = bool(set(said) & set(names)) and set(said) <= {*names, "the", "clip", "shot"}
        timed = _is_span(tokens[at - len(said) : at])
        behind = [each.text for each in tokens[at + 1 : at + 3]]
        ends = _ends(tokens, at) or behind in (["as", "well"], ["for", "now"])
        if token.text == "out" and (named or timed) and ends:
            told[at] = replace(token, text="removed")
        said = [] if token.kind == "mark" and token.text not in "-–" else [*said, token.text]
    return tuple(told)


def _is_span(tokens: Sequence[Token]) -> bool:
    """“0:30 to 0:33”."""
    clocks = sum(token.kind == "clock" for token in tokens)
    return clocks == len(tokens) - 1 == _BOUNDS and tokens[1].text in ("to", "-", "–", "until")


_BOUNDS = 2


def with_kept_sound(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """“replace 0:05-0:09 with the beach but keep the audio”: one request, and no second one."""
    if not {"replace", "cover", "swap"} & {token.text for token in tokens}:
        return tokens
    for at, token in enumerate(tokens):
        behind = [each.text for each in tokens[at + 1 : at + 4]]
        while behind[:1] and behind[0] in ("the", "its", "original", "same"):
            behind = behind[1:]
        if token.text in ("keep", "keeping") and behind[:1] and behind[0] in _SOUNDS:
            start = at - (tokens[at - 1].text in (",", "but", "and", "while")) if at else at
            start -= start > 0 and tokens[start - 1].text in (",", "but", "and")
            words = (replace(token, text=text, kind="word") for text in ("sound", "kept"))
            end = next(n for n in range(at, len(tokens)) if tokens[n].text == behind[0]) + 1
            before = (
                replace(t, text="replace") if t.text == "cover" else t for t in tokens[:start]
            )
            return (*before, *words, *tokens[end:])
    return tokens


_SOUNDS = ("audio", "sound", "voice", "dialogue", "talking", "speech")


def with_gone(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """“the title can go”, “outro gone”: removed, where nothing says whereto."""
    return tuple(
        replace(token, text="off" if _is_cut(tokens, at) else "removed")
        if _ends(tokens, at) and _leaves(tokens, at)
        else token
        for at, token in enumerate(tokens)
    )


def _is_cut(tokens: tuple[Token, ...], at: int) -> bool:
    """“cut the first 2 seconds … gone”: the verb is said, in the word order of German."""
    marks = (n for n in range(at, -1, -1) if tokens[n].kind == "mark")
    said = {token.text for token in tokens[next(marks, 0) : at]}
    return bool(said & {"cut", "take", "trim", "delete", "turn", "switch"})


def with_signs(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """“interview -3s”, “outro +2 sec”, “intro minus 2 s”: shorter or longer by that."""
    told: list[Token] = []
    signs: list[str] = []
    for at, token in enumerate(tokens):
        if _is_sign(tokens, at):
            signs.append("longer" if token.text in ("+", "plus") else "shorter")
            continue
        told.append(token)
        if signs and token.text in UNIT_SECONDS:
            told.append(replace(token, kind="word", text=signs.pop(), tight=False))
    return tuple(told)


def _is_sign(tokens: tuple[Token, ...], at: int) -> bool:
    before, behind = tokens[at - 1] if at else None, tokens[at + 1 : at + 3]
    if before is None or before.kind in (*_MEASURES, "mark") or tokens[at].tight:
        return False
    text = tokens[at].text
    sign = text in ("minus", "plus") or (text in ("+", "-", "−") and behind[:1])
    measured = len(behind) == 2 and behind[0].kind == "number" and behind[1].text in UNIT_SECONDS
    stuck = text == "minus" or (bool(behind) and behind[0].tight)
    stuck = stuck or (text in ("+", "plus") and _ends(tokens, at + 2))
    return bool(sign) and measured and stuck and before.text not in _PLACED


def _ends(tokens: tuple[Token, ...], at: int) -> bool:
    behind = tokens[at + 1] if at + 1 < len(tokens) else None
    return behind is None or behind.kind == "mark" or behind.text in _CLOSING


def _leaves(tokens: tuple[Token, ...], at: int) -> bool:
    text, before = tokens[at].text, tokens[at - 1] if at else None
    if before is None or before.kind == "mark":
        return False
    if text == "go":
        return before.text in _ALLOWED
    return text == "gone" and before.text not in _STATED


def with_pauses(tokens: tuple[Token, ...], lexicon: Lexicon) -> tuple[Token, ...]:
    """“too loud so turn it down”, “second: …”: a new request begins."""
    told: list[Token] = []
    for at, token in enumerate(tokens):
        behind = tokens[at + 1] if at + 1 < len(tokens) else None
        text = behind.text if behind else ""
        entry = lexicon.entries.get((text,))
        opens = not told or told[-1].kind == "mark"
        asks = entry is not None and entry.verb and not entry.idle
        if token.text == "so" and not opens and (asks or text in _ASKING):
            told.append(replace(token, kind="mark", text=","))
        elif token.text in _RANKED and opens and text == ":":
            told.append(replace(token, kind="mark", text="\n"))
        else:
            told.append(token)
    return tuple(told)


def with_slashes(tokens: tuple[Token, ...], names: Collection[str]) -> tuple[Token, ...]:
    """“drone/kitchen/crowd”: and, between what has a name."""
    told = list(tokens)
    for at in range(1, len(tokens) - 1):
        before, mark, behind = tokens[at - 1 : at + 2]
        named = before.text in names and behind.text in names
        if mark.text == "/" and mark.tight and behind.tight and named:
            told[at] = replace(mark, kind="word", text="and")
    return tuple(told)


def with_clips(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """“delete #4”, “move 4 to the front”, “put 5 before 4”, “mute 2”: numbers of clips."""
    told: list[Token] = []
    moved = False
    for at, token in enumerate(tokens):
        before = told[-1].text if told else ""
        behind = tokens[at + 1] if at + 1 < len(tokens) else None
        alone = behind is None or behind.kind == "mark" or behind.text in _BEHIND_CLIP
        called = before in _NUMBERED or (moved and before in ("before", "after"))
        if before == "#" and token.kind == "number" and _told(told, -2) in _WITH_HASH:
            told[-1] = replace(told[-1], kind="word", text="clip")
        if token.kind == "number" and token.value.is_integer() and alone and called:
            moved = before in ("move", "put") or moved
            told.append(Token("word", "clip", token.start, token.end, False))
        told.append(token)
    return tuple(told)


def _told(tokens: list[Token], at: int) -> str:
    return tokens[at].text if len(tokens) >= -at else ""


def with_arrows(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """“beach -> 6s”: to; between times an arrow is a range."""
    told: list[Token] = []
    for token, behind in zip(tokens, (*tokens, None)[1:], strict=True):
        before = told[-1] if told else None
        measured = any(each.kind in _MEASURES for each in told[-3:])
        if measured:
            told.append(token)
        elif before and token.tight and token.text == ">" and before.text in ("-", "="):
            told[-1] = replace(before, kind="word", text="to")
        elif before and token.text in ("<", ">") and behind and behind.kind in _MEASURES:
            told.append(replace(token, kind="word"))  # “kitchen > 5s”: to that, or longer?
        elif before and token.text in ("→", "⇒", "➡"):
            told.append(replace(token, kind="word", text="to"))
        else:
            told.append(token)
    return tuple(told)
