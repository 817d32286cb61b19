"""Files of the bin: which one a noun phrase means."""

from collections.abc import Callable

from bot.adapters.planners.offline.labels import SIMILAR, likeness, spelling
from bot.adapters.planners.offline.phrases import Reference
from bot.adapters.planners.offline.scene import Scene
from bot.engine.composition import Clip


def bin_clip(scene: Scene, name: str) -> Clip | None:
    """The only clip of the bin with that name, or with those words in its name."""
    spelt = spelling(name)
    clips = scene.comp.clips.values()
    stems = {clip.id: spelling(clip.name.rpartition(".")[0] or clip.name) for clip in clips}
    tests: tuple[Callable[[Clip], bool], ...] = (
        lambda clip: spelt in (spelling(clip.name), stems[clip.id]),
        lambda clip: bool(spelt) and set(spelt.split()) <= set(stems[clip.id].split()),
        lambda clip: len(spelt) >= 4 and likeness(spelt, stems[clip.id]) >= SIMILAR,
    )
    for test in tests:
        hits = [clip for clip in clips if test(clip)]
        if len(hits) == 1:
            return hits[0]
    return None


_FILE_KINDS = {"music": "audio", "voiceover": "audio", "sound effect": "audio", "image": "image",
               "logo": "image", "watermark": "image", "sticker": "image", "clip": "video",
               "video": "video"}  # fmt: skip


def find_file(scene: Scene, ref: Reference) -> Clip | None:
    """The file that a noun phrase means: an attachment, a name, or the only one of its kind."""
    if ref.parts or ref.numbers:
        return None
    if ref.ids:
        return scene.comp.clips.get(ref.ids[0])
    if ref.pronoun:
        brought = scene.brought()
        return (
            brought[0]
            if len(brought) == 1 and (not scene.mentioned or ref.which == "this")
            else None
        )
    if ref.name:
        return bin_clip(scene, ref.name)
    if clip := bin_clip(scene, ref.noun):
        return clip
    kind = _FILE_KINDS.get(ref.kind)
    dropped = [clip for clip in scene.brought() if clip.kind == kind]
    if len(dropped) == 1:
        return dropped[0]
    hits = [clip for clip in scene.comp.clips.values() if clip.kind == kind]
    if ref.kind in ("logo", "watermark", "sticker"):
        hits = [clip for clip in hits if ref.kind in clip.name.casefold()] or hits
    return hits[0] if len(hits) == 1 else None


def only_in_bin(scene: Scene, ref: Reference) -> bool:
    """Whether a noun phrase means a file that does not stand on the timeline yet."""
    clip = None if ref.pronoun else find_file(scene, ref)
    shown = {getattr(item, "clip", None) for item in scene.after.items.values()}
    return clip is not None and clip.id not in shown
