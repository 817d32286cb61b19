"""“Remove the gif”: what came from a GIF file; else “gif” is a format to render."""

from bot.adapters.planners.offline.outcomes import Miss, Step, ask, refuse
from bot.adapters.planners.offline.rules.rule import rule
from bot.adapters.planners.offline.say import Say
from bot.adapters.planners.offline.scene import Scene, selector
from bot.engine.layout import Placed
from bot.engine.operations import Delete
from bot.ports import Choice


def delete_gif(say: Say) -> Step:
    """“remove the gif”, where one item comes from a GIF file."""
    say.need_word("remove, cut")
    if say.starting("preset ") != "gif":
        raise Miss
    say.close()
    found = [placed for placed in say.scene.timeline.in_order if _is_gif(say.scene, placed)]
    if not found:
        raise refuse("There is no GIF on the timeline.")
    if len(found) > 1:
        raise _which(say.scene, found)
    return Step((Delete(selector=selector(found)),))


def _is_gif(scene: Scene, placed: Placed) -> bool:
    clip = scene.comp.clips.get(getattr(placed.item, "clip", ""))
    return clip is not None and clip.name.casefold().endswith(".gif")


def _which(scene: Scene, found: list[Placed]) -> Exception:
    return ask(
        f"{len(found)} items come from GIF files. Which do you mean?",
        *(Choice(scene.label(placed), f"remove @{placed.item.id}") for placed in found),
    )


RULE = rule(delete_gif, "preset gif")
