"""Adding files of the bin: sound, pictures, videos."""

from collections.abc import Mapping
from typing import Any

from bot.adapters.planners.offline.bin import find_file
from bot.adapters.planners.offline.outcomes import Miss, Step, already, ask, refuse
from bot.adapters.planners.offline.phrases import (
    Chunk,
    Decibels,
    Number,
    Percent,
    Reference,
    Share,
    Word,
)
from bot.adapters.planners.offline.references import TEXTS
from bot.adapters.planners.offline.resolve import find
from bot.adapters.planners.offline.rules.adding import USUAL, fades, times
from bot.adapters.planners.offline.rules.geometry import opacity, placing
from bot.adapters.planners.offline.rules.laying import is_film, is_laid, own_start
from bot.adapters.planners.offline.rules.rule import rule
from bot.adapters.planners.offline.rules.timing import Timing, timing
from bot.adapters.planners.offline.say import Say
from bot.adapters.planners.offline.scene import Scene, by_ids
from bot.adapters.planners.offline.wants import MAIN
from bot.engine.composition import Clip, ClipKind
from bot.engine.layout import layout
from bot.engine.operations import Add, AnyOperation
from bot.ports import Choice

_VERBS = (
    "add",
    "put",
    "write",
    "show",
    "give",
    "make",
    "use",
    "draw",
    "have",
    "set",
    "play",
    "do",
    "take",
    "start",
)

_ROLES = ("music", "logo", "watermark", "sticker", "voiceover", "overlay", "image", "title")


def add_file(say: Say) -> Step:
    """“add the logo top right”, “use song.mp3 as background music at 20%”."""
    verb = say.word(*_VERBS) or _dropped(say)
    role = say.word("background role")
    chunk = say.chunk(Reference, "", test=lambda c: _file(say.scene, c.value) is not None)
    if chunk is None and role is not None:
        chunk = _music(say)
    clip = _file(say.scene, chunk.value) if chunk else None
    if chunk is None or clip is None:
        raise Miss
    if verb is None and role is None and clip not in say.scene.brought():
        if not is_laid(say, clip):
            raise Miss
        say.words("out, off, is")
    if _is_item(say, chunk, (verb and verb.text) or ""):
        raise Miss
    role = role or say.word("background role")
    as_noun = say.chunk(
        Reference,
        "as",
        *([""] if verb and "make" in verb.meanings else []),
        test=lambda c: not c.value.definite or c.value.kind in _ROLES,
    )
    say.words(*_VERBS, "timeline")
    if clip.kind == "audio":
        return _add_sound(say, clip, bool(role or (as_noun and as_noun.value.kind == "music")))
    return _add_picture(say, clip, chunk, as_noun)


def _dropped(say: Say) -> Word | None:
    """“drop song.mp3 under the film”: the verb also means to delete."""
    return say.word("remove") if "drop" in [w.text for w in say.clause.words()] else None


def _file(scene: Scene, ref: Reference) -> Clip | None:
    return None if ref.says or ref.kind in TEXTS else find_file(scene, ref)


def _music(say: Say) -> Chunk | None:
    """“background music, please” with a sound attached."""
    sounds = [clip for clip in say.scene.brought() if clip.kind == "audio"]
    if len(sounds) != 1:
        return None
    ref = Reference("it", ids=(sounds[0].id,))
    return Chunk(ref, say.clause.chunks[0].first, say.clause.chunks[0].last)


def _is_item(say: Say, chunk: Chunk, verb: str) -> bool:
    """Whether the words mean something that stands on the timeline, so that nothing is added."""
    scene, ref = say.scene, chunk.value
    clip = _file(scene, ref)
    if clip is None or (ref.ids and ref.ids[0] in scene.comp.clips):
        return False
    now = layout(scene.after)
    standing = [p for p in now.placed if getattr(p.item, "clip", None) == clip.id]
    if not standing:
        return False
    if clip in scene.brought():
        return clip.kind == "video"
    added = verb in ("add", "insert", "include", "overlay", "attach", "append", "import")
    again = "again" in [word.text for word in say.clause.words()]
    if added and not again and len(scene.source.tokens) and clip.kind != "video":
        key = standing[0].item.id
        words = say.clause.raw(scene.source)
        raise ask(
            f"“{standing[0].item.label}” is on the timeline already. Shall I change it, or "
            "add it once more?",
            Choice("Change that one", _rewritten(say, chunk, f"@{key}", verb, "move")),
            Choice("Add it once more", f"{words} again"),
        )
    return not (added and again)


def _rewritten(say: Say, chunk: Chunk, name: str, verb: str, new: str) -> str:
    src = say.scene.source
    start, end = src.tokens[chunk.first].start, src.tokens[chunk.last - 1].end
    text = f"{src.message[:start]}{name}{src.message[end:]}"
    return text.replace(verb, new, 1)


def _add_sound(say: Say, clip: Clip, background: bool) -> Step:
    scene = say.scene
    say.word("volume")
    preps = ("at", "", "with", "to", "of", "on")
    loud = (
        _level(say)
        or say.take(Percent, *preps)
        or say.take(Decibels, *preps)
        or say.take(Share, *preps)
    )
    say.words("volume, loud")
    soft = say.word("quiet, quieter")
    duck = say.words("duck, under voice")
    loop = say.words("loop")
    values: dict[str, Any] = dict(fades(say))
    own = own_start(say)
    when = timing(say)
    if is_film(when.on) or is_film(when.stretch.chunk if when.stretch else None):
        when.on, when.stretch, when.whole = None, None, True
    say.close()
    if loud is None and soft is not None and not duck:
        loud = Percent(_SOFTLY)
        scene.assume(f"“{soft.text}” was taken as {_SOFTLY} % of its volume.")
    if loud is not None:
        values["volume"] = _volume(loud)
    if own is not None:
        values["source_in"] = own
    if duck:
        values["duck"] = True
    key = scene.fresh_id("a")
    start, length = when.start_and_length(None)
    fields: dict[str, Any] = {"at": start} | ({"duration": length} if length else {})
    if length is None and (when.whole or background or loop):
        fields |= _to_the_end(scene, clip, loop or when.whole or background)
    return Step((Add(item_type="audio", id=key, clip=clip.id, **fields, **values),), (key,))


_SOFTLY = 30


def _level(say: Say) -> Share | None:
    """“at 0.3 volume”: a number that the word volume follows or leads."""
    chunks = say.clause.chunks
    for at, chunk in enumerate(chunks):
        near = [c.value for c in chunks[max(0, at - 1) : at + 2] if isinstance(c.value, Word)]
        named = any("volume" in word.meanings for word in near)
        if at not in say.used and isinstance(chunk.value, Number) and named:
            say.used.add(at)
            return Share(chunk.value.value if chunk.value.value <= 2 else chunk.value.value / 100)
    return None


def _to_the_end(scene: Scene, clip: Clip, fill: bool) -> dict[str, Any]:
    """Music under the film ends with it, and begins anew where it is too short."""
    if not scene.timeline.main:
        return {}
    short = clip.seconds < scene.duration - 0.05
    if short and any(word in clip.name.casefold() for word in _SPOKEN):
        return {}
    if short and fill:
        scene.assume(f"“{clip.name}” is shorter than the film, so it is looped.")
    return {"to_end": True} | ({"loop": True} if short and fill else {})


_SPOKEN = ("voice", "narrat", "speech")  # said once, and not over and over again


def _volume(loud: Percent | Decibels | Share) -> float:
    if isinstance(loud, Share):
        return loud.part
    if isinstance(loud, Percent):
        return loud.value / 100
    return round(10 ** ((loud.sign or 1) * loud.value / 20), 4)


def _add_picture(say: Say, clip: Clip, chunk: Chunk, as_noun: Chunk | None) -> Step:
    scene = say.scene
    values: dict[str, Any] = dict(fades(say))
    full = say.word("full screen, fill")
    overlay = say.word("overlay role")
    where = placing(say)
    if part := opacity(say):
        values["opacity"] = part
    size = _scale(say)
    beside = say.chunk(Reference, "after", "before", "right after", "right before", "between",
                       "just after", "just before", "in between", "behind")  # fmt: skip
    kind = as_noun.value.kind if as_noun else chunk.value.kind
    when = timing(say)
    muted = say.words("mute")
    say.close()
    if say.clause.means("background role") or say.clause.means("background"):
        raise ask(
            f"A picture cannot lie behind the clips yet. Shall “{clip.name}” lie over "
            "them, or stand "
            "between two clips?"
        )
    fields = (
        values
        | (where or {})
        | ({"scale": size} if size else {})
        | ({"muted": True} if muted else {})
    )
    key = scene.fresh_id("v" if clip.kind == "video" else "i")
    if beside is not None:
        return Step((_on_main(scene, clip, key, beside, when, fields),), (key,))
    if clip.kind == "image":
        alone = _still_stands_alone(bool(full), when)
    else:
        alone = not (overlay or where) or not scene.timeline.main
    if not alone:
        return _overlaid(say, clip, key, kind, when, fields, bool(full))
    slot = _main_slot(when)
    add = Add(item_type=clip.kind, id=key, clip=clip.id, track="main", **slot, **fields)
    return Step((add,), (key,))


def _is_at_edge(when: Timing) -> bool:
    """Whether something is to come at the very start or end of the film."""
    return when.at is not None and (when.at.is_start or when.at.is_end)


def _still_stands_alone(full: bool, when: Timing) -> bool:
    """Whether a picture is to fill the screen between clips rather than lie over them."""
    if _is_at_edge(when):
        return full or (when.at is not None and when.at.chunk.prep == "to")
    return full and not when.said


def _main_slot(when: Timing) -> dict[str, Any]:
    """Where on the main track something goes, and for how long; at the end if nothing is said."""
    length = {"duration": when.lasts} if when.lasts else {}
    if when.at is not None and not _is_at_edge(when):
        return {"at": when.at.seconds(), **length}
    return {"index": 0 if when.at is not None and when.at.is_start else -1, **length}


def _scale(say: Say) -> float | None:
    word = say.word("bigger, smaller")
    if word is not None:
        return 0.12 if "smaller" in word.meanings else 0.4
    if say.clause.means("size, scale"):
        amount = say.take(Percent, "at", "to", "")
        say.words("size, scale")
        return amount.value / 100 if amount else None
    return None


def _on_main(
    scene: Scene, clip: Clip, key: str, beside: Chunk, when: Timing, fields: dict[str, Any]
) -> AnyOperation:
    items = find(scene, beside.value, MAIN)
    side = "before" if "before" in beside.prep else "after"
    length = {"duration": when.lasts} if when.lasts else {}
    fields = {name: value for name, value in fields.items() if name not in ("place", "scale")}
    return Add(
        item_type=clip.kind,
        id=key,
        clip=clip.id,
        track="main",
        **{side: by_ids(items[0].item.id)},
        **length,
        **fields,
    )


def _overlaid(
    say: Say, clip: Clip, key: str, kind: str, when: Timing, fields: dict[str, Any], full: bool
) -> Step:
    scene = say.scene
    whole = when.whole
    marks = kind in ("logo", "watermark") or any(
        w in clip.name.casefold() for w in ("logo", "watermark")
    )
    if not when.said and marks and scene.timeline.main:
        whole = True
        scene.assume(f"“{clip.name}” stays for the whole video; say “for 5 seconds” for less.")
    start, length = when.start_and_length(USUAL["image"] if clip.kind == "image" else None)
    shown = times(scene, when, start, length)
    if whole:
        shown = {"at": start if when.at else 0, "to_end": True}
    if (
        marks
        and when.said
        and not when.lasts
        and not when.stretch
        and not whole
        and scene.timeline.main
    ):
        shown |= {"to_end": True}
    if full:
        fields = {"scale": 1, "place": "center"} | fields
    return Step(
        (Add(item_type=clip.kind, id=key, clip=clip.id, track="overlay", **shown, **fields),),
        (key,),
    )


_SORTS: Mapping[str, ClipKind] = {
    "music": "audio",
    "sound effect": "audio",
    "logo": "image",
    "image": "image",
    "watermark": "image",
}
_CALLED: Mapping[str, str] = {"audio": "sound", "image": "picture"}


def missing_file(say: Say) -> Step:
    """“add robot.mp4”: there is no such file."""
    say.need_word("add, use, put, play, insert")
    chunk = say.chunk(Reference, "")
    if chunk is None or chunk.value.ids:
        raise Miss
    where = placing(say)
    say.words("background role, timeline")
    say.take(Percent)
    when = timing(say)
    say.close()
    scene, ref = say.scene, chunk.value
    if not scene.comp.clips:
        raise refuse("The bin is empty: drop a file into the chat first.")
    clip = _file(scene, ref)
    if clip in scene.brought() and clip.kind == "video":
        if where or when.said:
            raise Miss
        raise already(f"“{clip.name}” is on the timeline now.")
    if clip is not None:
        raise ask(
            f"“{clip.name}” is on the timeline already. Shall I add it once more?",
            Choice("Add it once more", f"add @{clip.id} again"),
        )
    if ref.pronoun:
        raise ask(
            "Which file do you mean? Drop it into the chat, or name one.", *_files(say, chunk, "")
        )
    sort = _SORTS.get(ref.kind, "")
    if sort and not any(clip.kind == sort for clip in scene.comp.clips.values()):
        raise refuse(f"There is no {_CALLED[sort]} in the bin: drop one here. Nothing was changed.")
    raise ask(
        f"I have no file “{ref.words}” in the bin. Which one do you mean?",
        *_files(say, chunk, sort),
    )


def _files(say: Say, chunk: Chunk, sort: str) -> list[Choice]:
    src = say.scene.source
    start, end = src.tokens[chunk.first].start, src.tokens[chunk.last - 1].end
    clips = [clip for clip in say.scene.comp.clips.values() if clip.kind == sort or not sort]
    return [
        Choice(clip.name, f"{src.message[:start]}@{clip.id}{src.message[end:]}") for clip in clips
    ]


RULES = (rule(add_file),)
MISSING = (rule(missing_file, "add, use, put, play, insert"),)
