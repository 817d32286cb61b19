"""Questions about the composition."""

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.adapters.planners.offline.clause import listed
from bot.adapters.planners.offline.facts import facts, film_facts
from bot.adapters.planners.offline.help import nearest
from bot.adapters.planners.offline.neighbours import beside
from bot.adapters.planners.offline.outcomes import Miss, Talk, Unclear
from bot.adapters.planners.offline.phrases import Reference, Time, Unknown
from bot.adapters.planners.offline.resolve import find
from bot.adapters.planners.offline.rules.rule import rule
from bot.adapters.planners.offline.say import Say
from bot.adapters.planners.offline.scene import Scene
from bot.adapters.planners.offline.wants import MAIN
from bot.engine.composition import Audio, Text, Video
from bot.engine.layout import Placed
from bot.engine.timebase import length, timecode

_MOST_LISTED = 12
_MOST_TOLD = 3
_SHOWN = listed("come, go, play, show, ask, is, make")
_FILES = ("files", "file", "library", "assets", "media", "folder", "uploads")
_EXISTS = ("is there", "are there", "do we have")
_ALSO_REQUESTS = listed(
    "show me, list, tell me, is it, is this, is that, when is, is the, which, what"
)


def how_long(say: Say) -> Talk:
    """“how long is it?”, “how long is the beach clip?”."""
    asked = say.need_word("ask, length")
    if asked.text != "how long" and "length" not in asked.meanings:
        say.need_word("length")
    say.words("is, last for, ask, length, make, longer")
    if "we" in [word.text for word in say.clause.words()]:
        say.words("unknown person")
    ref = say.take(Reference)
    say.close()
    scene = say.scene
    if ref is None or _is_whole(scene, ref):
        lasts = f"The film is {length(scene.duration)} long."
        return _told(lasts if scene.duration else "There is nothing on the timeline yet.")
    items = find(scene, ref)
    return _told(" ".join(f"“{p.item.label}” is {scene.lasts(p)} long." for p in items), items)


def _is_whole(scene: Scene, ref: Reference) -> bool:
    whole = ref.kind in ("film", "video", "all") and not ref.numbers and not ref.name
    return whole or (ref.pronoun and not scene.request.focus)


def _told(text: str, about: Sequence[Placed] | None = None) -> Talk:
    ids = None if about is None else tuple(placed.item.id for placed in about)
    return Talk(text, manners=False, about=ids)


def what_is_at(say: Say) -> Talk:
    """“what's at 0:42?”."""
    say.need_word("ask")
    time = say.take(Time, "at", "on", "@", "around")
    if time is None:
        raise Miss
    say.words("is, show, ask, play, do, start, go, see, base")
    say.chunk(Reference, "", test=lambda c: c.value.kind in ("clip", "") and not c.value.numbers)
    say.close()
    scene = say.scene
    frame = scene.comp.canvas.fps.frames(time.seconds)
    items = [p for p in scene.timeline.placed if p.start <= frame < p.end]
    if not items:
        return _told(
            f"There is nothing at {timecode(time.seconds)}; the film is "
            f"{length(scene.duration)} long.",
            items,
        )
    text = f"At {timecode(time.seconds)}: " + ", ".join(map(scene.label, items)) + "."
    return _told(text, items)


def which_files(say: Say) -> Talk:
    """“what files do I have?”: asked before the history is."""
    if not any(getattr(c.value, "text", "") in _FILES for c in say.clause.chunks):
        raise Miss
    say.words("unknown person")
    return which_clips(say)


def which_clips(say: Say) -> Talk:
    """“which clips are there?”, “what's on the timeline?”."""
    say.need_word("ask")
    say.words("ask, is, have, do, show, give, use")
    ref = say.take(Reference)
    on_timeline = say.words("timeline")
    binned = say.chunk(
        Unknown,
        test=lambda c: c.value.text in _FILES,
    )
    bins = "bin" in [getattr(c.value, "text", "") for c in say.clause.chunks] and say.words(
        "remove"
    )
    say.words("is, have, do")
    say.close()
    scene = say.scene
    if bins or binned:
        names = [clip.name for clip in scene.comp.clips.values()]
        return _told(
            "In the bin: " + ", ".join(names[:_MOST_LISTED]) + "." if names else "The bin is empty."
        )
    if ref is None and not on_timeline:
        raise Miss
    if ref is not None and not (ref.plural or ref.kind == "all"):
        raise Miss
    items = scene.clips() if ref is None or ref.kind in ("clip", "video") else find(scene, ref)
    return _told(_listing(scene, items))


def _listing(scene: Scene, items: tuple[Placed, ...]) -> str:
    if not items:
        return "The timeline is still empty: drop a clip into the chat."
    rows = ", ".join(map(scene.label, items[:_MOST_LISTED]))
    more = f" and {len(items) - _MOST_LISTED} more" if len(items) > _MOST_LISTED else ""
    return f"{rows}{more}."


def how_many(say: Say) -> Talk:
    """“how many clips do we have”."""
    asked = say.need_word("ask")
    if asked.text != "how many":
        raise Miss
    say.words("ask, is, have, do, use, timeline")
    ref = say.take(Reference)
    say.close()
    if ref is None:
        raise Miss
    try:
        items = find(say.scene, ref)
    except Unclear:
        items = ()
    noun = ref.noun or "clips"
    return _told(f"{len(items)} {noun if len(items) != 1 else noun.removesuffix('s')}.")


def where(say: Say) -> Talk:
    """“where is the title?”, “when does the music start?”."""
    asked = say.need_word("ask, condition")
    if not asked.text.startswith(("where", "when", "at what time", "what time")):
        raise Miss
    ends = say.word("end")
    say.words("ask, is, start, do, show, play, come, timeline, last for")
    ref = say.take(Reference)
    say.close()
    if ref is None:
        raise Miss
    scene = say.scene
    rows = []
    items = find(scene, ref)
    for placed in items:
        start, end = scene.span(placed)
        verb = "ends" if ends else "runs"
        when = f"at {timecode(end)}" if ends else f"from {timecode(start)} to {timecode(end)}"
        rows.append(f"“{placed.item.label}” {verb} {when}.")
    return _told(" ".join(rows), items)


def how_loud(say: Say) -> Talk:
    """“how loud is the music?”, “is the music muted?”."""
    asked = say.need_word("ask, is")
    if asked.text.startswith("who"):
        raise Miss
    muted = say.word("mute, loop, duck")
    if not muted and asked.text != "how loud" and not say.word("volume, rate, opacity, size"):
        raise Miss
    say.words("ask, is, volume, do, rate, opacity, size, have")
    ref = say.take(Reference)
    say.close()
    if ref is None:
        raise Miss
    items = find(say.scene, ref)
    return _told(" ".join(map(_state, items)), items)


def _state(placed: Placed) -> str:
    item = placed.item
    if isinstance(item, Video | Audio):
        loud = "is muted" if item.muted else f"is at {item.volume:.0%} of its recorded volume"
        extra = f", {item.speed:g}× speed" if item.speed != 1 else ""
        extra += ", backwards" if item.pace < 0 else ""
        extra += ", looped" if isinstance(item, Audio) and item.loop else ""
        extra += ", ducked" if isinstance(item, Audio) and item.duck else ""
        return f"“{item.label}” {loud}{extra}."
    return f"“{item.label}” has {item.opacity:.0%} opacity and {item.transform.scale:.0%} size."


def what_format(say: Say) -> Talk:
    """“what resolution is it?”."""
    asked = say.need_word("ask")
    if asked.text != "what size":
        say.need_word("canvas, fps, size")
    say.words("ask, is, canvas, fps, size, have, do")
    ref = say.take(Reference)
    say.close()
    if ref is not None and not _is_whole(say.scene, ref):
        raise Miss
    canvas = say.scene.comp.canvas
    return _told(
        f"The film is {canvas.width}×{canvas.height} at {float(canvas.fps.value):g} "
        "frames per second."
    )


def longest(say: Say) -> Talk:
    """“which clip is the longest?”."""
    say.need_word("ask")
    asked = re.search(r"\b(longest|shortest)\b", say.clause.raw(say.scene.source).casefold())
    ref = say.take(Reference)
    kinds = ("clip", "video", "part", "")
    if asked is None or not say.scene.clips() or (ref is not None and ref.kind not in kinds):
        raise Miss
    ranked = sorted(say.scene.clips(), key=lambda placed: placed.frames)
    frames = ranked[-1 if asked[0] == "longest" else 0].frames
    found = [placed for placed in ranked if placed.frames == frames]
    return _told(f"The {asked[0]}: " + ", ".join(map(say.scene.label, found)) + ".", found)


def which_one(say: Say) -> Talk:
    """“what's the last clip?”, “which clip comes after the kitchen?”."""
    say.need_word("ask")
    say.words("ask, is, come, go, play, show")
    if asked := _asked_neighbour(say):
        return asked
    if any(word.verb and not word.meanings & _SHOWN for word in say.clause.words()):
        raise Miss
    aim = say.aim("")
    say.close()
    ref = aim.reference
    if ref is None or ref.plural or ref.kind not in ("clip", "video", "part", ""):
        raise Miss
    if not (ref.numbers or aim.neighbour):
        raise Miss
    items = aim.items(MAIN)
    return _told(_listing(say.scene, items), items)


def _asked_neighbour(say: Say) -> Talk | None:
    """“which clip comes after …”: here “clip” is a word without an article."""
    if not say.word("base") and say.peek(Reference, ""):
        return None
    neighbour = say.chunk(Reference, "after", "before")
    say.close()
    if neighbour is None:
        raise Miss
    items = beside(say.scene, Reference("clip", kind="clip"), neighbour)
    return _told(_listing(say.scene, items), items)


def is_there(say: Say) -> Talk:
    """“is there a logo?”."""
    asked = say.need_word("ask, is")
    ref = say.take(Reference, "")
    say.close()
    if asked.text not in _EXISTS or ref is None or not ref.kind or ref.name:
        raise Miss
    try:
        items = find(say.scene.copied(), replace(ref, plural=True))
    except Unclear:
        return _told(f"No, there is no {ref.noun} on the timeline.", ())
    return _told("Yes: " + _listing(say.scene, items), items)


def what_says(say: Say) -> Talk:
    """“what does the title say?”."""
    say.need_word("ask")
    say.need_word("say")
    ref = say.take(Reference)
    say.words("do, ask, is")
    say.close()
    if ref is None:
        raise Miss
    items = [p for p in find(say.scene, ref) if isinstance(p.item, Text)]
    if not items:
        return unseen(say)
    texts = (f"It says “{p.item.text}”." for p in items if isinstance(p.item, Text))
    return _told(" ".join(texts), items)


def who(say: Say) -> Talk:
    """“who trimmed the beach?”."""
    asked = say.need_word("ask")
    if asked.text not in ("who", "whose", "who did"):
        raise Miss
    src = say.scene.source
    history = say.scene.request.history
    names = {p.item.label.casefold() for p in say.scene.timeline.placed}
    words = src.message[slice(*say.clause.span(src))].casefold().rstrip("?").split()[1:]
    about = [w for w in words if any(w in name for name in names)] or words[-1:]
    verbs = [w for w in words if w.endswith("ed") or w in ("cut", "made", "did")]
    hits = [e for e in history if any(w in " ".join(e.summary).casefold() for w in about)]
    exact = [e for e in hits if any(v[:4] in " ".join(e.summary).casefold() for v in verbs)]
    found = (exact or (hits if not verbs else []))[-3:]
    if not found or any(w in words for w in ("in", "is", "are")):
        return unseen(say)
    return _told(" ".join(f"{e.author}: {e.summary[0]} (revision {e.seq})." for e in found))


def how_to(say: Say) -> Talk:
    """“how do I trim a clip?”."""
    asked = say.need_word("ask")
    text = say.clause.raw(say.scene.source).casefold()
    works = re.match(r"how (does|do) .* works?\b", text)
    if not works and not asked.text.startswith(("how do", "how can", "how to")):
        raise Miss
    if say.clause.means("render"):
        return _told(
            "Say “render”, and I make the film and post it here; “render in 1080p” sets its size."
        )
    src = say.scene.source
    examples = nearest(say.clause.raw(src))
    return _told(
        "Say it in plain words, such as " + " or ".join(f"“{text}”" for text in examples) + "."
    )


def unseen(say: Say) -> Talk:
    """What only somebody who watches or listens could tell: all that is known instead."""
    items = [placed for ref in say.references() for placed in _meant(say.scene, ref)]
    if len(items) > _MOST_TOLD:
        return _told(", ".join(say.scene.label(placed) for placed in items) + ".", items)
    known = [facts(say.scene, placed) for placed in items]
    told = " ".join(known or [film_facts(say.scene)])
    return _told(f"I cannot see or hear what is in the clips, but I know this: {told}", items)


def _meant(scene: Scene, ref: Reference) -> tuple[Placed, ...]:
    if _is_whole(scene, ref):
        return ()
    try:
        return find(scene.copied(), replace(ref, plural=True))
    except Unclear:
        return ()


def unknown_question(say: Say) -> Talk:
    """Any other question."""
    asked = say.need_word("ask")
    if not say.clause.asked and asked.text in _ALSO_REQUESTS:
        raise Miss
    return unseen(say)


RULES = (
    rule(how_long, "ask, length"),
    rule(what_is_at, "ask"),
    rule(how_many, "ask"),
    rule(where, "ask, condition"),
    rule(how_loud, "ask, is"),
    rule(what_format, "ask"),
    rule(which_one, "ask"),
    rule(is_there, "ask, is"),
    rule(what_says, "ask"),
    rule(longest, "ask"),
    rule(which_clips, "ask"),
    rule(who, "ask"),
)
BEFORE_COMMANDS = (rule(how_to, "ask"), rule(which_files, "ask"))
LAST = (rule(unknown_question, "ask"),)
