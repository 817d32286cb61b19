"""The composition as a message sees it: what stands where, what "it" means, what has been added."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from bot.adapters.planners.offline.outcomes import Assumptions
from bot.adapters.planners.offline.phrases import Bound, Number, Point, Source, Time
from bot.adapters.planners.offline.wants import Want
from bot.engine.composition import Clip, Composition
from bot.engine.history import Entry
from bot.engine.layout import Placed, Timeline, layout
from bot.engine.operations import AnyOperation, SetTransition
from bot.engine.select import AnyOf, ById, Selector
from bot.engine.timebase import length, timecode
from bot.ports import Choice, Request


@dataclass
class Scene:
    """State that grows while the clauses of one message are read.

    `timeline` is the one before the message; selectors and times are judged on it. `after` is the
    composition with the clauses understood so far; `slot` is where a missing object would stand in
    the message. `stretch` is a time said in front of the clauses that it is for; `pending` are the
    words of a scope that nothing has been said about yet. `joints` are the clips that
    the transition just made leads into; while it is what was spoken of, “it” is no clip. `last` is
    the edit that bare follow-ups (“a bit more”) are about. `moved` are the clips that the message
    has given a place, `changed` what each of its edits was about, `doubled` what the last
    one copied. While `spared` clips last, nothing is to change (“not in the intro”); `counted`: a
    clip is to stay that was only counted (“not the second”).
    """

    request: Request
    source: Source
    comp: Composition
    timeline: Timeline
    after: Composition
    mentioned: tuple[str, ...] = ()
    joints: tuple[str, ...] = ()
    scope: tuple[str, ...] = ()
    pending: str = ""
    excluded: tuple[str, ...] = ()
    spared: tuple[str, ...] = ()
    counted: bool = False
    pieces: tuple[tuple[float, float], ...] = ()
    stretch: tuple[float, float] | None = None
    stretch_used: bool = False
    slot: int = 0
    kept: bool = False
    moved: frozenset[str] = frozenset()
    doubled: tuple[str, ...] = ()
    changed: tuple[frozenset[str], ...] = ()
    last: Entry | None = None
    new_ids: list[str] = field(default_factory=list)
    assume: Assumptions = field(default_factory=Assumptions)

    @classmethod
    def of(cls, request: Request, source: Source) -> "Scene":
        timeline, last = layout(request.comp), _last_edit(request)
        scene = cls(request, source, request.comp, timeline, request.comp, last=last)
        if last and last.plan and is_transition(last.plan.operations):
            scene.turn_to_joints(request.focus)
        return scene

    def turn_to_joints(self, ids: Sequence[str]) -> None:
        """A transition was made: before these clips, or at every cut if there are none."""
        joined = [
            p.item.id for p in layout(self.after).main if getattr(p.item, "transition_in", None)
        ]
        self.joints = tuple(key for key in joined if not ids or key in ids)
        self.mentioned = ()
        self.request = replace(self.request, focus=())

    def copied(self) -> "Scene":
        """A scene that grows by itself."""
        return replace(self, new_ids=[*self.new_ids], assume=Assumptions([*self.assume.lines]))

    @property
    def duration(self) -> float:
        """Seconds of the film before the message."""
        return self.timeline.seconds

    def placed(self, item_id: str) -> Placed | None:
        """An item as it stood before the message, or as this message made it."""
        found = self.timeline.by_id.get(item_id)
        return found or layout(self.after).by_id.get(item_id)

    def span(self, placed: Placed) -> tuple[float, float]:
        """Start and end of an item in seconds."""
        return self.seconds(placed.start), self.seconds(placed.end)

    def span_now(self, placed: Placed) -> tuple[float, float]:
        """Start and end of a free item as this message has moved it."""
        now = layout(self.after).by_id.get(placed.item.id) if placed.track != "main" else None
        return self.span(now or placed)

    def seconds(self, frames: int) -> float:
        return self.comp.canvas.fps.seconds(frames)

    def clips(self) -> tuple[Placed, ...]:
        """What stands on the main track."""
        return self.timeline.main

    def brought(self) -> tuple[Clip, ...]:
        """The files that came with the message."""
        return tuple(
            self.comp.clips[key] for key in self.request.attachments if key in self.comp.clips
        )

    def standing(self, clip: Clip) -> Placed | None:
        """The last item of the main track that shows a clip."""
        found = [p for p in self.clips() if getattr(p.item, "clip", None) == clip.id]
        return found[-1] if found else None

    def fresh_id(self, prefix: str) -> str:
        """An id for an item that this message adds."""
        taken = {*self.comp.items, *self.comp.clips, *self.after.items, *self.new_ids}
        name = f"{prefix}{self.request.serial}"
        number = 1
        while name in taken:
            number += 1
            name = f"{prefix}{self.request.serial}x{number}"
        self.new_ids.append(name)
        return name

    def moment(self, bound: Bound, start: float = 0, end: float | None = None) -> float | None:
        """Seconds of the timeline for a moment of the film, or of an item from `start` to `end`.

        None for "here", which a chat cannot know.
        """
        end = self.duration if end is None else end
        match bound:
            case Time(seconds=seconds):
                return start + seconds
            case Number(value=value):
                self.assume(f"“{bound.raw}” was taken for seconds.")
                return start + value
            case Point(name="start"):
                return start
            case Point(name="end"):
                return end
            case Point(name="middle"):
                return round(start + (end - start) / 2, 3)
        return None

    def choice(self, placed: Placed, first: int, last: int) -> Choice:
        """An item to choose, as the message with the place [first, last) naming it."""
        text = self.request.text
        before = "" if not first or text[first - 1].isspace() or last > first else " "
        behind = " " if last == first else ""
        return Choice(
            self.label(placed),
            f"{text[:first]}{before}@{placed.item.id}{behind}{text[last:]}".strip(),
        )

    def label(self, placed: Placed) -> str:
        """How a choice names an item: “beach” (clip 2, 0:05–0:12)."""
        start, end = self.span(placed)
        kind = f"clip {placed.index + 1}" if placed.track == "main" else placed.item.type
        return f"“{placed.item.label}” ({kind}, {timecode(start)}–{timecode(end)})"

    def lasts(self, placed: Placed) -> str:
        """The length of an item in words."""
        return length(self.seconds(placed.frames))

    def copies(self, item_id: str) -> tuple[Placed, ...]:
        """What this message has made of an item of the main track, right behind it."""
        row = self.after.main
        at = row.index(item_id) + 1 if item_id in row else len(row)
        clip = getattr(self.after.items.get(item_id), "clip", None)
        found = []
        while at < len(row) and row[at] not in self.comp.items:
            if getattr(self.after.items[row[at]], "clip", None) != clip:
                break
            found.append(layout(self.after).by_id[row[at]])
            at += 1
        return tuple(found)

    def gone(self) -> frozenset[str]:
        """The ids of what this message has removed."""
        return frozenset(self.comp.items.keys() - self.after.items.keys())

    def made(self) -> tuple[Placed, ...]:
        """What this message has added so far."""
        return tuple(p for p in layout(self.after).in_order if p.item.id in self.new_ids)

    def fitting(self, want: Want) -> tuple[Placed, ...]:
        """All items of a sort, in timeline order."""
        return tuple(placed for placed in self.timeline.in_order if self.suits(want, placed))

    def suits(self, want: Want, placed: Placed) -> bool:
        """Whether an item is of a sort; what is to be heard needs a file with sound."""
        clip = self.comp.clips.get(getattr(placed.item, "clip", ""))
        silent = want.audible and clip is not None and not clip.has_audio
        return want.fits(placed) and not silent


def _last_edit(request: Request) -> Entry | None:
    """The latest entry, where it is an edit and what is spoken of comes from it."""
    last = request.history[-1] if request.history else None
    if last is None or last.kind != "edit" or last.plan is None:
        return None
    there = tuple(key for key in last.focus if key in request.comp.items)
    return last if there == request.focus else None


def is_transition(operations: Sequence[AnyOperation]) -> bool:
    """Whether an edit was about transitions alone."""
    return bool(operations) and all(isinstance(each, SetTransition) for each in operations)


def selector(items: Sequence[Placed] | Iterable[Placed]) -> Selector:
    """Select exactly these items."""
    return by_ids(*(placed.item.id for placed in items))


def by_ids(*ids: str) -> Selector:
    """Select exactly the items with these ids."""
    leaves = tuple(ById(id=key) for key in ids)
    return leaves[0] if len(leaves) == 1 else AnyOf(of=leaves)
