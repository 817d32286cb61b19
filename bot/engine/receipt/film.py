"""What changed about the film as a whole: its format, its files, its cuts, its length."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from bot.engine.composition import Audio, Transition, TransitionKind
from bot.engine.layout import Placed
from bot.engine.receipt.change import Change, clip_of
from bot.engine.receipt.fact import Fact, about

_TRANSITIONS: dict[TransitionKind, tuple[str, str]] = {
    "crossfade": ("Crossfade", "crossfades"),
    "dip": ("Dip to black", "dips to black"),
    "wipe": ("Wipe", "wipes"),
    "slide": ("Slide", "slides"),
}


def format_changes(change: Change) -> Iterator[Fact]:
    """Tell what became of the canvas; the first clip brings its own format without a word."""
    old, new = change.old_canvas, change.after.canvas
    if not change.before.items and change.after.items and not new.chosen:
        return
    if (old.width, old.height) != (new.width, new.height):
        yield Fact(f"Format {new.width}×{new.height} (was {old.width}×{old.height})")
    elif old.chosen != new.chosen and old.fps == new.fps and old.background == new.background:
        stays = "stays" if new.chosen else "follows the first clip; now"
        yield Fact(f"Format {stays} {new.width}×{new.height}")
    if old.fps != new.fps:
        rates = [f"{float(canvas.fps.value):.5g}" for canvas in (new, old)]
        yield Fact(f"{rates[0]} frames per second (was {rates[1]})")
    if old.background != new.background:
        yield Fact(f"Background {new.background} (was {old.background})")


def bin_changes(change: Change) -> Iterator[Fact]:
    """Tell which files came and went, where no item shows it."""
    before, after = change.before.clips, change.after.clips
    used = {clip_of(item) for item in change.after.items.values()}
    for key, clip in after.items():
        if key not in before and key not in used:
            yield Fact("In the bin: ", clip.name)
        elif key in before and before[key] != clip:
            yield Fact("New facts about the file ", clip.name)
    for key in before:
        if key not in after:
            yield Fact("No longer in the bin: ", before[key].name)


def transitions(change: Change) -> Iterator[Fact]:
    """Tell which cuts have another transition now."""
    for new in change.new.main:
        old = change.old.by_id.get(new.item.id)
        before, after = _transition(old), _transition(new)
        if after is not None and before != after:
            yield _joint(change, new, before, after)
        elif before is not None and after is None:
            name, plural = _TRANSITIONS[before.kind]
            many = f"Removed the {plural} at # cuts"
            head = f"Removed the {name.lower()} before "
            yield about(new, head, "", together=many, shift=0)


def _transition(placed: Placed | None) -> Transition | None:
    if placed is None or isinstance(placed.item, Audio):
        return None
    return placed.item.transition_in


def _joint(change: Change, new: Placed, before: Transition | None, after: Transition) -> Fact:
    name, plural = _TRANSITIONS[after.kind]
    now = change.length(after.frames)
    if before and before.kind == after.kind and before.frames != after.frames:
        head = f"{name} of {now} (was {change.length(before.frames)}) before "
        many = f"The {plural} at # cuts last {now}"
        return about(new, head, "", together=many, shift=0)
    was = f" (was a {_TRANSITIONS[before.kind][0].lower()})" if before else ""
    many = f"Added {plural} of {now} at # cuts"
    return about(new, f"{name} of {now} before ", was, together=many, shift=0)


def with_length(change: Change, facts: Sequence[Fact]) -> list[Fact]:
    """Add by how much the film moved: to the one fact that did it, else in a line of its own."""
    moving = [n for n, fact in enumerate(facts) if fact.shift is not None]
    if not moving or change.old.duration == change.new.duration:
        return [*facts]
    last = moving[-1]
    many = facts[last].head.endswith(" in all")
    if len(moving) == 1 and not change.reordered and not many:
        told = replace(facts[last], tail=facts[last].tail + _shifted(change, facts[last]))
        return [*facts[:last], told, *facts[last + 1 :]]
    return [*facts[: last + 1], Fact(_lasts(change)), *facts[last + 1 :]]


def _shifted(change: Change, fact: Fact) -> str:
    if not fact.shift:
        return ""
    what = "what came after" if fact.head.startswith(("Removed", "Cut")) else "everything after"
    way = "later" if fact.shift > 0 else "earlier"
    return f"; {what} moved {change.length(abs(fact.shift))} {way}"


def _lasts(change: Change) -> str:
    now, was = (timeline.duration for timeline in (change.new, change.old))
    if now == 0:
        return "The film is empty now"
    return f"The film is {change.time(now)} long now" + (
        f" (was {change.time(was)})" if was else ""
    )
