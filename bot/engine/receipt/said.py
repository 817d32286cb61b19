"""What is said in captions: how many lines came, and which words are others now."""

from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher

from bot.engine.captions import spoken
from bot.engine.composition import Captions
from bot.engine.layout import Placed, Timeline
from bot.engine.receipt.change import Change
from bot.engine.receipt.fact import Fact, listed
from bot.engine.receipt.words import colour, place

_FEW_CHANGES = 3
_MARKS = ".,;:!?…\"'“”’()"


def captions(change: Change) -> Iterator[Fact]:
    """Tell which captions are new, and what they say now; what is true of all pieces once."""
    yield from dict.fromkeys(_facts(change))


def _facts(change: Change) -> Iterator[Fact]:
    said: set[str] = set()
    for old, new in change.stayed:
        before, after = old.item, new.item
        if isinstance(before, Captions) and isinstance(after, Captions) and before.id not in said:
            said.add(before.id)
            yield from _other_words(change, before, after)
            yield from _elsewhere(change, old)
    known = {placed.item.id for pieces in change.pieces.values() for placed in pieces}
    for new in change.new.in_order:
        if isinstance(new.item, Captions) and new.item.id not in known:
            yield Fact(f"Added captions: {_lines(change.new, new.item)} {_look(new.item)}")


def _look(captions: Captions) -> str:
    where = place(captions.transform)
    return f"in {colour(captions.style.color)} " + (where if "%" in where else f"at the {where}")


def _lines(timeline: Timeline, captions: Captions) -> str:
    number = len(spoken(timeline, captions))
    return f"{number} line{'' if number == 1 else 's'}"


def _other_words(change: Change, old: Captions, new: Captions) -> Iterator[Fact]:
    if old.cues == new.cues:
        return
    if any(_by_start(new, clip).keys() - _by_start(old, clip).keys() for clip in new.cues):
        was = len(spoken(change.old, old))
        yield Fact(f"The captions have {_lines(change.new, new)} now (was {was})")
        return
    changed = [*_changed(old, new)]
    alike: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for each in changed:
        once = {(before.casefold(), after.casefold()): (before, after) for before, after in each}
        for words in once:  # “Teh” to “The” is the same as “teh” to “the”
            alike.setdefault(words, []).append(once[words])
    if len(alike) > _FEW_CHANGES:
        yield Fact(f"Changed the words of {_captions(len(changed))}")
        return
    for pairs in alike.values():
        yield Fact(_told(*max(pairs), _captions(len(pairs))))


def _elsewhere(change: Change, old: Placed) -> Iterator[Fact]:
    """Tell where captions are seen, if more or less of the film is without them now."""
    pieces = change.pieces[old.item.id]
    without = change.new.duration - sum(piece.frames for piece in pieces)
    if without != change.old.duration - old.frames:
        yield Fact(f"The captions are seen at {listed([change.span(each) for each in pieces])} now")


def _told(before: str, after: str, where: str) -> str:
    if not after:
        return f"Took “{before}” out of {where}"
    return (
        f"Changed “{before}” to “{after}” in {where}" if before else f"Added “{after}” to {where}"
    )


def _captions(number: int) -> str:
    return f"{number} caption{'' if number == 1 else 's'}"


def _by_start(captions: Captions, clip: str) -> Mapping[float, str]:
    """What the cues of a clip say, by when they begin."""
    return {cue.start: cue.text for cue in captions.cues.get(clip, ())}


def _changed(old: Captions, new: Captions) -> Iterator[list[tuple[str, str]]]:
    """For each cue that says something else, which words gave way to which."""
    for clip in old.cues:
        now = _by_start(new, clip)
        for start, text in _by_start(old, clip).items():
            if text != now.get(start, ""):
                yield sorted(_replaced(text.split(), now.get(start, "").split()))


def _replaced(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str, str]]:
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind != "equal":
            yield " ".join(old[a:b]).strip(_MARKS), " ".join(new[c:d]).strip(_MARKS)
