"""Sounds that are laid under the film: how it is said, and where in them they begin."""

from bot.adapters.planners.offline.phrases import Chunk, Place, Reference, Time
from bot.adapters.planners.offline.say import Say
from bot.engine.composition import Clip


def is_film(chunk: Chunk | None) -> bool:
    """“under the whole thing”: as long as the film, however long the sound is."""
    ref = chunk.value if chunk else None
    return isinstance(ref, Reference) and ref.kind in ("film", "all") and not ref.but


def own_start(say: Say) -> float | None:
    """“from its 5 second mark”, “5 seconds into the song”: where in the sound it begins."""
    src = say.scene.source
    inside = say.chunk(Reference, "into", test=lambda c: c.value.kind == "music")
    for at, chunk in enumerate(say.clause.chunks):
        if at in say.used or not isinstance(chunk.value, Time):
            continue
        before = (src.text(chunk.first - 2), src.text(chunk.first - 1))
        if inside is not None or (before[1] == "its" and before[0] in ("from", "at")):
            say.used.add(at)
            return chunk.value.seconds
    return None


def is_laid(say: Say, clip: Clip) -> bool:
    """“the song must be in the whole video”, “anthem on”: a sound that is still to be added."""
    shown = {getattr(item, "clip", None) for item in say.scene.after.items.values()}
    on = any(
        getattr(chunk.value, "text", "") in ("on", "in") and not chunk.prep
        for chunk in say.clause.chunks
    )
    told = say.clause.means("whole time, under voice") or on
    if clip.kind == "image":
        wished = any(word.text in _WISHES for word in say.clause.words())
        told = wished and say.peek(Place)
    return clip.kind != "video" and clip.id not in shown and told


_WISHES = ("i want", "i need", "i would like", "we want", "we need", "should be", "must", "want")
