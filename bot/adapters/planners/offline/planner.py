"""The planner that needs no network and no key: a grammar, and the rule "right or ask"."""

from dataclasses import dataclass, field, replace
from functools import cache

from bot.adapters.planners.offline.clause import Clause, stays_so
from bot.adapters.planners.offline.clauses import clauses
from bot.adapters.planners.offline.correcting import corrected
from bot.adapters.planners.offline.guards import check_denied, noted
from bot.adapters.planners.offline.heard import answer
from bot.adapters.planners.offline.interpret import NotUnderstood, Reading
from bot.adapters.planners.offline.lexicon import Lexicon
from bot.adapters.planners.offline.message import own_words, source
from bot.adapters.planners.offline.outcomes import (
    AlreadySo,
    Result,
    Scope,
    Step,
    Talk,
    Unclear,
    Unseen,
    ask,
    beside_edits,
)
from bot.adapters.planners.offline.phrases import (
    Break,
    Edge,
    Reference,
    Source,
    Stretch,
    Time,
    Unknown,
    Word,
)
from bot.adapters.planners.offline.remarks import names_more
from bot.adapters.planners.offline.replies import answered
from bot.adapters.planners.offline.said import in_times
from bot.adapters.planners.offline.scan import scan
from bot.adapters.planners.offline.scene import Scene
from bot.engine.plan import Plan
from bot.ports import Answer, Choice, Command, Edits, Outcome, Question, Request, Wanted

_LONGEST_MESSAGE = 4000
_MOST_CLAUSES = 40
_LEAST_REMARK = 3  # strange words; fewer are a name
_CORRECTING = ("actually", "i mean", "or rather", "rather", "wait", "no wait", "sorry", "oops")
_REPEATED = ("upload", "share", "export", "cost", "budget")  # asked for twice, they are still one


class OfflinePlanner:
    """Understands messages by rules; the same message on the same timeline means the same."""

    async def plan(self, request: Request) -> Outcome | Wanted:
        return understand(request)


@cache
def english() -> Lexicon:
    """The English lexicon, compiled once."""
    return Lexicon.english()


def understand(request: Request) -> Outcome | Wanted:
    """Turn a message into an edit, a command, a question or an answer; see `Planner.plan`."""
    outcome = _alone(request)
    if isinstance(outcome, Question) and not outcome.choices and request.turns:
        return answered(request, english(), _alone) or outcome
    return outcome


def _alone(request: Request) -> Outcome | Wanted:
    """What a message means by itself, whatever was asked before it."""
    if len(request.text) > _LONGEST_MESSAGE:
        return Question(
            f"That is more than {_LONGEST_MESSAGE} characters. Can you say it in parts?"
        )
    if wish := noted(own_words(request.text)):
        return Question(
            "Is that a note for later, or shall I do it now? Nothing was changed.",
            (Choice("Do it now", wish),),
        )
    try:
        if told_words := answer(request, english()):
            return told_words
        told = in_times(corrected(request), english())
    except Unclear as unclear:
        return unclear.outcome
    except Unseen as unseen:
        return unseen.wanted
    outcome = _read(replace(request, text=told.text))
    if isinstance(outcome, Edits):
        return replace(outcome, assumptions=(*told.lines, *outcome.assumptions))
    return outcome


def _read(request: Request) -> Outcome | Wanted:
    """What a message means that speaks of times, not of words that are said."""
    src = source(request.text, request.comp, english())
    found = clauses(scan(src), src)
    if len(found) > _MOST_CLAUSES:
        return Question(f"That is more than {_MOST_CLAUSES} steps. Can you say it in parts?")
    if not found:
        return Answer("Tell me what to change, or say “help”.")
    return _Message(Reading(Scene.of(request, src)), found).outcome()


@dataclass
class _Message:
    """The clauses of one message, and what has come of them."""

    reading: Reading
    clauses: tuple[Clause, ...]
    results: list[Result] = field(default_factory=list)
    aside: list[str] = field(default_factory=list)
    missed: list[NotUnderstood] = field(default_factory=list)
    reasons: list[Clause] = field(default_factory=list)

    def outcome(self) -> Outcome | Wanted:
        try:
            check_denied(self.clauses)
            for clause in sorted(self.clauses, key=_forbids, reverse=True):
                self._read(clause)
            if any(isinstance(r, Step | Command) for r in self.results):
                self.reading.check_pending()
        except Unclear as unclear:
            return unclear.outcome
        except Unseen as unseen:
            return unseen.wanted
        edits = any(isinstance(r, Step) for r in self.results)
        src = self.reading.scene.source
        asides = [missed for missed in self.missed if _is_aside(missed.clause, src)]
        if self.missed and not (edits and len(asides) == len(self.missed)):
            return self._not_understood()
        remarks = [*self.reasons, *(missed.clause for missed in asides)]
        return self._together(tuple(clause.raw(src) for clause in remarks))

    def _read(self, clause: Clause) -> None:
        if clause.reason and len(self.clauses) > 1:
            self.reasons.append(clause)
            return
        before = self.reading.previous
        if before is not None and _takes_back(clause, before):
            self._forget(before)
        try:
            results = self.reading.read(clause)
            if any(isinstance(r, Talk) and r.cancels for r in results):
                self._forget(before)
            self.results += results
        except AlreadySo as so:
            self.aside.append(so.outcome.text)
            self.reading.mention(clause)
        except NotUnderstood as missed:
            self.missed.append(missed)

    def _forget(self, before: Clause | None) -> None:
        """“no, wait”: what the message said before does not hold; “it” is still about that."""
        said = [r for r in self.results if isinstance(r, Step | Command)]
        if len(said) + len(self.missed) > 1:
            raise ask("Which part shall I leave out? Nothing was changed yet: say it once more.")
        if said or self.missed:
            self.results, self.missed, self.aside = [], [], []
            self.reading.forget()
            if before is not None:
                self.reading.mention(before)

    def _together(self, left_out: tuple[str, ...]) -> Outcome:
        steps = [r for r in self.results if isinstance(r, Step)]
        commands = _merged([r for r in self.results if isinstance(r, Command)])
        if not steps:
            return self._without_edits(commands)
        if commands and (
            len(commands) > 1
            or not isinstance(self.results[-1], Command)
            or commands[0].name in ("undo", "redo")
        ):
            return self._one_at_a_time()
        scene = self.reading.scene
        told = [r.text for r in self.results if isinstance(r, Talk) and not r.manners]
        return Edits(
            Plan(operations=tuple(self.reading.operations)),
            assumptions=(*scene.assume.lines, *told),
            left_out=left_out,
            then=commands[0] if commands else None,
            notes=tuple(map(beside_edits, (*self.reading.already, *self.aside))),
        )

    def _without_edits(self, commands: list[Command]) -> Outcome:
        talks = [r for r in self.results if isinstance(r, Talk)]
        answered = any(not talk.manners for talk in talks)
        if len(commands) == 1 and not self.aside and not answered:
            return commands[0]
        if commands:
            return self._one_at_a_time()
        if self.reading.scene.pending and not answered:
            return self._what_to_do()  # “title: Hola” is no greeting
        told = [r.text for r in talks if not r.manners] or [r.text for r in talks[:1]]
        aside = [*self.aside, *self.reading.already]
        if aside or told:
            about = [talk.about for talk in talks if talk.about is not None]
            return Answer(" ".join(dict.fromkeys([*aside, *told])), about[-1] if about else None)
        return self._what_to_do()

    def _what_to_do(self) -> Outcome:
        if any(r.excluded for r in self.results if isinstance(r, Scope)):
            return Answer("All right, I leave that alone; nothing was changed.")
        named = self.clauses[0].raw(self.reading.scene.source)
        return Question(f"What shall I do with “{named}”?")

    def _one_at_a_time(self) -> Outcome:
        src = self.reading.scene.source
        choices = [Choice(c.raw(src)[:40], c.raw(src)) for c in self.clauses]
        return Question("I can do one of these at a time. Which one first?", tuple(choices[:6]))

    def _not_understood(self) -> Outcome:
        """Say what was understood and what not; nothing is changed."""
        src = self.reading.scene.source
        left = ", ".join(f"“{word}”" for missed in self.missed for word in missed.left[:4])
        lost = {id(missed.clause) for missed in self.missed}
        clear = [c.raw(src) for c in self.clauses if id(c) not in lost]
        if not clear or not any(isinstance(r, Step | Command) for r in self.results):
            return Question(
                f"I did not understand {left}, so nothing was changed. Can you say it in other "
                "words?",
                understood=False,
            )
        understood = "; ".join(clear)
        return Question(
            f"I understood “{understood}”, but not {left}. Nothing was changed yet.",
            (Choice("Do the part that you understood", "\n".join(clear)),),
            understood=False,
        )


def _merged(commands: list[Command]) -> list[Command]:
    """The same asked for twice is asked for once; films in several formats are one request."""
    if len(commands) < 2 or len({command.name for command in commands}) > 1:
        return _asked_again(commands)
    if all(command.preset for command in commands):  # “render a gif and render it in 720p”
        presets = tuple(dict.fromkeys(name for each in commands for name in each.presets))
        return [replace(commands[0], preset=presets[0], also=presets[1:])]
    return _asked_again(commands)


def _asked_again(commands: list[Command]) -> list[Command]:
    """“I need this in Premiere, give me the EDL”: one export; of two formats, every one."""
    if len(commands) < 2 or any(each.name not in _REPEATED for each in commands):
        return commands
    names = dict.fromkeys(command.name for command in commands)
    formats = {command.format for command in commands if command.format}
    only = formats.pop() if len(formats) == 1 else None
    return [Command(name, format=only if name == "export" else None) for name in names]


def _takes_back(clause: Clause, before: Clause) -> bool:
    """“mute the drone … actually, mute the kitchen instead”: the same verb, said anew."""
    texts = [word.text for word in clause.words()]
    if not texts or texts[0] not in _CORRECTING or {"also", "too", "as well"} & set(texts):
        return False
    verbs = [
        {w.meanings for w in each.words() if w.verb and not w.idle} for each in (clause, before)
    ]
    return "instead" in texts or bool(verbs[0] & verbs[1])


def _forbids(clause: Clause) -> bool:
    """What must not be touched has to be known before the rest is read."""
    first = next((w for w in clause.words() if not w.idle), None)
    if first is None:
        return False
    if stays_so(clause):
        return True
    texts = [word.text for word in clause.words()]
    if "cancel" in first.meanings and not any(
        isinstance(c.value, Reference) for c in clause.chunks
    ):
        return False
    kept = (
        "keep" in first.meanings and "only" not in first.text and not {"only", "just"} & set(texts)
    )
    timed = any(isinstance(c.value, Time | Stretch | Edge) for c in clause.chunks)
    left = "leave" in first.meanings and not timed
    refs = [c.value for c in clause.chunks if isinstance(c.value, Reference)]
    if (kept or left) and any(ref.which == "rest" or ref.noun.endswith("else") for ref in refs):
        return False  # “drop the intro, keep the others”: others than the intro
    return "not" in first.meanings or left or (kept and not timed)


def _is_aside(clause: Clause, src: Source) -> bool:
    """A remark beside the request ("this is for my mum's birthday"): a sentence of its own.

    It holds no verb of editing, no amount and no thing of the timeline, and qualifies nothing
    (“todo: …”).
    """
    if src.message[clause.span(src)[1] :].lstrip().startswith(":") or names_more(clause.chunks):
        return False
    if clause.joined or clause.asked or clause.has_verb or clause.means("not, condition, too"):
        return False
    spoken = [c.value for c in clause.chunks if not isinstance(c.value, Break | Unknown)]
    plain = (w for w in spoken if isinstance(w, Word))
    things = [r for r in spoken if isinstance(r, Reference)]
    return (
        all(isinstance(value, Word | Reference) for value in spoken)
        and all(word.idle or word.meanings & {"is", "unknown person", "praise"} for word in plain)
        and all(ref.pronoun or (ref.name and not ref.kind and not _is_label(ref)) for ref in things)
        and any(isinstance(c.value, Unknown | Reference) for c in clause.chunks)
        and (_is_before_but(clause, src) or not _is_address(clause))
    )


def _is_before_but(clause: Clause, src: Source) -> bool:
    """“sorry to be a pain, but the intro …”: what is wanted comes now."""
    return src.message[clause.span(src)[1] :].lstrip(" ,").casefold().startswith("but ")


def _is_address(clause: Clause) -> bool:
    """“tom, cut the beach”: somebody else is asked."""
    strange = sum(isinstance(c.value, Unknown) for c in clause.chunks)
    return strange < _LEAST_REMARK and not clause.means("is, unknown person, praise")


def _is_label(ref: Reference) -> bool:
    return not ref.definite
