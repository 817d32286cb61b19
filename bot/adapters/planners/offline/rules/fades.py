"""Fades of single items and of the film, and transitions between clips."""

from typing import Any

from bot.adapters.planners.offline.outcomes import Miss, Step, already, ask, refuse
from bot.adapters.planners.offline.phrases import Colour, Edge, Number, Point, Reference, Time
from bot.adapters.planners.offline.rules.rule import rule
from bot.adapters.planners.offline.say import Aim, Say
from bot.adapters.planners.offline.scene import Scene, selector
from bot.adapters.planners.offline.wants import ANY, SOUND
from bot.engine.composition import Audio
from bot.engine.layout import Placed
from bot.engine.operations import AnyOperation, Update
from bot.ports import Choice

_USUAL = 1.0


def fade(say: Say) -> Step:
    """“fade to black at the end”, “fade the music out over the last 3 seconds”."""
    sides = _fade_sides(say)
    if not sides and say.peek(Time, "in"):
        sides.add("fade_in")  # “fade the music in 1 s”
    say.words("add, put, give, make, have, do, use, apply, set, start, end")
    length = _fade_length(say)
    _black(say, sides)
    point = say.chunk(Point, "at", "from", "on", "in", "")
    edge = say.chunk(Edge, "over", "for", "in", "during", "", "across", "at", "within")
    sides = sides or _sides_before(say)
    heard = _with_sound(say)
    every = say.words("whole time")
    if length is None:
        length = _fade_length(say)
    aim = say.aim()
    if aim.reference is not None and aim.reference.says and not aim.reference.definite:
        raise Miss  # “a title saying 'Hi' that fades in” is still to be added
    say.close()
    if every:
        raise Miss
    if edge is not None and length is not None:
        raise Miss  # two lengths
    if edge is not None:
        sides, length = _of_edge(edge.value, sides)
    if point is not None:
        sides = _of_point(point.value, sides)
    if not sides:
        raise ask("Shall it fade in at its start, or out at its end?")
    at_point = point is not None or edge is not None
    step = _faded(say, aim, sides, length or _USUAL, placed_in_time=at_point)
    return _and_sound(say, step, sides, length or _USUAL) if heard else step


def _sides_before(say: Say) -> set[str]:
    """“fade to black at the end and fade the music too”: the same way."""
    scene, sides = say.scene, set[str]()
    for key, item in scene.after.items.items():
        old = scene.comp.items.get(key)
        for side in ("fade_in", "fade_out") if say.clause.joined and old is not None else ():
            if getattr(item, side) and getattr(item, side) != getattr(old, side):
                sides.add(side)
    return sides if len(sides) == 1 else set()


def _with_sound(say: Say) -> bool:
    """“…, picture and music”: all that is seen and heard."""
    return say.chunk(Reference, "", "with", test=lambda c: _is_seen_and_heard(c.value)) is not None


def _is_seen_and_heard(ref: Reference) -> bool:
    kinds = {part.kind or "video" for part in ref.parts}
    seen = kinds & {"image", "video", "film"}
    plain = not any(part.name or part.numbers for part in ref.parts)
    return len(ref.parts) == 2 and bool(seen) and "music" in kinds and plain


def _and_sound(say: Say, step: Step, sides: set[str], seconds: float) -> Step:
    """The fades of the sounds that are heard at that edge of the film, beside those of the film."""
    scene, operations = say.scene, list(step.operations)
    sounds = scene.fitting(SOUND)
    last = max((placed.end for placed in sounds), default=0)
    for placed in sounds:
        edges = {"fade_in": placed.start == 0, "fade_out": placed.end == last}
        if any(edges[side] for side in sides):
            values: dict[str, Any] = {side: seconds for side in sides if edges[side]}
            if "fade_out" in values and _outlasts(placed):
                values["to_end"] = True
            operations.append(Update(selector=selector([placed]), **values))
    return Step(tuple(operations), step.about)


def _fade_sides(say: Say) -> set[str]:
    sides: set[str] = set()
    found = False
    while word := say.word("fade in, fade out, fade both, fade"):
        found = True
        if word.meanings & {"fade in", "fade both"}:
            sides.add("fade_in")
        if word.meanings & {"fade out", "fade both"}:
            sides.add("fade_out")
    if not found:
        raise Miss
    texts = [
        getattr(c.value, "text", "") for n, c in enumerate(say.clause.chunks) if n not in say.used
    ]
    for text, side in (("out", "fade_out"), ("in", "fade_in")):
        if text in texts:
            at = next(
                n
                for n, c in enumerate(say.clause.chunks)
                if getattr(c.value, "text", "") == text and n not in say.used
            )
            say.used.add(at)
            sides.add(side)
    return sides


def _fade_length(say: Say) -> float | None:
    time = say.take(Time, "", "for", "over", "of", "to", "in", "lasting", "within", "with")
    if time is not None:
        return time.seconds
    number = say.take(Number, "for", "over", "")
    if number is None:
        return None
    say.scene.assume(f"“{number.raw}” was taken for seconds.")
    return number.value


def _black(say: Say, sides: set[str]) -> None:
    """“to black” means out, “from black” in; other colours do not exist."""
    colour = say.chunk(Colour, "to", "from", "into", "through", "")
    if colour is None:
        return
    if colour.value.hex != "#000000":
        raise ask(f"I can fade to black, not to {colour.value.raw}. Shall I fade to black?")
    sides.add("fade_in" if colour.prep == "from" else "fade_out")


def _of_edge(edge: Edge, sides: set[str]) -> tuple[set[str], float]:
    wanted = "fade_in" if edge.side == "first" else "fade_out"
    if not isinstance(edge.amount, Time) or (sides and sides != {wanted}):
        raise Miss
    return {wanted}, edge.amount.seconds


def _of_point(point: Point, sides: set[str]) -> set[str]:
    wanted = {"start": "fade_in", "end": "fade_out"}.get(point.name)
    if wanted is None or (sides and wanted not in sides):
        raise Miss
    return {wanted}


def _faded(say: Say, aim: Aim, sides: set[str], seconds: float, *, placed_in_time: bool) -> Step:
    scene: Scene = say.scene
    items = _fading(say, aim, placed_in_time)
    if not items:
        return _film_fade(scene, sides, seconds)
    operations: list[AnyOperation] = []
    for placed in items:
        _check_length(scene, placed, seconds * len(sides))
        values: dict[str, Any] = dict.fromkeys(sides, seconds)
        if "fade_out" in sides and _outlasts(placed):
            values["to_end"] = True
        operations.append(Update(selector=selector([placed]), **values))
    return Step(tuple(operations), tuple(p.item.id for p in items))


def _fading(say: Say, aim: Aim, placed_in_time: bool) -> tuple[Placed, ...]:
    """What is to fade; nothing means the whole film."""
    scene, ref = say.scene, aim.reference
    if aim.whole or (ref is not None and ref.kind == "all" and not ref.but):
        return ()
    if ref is not None and any(part.kind in ("film", "video", "all") for part in ref.parts):
        raise ask("Can you say what shall fade one by one? Nothing was changed yet.")
    if aim.named:
        return aim.items(ANY)
    spoken = tuple(p for key in scene.mentioned if (p := scene.placed(key)))
    if not say.clause.joined or len(spoken) != 1:
        return ()
    if spoken[0].track == "main" and placed_in_time:
        return ()
    old = spoken[0].item.id in scene.comp.items
    if spoken[0].track != "main" and not (placed_in_time and old and _is_sound(spoken[0])):
        return spoken  # “add a title 'Hi', fade in”
    text = scene.request.text
    raise ask(
        f"Shall “{spoken[0].item.label}” fade, or the whole film?",
        *(scene.choice(p, scene.slot, scene.slot) for p in spoken),
        Choice(
            "The whole film", f"{text[: scene.slot]} the whole video {text[scene.slot :]}".strip()
        ),
    )


def _is_sound(placed: Placed) -> bool:
    return isinstance(placed.item, Audio)


def _outlasts(placed: Placed) -> bool:
    """Sound that the end of the film cuts off has to end there for its fade to be heard."""
    item = placed.item
    return isinstance(item, Audio) and not item.to_end and item.duration > placed.frames


def _film_fade(scene: Scene, sides: set[str], seconds: float) -> Step:
    clips = scene.clips()
    if not clips:
        raise refuse("There is no clip on the timeline yet to fade.")
    edges = {"fade_in": clips[0], "fade_out": clips[-1]}
    operations: list[AnyOperation] = []
    for side in sorted(sides):
        _check_length(scene, edges[side], seconds)
        operations.append(Update(selector=selector([edges[side]]), **{side: seconds}))
    return Step(tuple(operations))


def _check_length(scene: Scene, placed: Placed, seconds: float) -> None:
    if seconds > scene.seconds(placed.frames) + 0.01:
        raise ask(
            f"“{placed.item.label}” is only {scene.lasts(placed)} long. "
            "How long should the fade be?"
        )


def remove_fade(say: Say) -> Step:
    """“remove the fade out from the title”."""
    if not say.word("remove, not, turn off, cut"):
        raise Miss
    word = say.need_word("fade in, fade out, fade both, fade")
    point = say.chunk(Point, "at", "from")
    aim = say.aim()
    say.close()
    names = {"fade in": ["fade_in"], "fade out": ["fade_out"]}
    sides = next((names[m] for m in sorted(word.meanings) if m in names), ["fade_in", "fade_out"])
    if point is not None:
        sides = ["fade_in" if point.value.name == "start" else "fade_out"]
    items = (
        aim.items(ANY)
        if aim.named
        else tuple(p for p in say.scene.timeline.placed if _fades(p, sides))
    )
    items = tuple(p for p in items if _fades(p, sides))
    if not items:
        raise already("There is no such fade; nothing was changed.")
    return Step(
        (Update(selector=selector(items), **dict.fromkeys(sides, 0)),),
        tuple(p.item.id for p in items),
    )


def _fades(placed: Placed, sides: list[str]) -> bool:
    return any(getattr(placed.item, side) for side in sides)


REMOVE = rule(remove_fade, "fade in, fade out, fade both, fade")
RULES = (rule(fade, "fade in, fade out, fade both, fade"),)
