"""Preparing a message: tokens, the labels in it, corrected typos."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from bot.adapters.planners.offline.conditions import reworded
from bot.adapters.planners.offline.dialects import plain
from bot.adapters.planners.offline.lexicon import Lexicon
from bot.adapters.planners.offline.manner import in_colour, without_manner
from bot.adapters.planners.offline.phrases import Source
from bot.adapters.planners.offline.tokens import Token, parts, tokenise
from bot.adapters.planners.offline.vocabulary.numbers import CARDINALS, UNIT_SECONDS
from bot.adapters.planners.offline.wording import (
    with_arrows,
    with_clips,
    with_gone,
    with_kept_sound,
    with_out,
    with_pauses,
    with_rates,
    with_signs,
    with_slashes,
)
from bot.engine.composition import Composition

_QUOTED = re.compile(
    r"^\s*(?:>|&gt;){3}.*\Z"  # “>>>” quotes all that follows
    r"|^[ \t]*(?:>|&gt;)(?![\d:])[^\n]*"
    r"|```(?=[^`]*\n).*?(?:```|\Z)"
    r"|\b(?:said|wrote|writes|asked|replied|texted|commented|told (?:me|us)"
    r"|(?:he|she|they|client|boss) says?) ?:[^\n]*"
    r"|(?<!for )\b(?:my|our) (?:boss|client|manager|director|wife|husband|mum|mom|dad|sister"
    r"|brother|friend|colleague) ?:[^\n]*",
    re.MULTILINE | re.DOTALL | re.IGNORECASE,
)
_COUNTED = (
    "clip",
    "clips",
    "video",
    "scene",
    "shot",
    "part",
    "number",
    "and",
    "to",
    "no",
    "#",
    "@",
)


def source(message: str, comp: Composition, lexicon: Lexicon) -> Source:
    """Read a message into tokens, knowing the labels and files of a composition."""
    labels = _labels(comp)
    words = frozenset(word for text in _spellings(comp) for word, _, _ in parts(text))
    raw = with_arrows(_without_list_marks(tokenise(own_words(message))))
    raw = with_slashes(raw, words)
    quoted = {token.text for token in raw if token.kind == "quote"}
    labels |= _spelt(quoted)  # “add a title 'Winter', make Winter bold”
    tokens = _with_both(_with_to(_with_is(reworded(plain(raw, words, lexicon), words))))
    tokens = with_kept_sound(with_out(with_rates(with_gone(tokens)), words))
    tokens = with_pauses(with_clips(with_signs(tokens)), lexicon)
    tokens = in_colour(without_manner(tokens))
    written = quoted | {item.label for item in comp.items.values()}
    names = _names(message, tokens, labels, lexicon, written)
    return Source(message, tokens, lexicon, float(comp.canvas.fps.value), names, words)


def own_words(message: str) -> str:
    """The message with blanks for what it quotes in lines of its own: that is data, no request."""
    return _QUOTED.sub(lambda quoted: re.sub(r"[^\n]", " ", quoted[0]), message)


def _spellings(comp: Composition) -> set[str]:
    """Every label, and every file name without its ending."""
    stems = {clip.name.rpartition(".")[0] or clip.name for clip in comp.clips.values()}
    return stems | {item.label for item in comp.items.values()}


def _labels(comp: Composition) -> frozenset[tuple[str, ...]]:
    """The words of every label, and of every file name with and without its ending."""
    texts = _spellings(comp) | {clip.name for clip in comp.clips.values()}
    return _spelt(texts)


def _spelt(texts: Iterable[str]) -> frozenset[tuple[str, ...]]:
    words = (tuple(word for word, _, _ in parts(text)) for text in texts)
    return frozenset(label for label in words if label)


def _names(
    message: str,
    tokens: tuple[Token, ...],
    labels: Iterable[tuple[str, ...]],
    lexicon: Lexicon,
    written: Collection[str],
) -> Mapping[int, tuple[int, str]]:
    """Where labels stand in the message.

    One made of common words alone is no name by itself, unless it is written just so, in capitals.
    """
    known = {word for label in labels for word in label}
    meant = {token.start: token.text for token in tokens if token.text in known}
    words = [
        (word if word in known else meant.get(start, word), start, end)
        for word, start, end in parts(own_words(message))
    ]
    starts = {token.start: n for n, token in enumerate(tokens) if token.kind != "quote"}
    ends = {token.end: n + 1 for n, token in enumerate(tokens) if token.kind != "quote"}
    by_initial: dict[str, list[tuple[str, ...]]] = {}
    for label in sorted(labels, key=len, reverse=True):
        by_initial.setdefault(label[0][:1], []).append(label)
    found: dict[int, tuple[int, str]] = {}
    for at, (word, start, _) in enumerate(words):
        for label in by_initial.get(word[:1], ()):
            size = _spelt_so(words[at : at + max(len(label), _MOST_PIECES)], label)
            if not size:
                continue
            end = words[at + size - 1][2]
            if start not in starts or end not in ends:
                continue
            first, last = starts[start], ends[end]
            exact = message[start:end] in written and not message[start:end].islower()
            exact = exact and (first > 0 or _told_of(tokens, last))
            exact = exact or _is_object(label, tokens, first, lexicon)
            exact = exact or _is_described(label, tokens, first, lexicon)
            exact = exact or _is_noun(label, tokens, first, lexicon)
            exact = exact or _is_shape(label, tokens, (first, last), lexicon)
            if (exact or _is_name(label, tokens, last, lexicon)) and first not in found:
                found[first] = (_behind_ending(tokens, last), " ".join(label))
    return found


def _spelt_so(words: list[tuple[str, int, int]], label: tuple[str, ...]) -> int:
    """How many words spell a label, or 0: “close-up”, “close up” for closeup."""
    said = tuple(word for word, _, _ in words)
    if said[: len(label)] == label:
        return len(label)
    if len(label) > 1 and _in_digits(said, len(label)) == label:
        return len(label)  # “goal one”, of a clip that is called “goal 1”
    if len(label) > 1 and _singulars(said[: len(label)]) == _singulars(label):
        return len(label)  # “the dog park”, of a clip that is called “dogs park”
    joined, whole = "", "".join(label)
    for size, word in enumerate(said, 1):
        joined += word
        if joined == whole and len(whole) >= _LEAST_JOINED:
            return size
        if not whole.startswith(joined):
            return 0
    return 0


def _in_digits(said: tuple[str, ...], size: int) -> tuple[str, ...]:
    """The words with the last of them in digits; “goal one second” speaks of a second."""
    number = CARDINALS.get(said[size - 1]) if len(said) >= size else None
    if number is None or (len(said) > size and said[size] in UNIT_SECONDS):
        return ()
    return (*said[: size - 1], str(int(number)))


def _singulars(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word.removesuffix("s") for word in words)


_MOST_PIECES = 8
_LEAST_JOINED = 5


def _told_of(tokens: tuple[Token, ...], last: int) -> bool:
    """“Hello in blue”: what stands first is spoken of, and does not greet."""
    return last < len(tokens) and tokens[last].text in ("in", "at", "should", "needs", ":")


def _is_object(
    label: tuple[str, ...], tokens: tuple[Token, ...], first: int, lexicon: Lexicon
) -> bool:
    """“make hello green”: behind a verb of editing, a greeting is the name of a text."""
    talk = all((entry := lexicon.entries.get((word,))) and entry.meanings & _TALK for word in label)
    verb = lexicon.entries.get((tokens[first - 1].text,)) if first > 0 else None
    return talk and verb is not None and bool(verb.meanings & _EDITING)


def _is_described(
    label: tuple[str, ...], tokens: tuple[Token, ...], first: int, lexicon: Lexicon
) -> bool:
    """“delete big”, “mute both big clips”: a clip that is called so; “make it big” is none."""
    found = [lexicon.entries.get((word,)) for word in label if not word.isdigit()]
    if not found or not all(entry and entry.meanings & _QUALITIES for entry in found):
        return False
    before = first - 1
    while before > 0 and tokens[before].text in _BEFORE_NAMES:
        before -= 1
    verb = lexicon.entries.get((tokens[before].text,)) if before >= 0 else None
    return verb is not None and bool(verb.meanings & _TAKING_NAMES)


def _is_noun(
    label: tuple[str, ...], tokens: tuple[Token, ...], first: int, lexicon: Lexicon
) -> bool:
    """“the save”, of a clip that is called so: with its article it commands nothing."""
    entry = lexicon.entries.get(label)
    if entry is None or first == 0 or not (entry.verb or entry.meanings & _TALK):
        return False
    doing = len(label) == 1 and label[0].endswith("ing")
    before = tokens[first - 1].text
    noun = doing or bool(entry.meanings & (_ALSO_NOUNS | _TALK))
    return (noun and before in ("the", "my", "our")) or (doing and before in _AHEAD_OF_NAMES)


def _is_shape(
    label: tuple[str, ...], tokens: tuple[Token, ...], span: tuple[int, int], lexicon: Lexicon
) -> bool:
    """“the portrait”, of a clip that is called so; “the portrait version” is the film."""
    entry = lexicon.entries.get(label)
    if entry is None or not any(each.startswith("format ") for each in entry.meanings):
        return False
    led = span[0] > 0 and tokens[span[0] - 1].text in ("the", "my", "our")
    return led and (span[1] == len(tokens) or tokens[span[1]].text not in _SHAPED)


_SHAPED = ("version", "one", "format", "video", "film", "movie", "cut", "size", "ratio", "mode",
    "canvas", "frame", "export", "file", "aspect", "layout", "crop", "edit")  # fmt: skip
_AHEAD_OF_NAMES = ("in", "of", "from", "over", "after", "before", "between", "on", "into")
_ALSO_NOUNS = {"render", "repeat", "keep", "show", "move", "swap", "go"}
_QUALITIES = {"bigger", "smaller", "shorter", "brighter", "darker", "fast", "loud", "quiet"}
_BEFORE_NAMES = ("the", "my", "our", "both")
_TALK = {"greeting", "thanks", "praise", "yes"}
_EDITING = {"make", "change", "remove", "move", "hide", "trim", "rename", "replace", "fade", "swap"}
_TAKING_NAMES = _EDITING - {"make"} | {"mute", "cut", "split"}


def _is_name(
    label: tuple[str, ...], tokens: tuple[Token, ...], last: int, lexicon: Lexicon
) -> bool:
    ending = last < len(tokens) and tokens[last].kind == "file"
    letter = len(label) == 1 == len(label[0])  # “add a title "A"”: the article is no name
    return ending or any(
        not letter
        and not word.isdigit()
        and (word not in lexicon.alone or _is_only_a_limit(word, lexicon))
        for word in label
    )


def _is_only_a_limit(word: str, lexicon: Lexicon) -> bool:
    """“confetti”: an effect that there is none of, unless a clip is called so."""
    entry = lexicon.entries.get((word,))
    return entry is not None and all(each.startswith("limit ") for each in entry.meanings)


def _behind_ending(tokens: tuple[Token, ...], last: int) -> int:
    return last + 1 if last < len(tokens) and tokens[last].kind == "file" else last


def _without_list_marks(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """Turn "1. … 2. …" and bullets into line breaks."""
    kept: list[Token] = []
    expected = 1
    for at, token in enumerate(tokens):
        following = tokens[at + 1].text if at + 1 < len(tokens) else ""
        opens = not kept or kept[-1].text == "\n"
        numbered = token.kind == "number" and token.value == expected and following in (".", ")")
        led = bool(kept) and kept[-1].text == ":" and following == ")"
        listed = numbered and (opens or led or (expected > 1 and kept[-1].text not in _COUNTED))
        if listed:
            expected += 1
            kept.append(replace(token, kind="mark", text="\n"))
        elif not (
            opens and token.text in ("-", "*", "•", "–", "·", "+") and not _signed(tokens, at)
        ):
            kept.append(token)
    return tuple(kept)


def _signed(tokens: tuple[Token, ...], at: int) -> bool:
    return at + 1 < len(tokens) and tokens[at + 1].tight


_PREDICATE = ("too", "a", "so", "very", "way", "not", "really", "super", "quite", "pretty",
    "kinda", "kind", "slightly", "almost", "barely", "still", "already")  # fmt: skip


def _with_both(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """“the first and last 2 seconds”: the length is said once, for both."""
    for at in range(len(tokens) - 4):
        first, joint, *behind = tokens[at : at + 6]
        the = behind[0].text == "the"
        last, extent = behind[the], behind[the + 1 : the + 3]
        if first.text == "first" and joint.text in ("and", "&") and last.text == "last":
            size = 1 if extent[0].text in UNIT_SECONDS else 2
            if extent[size - 1 :] and extent[size - 1].text in UNIT_SECONDS:
                return (*tokens[: at + 1], *extent[:size], *tokens[at + 1 :])
    return tokens


def _with_to(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """“trim it too 2 s”: a slip for “to”."""
    return tuple(
        replace(token, text="to")
        if token.text == "too" and at + 1 < len(tokens) and tokens[at + 1].kind in _MEASURES
        else token
        for at, token in enumerate(tokens)
    )


_MEASURES = ("number", "clock")


def _with_is(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """“the music's too loud”, “its so dark”: not a possessive."""
    told: list[Token] = []
    for token, behind in zip(tokens, (*tokens, None)[1:], strict=True):
        predicate = behind is not None and behind.text in _PREDICATE
        if token.text == "its" and predicate:
            told.append(replace(token, text="it"))
        stands = token.text in ("'s", "its") and predicate
        told.append(replace(token, text="is") if stands else token)
    return tuple(told)
