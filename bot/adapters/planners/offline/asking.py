"""The questions that arise where a noun phrase does not name exactly one thing."""

from collections.abc import Sequence

from bot.adapters.planners.offline.labels import likeness, spelling
from bot.adapters.planners.offline.outcomes import ask, puzzled, refuse
from bot.adapters.planners.offline.phrases import Reference
from bot.adapters.planners.offline.scene import Scene
from bot.engine.composition import Clip
from bot.engine.history import standing
from bot.engine.layout import Placed
from bot.ports import Choice


def not_placed(scene: Scene, clip: Clip) -> Exception:
    """The answer that a file is not on the timeline: not yet, or not any more."""
    label = clip.name.rpartition(".")[0] or clip.name
    edits = [e for e in standing(scene.request.history).values() if e.kind == "edit"]
    if edits and any(line.startswith(f"Removed “{label}”") for line in edits[-1].summary):
        return refuse(
            f"Nothing on the timeline is called “{label}” any more: “undo” brings it back, "
            f"“add {clip.name}” adds it at the end."
        )
    return refuse(
        f"“{clip.name}” is in the bin and not on the timeline yet: say “add {clip.name}” first."
    )


def which(
    scene: Scene, candidates: Sequence[Placed], ref: Reference | None, noun: str
) -> Exception:
    """The question which of several items is meant."""
    if ref is None:
        return ask(f"Which {noun} do you mean?", *(_named_choice(scene, p) for p in candidates))
    first, last = place(scene, ref)
    choices = [scene.choice(p, first, last) for p in candidates]
    asked = f"Which {noun}" if ref.pronoun else "Which one"
    return ask(f"{asked} do you mean by “{ref.words}”?", *choices)


def _named_choice(scene: Scene, placed: Placed) -> Choice:
    """The message with the missing object put in."""
    text, at = scene.request.text, scene.slot
    gap = "" if at == 0 or text[at - 1].isspace() else " "
    return Choice(scene.label(placed), f"{text[:at]}{gap}@{placed.item.id} {text[at:]}".strip())


def place(scene: Scene, ref: Reference) -> tuple[int, int]:
    """Where a noun phrase stands in the message."""
    tokens = scene.source.tokens
    return tokens[ref.first].start, tokens[ref.last - 1].end


def unknown(scene: Scene, ref: Reference) -> Exception:
    """The question what a name means that no item bears, with the nearest three."""
    if not scene.timeline.placed:
        return refuse("The timeline is still empty: drop a clip into the chat first.")
    first, last = place(scene, ref)
    scored = sorted(
        scene.timeline.placed,
        key=lambda p: likeness(spelling(ref.name), p.item.label),
        reverse=True,
    )
    choices = [scene.choice(p, first, last) for p in scored[:3]]
    return puzzled(
        f"I do not know which item “{ref.words}” is. Did you mean one of these?", *choices
    )


def nothing(scene: Scene, ref: Reference) -> Exception:
    """The answer that there is no such thing on the timeline."""
    noun = ref.noun.removesuffix("s") if ref.noun != "lens" else ref.noun
    text = f"There is no {noun or 'clip'} on the timeline."
    sort = "audio" if ref.kind in ("music", "voiceover", "sound effect") else "image"
    spare = [clip for clip in scene.comp.clips.values() if clip.kind == sort]
    if spare and ref.kind in ("music", "logo", "image", "watermark", "sticker"):
        text += f" “{spare[-1].name}” is in the bin: say “add {spare[-1].name}”."
    return refuse(text)
