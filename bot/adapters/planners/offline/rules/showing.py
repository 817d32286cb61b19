"""Hiding, showing and naming things."""

from bot.adapters.planners.offline.outcomes import Miss, Step, already, ask
from bot.adapters.planners.offline.phrases import Quote, Reference, Unknown, Word
from bot.adapters.planners.offline.rules.rule import rule
from bot.adapters.planners.offline.say import Say
from bot.adapters.planners.offline.scene import selector
from bot.adapters.planners.offline.spans import located, span
from bot.adapters.planners.offline.wants import ANY, SHOWN, VISUAL
from bot.engine.composition import Text
from bot.engine.layout import Placed
from bot.engine.operations import Update
from bot.engine.timebase import timecode
from bot.ports import Choice

_LONGEST_LABEL = 80


def switch(say: Say) -> Step:
    """“hide the logo”, “show the title again”, “turn off the title”."""
    word = say.need_word("hide, show, turn off, turn on")
    visible = bool(word.meanings & {"show", "turn on"})
    say.words("make, have")
    stretch = span(say, open_ended=False)
    aim = say.aim("")
    say.close()
    if not aim.named:
        raise ask(f"What shall I {word.text}?")
    items = aim.items(SHOWN if visible else VISUAL)
    if stretch is not None:
        start, end = located(aim, stretch, items[0]) if len(items) == 1 else stretch.seconds()
        step = Update(selector=selector(items), start=start, end=end, enabled=visible)
        return Step((step,), tuple(p.item.id for p in items), _told(items, visible, start, end))
    if visible and (parts := _hidden_parts(say, items)):
        items = parts
    if all(p.item.enabled is visible for p in items):
        state = "visible" if visible else "hidden"
        raise already(f"“{items[0].item.label}” is already {state}; nothing was changed.")
    return Step(
        (Update(selector=selector(items), enabled=visible),), tuple(p.item.id for p in items)
    )


def _told(items: tuple[Placed, ...], visible: bool, start: float, end: float) -> tuple[str, ...]:
    labels = " and ".join(f"“{placed.item.label}”" for placed in items)
    state = "shown" if visible else "hidden"
    return (f"{labels} is split there, to be {state} only from {timecode(start)} to "
            f"{timecode(end)}.",)  # fmt: skip


def _hidden_parts(say: Say, items: tuple[Placed, ...]) -> tuple[Placed, ...]:
    """“show the logo again”, where only a stretch of it was hidden: its hidden parts."""
    if not all(placed.item.enabled for placed in items):
        return ()
    return tuple(
        placed
        for placed in say.scene.timeline.placed
        if not placed.item.enabled and any(_is_part(placed, whole) for whole in items)
    )


def _is_part(part: Placed, whole: Placed) -> bool:
    """Whether two items come from a split: “logo” and “logo 2”."""
    stem, _, number = part.item.label.rpartition(" ")
    return stem == whole.item.label and number.isdigit() and part.item.type == whole.item.type


def rename(say: Say) -> Step:
    """“call it teaser”, “rename the second clip to sunset”."""
    word = say.need_word("rename")
    if word.noun:
        raise Miss
    chunks = say.clause.chunks
    aim = say.aim("")
    if aim.ref is None and aim.quote is None:
        raise Miss
    label = say.take(Quote, "", "to", "as", "into")
    name = label.text if label else _rest(say, max(say.used) + 1, len(chunks))
    if name is None:
        raise ask("What shall it be called?") if not say.left() else Miss
    say.close()
    item = aim.one(ANY)
    name = " ".join(name.split())
    if not label and name.casefold().startswith(_LINKS):
        raise ask("What shall it be called?")  # “label it with the name of the intro”
    if not 0 < len(name) <= _LONGEST_LABEL:
        raise ask(f"A name can have {_LONGEST_LABEL} characters. What shall it be called?")
    if name == item.item.label:
        raise already(f"It is called “{name}” already; nothing was changed.")
    if isinstance(item.item, Text) and item.item.text == item.item.label:
        raise ask(
            f"Shall the text say “{name}”?",
            Choice("Yes", f"change @{item.item.id} to “{name}”"),
        )
    return Step((Update(selector=selector([item]), label=name),), (item.item.id,))


_LINKS = ("with ", "by ", "after ", "like ")


def _rest(say: Say, start: int, end: int) -> str | None:
    """Everything behind the object, without "to" or "as", as written."""
    chunks = say.clause.chunks
    while (
        start < end
        and isinstance(chunks[start].value, Word)
        and chunks[start].value.text in ("to", "as", "into", "it")
    ):
        start += 1
    if start >= end:
        return None
    first = chunks[start].first
    if chunks[start].prep in ("to", "as", "into"):
        first += 1
    while (
        end > start + 1
        and isinstance(chunks[end - 1].value, Word)
        and chunks[end - 1].value.text in ("please", "pls", "instead", "plz", "thanks")
    ):
        end -= 1
    say.used |= set(range(start, len(chunks)))
    return say.scene.source.raw(first, chunks[end - 1].last)


RULES = (rule(rename, "rename"), rule(switch, "hide, show, turn off, turn on"))
_ = Reference, Unknown
