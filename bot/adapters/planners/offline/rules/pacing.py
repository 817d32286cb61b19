"""Pace by length: “slow the confetti down so that it lasts 10 seconds”."""

from bot.adapters.planners.offline.outcomes import Miss, Step, ask
from bot.adapters.planners.offline.phrases import Time
from bot.adapters.planners.offline.rules.properties import PROPERTIES
from bot.adapters.planners.offline.rules.rule import rule
from bot.adapters.planners.offline.say import Say
from bot.adapters.planners.offline.scene import selector
from bot.adapters.planners.offline.wants import MOVING
from bot.engine.composition import Video
from bot.engine.timebase import length
from bot.ports import Choice

LASTING = ("so that it is", "so it is", "so that it lasts", "so it lasts", "until it lasts",
           "so that it takes", "so it takes", "to fill", "to last")  # fmt: skip


def paced(say: Say) -> Step:
    """“speed up the walk to 6 seconds”: played so fast that all of it is seen in that time."""
    word = say.need_word("faster, slower, slow motion")
    say.words("make, put, play, set")
    time = say.take(Time, "to", *LASTING)
    if time is None:
        raise Miss
    say.words("longer")
    aim = say.aim("")
    say.close()
    item = aim.one(MOVING)
    if say.scene.after.items.get(item.item.id) != item.item:
        raise ask(f"How much of “{item.item.label}” shall last {length(time.seconds)}?")
    now, label = say.scene.seconds(item.frames), item.item.label
    if not isinstance(item.item, Video) or time.seconds <= 0:
        raise Miss
    slower = "faster" not in word.meanings
    if (time.seconds > now) is not slower:
        pace = "slower" if slower else "faster"
        raise ask(
            f"“{label}” is {length(now)} long; {length(time.seconds)} is not {pace}. Shall I trim "
            "it, or change its pace?",
            Choice("Change its pace", f"{'speed up' if slower else 'slow down'} @{item.item.id} to "
                   f"{time.seconds:g} seconds"),
        )  # fmt: skip
    prop, speed = PROPERTIES["speed"], float(item.item.speed) * now / time.seconds
    if not prop.low <= speed <= prop.high:
        raise ask(
            f"The speed of “{label}” can be {prop.shown(prop.low)} to {prop.shown(prop.high)}, and "
            f"that would be {prop.shown(speed)}. How long should it be?"
        )
    step = prop.set(round(speed, 4), {"selector": selector([item])})
    return Step((step,), (item.item.id,))


RULE = rule(paced, "faster, slower, slow motion")
