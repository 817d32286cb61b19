"""Preparing a message: tokens, the labels in it, corrected typos."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from bot.adapters.planners.offline.lexicon import Lexicon
from bot.adapters.planners.offline.phrases import Source
from bot.adapters.planners.offline.tokens import Token, parts, tokenise
from bot.engine.composition import Composition

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
    raw = _without_list_marks(tokenise(message))
    quoted = {token.text for token in raw if token.kind == "quote"}
    labels |= _spelt(quoted)  # “add a title 'Winter', make Winter bold”
    tokens = _with_is(lexicon.mended(raw, words))
    written = quoted | {item.label for item in comp.items.values()}
    names = _names(message, tokens, labels, lexicon, written)
    return Source(message, tokens, lexicon, float(comp.canvas.fps.value), names, words)


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
    words = parts(message)
    starts = {token.start: n for n, token in enumerate(tokens) if token.kind != "quote"}
    ends = {token.end: n + 1 for n, token in enumerate(tokens) if token.kind != "quote"}
    by_initial: dict[str, list[tuple[str, ...]]] = {}
    for label in sorted(labels, key=len, reverse=True):
        by_initial.setdefault(label[0], []).append(label)
    found: dict[int, tuple[int, str]] = {}
    for at, (word, start, _) in enumerate(words):
        for label in by_initial.get(word, ()):
            if tuple(w for w, _, _ in words[at : at + len(label)]) != label:
                continue
            end = words[at + len(label) - 1][2]
            if start not in starts or end not in ends:
                continue
            first, last = starts[start], ends[end]
            exact = start > 0 and message[start:end] in written and not message[start:end].islower()
            if (exact or _is_name(label, tokens, last, lexicon)) and first not in found:
                found[first] = (_behind_ending(tokens, last), " ".join(label))
    return found


def _is_name(
    label: tuple[str, ...], tokens: tuple[Token, ...], last: int, lexicon: Lexicon
) -> bool:
    ending = last < len(tokens) and tokens[last].kind == "file"
    return ending or any(not word.isdigit() and word not in lexicon.alone for word in label)


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
        listed = numbered and (opens or (expected > 1 and kept[-1].text not in _COUNTED))
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


def _with_is(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """“the music's too loud”: not a possessive."""
    return tuple(
        replace(token, text="is")
        if token.text == "'s" and at + 1 < len(tokens) and tokens[at + 1].text in _PREDICATE
        else token
        for at, token in enumerate(tokens)
    )
