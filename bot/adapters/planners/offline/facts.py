"""What is known of the film and of its items, in sentences."""

from bot.adapters.planners.offline.scene import Scene
from bot.engine.composition import Audio, Image, Shape, Text, Video, is_frozen
from bot.engine.layout import Placed
from bot.engine.receipt.words import effect
from bot.engine.timebase import length


def film_facts(scene: Scene) -> str:
    """Length, format, and what there is."""
    canvas = scene.comp.canvas
    joins = [p.item.transition_in for p in scene.clips() if not isinstance(p.item, Audio)]
    kinds = sorted({join.kind for join in joins if join})
    named = f" ({', '.join(kinds)})" if kinds else ""
    return (
        f"The film is {length(scene.duration)} long, {canvas.width}×{canvas.height} at "
        f"{float(canvas.fps.value):g} frames per second, with {_counted(scene, Video)} videos, "
        f"{_counted(scene, Image)} images, {_counted(scene, Text)} texts, "
        f"{_counted(scene, Audio)} sounds and {sum(map(bool, joins))} transitions{named}."
    )


def _counted(scene: Scene, kind: type) -> int:
    return sum(isinstance(placed.item, kind) for placed in scene.timeline.placed)


def facts(scene: Scene, placed: Placed) -> str:
    """All about one item."""
    told = [scene.label(placed), f"{scene.lasts(placed)} long", *_sound(placed), *_look(placed)]
    return ", ".join(told) + "."


def _sound(placed: Placed) -> list[str]:
    item = placed.item
    if not isinstance(item, Video | Audio):
        return []
    if is_frozen(item):
        return ["a frame that stands still"]
    way = ["backwards"] if item.pace < 0 else []
    return ["muted" if item.muted else f"volume {item.volume:.0%}", f"{item.speed:g}× speed", *way]


def _look(placed: Placed) -> list[str]:
    item = placed.item
    if isinstance(item, Audio):
        return []
    told = [f"size {item.transform.scale:.0%}", f"opacity {item.opacity:.0%}"]
    told += [effect(each.kind, each.amount) for each in item.effects] or ["no effects"]
    if isinstance(item, Text):
        told += [f"says “{item.text}”", f"colour {item.style.color}"]
    if isinstance(item, Shape):
        told.append(f"colour {item.color}")
    if item.transition_in:
        told.append(f"{item.transition_in.kind} before it")
    return told
