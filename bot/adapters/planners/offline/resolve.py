"""From noun phrases to items: exactly those that were meant, or a question."""

import itertools
from collections.abc import Iterable, Sequence

from bot.adapters.planners.offline.among import (
    among_named,
    check_moved,
    check_voice,
    coloured,
    copies,
    is_series,
    item_names,
    saying,
    similar,
)
from bot.adapters.planners.offline.asking import not_placed, nothing, place, unknown, which
from bot.adapters.planners.offline.bin import bin_clip
from bot.adapters.planners.offline.kinds import KINDS
from bot.adapters.planners.offline.labels import is_short_for, spelling
from bot.adapters.planners.offline.outcomes import ask, refuse
from bot.adapters.planners.offline.phrases import Reference
from bot.adapters.planners.offline.pieces import among_pieces, check_whole, which_of
from bot.adapters.planners.offline.references import TEXTS
from bot.adapters.planners.offline.scene import Scene
from bot.adapters.planners.offline.wants import ANY, MAIN, Want
from bot.engine.composition import Captions, Text
from bot.engine.layout import Placed


def find(scene: Scene, ref: Reference, want: Want = ANY) -> tuple[Placed, ...]:
    """The items that a noun phrase means.

    Raises:
        Unclear: None, or several where one was meant.
    """
    if ref.parts:
        found = _each_once(scene, ref, want)
    elif ref.ids:
        found = _by_ids(scene, ref)
    elif ref.pronoun:
        found = _antecedent(scene, ref, want)
    else:
        found = check_whole(scene, ref, _described(scene, ref, want), want)
    if ref.but is not None:
        gone = {p.item.id for p in _excepted(scene, ref.but, found)}
        found = tuple(p for p in found if p.item.id not in gone)
    return _without_excluded(scene, ref, found)


def _excepted(scene: Scene, but: Reference, found: tuple[Placed, ...]) -> tuple[Placed, ...]:
    """What an exception takes out: “the last one” is counted among what it is taken out of."""
    if but.kind or but.name or but.ids or but.parts or not (but.numbers or but.which):
        return find(scene, but)
    row = tuple(sorted(found, key=lambda placed: (placed.start, placed.index)))
    return _numbered(scene, but, row) if but.numbers else _superlative(scene, but, row)


def _without_excluded(
    scene: Scene, ref: Reference, found: tuple[Placed, ...]
) -> tuple[Placed, ...]:
    """Leave out what the message says not to touch."""
    left = tuple(p for p in found if p.item.id not in scene.excluded)
    several = ref.every or ref.plural or ref.kind in ("all", "film")
    if len(left) < len(found) and not (left and several):
        raise ask(f"You said not to touch “{ref.words}”, and to change it. Which is it?")
    return left


def _each_once(scene: Scene, ref: Reference, want: Want) -> tuple[Placed, ...]:
    """All that is listed; two names of one thing are a slip: “the coach and the couch”.

    Raises:
        Unclear: One name may mean something else.
    """
    found = {part.words: find(scene, part, want) for part in ref.parts}
    for one, two in itertools.combinations([p for p in ref.parts if p.name or p.kind in _ROLES], 2):
        if found[one.words] == found[two.words] and len(found[one.words]) == 1:
            raise ask(f"“{one.words}” and “{two.words}”: which two do you mean?")
    return _distinct(p for items in found.values() for p in items)


_ROLES = ("intro", "outro")


def _distinct(found: Iterable[Placed]) -> tuple[Placed, ...]:
    return tuple({p.item.id: p for p in found}.values())


def _by_ids(scene: Scene, ref: Reference) -> tuple[Placed, ...]:
    found = []
    for key in ref.ids:
        placed = scene.placed(key)
        if placed is None and key in scene.comp.clips:
            raise not_placed(scene, scene.comp.clips[key])
        if placed is None:
            raise refuse(f"There is no item @{key} any more; nothing was changed.")
        found.append(placed)
    return tuple(found)


def _antecedent(scene: Scene, ref: Reference, want: Want) -> tuple[Placed, ...]:
    """This message's subject, its attachment, the thread's focus, or the only item that fits."""
    near = ref.which in ("this", "these", "dis")
    brought = _brought(scene)
    sources = [brought, scene.mentioned] if near else [scene.mentioned or scene.scope, brought]
    for ids in sources:
        if ids:
            scene.pending = ""
            return _many_or_one(scene, ids, ref)
    if near and scene.brought():
        raise not_placed(scene, scene.brought()[0])
    if scene.brought() and not scene.request.focus and not scene.mentioned:
        raise not_placed(scene, scene.brought()[0])
    return default_items(scene, ref, want)


def _many_or_one(scene: Scene, ids: Sequence[str], ref: Reference) -> tuple[Placed, ...]:
    placed = tuple(p for key in ids if (p := scene.placed(key)))
    made = scene.made()
    if ref.plural and len(placed) == 1 and placed[0] in made:
        placed = made  # “add 'A' and add 'B', make them red”
    if ref.plural and len(placed) == 1:
        placed += scene.copies(placed[0].item.id)  # “duplicate the beach, mute both”
    if (ref.words.casefold() == "both" or ref.count > 1) and len(placed) != max(2, ref.count):
        raise which(scene, placed, ref, "item")
    if len(placed) > 1 and ref.which in ("this", "that", "it") and not ref.plural:
        raise which(scene, placed, ref, "clip")
    return placed


def _brought(scene: Scene) -> tuple[str, ...]:
    standing = [scene.standing(clip) for clip in scene.brought() if clip.kind == "video"]
    return tuple(placed.item.id for placed in standing if placed)


def default_items(scene: Scene, ref: Reference | None, want: Want) -> tuple[Placed, ...]:
    """What is meant where nothing is named: the focus, or the only item that fits."""
    focus = [p for key in scene.request.focus if (p := scene.timeline.by_id.get(key))]
    fitting = [p for p in focus if scene.suits(want, p)]
    if fitting and (ref is not None or focus[0] is fitting[0]):
        if len(fitting) > 1 and not (ref is not None and ref.plural):
            raise which(scene, fitting, ref, want.name)
        return tuple(fitting)
    candidates = scene.fitting(want)
    silent = want.audible and any(map(want.fits, focus)) and bool(candidates)
    unsure = ref is not None and ref.which == "it" and scene.last is not None
    if (silent or unsure) and not fitting:
        raise which(scene, (*(() if want.audible else focus), *candidates), ref, want.name)
    if len(candidates) == 1:
        return candidates
    if ref is not None and (only := _only_clip(scene, candidates)):
        return only
    if not candidates:
        raise refuse(f"There is no {want.name} on the timeline to do that with.")
    raise which(scene, candidates, ref, want.name)


def _only_clip(scene: Scene, candidates: Sequence[Placed]) -> tuple[Placed, ...]:
    """“it” in a film of one clip is that clip, whatever else lies over it."""
    clips = [p for p in candidates if p.track == "main"]
    return (clips[0],) if len(clips) == 1 and len(scene.clips()) == 1 else ()


def _described(scene: Scene, ref: Reference, want: Want) -> tuple[Placed, ...]:
    if ref.kind == "copy":
        return copies(scene, ref)
    candidates = _candidates(scene, ref, want)
    if ref.name:
        candidates = _named(scene, ref, candidates)
    elif labelled := _labelled(scene, ref):
        return labelled
    if ref.says:
        candidates = saying(scene, ref, candidates)
    if ref.colour:
        candidates = coloured(scene, ref, candidates)
    if ref.kind in ("intro", "outro") and not ref.name and not ref.numbers:
        return _opening_or_closing(scene, ref, candidates)
    candidates = among_named(scene, ref, among_pieces(scene, ref, candidates))
    if ref.numbers:
        return _numbered(scene, ref, candidates)
    if ref.which:
        return _superlative(scene, ref, candidates)
    return _all_or_one(scene, ref, candidates, want)


def _candidates(scene: Scene, ref: Reference, want: Want) -> tuple[Placed, ...]:
    if ref.kind == "part" and scene.pieces and (ref.numbers or ref.which):
        raise ask("Split first, and say what to do with the parts in a second message.")
    if not ref.kind:
        unnamed = not (ref.name or ref.says)
        usual = MAIN if ref.numbers or ref.which or unnamed else ANY
        return scene.fitting(usual)
    if ref.kind == "all":
        row = scene.fitting(want)
        return _others(scene, row) if ref.noun.endswith("else") else row
    if ref.kind == "voice" and not ref.noun.startswith("original"):
        check_voice(scene, ref)
    found = scene.fitting(Want(ref.noun, KINDS[ref.kind]))
    if not ref.numbers:
        found += _made(scene, ref)
    if ref.noun == "picture" and not (ref.definite or ref.numbers) and found:
        raise ask(f"“{ref.words}”: is that “{found[0].item.label}”, or what the clips show?")
    return _narrowed(ref, found)


def _narrowed(ref: Reference, found: tuple[Placed, ...]) -> tuple[Placed, ...]:
    """Of what a noun can mean, what it usually does."""
    if ref.kind in ("logo", "watermark", "sticker"):
        labelled = tuple(p for p in found if ref.kind in p.item.label.casefold())
        return labelled or found
    if ref.kind == "music":
        return tuple(p for p in found if not KINDS["voiceover"](p)) or found
    if ref.kind in ("caption", "subtitle") and ref.plural:
        return tuple(p for p in found if isinstance(p.item, Captions)) or found
    if ref.kind == "title" and not ref.name:
        free = tuple(p for p in found if p.track != "main")
        return free or found
    return found


def _others(scene: Scene, row: tuple[Placed, ...]) -> tuple[Placed, ...]:
    """“everything else”: all but what was spoken of."""
    known = {*(scene.mentioned or scene.scope or scene.excluded), *scene.gone()}
    if not known:
        raise ask("Everything else than what? Name what shall stay as it is.")
    return tuple(placed for placed in row if placed.item.id not in known)


def _made(scene: Scene, ref: Reference) -> tuple[Placed, ...]:
    """What an earlier clause has added; clips are counted as they were before the message."""
    fits = KINDS.get(ref.kind, ANY.fits)
    return tuple(p for p in scene.made() if (fits(p) and not MAIN.fits(p)) or _is_card(p, ref))


def _is_card(placed: Placed, ref: Reference) -> bool:
    return isinstance(placed.item, Text) and ref.kind in TEXTS


def _labelled(scene: Scene, ref: Reference) -> tuple[Placed, ...]:
    """An item whose label is the very noun: “title”, “clip 2”."""
    if ref.plural or ref.which or (ref.numbers and ref.numbers[0] < 0):
        return ()
    spelt = spelling(_bare(ref))
    hits = [p for p in scene.timeline.placed if spelling(p.item.label) == spelt]
    if len(hits) != 1 or not spelt or _made(scene, ref):
        return ()
    if ref.numbers:
        row = _candidates(scene, ref, ANY)
        number = ref.numbers[0]
        counted = row[number - 1] if 0 < number <= len(row) else None
        ordinal = (
            "number" in ref.words or any(c in ref.words for c in "#") or ref.words[:1].isdigit()
        )
        if counted and counted.item.id != hits[0].item.id and not ordinal:
            raise which(scene, (hits[0], counted), ref, "clip")
    return (hits[0],)


def _bare(ref: Reference) -> str:
    words = ref.words.casefold().split()
    led = words[:1] and words[0] in ("the", "my", "our", "this", "that")
    return " ".join(words[1:] if led else words)


def _named(scene: Scene, ref: Reference, candidates: tuple[Placed, ...]) -> tuple[Placed, ...]:
    everything = scene.timeline.in_order
    for pool in (candidates, everything, scene.made()):
        if hits := _hits(scene, ref, pool):
            return hits
    texts = tuple(p for p in everything if isinstance(p.item, Text))
    if hits := tuple(p for p in texts if spelling(ref.name) == spelling(p.item.text)):  # type: ignore[union-attr]
        return hits
    clip = bin_clip(scene, ref.name)
    if clip is not None and all(getattr(p.item, "clip", "") != clip.id for p in everything):
        raise not_placed(scene, clip)
    short = tuple(p for p in candidates if is_short_for(ref.name, p.item.label))
    if len(short) == 1 and not ref.every:
        scene.assume(f"“{ref.words}” was taken for “{short[0].item.label}”.")
        return short
    raise unknown(scene, ref)


def _hits(scene: Scene, ref: Reference, pool: Sequence[Placed]) -> tuple[Placed, ...]:
    """Exact label, then all words in the label, then one similar enough."""
    spelt = spelling(ref.name)
    names = {p.item.id: item_names(scene, p) for p in pool}
    exact = tuple(p for p in pool if spelt in names[p.item.id])
    labelled = tuple(p for p in exact if spelling(p.item.label) == spelt)
    words = set(spelt.split())
    within = tuple(p for p in pool if words and words <= set(spelling(p.item.label).split()))
    counted = bool(ref.numbers or ref.which) and is_series(exact, within)
    if ((ref.plural and not ref.numbers) or counted) and len(within) > 1:
        return within
    singular = tuple(p for p in pool if f"{spelling(p.item.label)}s" == spelt)
    if ref.every and not exact and len({p.item.id for p in (*within, *singular)}) == 1:
        return ()  # “every room”, of which one is called living room
    return labelled or exact or (within and _distinct((*within, *singular))) or similar(spelt, pool)


def _opening_or_closing(
    scene: Scene, ref: Reference, candidates: tuple[Placed, ...]
) -> tuple[Placed, ...]:
    row = [p for p in candidates if ref.kind in p.item.label.casefold()]
    if len(row) == 1:
        return tuple(row)
    if not scene.clips():
        raise nothing(scene, ref)
    if clip := bin_clip(scene, ref.kind):
        shown = tuple(p for p in candidates if getattr(p.item, "clip", "") == clip.id)
        if not shown:
            raise not_placed(scene, clip)
        return _all_or_one(scene, ref, shown, MAIN)
    scene.assume(
        f"“{ref.words}” was taken for the {'first' if ref.kind == 'intro' else 'last'} clip."
    )
    return (scene.clips()[0 if ref.kind == "intro" else -1],)


def _numbered(scene: Scene, ref: Reference, row: tuple[Placed, ...]) -> tuple[Placed, ...]:
    if not row:
        raise nothing(scene, ref)
    wanted = list(ref.numbers)
    if ref.count > 1:
        wanted = list(range(1, ref.count + 1)) if wanted[0] == 1 else list(range(-ref.count, 0))
    missing = [n for n in wanted if not (0 < n <= len(row) or -len(row) <= n < 0)]
    if missing:
        noun = ref.noun.rstrip("s") or "clip"
        there = f"only {len(row)} {noun}s" if len(row) > 1 else f"only one {noun}"
        first, last = place(scene, ref)
        choices = [scene.choice(p, first, last) for p in row[-3:]]
        raise ask(f"There are {there}. Which do you mean by “{ref.words}”?", *choices)
    check_moved(scene, row)
    return tuple(row[n - 1] if n > 0 else row[n] for n in wanted)


def _superlative(scene: Scene, ref: Reference, row: tuple[Placed, ...]) -> tuple[Placed, ...]:
    if not row:
        raise nothing(scene, ref)
    match ref.which:
        case "middle" if len(row) % 2:
            return (row[len(row) // 2],)
        case "longest" | "shortest":
            sign = -1 if ref.which == "longest" else 1
            ranked = sorted(row, key=lambda p: sign * p.frames)
            if len(ranked) == 1 or ranked[0].frames != ranked[1].frames:
                return (ranked[0],)
        case "other" | "rest":
            gone = scene.gone()
            known = {*(scene.mentioned or ((not gone and scene.request.focus[:1]) or ())), *gone}
            rest = tuple(p for p in row if p.item.id not in known)
            several = ref.plural or ref.which == "rest" or len(rest) == 1
            if known and rest and several and ref.count in (1, len(rest)):
                return rest
        case "newest" if brought := _brought(scene):
            return tuple(p for key in brought if (p := scene.placed(key)))
    raise which(scene, row, ref, ref.noun or "clip")


def _all_or_one(
    scene: Scene, ref: Reference, row: tuple[Placed, ...], want: Want
) -> tuple[Placed, ...]:
    if not row:
        raise nothing(scene, ref)
    if ref.words.casefold().startswith("both ") and len(row) > 2:
        raise which(scene, row, ref, ref.noun or "clip")
    whole = ref.kind in ("film", "all", "voice") or (ref.kind == "video" and not ref.every)
    if ref.every or ref.plural or whole or len(row) == 1:
        return row
    narrowed = tuple(p for p in row if want.fits(p))
    if len(narrowed) == 1 and ref.name:
        return narrowed
    if ref.which == "" and not ref.name and (kept := _focused(scene, row)):
        return kept
    raise which_of(scene, ref, row)


def _focused(scene: Scene, row: tuple[Placed, ...]) -> tuple[Placed, ...]:
    """“the clip”, “the title”: the one that this message or thread is about."""
    for ids in (scene.mentioned, scene.scope, _brought(scene), scene.request.focus):
        hits = tuple(p for p in row if p.item.id in ids)
        if len(hits) == 1:
            return hits
    return ()


def is_clip(ref: Reference) -> bool:
    """Whether a noun phrase speaks of the main track."""
    return ref.kind in ("clip", "video", "part", "")


def count(scene: Scene, ref: Reference) -> int:
    """How many items there are of the kind that a noun phrase speaks of."""
    return sum(map(KINDS[ref.kind], scene.timeline.placed)) if ref.kind else 0


def is_text(ref: Reference) -> bool:
    """Whether a noun phrase speaks of a text."""
    return ref.kind in TEXTS
