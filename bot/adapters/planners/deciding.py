"""Right or ask, decided in code for every planner: who is meant, and whether it is too much.

A planner's edit becomes a `Draft`. Where a selector finds nothing, or several items where one was
meant, or where the edit changes much, the person is asked. Each choice carries the draft itself, so
that the answer continues the very plan that was shown, without asking a model again.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence, Set
from dataclasses import replace

from pydantic import ValidationError, field_validator
from rapidfuzz import fuzz

from bot.adapters.planners.captioning import Unheard, with_cues, without_cues
from bot.engine.composition import Composition
from bot.engine.errors import EngineError
from bot.engine.layout import Placed, Timeline, layout
from bot.engine.operations import AddClip, AnyOperation, Cut, Delete
from bot.engine.plan import Plan
from bot.engine.receipt import receipt
from bot.engine.record import Record
from bot.engine.select import ById, ByLabel, Selector
from bot.engine.timebase import timecode
from bot.ports import Answer, Choice, Command, Edits, Outcome, Planner, Question, Request, Wanted

_CONTINUE = "/continue "
_MOST_CHOICES = 6
_MOST_QUESTIONS = 2
_MOST_CHANGED = 20
_MOST_LINES = 8


class Draft(Record):
    """An edit that may still need an answer.

    `ones` are the numbers of the operations whose selector is to find exactly one item. `film` says
    for which composition it was made, `asked` how often the person was asked about it.
    """

    plan: Plan
    ones: tuple[int, ...] = ()
    assumptions: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    then: Command | None = None
    notes: tuple[str, ...] = ()
    confirmed: bool = False
    asked: int = 0
    film: str = ""

    @field_validator("plan")
    @classmethod
    def _no_files(cls, plan: Plan) -> Plan:
        """A choice is text, which anybody can type: it must not bring in another channel's file."""
        if any(isinstance(operation, AddClip) for operation in plan.operations):
            raise ValueError("files come in by being dropped into the chat")
        return plan

    @field_validator("then")
    @classmethod
    def _no_price_accepted(cls, then: Command | None) -> Command | None:
        """Nor may it say that a price was accepted."""
        return then and replace(then, confirmed=False)

    @property
    def text(self) -> str:
        """The message that a choice stands for: this draft."""
        return _CONTINUE + self.but(plan=without_cues(self.plan)).model_dump_json()


class CarefulPlanner:
    """A planner whose large edits are shown first, and whose questions go on where they stopped."""

    def __init__(self, planner: Planner) -> None:
        self._planner = planner

    async def plan(self, request: Request) -> Outcome | Wanted:
        if draft := continued(request.text):
            try:
                return _resumed(draft, request)
            except Unheard as unheard:
                return unheard.wanted
        outcome = await self._planner.plan(request)
        if not isinstance(outcome, Edits) or _brings_files(outcome.plan):
            return outcome
        try:
            return decided(draft_of(outcome), request)
        except EngineError as error:
            return Answer(f"{error} Nothing was changed.")


def draft_of(edits: Edits) -> Draft:
    """An edit that is understood, as a draft."""
    return Draft(
        plan=edits.plan,
        assumptions=edits.assumptions,
        left_out=edits.left_out,
        then=edits.then,
        notes=edits.notes,
    )


def continued(text: str) -> Draft | None:
    """The draft that a choice stands for; its captions are without words."""
    if not text.startswith(_CONTINUE):
        return None
    try:
        return Draft.model_validate_json(text.removeprefix(_CONTINUE))
    except ValidationError:  # somebody typed it
        return None


def decided(draft: Draft, request: Request) -> Outcome:
    """The edit, or the question that comes first.

    Raises:
        EngineError: It cannot be done as it stands.
    """
    if (selector := _unclear(draft, request)) is not None:
        return _who(_dated(draft, request.comp), selector, layout(request.comp))
    after = draft.plan.apply(request.comp, request.serial)
    if not draft.confirmed and (reason := _too_much(draft.plan, request.comp, after)):
        return _shown(_dated(draft, request.comp), reason, receipt(request.comp, after))
    return Edits(draft.plan, draft.assumptions, draft.left_out, draft.then, draft.notes)


def film_of(comp: Composition) -> str:
    """Which film a draft is about: the same for the same composition."""
    document = json.dumps(comp.model_dump(mode="json"), sort_keys=True)
    return hashlib.sha256(document.encode(errors="replace")).hexdigest()[:16]


def _dated(draft: Draft, comp: Composition) -> Draft:
    return draft.but(film=draft.film or film_of(comp))


def _resumed(draft: Draft, request: Request) -> Outcome:
    film = film_of(request.comp)
    if draft.film not in ("", film):
        return Question(
            "The film was changed since I asked. Shall I do it on the film as it is now?",
            (Choice("Do it now", draft.but(film=film).text),),
        )
    try:
        plan = with_cues(without_cues(draft.plan), request)
        return decided(draft.but(plan=plan), request)
    except EngineError as error:
        return Answer(f"{error} Nothing was changed.")


def _brings_files(plan: Plan) -> bool:
    return any(isinstance(operation, AddClip) for operation in plan.operations)


def _unclear(draft: Draft, request: Request) -> Selector | None:
    """The first selector that finds nothing, or several items where one was meant."""
    timeline = layout(request.comp)
    for number, operation in enumerate(draft.plan.operations):
        selector = _selector(operation)
        if selector is None:
            continue
        picked = selector.pick(timeline)
        if len(picked) > 1 and number in draft.ones:
            return selector
        if not picked and not _made_before(draft.plan, number, selector, request):
            return selector
    return None


def _who(draft: Draft, selector: Selector, timeline: Timeline) -> Question | Answer:
    if draft.asked >= _MOST_QUESTIONS:
        return Answer("I am still not sure which item is meant, so nothing was changed.")
    if picked := selector.pick(timeline):
        found = [placed for placed in timeline.in_order if placed.item.id in picked]
        return _several_found(draft, selector, found, timeline)
    return _nothing_found(draft, selector, timeline)


def _made_before(plan: Plan, number: int, selector: Selector, request: Request) -> bool:
    """Whether a selector means what an earlier operation of the same plan makes."""
    try:
        so_far = Plan(operations=plan.operations[:number]).apply(request.comp, request.serial)
    except EngineError:
        return False
    return bool(selector.pick(layout(so_far)))


def _nothing_found(draft: Draft, selector: Selector, timeline: Timeline) -> Question | Answer:
    if not timeline.placed:
        return Answer("The timeline is still empty: drop a clip into the chat first.")
    asking = {n for n, each in enumerate(draft.plan.operations) if _selector(each) == selector}
    near = _nearest(selector, timeline.in_order)[:3]
    return Question(
        f"I find no item {selector}. Did you mean one of these?",
        tuple(_picking(draft, asking, placed, timeline) for placed in near),
    )


def _several_found(
    draft: Draft, selector: Selector, found: Sequence[Placed], timeline: Timeline
) -> Question:
    asking = {n for n in draft.ones if _selector(draft.plan.operations[n]) == selector}
    rest = tuple(number for number in draft.ones if number not in asking)
    everyone = draft.but(ones=rest, asked=draft.asked + 1)
    picks = [_picking(draft, asking, placed, timeline) for placed in found[: _MOST_CHOICES - 1]]
    return Question(
        f"{len(found)} items fit. Which one do you mean?",
        (*picks, Choice(f"All {len(found)}", everyone.text)),
    )


def _picking(draft: Draft, asking: Set[int], placed: Placed, timeline: Timeline) -> Choice:
    """The choice of one item, for all operations that ask for it."""
    selector = ById(id=placed.item.id)
    operations = tuple(
        each.but(selector=selector) if number in asking else each
        for number, each in enumerate(draft.plan.operations)
    )
    chosen = draft.but(plan=Plan(operations=operations), asked=draft.asked + 1)
    at = timecode(timeline.canvas.fps.seconds(placed.start))
    return Choice(f"{placed.item.label} ({at})", chosen.text)


def _selector(operation: AnyOperation) -> Selector | None:
    return getattr(operation, "selector", None)


def _nearest(selector: Selector, placed: Sequence[Placed]) -> Sequence[Placed]:
    if not isinstance(selector, ByLabel):
        return placed
    wanted = selector.label.casefold()
    return sorted(placed, key=lambda p: -fuzz.WRatio(wanted, p.item.label.casefold()))


def _too_much(plan: Plan, before: Composition, after: Composition) -> str:
    """Why an edit is shown before it is made; empty where it need not be."""
    gone = len(before.items.keys() - after.items.keys())
    if gone * 2 > len(before.items):
        return f"That removes {gone} of {len(before.items)} items."
    takes_away = any(isinstance(operation, Cut | Delete) for operation in plan.operations)
    left, whole = layout(after).seconds, layout(before).seconds
    if takes_away and left * 2 < whole:
        return f"That leaves {timecode(left)} of {timecode(whole)}."
    changed = sum(before.items.get(key) != item for key, item in after.items.items()) + gone
    return f"That changes {changed} items." if changed > _MOST_CHANGED else ""


def _shown(draft: Draft, reason: str, lines: Sequence[str]) -> Question:
    text = "\n".join([f"{reason} Shall I do it?", *_first(lines)])
    return Question(text, (Choice("Do it", draft.but(confirmed=True).text),))


def _first(lines: Sequence[str]) -> Iterator[str]:
    yield from (f"• {line}" for line in lines[:_MOST_LINES])
    if len(lines) > _MOST_LINES:
        yield f"• and {len(lines) - _MOST_LINES} more"
