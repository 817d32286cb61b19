"""History: what an edit changed, record by record, and how to take it back.

Undo is the reverse of a difference, written once; no operation carries an inverse. History is
append-only: undoing appends the reversed difference, redoing is undoing the undo.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, Self, TypeVar

from bot.engine.composition import Canvas, Clip, Composition, Item, Video
from bot.engine.errors import EditConflict, InvalidEdit
from bot.engine.operations.surgery import lineage
from bot.engine.plan import Plan
from bot.engine.record import Record
from bot.engine.rules import check, settle

T = TypeVar("T", bound=Record)
Change = tuple[T | None, T | None]
Order = tuple[str, ...]


class Diff(Record):
    """What lies between two compositions; None stands for absent.

    `main` holds the order of the main track before and after, None where it stayed.
    """

    items: Mapping[str, tuple[Item | None, Item | None]] = {}
    clips: Mapping[str, tuple[Clip | None, Clip | None]] = {}
    canvas: tuple[Canvas, Canvas] | None = None
    main: tuple[Order, Order] | None = None

    @classmethod
    def between(cls, before: Composition, after: Composition) -> Self:
        """Compare two compositions.

        At another frame rate every item counts as changed, even where its numbers are the same.
        """
        retimed = before.canvas.fps != after.canvas.fps
        return cls(
            items=_changed(before.items, after.items, whole=retimed),
            clips=_changed(before.clips, after.clips),
            canvas=(before.canvas, after.canvas) if before.canvas != after.canvas else None,
            main=(before.main, after.main) if before.main != after.main else None,
        )

    def __bool__(self) -> bool:
        return bool(self.items or self.clips or self.canvas or self.main)

    def reversed(self) -> Self:
        """The difference that leads back."""
        return type(self)(
            items={key: (new, old) for key, (old, new) in self.items.items()},
            clips={key: (new, old) for key, (old, new) in self.clips.items()},
            canvas=self.canvas and (self.canvas[1], self.canvas[0]),
            main=self.main and (self.main[1], self.main[0]),
        )

    def apply(self, comp: Composition) -> Composition:
        """Apply to a composition that may have moved on since.

        What no longer fits there is mended as after an edit, so what was done in the end is the
        difference between `comp` and the result.

        Raises:
            EditConflict: A later edit touched the same thing, or builds on this one.
        """
        self._refuse_other_format(comp)
        self._refuse_split(comp)
        after = comp.but(
            items=_patched(comp.items, self.items),
            clips=_patched(comp.clips, self.clips),
            canvas=self.canvas[1] if self.canvas else comp.canvas,
            main=_merged(comp.main, *self.main) if self.main else comp.main,
        )
        try:
            after = settle(after)
            check(after)
        except InvalidEdit as error:
            raise EditConflict(
                f"A later edit builds on this one; undo that first. {error}"
            ) from error
        return after

    def _refuse_other_format(self, comp: Composition) -> None:
        """Another frame rate means other numbers, so nothing may have changed since."""
        if self.canvas is None:
            return
        old, new = self.canvas
        if comp.canvas != old:
            raise EditConflict("The format was changed by a later edit; undo that first.")
        if old.fps != new.fps:
            for key, item in comp.items.items():
                if self.items.get(key, (None, None))[0] != item:
                    raise EditConflict(f"{_name(item)} was changed at this frame rate since.")

    def _refuse_split(self, comp: Composition) -> None:
        """What was split off since would keep what is taken back from the rest."""
        pieces = (lineage(key) for key in comp.items if key not in self.items)
        parents = {parent for row in pieces for parent in row}
        for key in filter(parents.__contains__, self.items):
            old, now = self.items[key][0], comp.items.get(key)
            if old and now and now.duration < old.duration:
                raise EditConflict(f"{_name(now)} was split by a later edit; undo that first.")


def _changed(
    before: Mapping[str, T], after: Mapping[str, T], *, whole: bool = False
) -> dict[str, Change[T]]:
    return {
        key: (before.get(key), after.get(key))
        for key in {**before, **after}
        if whole or before.get(key) != after.get(key)
    }


def _patched(records: Mapping[str, T], changes: Mapping[str, Change[T]]) -> dict[str, T]:
    patched = {key: _reconciled(records.get(key), *change) for key, change in changes.items()}
    return {key: record for key, record in {**records, **patched}.items() if record is not None}


def _reconciled(now: T | None, old: T | None, new: T | None) -> T | None:
    """Change a record as far as this difference did; later changes to other fields stay.

    Raises:
        EditConflict: The record came, went, or has its very fields changed since.
    """
    if now == old:
        return new
    if now is None or old is None or new is None or type(now) is not type(new):
        raise EditConflict(f"{_name(old or new)} was changed by a later edit; undo that first.")
    fields = [name for name in type(old).model_fields if getattr(old, name) != getattr(new, name)]
    touched = any(getattr(now, name) != getattr(old, name) for name in fields)
    if touched or _at_wrong_end(old, new, now) or _at_wrong_end(old, now, new):
        raise EditConflict(f"{_name(now)} was changed by a later edit; undo that first.")
    return now.but(**{name: getattr(new, name) for name in fields})


def _at_wrong_end(old: object, one: object, other: object) -> bool:
    """Whether one change turned a video round, and another moved its far end, where it begins then.

    What a speed rounds is no move.
    """
    if not (isinstance(old, Video) and isinstance(one, Video) and isinstance(other, Video)):
        return False
    moved = abs(other.source_length - old.source_length) > max(old.speed, other.speed)
    return moved and one.backwards != old.backwards


def _name(record: object) -> str:
    return f"“{getattr(record, 'label', None) or getattr(record, 'name', 'It')}”"


def _merged(now: Order, before: Order, after: Order) -> Order:
    """Apply a change of order to a track that moved on.

    What was reordered must still stand in the order that it was left in; what comes back goes
    behind the neighbour that it had.
    """
    if now == before:
        return after
    stayed = set(before) & set(after)
    left, wanted = ([key for key in order if key in stayed] for order in (before, after))
    if left != wanted:
        if [key for key in now if key in stayed] != left:
            raise EditConflict("The order was changed by a later edit; undo that first.")
        places = dict(zip(left, wanted, strict=True))
        now = tuple(places.get(key, key) for key in now)
    gone = set(before) - stayed
    kept = dict.fromkeys(key for key in now if key not in gone)
    neighbour = ""
    behind: dict[str, list[str]] = {}
    for key in after:
        if key in kept:
            neighbour = key
        elif key not in stayed:
            behind.setdefault(neighbour, []).append(key)
    return tuple(each for key in ("", *kept) for each in (key, *behind.get(key, ())) if each)


class Entry(Record):
    """One line of the history: what was done, by whom and when (ISO 8601, UTC).

    `reverts` is the revision that this one took back; `focus` the items that it was about. `plan`
    and `diff`, what was done and what that changed, are given of the latest entry only: “a bit
    more”, “and the second one” and “it” are about that.
    """

    seq: int
    kind: Literal["edit", "undo", "redo"]
    author: str
    at: str
    summary: tuple[str, ...]
    reverts: int | None = None
    focus: tuple[str, ...] = ()
    plan: Plan | None = None
    diff: Diff | None = None


def standing(history: Sequence[Entry]) -> dict[int, Entry]:
    """Revisions whose effect is in force: not reverted, or reverted and that reverted again."""
    entries = {entry.seq: entry for entry in history}
    standing = dict(entries)
    for entry in sorted(history, key=lambda entry: entry.seq):
        target = entries.get(entry.reverts or 0)
        if target is not None:
            standing.pop(target.seq, None)
            if target.reverts in entries:
                standing[target.reverts] = entries[target.reverts]
    return standing


def undoable(history: Sequence[Entry], author: str | None = None) -> Entry | None:
    """The latest edit in force (of one author), which an "undo" takes back."""
    edits = [
        entry
        for entry in standing(history).values()
        if entry.kind == "edit" and (author is None or entry.author.casefold() == author.casefold())
    ]
    return max(edits, key=lambda entry: entry.seq, default=None)


def redoable(history: Sequence[Entry]) -> Entry | None:
    """The latest undo in force since the last edit, which a plain "redo" takes back."""
    last_edit = max((entry.seq for entry in history if entry.kind == "edit"), default=0)
    undos = [e for e in standing(history).values() if e.kind == "undo" and e.seq > last_edit]
    return max(undos, key=lambda entry: entry.seq, default=None)
