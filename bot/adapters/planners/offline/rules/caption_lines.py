"""A single line of the captions: “change the second caption to "Hi"”, “delete the last caption”."""

from bot.adapters.planners.captioning import there_are
from bot.adapters.planners.offline.outcomes import Miss, Step, ask
from bot.adapters.planners.offline.phrases import Quote, Reference, Time
from bot.adapters.planners.offline.rules.rule import rule
from bot.adapters.planners.offline.say import Say
from bot.adapters.planners.offline.scene import Scene
from bot.engine.captions import spoken
from bot.engine.composition import Captions, Text
from bot.engine.operations import Reword
from bot.ports import Choice

_BY_WORDS = (
    "Single lines of the captions are changed by their words: say “replace 'teh' with 'the' in the "
    "captions”. Nothing was changed."
)


def line(say: Say) -> Step:
    """The line that is shown as the n-th in other words, or without words.

    Raises:
        Miss: No single line of captions that are there is meant.
        Unclear: It is not certain which line, or it cannot be done to a line.
    """
    captions = [p for p in say.scene.timeline.placed if isinstance(p.item, Captions)]
    chunk = say.chunk(Reference, test=lambda c: _is_line(c.value))
    if not captions or chunk is None or say.clause.means("add, write, undo, redo") or _is_text(say):
        raise Miss
    if not (chunk.value.numbers or chunk.value.parts) and _is_look(say):
        raise Miss
    gone = say.words("remove") and not say.peek(Quote)
    said = None if gone else _new_words(say)
    if not (gone or said) or say.left():
        raise _unsure(say.scene, chunk.value)
    old = _shown(say.scene, chunk.value)
    return Step((Reword(find=old, text=said or ""),), tuple(p.item.id for p in captions))


def _new_words(say: Say) -> str:
    say.words("change, make, replace, say, put, is")
    quote = say.take(Quote, "", "to", "with", "into")
    return quote.text if quote else ""


def _is_line(ref: Reference) -> bool:
    """“the caption”, “subtitle 2”, “the first two captions”, “the first caption and the last”."""
    if ref.parts:
        return any(map(_is_line, ref.parts))
    single = ref.definite and not ref.plural
    return ref.kind in ("caption", "subtitle") and not ref.says and bool(single or ref.numbers)


def _is_look(say: Say) -> bool:
    """“make the caption bigger”: all of them, where no title can be meant."""
    titles = any(isinstance(p.item, Text) for p in say.scene.timeline.placed)
    one = say.clause.means("remove, hide, off, turn off") or say.peek(Quote) or say.peek(Time)
    return not (titles or one)


def _is_text(say: Say) -> bool:
    """“the caption 'Hello'”, where a title says so."""
    quotes = {c.value.text.casefold() for c in say.clause.chunks if isinstance(c.value, Quote)}
    placed = say.scene.timeline.placed
    return any(isinstance(p.item, Text) and p.item.text.casefold() in quotes for p in placed)


def _shown(scene: Scene, ref: Reference) -> str:
    """What the line says that is meant.

    Raises:
        Unclear: There is none, or others say the same.
    """
    items = [p.item for p in scene.timeline.placed if isinstance(p.item, Captions)]
    lines = [each for item in items for each in spoken(scene.timeline, item)]
    shown = [each.text for each in sorted(lines, key=lambda each: each.start)]
    if len(ref.numbers) != 1 or ref.count > 1 or ref.every or ref.parts:
        raise _unsure(scene, ref)
    number = ref.numbers[0]
    if not 0 < abs(number) <= len(shown):
        raise ask(f"The captions have {len(shown)} lines. Which one do you mean?")
    old = shown[number - 1 if number > 0 else number]
    cues = [cue.text for row in there_are(scene.comp).values() for cue in row]
    if any(sum(_holds(each, old) for each in texts) != 1 for texts in (shown, cues)):
        raise ask(f"More than one caption says “{old}”. {_BY_WORDS}")
    return old


def _holds(text: str, old: str) -> bool:
    return " ".join(old.casefold().split()) in " ".join(text.casefold().split())


def _unsure(scene: Scene, ref: Reference) -> Exception:
    if ref.numbers or ref.parts:
        return ask(_BY_WORDS)
    src = scene.source
    start, end = src.tokens[ref.first].start, src.tokens[ref.last - 1].end
    every = f"{src.message[:start]}the captions{src.message[end:]}"
    return ask(f"All captions, or one line? {_BY_WORDS}", Choice("All captions", every))


RULE = rule(line)
