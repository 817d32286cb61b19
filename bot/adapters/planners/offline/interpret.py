"""Reading the clauses of a message one after the other, each in the light of those before."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from bot.adapters.planners.offline.clause import Clause
from bot.adapters.planners.offline.elliptic import (
    all_repeated,
    completed,
    denies_place,
    is_repeated,
    repeated,
    sharing,
    split,
    verb_of,
    with_verb,
)
from bot.adapters.planners.offline.guards import (
    adds_length,
    check_twice,
    every_nth,
    is_ratio,
    is_role,
    restricts,
    spans_names,
    tells,
    unchanged,
)
from bot.adapters.planners.offline.outcomes import (
    AlreadySo,
    Miss,
    Result,
    Scope,
    Step,
    Unclear,
    already,
    ask,
)
from bot.adapters.planners.offline.phrases import (
    Reference,
)
from bot.adapters.planners.offline.resolve import find
from bot.adapters.planners.offline.rules import RULES
from bot.adapters.planners.offline.rules.mistaken import check_instead
from bot.adapters.planners.offline.say import Say
from bot.adapters.planners.offline.scene import Scene, by_ids, is_transition
from bot.engine.composition import Composition
from bot.engine.errors import EngineError
from bot.engine.operations import AnyOperation, Cut, Move, Reorder, Trim
from bot.engine.plan import Plan
from bot.engine.select import ById
from bot.engine.timebase import timecode


class NotUnderstood(Exception):
    """No rule reads a clause; `left` are the words that the best attempt could not use."""

    def __init__(self, clause: Clause, left: tuple[str, ...]) -> None:
        super().__init__(*left)
        self.clause = clause
        self.left = left


@dataclass
class Reading:
    """What has been understood of a message so far."""

    scene: Scene
    operations: list[AnyOperation] = field(default_factory=list)
    already: list[str] = field(default_factory=list)
    previous: Clause | None = None

    def read(self, clause: Clause) -> list[Result]:
        """Understand a clause, as a whole or as a list of elliptic parts.

        Raises:
            NotUnderstood: Words are left over.
            Unclear: Something has to be asked first.
        """
        unsure = spans_names(clause) or adds_length(clause) or is_role(clause)
        if unsure or (self.operations and restricts(clause)):
            raise NotUnderstood(clause, (clause.raw(self.scene.source),))
        failures: list[NotUnderstood] = []
        for parts in self._versions(every_nth(clause, self.scene)):
            trial = self._copied()
            try:
                results = [r for part in parts for r in trial._part(part, alone=len(parts) == 1)]
            except NotUnderstood as error:
                failures.append(error)
            else:
                self._adopt(trial, parts[-1])
                return results
        raise NotUnderstood(clause, failures[0].left) from failures[0]

    def mention(self, clause: Clause) -> None:
        """What a clause that changes nothing was about: “it” means that now."""
        for ref in (c.value for c in clause.chunks if isinstance(c.value, Reference)):
            with suppress(Unclear):
                self.scene.mentioned = tuple(p.item.id for p in find(self.scene.copied(), ref))

    def forget(self) -> None:
        """Start again from the composition before the message."""
        self.operations.clear()
        self.scene.after = self.scene.comp
        self.scene.moved, self.scene.changed = frozenset(), ()
        self.scene.joints, self.scene.doubled = (), ()
        self.scene.assume.lines.clear()
        self.previous = None

    def _versions(self, clause: Clause) -> Iterator[list[Clause]]:
        """The clause itself; else split at its commas, sharing the verb; else the verb before."""
        yield [clause]
        parts = list(split(clause))
        verb = verb_of(clause)
        if any(map(denies_place, parts[1:])):
            return
        if len(parts) > 1 and any(map(is_repeated, parts[1:])):
            yield from all_repeated(parts)
            return
        if len(parts) > 1:
            if shared := sharing(parts):
                yield [shared[0], *(with_verb(part, verb) for part in shared[1:])]
            first = parts[0]
            yield [first, *(with_verb(completed(part, first), verb) for part in parts[1:])]
            yield parts
        if clause.has_verb or self.previous is None or self._elaborates(clause):
            return
        if is_repeated(clause):
            if again := repeated(clause, self.previous):
                yield [again]
        elif before := verb_of(self.previous):
            yield [with_verb(clause, before)]

    def _elaborates(self, clause: Clause) -> bool:
        """“trim the kitchen a little. Like 2 s off the end”: not one more edit."""
        named = any(isinstance(chunk.value, Reference) for chunk in clause.chunks)
        return bool(self.scene.mentioned) and not (named or clause.joined)

    def _copied(self) -> "Reading":
        return replace(
            self, scene=self.scene.copied(), operations=[*self.operations], already=[*self.already]
        )

    def _adopt(self, trial: "Reading", last: Clause) -> None:
        self.scene, self.operations, self.already = trial.scene, trial.operations, trial.already
        self.previous = last

    def _part(self, part: Clause, *, alone: bool) -> list[Result]:
        """Read one part; beside others, one that changes nothing is only noted."""
        try:
            return [self._one(part)]
        except AlreadySo as so:
            if alone:
                raise
            self.already.append(so.outcome.text)
            self.mention(part)
            return []

    def _one(self, clause: Clause) -> Result:
        self.scene.stretch_used = False
        try:
            result = read_clause(clause, self.scene)
        except AlreadySo as so:
            if self._changed(clause):
                raise ask(f"{so.outcome.text} But you said something else of it before.") from so
            raise
        if isinstance(result, Step):
            if is_ratio(clause) and any(each.action != "canvas" for each in result.operations):
                raise ask("I cannot tell which time you mean. Say it as 1:05, or as 65 seconds.")
            self._check_cut_out(clause, result)
            check_instead(clause, result, self.scene, self.operations)
            self._check_time(clause)
            self._take(result)
        elif isinstance(result, Scope):
            if result.words:
                if self.operations:
                    self.check_pending()
                self.scene.scope = result.about
                self.scene.pending = result.words
            self.scene.mentioned = result.about or self.scene.mentioned
            self.scene.stretch = result.stretch or self.scene.stretch
            self.scene.excluded += result.excluded
            self.scene.counted |= result.counted
            self.scene.spared += result.excluded if result.within else ()
        return result

    def _check_cut_out(self, clause: Clause, step: Step) -> None:
        """“cut 0:05-0:10 out of the screencast and put it at the end”: that part, or the rest?

        Raises:
            Unclear: Something was cut out of what is to move.
        """
        last = self.operations[-1] if self.operations else None
        them = any(isinstance(c.value, Reference) and c.value.plural for c in clause.chunks)
        cut_out = isinstance(last, Cut) or (isinstance(last, Trim) and them)
        same = len(step.about) == 1 and self.scene.changed[-1:] == (frozenset(step.about),)
        if cut_out and same and isinstance(step.operations[0], Move):
            raise ask("Shall what was cut out move there? Say “move 0:05-0:10 to the end”.")

    def _changed(self, clause: Clause) -> bool:
        """Whether the message has changed what a clause is about: “mute all, unmute the beach”."""
        scene = self.scene.copied()
        refs = [c.value for c in clause.chunks if isinstance(c.value, Reference)]
        ids = set(scene.mentioned if not refs else ())
        with suppress(Unclear):
            ids |= {p.item.id for ref in refs for p in find(scene, ref)}
        return any(scene.after.items.get(key) != scene.comp.items.get(key) for key in ids)

    def check_pending(self) -> None:
        """What was named must not be lost.

        Raises:
            Unclear: Nothing has been said about it.
        """
        if self.scene.pending:
            raise ask(f"What shall I do with “{self.scene.pending}”? Nothing was changed yet.")

    def _check_time(self, clause: Clause) -> None:
        """A time that was said in front must not be lost.

        Raises:
            Unclear: This edit has no use for it.
        """
        scene = self.scene
        if scene.stretch is not None and not scene.stretch_used:
            start, end = map(timecode, scene.stretch)
            raise ask(
                f"I cannot do “{clause.raw(scene.source)}” for {start}–{end} alone. Split there "
                "first, or say it without the time."
            )

    def _take(self, step: Step) -> None:
        """Dry-run the message up to here.

        Raises:
            Unclear: The engine refuses, or nothing would change.
        """
        scene = self.scene
        check_twice(self.operations, step, scene)
        operations = [part for each in step.operations for part in _by_age(each, scene)]
        after = applied(scene, [*self.operations, *operations])
        if after == scene.after:
            raise already(unchanged(step, scene))
        if after == scene.comp:
            raise ask("What you say last takes back what you said first. Which shall I do?")
        self._check_place(step)
        self._check_kept(step, after)
        self._check_excluded(step, after)
        self._check_doubled(step)
        self.operations += operations
        if set(step.about) & set(scene.scope):
            scene.pending = ""
        scene.after = after
        gone = not step.about and all(each.action == "delete" for each in operations)
        scene.mentioned = step.about or (() if gone else scene.mentioned)
        scene.joints = ()
        if is_transition(step.operations):
            scene.turn_to_joints(step.about)
        scene.pieces = step.pieces or scene.pieces
        scene.kept = step.kept
        for line in step.assumed:
            scene.assume(line)

    def _check_kept(self, step: Step, after: Composition) -> None:
        """What was just changed is not removed: “mute the beach, he swears, cut that too”.

        Raises:
            Unclear: It would be, so that nothing is left of a request.
        """
        gone = self.scene.after.items.keys() - after.items.keys()
        if any(done <= gone for done in self.scene.changed):
            raise ask("You said to change something and to remove it. Which shall I do?")
        if step.about and not step.pieces:
            self.scene.changed = (*self.scene.changed, frozenset(step.about))

    def _check_excluded(self, step: Step, after: Composition) -> None:
        """“cut the first 10 seconds but not the drone”, “quieter, but not in the interview”.

        Raises:
            Unclear: A clip that is to stay would change, or what has no clips would be limited.
        """
        before, scene = self.scene.comp, self.scene
        kept = [key for key in scene.excluded if key in before.main]
        touched = any(before.items.get(key) != after.items.get(key) for key in kept)
        whole = any(each.action in ("reword", "canvas") for each in step.operations)
        if touched or (kept and whole):
            raise ask("You said not to touch something that this would change. Which is it?")
        if scene.counted and any(key not in before.main for key in step.about):
            raise ask("Which one shall stay as it is? Name it as it is called on the timeline.")
        over = [scene.placed(key) for key in step.about if key not in before.main]
        spans = [scene.placed(key) for key in scene.spared]
        if any(o.start < k.end and k.start < o.end for o in over for k in spans if o and k):
            raise ask("Shall I change it only where that clip is not shown? Say it with the times.")

    def _check_doubled(self, step: Step) -> None:
        """“duplicate the beach, but muted”: that one, or its copy?

        Raises:
            Unclear: Both are there.
        """
        moves = all(isinstance(each, Move) for each in step.operations)  # they look the same
        if not moves and self.scene.doubled and set(step.about) == set(self.scene.doubled):
            raise ask("Shall I do that to the copy, or to what was copied? Say “the copy”.")
        copies = all(each.action == "duplicate" for each in step.operations)
        self.scene.doubled = step.about if copies else ()

    def _check_place(self, step: Step) -> None:
        """A clip gets one place: “start with the beach … and end with the beach” is none.

        Raises:
            Unclear: It gets two.
        """
        orders = any(isinstance(each, Move | Reorder) for each in step.operations)
        moved = set(step.about) & set(self.scene.after.main) if orders else set()
        if moved & self.scene.moved:
            raise ask("You gave the same clip two places. In which order do you want them?")
        self.scene.moved |= moved


def _by_age(operation: AnyOperation, scene: Scene) -> Iterator[AnyOperation]:
    """An operation on old items and on those of this message, as one on each.

    A selector is judged on the timeline before the message, and would drop what is new.
    """
    leaves = getattr(getattr(operation, "selector", None), "of", ())
    ids = [leaf.id for leaf in leaves if isinstance(leaf, ById)]
    old = [key for key in ids if key in scene.comp.items]
    if not old or len(old) == len(leaves):
        yield operation
        return
    yield operation.but(selector=by_ids(*old))
    yield operation.but(selector=by_ids(*(key for key in ids if key not in old)))


def applied(scene: Scene, operations: Sequence[AnyOperation]) -> Composition:
    """The composition after some operations.

    Raises:
        Unclear: They cannot be done; the question says why.
    """
    try:
        plan = Plan(operations=tuple(operations))
        return plan.apply(scene.comp, scene.request.serial)
    except EngineError as error:
        raise ask(f"{error} Nothing was changed.") from error


def read_clause(clause: Clause, scene: Scene) -> Result:
    """Try the rules in their order.

    Raises:
        NotUnderstood: None of them uses up the clause.
        Unclear: One does, and needs an answer first.
    """
    if tells(clause):
        raise NotUnderstood(clause, Say(clause, scene).left())
    meanings = frozenset[str]().union(*(word.meanings for word in clause.words()))
    left: tuple[str, ...] | None = None
    for rule in RULES:
        if rule.words and rule.words.isdisjoint(meanings):
            continue
        assumed, new_ids = len(scene.assume.lines), len(scene.new_ids)
        try:
            return rule.read(Say(clause, scene))
        except Miss as miss:
            del scene.assume.lines[assumed:], scene.new_ids[new_ids:]
            if miss.left and (left is None or len(miss.left) < len(left)):
                left = miss.left
    raise NotUnderstood(clause, left or Say(clause, scene).left())
