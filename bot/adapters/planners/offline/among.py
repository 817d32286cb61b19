"""What a noun phrase counts among: things just named, copies just made, the film as it stands."""

from collections.abc import Sequence
from dataclasses import replace

from bot.adapters.planners.offline.asking import place, unknown, which
from bot.adapters.planners.offline.kinds import KINDS
from bot.adapters.planners.offline.labels import MARGIN, SIMILAR, likeness, spelling
from bot.adapters.planners.offline.outcomes import ask
from bot.adapters.planners.offline.phrases import Reference
from bot.adapters.planners.offline.scene import Scene
from bot.adapters.planners.offline.wants import Want
from bot.engine.composition import Shape, Text
from bot.engine.layout import Placed, layout


def copies(scene: Scene, ref: Reference) -> tuple[Placed, ...]:
    """“duplicate the beach and mute the copy”: what this message has made twice."""
    added = {*scene.comp.items, *(p.item.id for p in scene.made() if p.track != "main")}
    found = tuple(p for p in layout(scene.after).in_order if p.item.id not in added)
    if not found or scene.pieces or ref.name or ref.numbers or ref.which:
        raise ask(f"Which item is “{ref.words}”? Name it as it is called on the timeline.")
    if len(found) > 1 and not ref.plural:
        raise ask("There is more than one copy. Which of them do you mean?")
    return found


def among_named(scene: Scene, ref: Reference, row: tuple[Placed, ...]) -> tuple[Placed, ...]:
    """“the intro and the outro: mute the first”: counted among what was just named.

    Raises:
        Unclear: It could count the clips of the film as well.
    """
    named = tuple(p for key in scene.scope or scene.mentioned if (p := scene.placed(key)))
    if len(named) < 2 or ref.kind or ref.name or not ref.numbers or ref.count > 1:
        return row
    for number in ref.numbers:
        at = number - 1 if number > 0 else number
        fits = [r[at] for r in (named, row) if -len(r) <= at < len(r)]
        if not scene.scope and len({placed.item.id for placed in fits}) > 1:
            raise which(scene, fits, ref, "clip")
    return named if scene.scope else row


def check_moved(scene: Scene, row: tuple[Placed, ...]) -> None:
    """Make sure that what is counted stands as it stood before the message.

    Raises:
        Unclear: The message has changed the order, so that “the last clip” could be either.
    """
    before = [p.item.id for p in row if p.track == "main" and p.item.id in scene.after.main]
    after = [key for key in scene.after.main if key in before]
    if before != after:
        raise ask(
            "Which clip is that: counted before the move, or after it? Name it, or say it in a "
            "second message."
        )


def check_voice(scene: Scene, ref: Reference) -> None:
    """Make sure that “the voice” is not that of a voice-over.

    Raises:
        Unclear: It may be; the clips have voices of their own.
    """
    over = scene.fitting(Want("voiceover", KINDS["voiceover"]))
    if over and scene.clips():
        first, last = place(scene, ref)
        raise ask(
            f"“{ref.words}”: is that “{over[0].item.label}”, or what is heard in the clips?",
            *(scene.choice(p, first, last) for p in over),
        )


def is_series(exact: tuple[Placed, ...], within: tuple[Placed, ...]) -> bool:
    """“talk”, “talk 2”, “talk 3”: pieces of one clip, told apart by their order."""
    return bool(exact) and len({getattr(p.item, "clip", p.item.id) for p in within}) == 1


def colour(placed: Placed) -> str | None:
    """The colour of a text or shape."""
    item = placed.item
    if isinstance(item, Text):
        return item.style.color
    return item.color if isinstance(item, Shape) else None


def coloured(scene: Scene, ref: Reference, candidates: tuple[Placed, ...]) -> tuple[Placed, ...]:
    """Those of a colour: “the red title”."""
    hits = tuple(p for p in candidates if colour(p) == ref.colour)
    if not hits:
        raise unknown(scene, ref)
    return hits


def similar(spelt: str, pool: Sequence[Placed]) -> tuple[Placed, ...]:
    """The item whose label a misspelt name is nearest to; all that are about as near."""
    if len(spelt) < 4:
        return ()
    scored = sorted(((likeness(spelt, p.item.label), p.item.id, p) for p in pool), reverse=True)
    if not scored or scored[0][0] < SIMILAR:
        return ()
    if len(scored) > 1 and scored[1][0] > scored[0][0] - MARGIN:
        return tuple(p for score, _, p in scored if score > scored[0][0] - MARGIN)
    return (scored[0][2],)


def item_names(scene: Scene, placed: Placed) -> set[str]:
    """How an item may be called: its label, and the name of its file."""
    names = {spelling(placed.item.label)}
    clip = scene.comp.clips.get(getattr(placed.item, "clip", ""))
    if clip is not None:
        names |= {spelling(clip.name)}
    return names


def saying(scene: Scene, ref: Reference, candidates: tuple[Placed, ...]) -> tuple[Placed, ...]:
    """Texts that say something: “the title that says Hello”."""
    texts = [(p, p.item.text.casefold().strip()) for p in candidates if isinstance(p.item, Text)]
    wanted = ref.says.casefold().strip()
    hits = [p for p, text in texts if text == wanted] or [p for p, text in texts if wanted in text]
    if not hits:
        raise unknown(scene, replace(ref, name=ref.says))
    return tuple(hits)
