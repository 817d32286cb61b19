"""Making things shorter or longer: trim, cut, keep, split."""

from collections.abc import Sequence

from bot.adapters.planners.offline.outcomes import Miss, Step, ask, refuse
from bot.adapters.planners.offline.phrases import Edge, Reference, Stretch, Time, Word
from bot.adapters.planners.offline.rules.rule import rule
from bot.adapters.planners.offline.say import WITHIN, Aim, Say, outside
from bot.adapters.planners.offline.scene import Scene, selector
from bot.adapters.planners.offline.spans import Span, located, span, split_piece
from bot.adapters.planners.offline.wants import MAIN
from bot.engine.layout import Placed
from bot.engine.operations import AnyOperation, Cut, Delete, Keep, Trim
from bot.engine.timebase import timecode
from bot.ports import Choice

_LEAST_LEFT = 0.25  # of the film; a "cut A-B" that leaves less may have meant "keep A-B"

SAME = 0.02  # seconds


def keep_stretch(say: Say) -> Step:
    """“keep only 0:02-0:06”, “keep the first 2 seconds of the beach”."""
    if not say.word("keep"):
        _check_only(say)
    if piece := split_piece(say):
        return _keep_piece(say, piece.seconds())
    found = span(say, open_ended=False)
    if found is None:
        raise Miss
    aim = say.aim(*WITHIN)
    say.close()
    if not aim.named or aim.whole:
        start, end = found.seconds()
        return Step((Keep(start=start, end=end),), kept=True)
    item = aim.one()
    start, end = located(aim, found, item)
    low = say.scene.span(item)[0]
    trim = Trim(
        selector=selector([item]), keep_from=round(start - low, 6), keep_to=round(end - low, 6)
    )
    return Step((trim,), (item.item.id,), kept=True)


def _keep_piece(say: Say, kept: tuple[float, float]) -> Step:
    """“cut the beach in half, keep the first half”: the other pieces go."""
    say.take(Reference, "")
    say.close()
    gone = tuple(piece for piece in say.scene.pieces if piece != kept)
    if not gone:
        raise Miss
    return Step((Cut(ranges=gone),), kept=True)


def _check_only(say: Say) -> None:
    """“just the first 6 seconds”, and no verb."""
    timed = say.peek(Edge, "") or say.peek(Stretch, "")
    words = [word.text for word in say.clause.words()]
    if not timed or say.clause.has_verb or not {"only", "just"} & set(words[:1]):
        raise Miss
    if say.scene.last is not None and not say.references():
        raise ask("Shall I keep only that, or do the last edit only there? Say it with the verb.")


def keep_items(say: Say) -> Step:
    """“keep only the second clip”: the rest of the main track goes."""
    word = say.need_word("keep")
    texts = [w.text for w in say.clause.words()]
    if "only" not in word.text and "just" not in word.text and not {"only", "just"} & set(texts):
        raise Miss
    aim = say.aim("")
    say.close()
    kept = {placed.item.id for placed in aim.items(MAIN)}
    gone = [placed for placed in say.scene.clips() if placed.item.id not in kept]
    if not aim.named:
        raise Miss
    if not kept & {p.item.id for p in say.scene.clips()}:
        raise ask("Shall everything else be deleted? Then say what, such as “delete the clips”.")
    if not gone:
        raise refuse("There is nothing else on the main track; nothing was changed.")
    return Step((Delete(selector=selector(gone)),), tuple(kept))


def remove_stretch(say: Say) -> Step:
    """“cut 0:02-0:04”, “remove the first 2 seconds of the beach”, “delete all after 0:10”."""
    word = say.need_word("remove, cut off, cut, trim, take, mute away")
    if say.peek(Edge, "to") or say.peek(Stretch, "to"):
        raise Miss
    piece = split_piece(say)
    spans = [piece] if piece else _spans(say)
    told = spans[0].edge and (spans[0].edge.own or word.text == "removed")
    subject = ("",) if told else ()
    aim = say.aim(*subject, *WITHIN)
    say.close()
    if _is_amount(spans[0], aim):
        raise ask(
            "Is that a length or a stretch? Say “cut 2 seconds off the end” or “cut 0:01-0:02”."
        )
    if word.meanings == {"trim"} and isinstance(spans[0].chunk.value, Stretch) and not piece:
        raise _keep_or_remove(say, spans[0].seconds())
    own = spans[0].edge is not None and spans[0].edge.own
    if (not aim.named and not own) or aim.whole:
        ranges = tuple(found.seconds() for found in spans)
        _check_left(
            say, "cut" in word.meanings and "remove" not in word.meanings, word.noun, ranges
        )
        return Step((Cut(ranges=ranges),))
    item = aim.one()
    operations = [_removed(say.scene, aim, found, item) for found in spans]
    return Step(tuple(operations), (item.item.id,))


def remove_from(say: Say) -> Step:
    """“take out 90 s starting at 3:00”."""
    say.need_word("remove, cut off, cut, take")
    length = say.take(Time, "")
    start = say.chunk(Time, "starting at", "starting from", "beginning at", "from", "after")
    say.close()
    if length is None or start is None:
        raise Miss
    low, high = start.value.seconds, start.value.seconds + length.seconds
    if not low < high <= say.scene.duration + SAME:
        raise outside(say.scene, high)
    return Step((Cut(ranges=((low, min(high, say.scene.duration)),)),))


def _is_amount(found: Span, aim: Aim) -> bool:
    """“cut 1-2 seconds from the beach”: that may be roughly how much."""
    value = found.chunk.value
    if not isinstance(value, Stretch) or found.chunk.prep or aim.ref is None:
        return False
    bounds = (value.start, value.end)
    bare = isinstance(bounds[0], Time) and bounds[0].raw.replace(".", "").isdigit()
    unit = isinstance(bounds[1], Time) and bounds[1].form == "unit"
    return bare and unit and aim.ref.prep in ("from", "off", "off of")


def _spans(say: Say) -> list[Span]:
    found = span(say)
    if found is None:
        raise Miss
    spans = [found]
    while chunk := say.chunk(Stretch, ""):
        spans.append(Span(say.scene, chunk))
    return spans


def _removed(scene: Scene, aim: Aim, found: Span, item: Placed) -> AnyOperation:
    """Take a stretch out of one item: at its edges it is trimmed."""
    start, end = located(aim, found, item)
    low, high = scene.span(item)
    whole = start <= low + SAME and end >= high - SAME
    if found.edge and not whole:
        head = round(end - start, 6)
        if found.edge.side == "first":
            return Trim(selector=selector([item]), head=head)
        return Trim(selector=selector([item]), tail=head)
    if item.track == "main":
        return Cut(ranges=((start, end),))
    return Delete(selector=selector([item]), start=start, end=end)


def _check_left(say: Say, cut: bool, noun: bool, ranges: Sequence[tuple[float, float]]) -> None:
    """“cut A-B” may mean to keep only that: ask where removing it leaves next to nothing."""
    gone = sum(end - start for start, end in ranges)
    if noun or (cut and gone > (1 - _LEAST_LEFT) * say.scene.duration):
        raise _keep_or_remove(say, ranges[0])


def _keep_or_remove(say: Say, stretch: tuple[float, float]) -> Exception:
    named = f"{exactly(stretch[0])} to {exactly(stretch[1])}"
    first, last = say.clause.span(say.scene.source)
    text = say.scene.request.text
    return ask(
        f"Shall I remove {named}, or keep only that?",
        Choice(f"Remove {named}", f"{text[:first]}remove from {named}{text[last:]}"),
        Choice(f"Keep only {named}", f"{text[:first]}keep only {named}{text[last:]}"),
    )


def exactly(seconds: float) -> str:
    """A moment as text that reads back as the same moment."""
    return timecode(seconds) if round(seconds * 10, 6).is_integer() else f"{seconds:g}s"


def only_stretch(say: Say) -> Step:
    """“kiss from 0:01 to 0:03 only”: that part of a clip of the main track stays."""
    only = say.chunk(Word, test=lambda chunk: chunk.value.text in ("only", "just"))
    found = say.chunk(Stretch) or say.chunk(Edge, "", "in", "for")
    if only is None or found is None or say.clause.has_verb:
        raise Miss
    aim = say.aim("")
    say.close()
    if not aim.named or aim.whole:
        raise Miss
    item, within = aim.one(), Span(say.scene, found)
    if item.track != "main":
        raise Miss
    low, high = say.scene.span(item)
    start, end = located(aim, within, item)
    own = within.seconds(item) if within.fits(item) else (start, end)
    if own != (start, end):
        raise ask(
            f"“{item.item.label}” is at {timecode(low)}–{timecode(high)}: are these times of the "
            "film, or counted from its own start?",
            *(_kept(item, each, low) for each in ((start, end), own)),
        )
    return Step((_keeping(item, (start, end), low),), (item.item.id,))


def _keeping(item: Placed, kept: tuple[float, float], low: float) -> Trim:
    start, end = (round(each - low, 6) for each in kept)
    return Trim(selector=selector([item]), keep_from=start, keep_to=end)


def _kept(item: Placed, kept: tuple[float, float], low: float) -> Choice:
    own = f"{exactly(kept[0] - low)}-{exactly(kept[1] - low)}"
    return Choice(
        f"Keep {timecode(kept[0])}–{timecode(kept[1])} of the film",
        f"keep only {own} of @{item.item.id}",
    )


ONLY = rule(only_stretch)
RULES = (
    rule(keep_stretch),
    rule(keep_items, "keep"),
    rule(remove_from, "remove, cut off, cut, take"),
    rule(remove_stretch, "remove, cut off, cut, trim, take"),
)
