"""What there is and in which order: delete, move, swap, duplicate, replace."""

from bot.adapters.planners.offline.asking import place
from bot.adapters.planners.offline.outcomes import Miss, Step, Talk, ask, refuse
from bot.adapters.planners.offline.phrases import (
    Break,
    Chunk,
    Number,
    Point,
    Reference,
    Unknown,
    Word,
)
from bot.adapters.planners.offline.references import TEXTS
from bot.adapters.planners.offline.resolve import find
from bot.adapters.planners.offline.rules.rule import rule
from bot.adapters.planners.offline.say import Say
from bot.adapters.planners.offline.scene import Scene, by_ids, selector
from bot.adapters.planners.offline.vocabulary.numbers import ORDINALS
from bot.adapters.planners.offline.wants import ANY, MAIN
from bot.engine.layout import Placed
from bot.engine.operations import Delete, Move, Reorder
from bot.ports import Choice


def delete(say: Say) -> Step | Talk:
    """“delete the second clip”, “take the title off”."""
    word = say.need_word("remove, cut")
    if word.noun:
        raise Miss
    aim = say.aim("", "at")
    say.close()
    if not aim.named:
        raise ask("What shall I delete?", *_each(say, say.scene.timeline.in_order))
    ref = aim.reference
    if ref is not None and aim.ref is not None and aim.ref.prep == "at" and not ref.ids:
        raise Miss  # “cut at the crowd”: where, not what
    if ref is not None and say.scene.kept and ref.words.endswith(("rest", "else", "others")):
        return Talk("The rest is cut away.")
    if ref is not None:
        _check_role(say.scene, ref)
    if ref is not None and ref.pronoun and _takes_effect_back(say):
        raise ask("Shall I delete it, or undo the last edit? Say “delete it” or “undo”.")
    items = aim.items(ANY)
    explicit = ref is not None and (ref.ids or any(part.ids for part in ref.parts))
    clips = {placed.item.id for placed in say.scene.clips()}
    if len(clips) > 1 and clips <= {placed.item.id for placed in items} and not explicit:
        ids = " and ".join(f"@{placed.item.id}" for placed in items)
        raise ask(
            "That would delete every clip of the film. Shall I really delete everything "
            "that you named?",
            Choice("Delete them", f"delete {ids}"),
        )
    return Step((Delete(selector=selector(items)),))


def _takes_effect_back(say: Say) -> bool:
    """“remove it again”, after an edit of something that was there before."""
    diff = say.scene.last.diff if say.scene.last else None
    again = "again" in [word.text for word in say.clause.words()]
    return again and diff is not None and any(old for old, _ in diff.items.values())


def _check_role(scene: Scene, ref: Reference) -> None:
    """Make sure which clip is the intro or outro where none is called so.

    Raises:
        Unclear: Only its place tells, which is too little to delete or exchange it.
    """
    for part in ref.parts or (ref,):
        if part.kind not in ("intro", "outro") or part.name or part.numbers:
            continue
        found = find(scene.copied(), part)
        if not any(part.kind in p.item.label.casefold() for p in found):
            first, last = place(scene, part)
            raise ask(
                f"No clip is called “{part.kind}”. Do you mean this one?",
                *(scene.choice(p, first, last) for p in found),
            )


def delete_piece(say: Say) -> Step:
    """“drop the middle”: the middle clip; the start or the end need a length."""
    say.need_word("remove, cut")
    point = say.need(Point, "")
    say.close()
    if point.name != "middle":
        raise ask(f"How much of the {point.name} shall I cut off? Say “cut the last 2 seconds”.")
    middle = Reference("the middle", kind="clip", which="middle", definite=True)
    return Step((Delete(selector=selector(find(say.scene, middle, MAIN))),))


def _each(say: Say, items: tuple[Placed, ...]) -> list[Choice]:
    """The message with each of some items put in as its object."""
    scene, text = say.scene, say.scene.request.text
    at = scene.slot
    gap = "" if at == 0 or text[at - 1].isspace() else " "
    return [
        Choice(scene.label(p), f"{text[:at]}{gap}@{p.item.id} {text[at:]}".strip()) for p in items
    ]


def move_beside(say: Say) -> Step:
    """“put the beach after the outro”, “move clip 3 between clip 1 and clip 2”."""
    plain = all(
        isinstance(c.value, Reference) or getattr(c.value, "idle", False) for c in say.clause.chunks
    )
    if not say.word("move, put, add, play, start, go, come") and not _should(say) and not plain:
        raise Miss
    say.words("right after, go, come")
    target = say.chunk(Reference, "")
    beside = say.chunk(Reference, "after", "before", "right after", "right before", "just before",
                       "just after", "between", "in between", "straight after", "directly after",
                       "behind", "in front of")  # fmt: skip
    if (
        target is None
        or beside is None
        or (target.value.kind in ("title", "text") and not target.value.definite)
    ):
        raise Miss
    say.close()
    scene = say.scene
    moved = find(scene, target.value, MAIN)
    where = find(scene, beside.value, MAIN)
    if any(p.track != "main" for p in moved):
        return _free_beside(scene, moved, where, beside.prep)
    place = (
        {"before": by_ids(where[0].item.id)}
        if beside.prep in _AHEAD
        else {"after": by_ids(where[0].item.id)}
    )
    if "between" in beside.prep:
        _check_neighbours(scene, moved, where, beside.value)
    if "between" not in beside.prep and len(where) != 1:
        raise ask(f"Next to which clip? “{beside.value.words}” are {len(where)}.")
    return Step((Move(selector=selector(moved), **place),), ids(moved))


def _check_neighbours(
    scene: Scene, moved: tuple[Placed, ...], where: tuple[Placed, ...], ref: Reference
) -> None:
    """“between A and B”: only where nothing else stands between them.

    Raises:
        Unclear: Something does, so that there are several places.
    """
    row = [p.item.id for p in scene.clips() if p.item.id not in ids(moved)]
    places = sorted(row.index(p.item.id) for p in where if p.item.id in row)
    if len(places) != 2 or places[1] - places[0] != 1:
        raise ask(f"There is more than one place between “{ref.words}”. After which clip?")


_AHEAD = ("before", "right before", "just before", "in front of")


def _should(say: Say) -> bool:
    return any(
        word.text in ("should", "should be", "needs to", "must") for word in say.clause.words()
    )


def _free_beside(
    scene: Scene, moved: tuple[Placed, ...], where: tuple[Placed, ...], prep: str
) -> Step:
    """An overlay or sound goes to the time right before or behind something.

    Raises:
        Unclear: “Behind” and “in front of” may speak of layers.
    """
    if prep in ("behind", "in front of"):
        raise ask(
            "Shall it be covered by the other, or come later? Say “send it to the back”, or give "
            "a time."
        )
    start, end = scene.span(where[0])
    length = max(scene.seconds(p.frames) for p in moved)
    at = max(0.0, start - length) if prep in _AHEAD else end
    return Step((Move(selector=selector(moved), at=at),), ids(moved))


def ids(items: tuple[Placed, ...]) -> tuple[str, ...]:
    return tuple(placed.item.id for placed in items)


def move_to_place(say: Say) -> Step:
    """“move the outro to the start”, “put the last clip first”, “move clip 3 to position 2”."""
    light = say.word("move, put, make, start, end, add, play, go, come, set, change, use")
    plain = (say.peek(Point, "to") and not say.clause.has_verb) or _is_rank_alone(say)
    if light is None and not _should(say) and not plain:
        raise Miss
    say.words("go, come, play")
    index = _position(say, light)
    if light is not None and light.meanings & {"start", "end"} and say.peek(Reference, "with"):
        films = ("film", "video")
        say.chunk(Reference, "", test=lambda c: c.value.pronoun or c.value.kind in films)
    aim = say.aim("", "with") if index == 0 else say.aim("", "with", "on")
    say.close()
    if index is None:
        raise Miss
    if aim.ref is None and not aim.named:
        raise Miss
    if light is not None and "add" in light.meanings and _is_new_text(aim.reference):
        raise Miss  # “add some text to clip 2”
    items = aim.items(MAIN)
    if light is not None and light.text in _ADDING and not say.scene.brought():
        raise _once_more(items[0], index)
    if any(p.track != "main" for p in items):
        return _free_to(say, items, index)
    if isinstance(index, int) and not -len(say.scene.clips()) <= index < len(say.scene.clips()):
        raise ask(f"There are only {len(say.scene.clips())} clips. To which position?")
    return Step((Move(selector=selector(items), index=index),), ids(items))


def _is_new_text(ref: Reference | None) -> bool:
    return ref is not None and ref.kind in TEXTS and not (ref.definite or ref.plural)


def _is_rank_alone(say: Say) -> bool:
    """“sunset first”, “crowd last”: a thing and its place, and nothing else."""
    said = [c for c in say.clause.chunks if not isinstance(c.value, Break)]
    thing = isinstance(said[0].value, Reference) and not said[0].prep
    if not thing or len(said) != 2:
        return False
    at_edge = said[1].value in (Point("start"), Point("end")) and said[1].prep == "at"
    return at_edge or getattr(said[1].value, "text", "") in ("first", "last")


def _once_more(item: Placed, index: int) -> Exception:
    """“add the intro at the end”: another one, or that one?"""
    key, place = item.item.id, "start" if index == 0 else "end"
    return ask(
        f"“{item.item.label}” is on the timeline already. Shall I move it, or add a copy?",
        Choice("Move it", f"move @{key} to the {place}"),
        Choice("Add a copy", f"copy @{key} to the {place}"),
    )


def _position(say: Say, light: Word | None) -> int | None:
    """Which place on the main track is meant: 0 the first, −1 the last."""
    if say.word("position"):
        number = say.take(Number, "", "to", "in", "at", "number")
        return int(number.value) - 1 if number and number.value >= 1 else None
    point = say.chunk(Point, "to", "at", "in", "into", "on")
    if point is not None and point.value.name in ("start", "end"):
        return 0 if point.value.name == "start" else -1
    for at, chunk in enumerate(say.clause.chunks):
        text = chunk.value.text if isinstance(chunk.value, Word) else ""
        if at not in say.used and text in _ADVERBS:
            say.used.add(at)
            return _ADVERBS[text]
    ordinal = say.chunk(Unknown, test=lambda c: c.value.text in ORDINALS)
    if ordinal is not None:
        say.chunk(Word, test=lambda c: c.value.text == "place")
        return ORDINALS[ordinal.value.text] - 1
    spot = say.chunk(Reference, "", "as", "to", "in", "into", "at", test=lambda c: _is_rank(say, c))
    if spot is not None:
        if not spot.value.numbers:
            return 0 if spot.value.kind == "intro" else -1
        rank: int = spot.value.numbers[0]
        return rank - 1 if rank > 0 else rank
    if light is not None and "start" in light.meanings and say.peek(Reference, "with"):
        return 0
    if light is not None and "end" in light.meanings and say.peek(Reference, "with", "on"):
        return -1
    return None


_ADDING = ("add", "insert", "include", "append")

_ADVERBS = {
    "first": 0,
    "to front": 0,
    "to the front": 0,
    "last": -1,
    "lastly": -1,
    "finally": -1,
    "to the back": -1,
}


def _is_rank(say: Say, chunk: Chunk) -> bool:
    """“the first clip” as a place to go to: never the thing that is moved, which comes before."""
    ref = chunk.value
    ranked = len(ref.numbers) == 1 and ref.count == 1 and ref.kind in ("", "clip", "video")
    ranked = ranked or (ref.kind in ("intro", "outro") and len(ref.noun.split()) > 1)
    ranked = ranked or (ref.noun in _ROLES and ref.definite and say.clause.means("make"))
    ahead = [
        c for c in say.clause.chunks if isinstance(c.value, Reference) and c.first < chunk.first
    ]
    return ranked and bool(ahead) and not ref.name


_ROLES = ("opener", "opening", "closer", "closing")  # “make the talk the opener”


def _free_to(say: Say, items: tuple[Placed, ...], index: int) -> Step:
    scene = say.scene
    if index not in (0, -1):
        raise ask("Only clips of the main track have a position. To which time shall it move?")
    length = max(scene.seconds(p.frames) for p in items)
    at = 0.0 if index == 0 else max(0.0, scene.duration - length)
    return Step((Move(selector=selector(items), at=round(at, 6)),), ids(items))


def swap(say: Say) -> Step:
    """“swap the intro and the outro”, “swap clip 2 with the last one”."""
    say.need_word("swap")
    say.words("position, reorder")
    first = say.chunk(Reference, "", "of", "between")
    numbers = say.all(Number) if first is None else []
    if first is None and len(numbers) != 2:
        raise Miss
    second = say.chunk(Reference, "with", "and", "to")
    say.close()
    for named in (first, second):
        if named is not None:
            _check_role(say.scene, named.value)
    row = say.scene.clips()
    if first is not None and second is None and first.value.plural and first.value.pronoun:
        items = row if len(row) == _PAIR else find(say.scene, first.value, MAIN)
    else:
        items = find(say.scene, first.value, MAIN) if first else _by_number(say.scene, numbers)
    if second is not None:
        items += find(say.scene, second.value, MAIN)
    if len(items) != 2:
        raise ask("I can swap two clips. Which two?")
    if any(p.track != "main" for p in items):
        raise ask(
            "Only clips of the main track can be swapped; say to which time the other should move."
        )
    one, two = sorted(items, key=lambda placed: placed.index)
    return Step((Reorder(order=(selector([two]), selector([one]))),), ids(items))


_PAIR = 2


def _by_number(scene: Scene, numbers: list[Number]) -> tuple[Placed, ...]:
    row = scene.clips()
    if any(not 1 <= n.value <= len(row) or not n.value.is_integer() for n in numbers):
        raise ask(f"There are only {len(row)} clips. Which two shall I swap?")
    return tuple(row[int(n.value) - 1] for n in numbers)


def reverse_order(say: Say) -> Step:
    """“reverse the order of the clips”."""
    word = say.need_word("reverse order, reverse")
    say.words("make, put, play, move, reorder")
    aim = say.aim()
    say.close()
    if word.text.startswith("other way") and aim.ref is None:
        raise Miss  # “no, the other way round”: of what was said before
    row = [p for p in aim.items(MAIN) if p.track == "main"] if aim.ref else list(say.scene.clips())
    if "reverse order" not in word.meanings and not (
        aim.ref and len(row) > 1 and aim.ref.value.kind == "clip"
    ):
        raise Miss
    if len(row) < 2:
        raise refuse("There is only one clip, so there is no order to reverse.")
    return Step((Reorder(order=tuple(selector([p]) for p in reversed(row))),))


def reorder(say: Say) -> Step:
    """“reorder: outro, intro, beach”, “change the order to 3, 1, 2”."""
    say.need_word("reorder")
    say.words("put, make, change, play, show, move, reorder")
    items: list[Placed] = []
    say.chunk(Reference, "", "of", test=lambda c: _is_row(c.value))
    for ref in say.all(Reference):
        items += find(say.scene, ref, MAIN) if not say.left() else []
    numbers = say.all(Number)
    say.close()
    row = say.scene.clips()
    for number in numbers:
        if not 1 <= number.value <= len(row):
            raise ask(f"There are only {len(row)} clips. In which order?")
        items.append(row[int(number.value) - 1])
    if len(items) < 2:
        raise ask("In which order? Name the clips or their numbers, such as “order: 3, 1, 2”.")
    if len({p.item.id for p in items}) != len(items):
        raise ask("That order names a clip twice. In which order do you want them?")
    if len(items) < len(row) and len(row) - len(items) > 0 and numbers:
        raise ask(f"There are {len(row)} clips and you named {len(items)}. In which order?")
    return Step((Reorder(order=tuple(selector([p]) for p in items)),))


def _is_row(ref: Reference) -> bool:
    """“the clips”, “them”: what is to be put in order, before the order itself."""
    return ref.plural and not ref.parts and (ref.pronoun or ref.kind in ("clip", "video"))


FIRST = (rule(delete, "remove, cut"), rule(delete_piece, "remove, cut"))
RULES = (
    rule(swap, "swap"),
    rule(reorder, "reorder"),
    rule(reverse_order, "reverse order, reverse"),
)
MOVES = (rule(move_beside), rule(move_to_place))
