"""A stretch of the film shows something else: “replace 0:10-0:15 with the beach”."""

from typing import Any

from bot.adapters.planners.offline.asking import unknown
from bot.adapters.planners.offline.bin import find_file, only_in_bin
from bot.adapters.planners.offline.outcomes import Miss, Step, ask
from bot.adapters.planners.offline.phrases import Chunk, Edge, Reference, Stretch
from bot.adapters.planners.offline.resolve import find
from bot.adapters.planners.offline.rules.rule import rule
from bot.adapters.planners.offline.say import Say
from bot.adapters.planners.offline.scene import Scene
from bot.adapters.planners.offline.spans import Seconds, Span, is_hollow
from bot.adapters.planners.offline.wants import MAIN
from bot.engine.composition import Clip
from bot.engine.errors import EngineError
from bot.engine.operations import Add, AnyOperation, Cut
from bot.engine.plan import Plan
from bot.engine.timebase import length, timecode
from bot.ports import Choice

_SLACK = 0.05  # seconds


def overwrite(say: Say) -> Step:
    """The stretch is cut out, and as much of another clip comes in; or it lies over the sound."""
    word = say.need_word("replace, swap")
    found = say.chunk(Stretch, "", "from") or say.chunk(Edge, "")
    new = say.chunk(Reference, "with", "by", "for")
    if found is None or new is None:
        raise Miss
    say.chunk(Reference, "", test=is_hollow)  # “the part from 0:10 to 0:15”
    kept = say.words("sound kept")
    say.close()
    scene, stretch = say.scene, Span(say.scene, found).seconds()
    if "swap" in word.meanings and not only_in_bin(scene, new.value):
        raise ask(
            f"Shall “{new.value.words}” be shown there instead? It stays where it is, too.",
            Choice("Show it instead", _replacing(say, found, new)),
        )
    clip, since = _shown(scene, new.value)
    lasts = round(stretch[1] - stretch[0], 6)
    _check_enough(clip, since, lasts)
    key = scene.fresh_id("v" if clip.kind == "video" else "i")
    fields: dict[str, Any] = {"item_type": clip.kind, "id": key, "clip": clip.id}
    fields |= {"at": stretch[0], "duration": lasts}
    if clip.kind == "video":
        fields["source_in"] = since
    if kept:
        sound = {"muted": True} if clip.kind == "video" else {}
        over = Add(track="overlay", scale=1, place="center", **sound, **fields)
        return Step((over,), (key,))
    cut = Cut(ranges=(stretch,))
    _check_overlays(scene, cut, stretch)
    steps: tuple[AnyOperation, ...] = (cut, Add(track="main", **fields))
    return Step(steps, (key,))


def _replacing(say: Say, found: Chunk, new: Chunk) -> str:
    src = say.scene.source
    when, what = (src.raw(chunk.first, chunk.last) for chunk in (found, new))
    return f"replace {when} {what}"


def _shown(scene: Scene, ref: Reference) -> tuple[Clip, float]:
    """The file to be shown, and from which second of it on: as it is shown in the film."""
    if only_in_bin(scene, ref):
        file = find_file(scene, ref)
        if file is None or file.kind == "audio":
            raise Miss
        return file, 0.0
    items = find(scene, ref, MAIN)
    clip = scene.comp.clips.get(getattr(items[0].item, "clip", ""))
    if len(items) != 1 or clip is None or clip.kind == "audio":
        raise unknown(scene, ref)
    return clip, scene.seconds(getattr(items[0].item, "source_in", 0))


def _check_enough(clip: Clip, since: float, lasts: float) -> None:
    """Make sure that the file is long enough.

    Raises:
        Unclear: It is not.
    """
    left = clip.seconds - since
    if clip.kind == "video" and left < lasts - _SLACK:
        raise ask(
            f"“{clip.name}” has only {length(max(0.0, left))} to show, and that stretch is "
            f"{length(lasts)} long. Which part of the film shall it replace?"
        )


def _check_overlays(scene: Scene, cut: Cut, stretch: Seconds) -> None:
    """Make sure that nothing goes with the stretch that lies over it.

    Raises:
        Unclear: Something does.
    """
    try:
        after = Plan(operations=(cut,)).apply(scene.comp, scene.request.serial)
    except EngineError as error:
        raise ask(f"{error} Nothing was changed.") from error
    for placed in scene.timeline.placed:
        if placed.track != "main" and placed.item.id not in after.items:
            raise ask(
                f"“{placed.item.label}” is only there from {timecode(stretch[0])} to "
                f"{timecode(stretch[1])}, and would go too. Move it first, or keep the audio: then "
                "the other clip lies over the picture, and nothing is cut."
            )


RULE = rule(overwrite, "replace, swap")
