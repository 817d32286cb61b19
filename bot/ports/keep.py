"""Keeping: what was said and done in each channel."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, Protocol

from bot.engine.composition import Composition
from bot.engine.history import Diff, Entry
from bot.engine.plan import Plan
from bot.ports.money import Notice
from bot.ports.plan import Question, Remark
from bot.ports.render import RenderOrder
from bot.ports.talk import Choice, Message, Reply


@dataclass(frozen=True, slots=True)
class Head:
    """The present state of a channel: revision 0 is the empty composition."""

    revision: int
    comp: Composition


@dataclass(frozen=True, slots=True)
class Commit:
    """A change to be kept. `base` is the revision that it was made on.

    `message_id` makes redelivery harmless: the same message is committed once. A message that
    leads to several commits numbers them: "id", "id/1", "id/2".
    """

    base: int
    comp: Composition
    diff: Diff
    kind: Literal["edit", "undo", "redo"]
    author: str
    message_id: str
    text: str
    summary: tuple[str, ...]
    plan: Plan | None = None
    reverts: int | None = None
    focus: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Setting:
    """Something that was set for a channel; an empty `value` sets it back to the default.

    `label` is what people call the one that it is about.
    """

    name: str
    value: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button that was pressed; `settles` the question that its post asked.

    `taken_by` is the name of who answered that question before.
    """

    choice: Choice
    settles: bool
    taken_by: str = ""


Limit = Literal["person", "channel"]
"""Whose messages are too many."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How many messages were answered lately, of a person (everywhere) and in a channel.

    The other two: whether the person, or the channel, was told meanwhile that these are too many.
    """

    by_person: int
    in_channel: int
    person_was_told: bool
    channel_was_told: bool


@dataclass(frozen=True, slots=True)
class Turn:
    """What a message leads to: revisions to keep, words to say, films to make or to stop.

    All of it is kept in one go, so that nothing is announced that was not kept. `question` is the
    one that is open in its thread from now on; None leaves the open question as it is, unless it
    is `settled` by being answered, or something was committed. `cancels` are ids of renders.
    `focus` is what "it" means from now on; None leaves that to the last commit. A message that was
    `limited` came too fast to be worked out, and does not count towards the limit. `notices` are
    those of budgets that the words hold. A message that `waits` comes again (see `Later`).
    """

    commits: tuple[Commit, ...] = ()
    replies: tuple[Reply, ...] = ()
    question: Question | None = None
    renders: tuple[RenderOrder, ...] = ()
    settled: bool = False
    cancels: tuple[str, ...] = ()
    settings: tuple[Setting, ...] = ()
    focus: tuple[str, ...] | None = None
    limited: Limit | None = None
    notices: tuple[Notice, ...] = ()
    waits: bool = False

    def then(self, turn: "Turn") -> "Turn":
        """This, and then that."""
        return Turn(
            self.commits + turn.commits,
            self.replies + turn.replies,
            turn.question or self.question,
            self.renders + turn.renders,
            self.settled or turn.settled,
            self.cancels + turn.cancels,
            self.settings + turn.settings,
            self.focus if turn.focus is None else turn.focus,
            self.limited or turn.limited,
            self.notices + turn.notices,
            self.waits or turn.waits,
        )


class Conversations(Protocol):
    """What was said and done in each channel. History is append-only."""

    async def head(self, channel: str) -> Head:
        """The present composition; an empty one for a channel never heard of."""

    async def history(self, channel: str) -> tuple[Entry, ...]:
        """All revisions, oldest first."""

    async def diff(self, channel: str, revision: int) -> Diff:
        """What a revision changed."""

    async def at(self, channel: str, revision: int) -> Head:
        """The composition as it was at a revision, which there must be."""

    async def question(self, channel: str, thread: str = "") -> Question | None:
        """The question that is open in a thread, so that a short answer continues it.

        Where there is none, the one that was asked in no thread.
        """

    async def pressed(self, channel: str, chose: str) -> Pressed | None:
        """The button of this channel that was pressed (see `Message.chose`), if there is such."""

    async def focus(self, message: Message) -> tuple[str, ...] | None:
        """The items that were talked about last: in the message's thread, else by its author.

        None where neither has talked of anything yet.
        """

    async def turns(self, message: Message) -> tuple[Remark, ...]:
        """What was said last in the message's thread (at most 20 lines), oldest first."""

    async def settings(self, channel: str) -> tuple[Setting, ...]:
        """What was set for a channel."""

    async def people(self, channel: str) -> Mapping[str, str]:
        """Who has spoken in a channel: names, by person (see `Message.person`)."""

    async def pace(self, message: Message, seconds: float) -> Pace:
        """How many messages there were in the last seconds."""

    async def spent(self, channel: str, month: date) -> int:
        """Micro-dollars that a channel costs in a month, which begins on that day."""

    async def known(self, channel: str, message_id: str) -> bool:
        """Whether a message was kept before, so that it was delivered twice."""

    async def keep(self, message: Message, turn: Turn) -> None:
        """Keep a turn, all or nothing, and that the message was answered.

        Where messages are answered through an outbox, the replies wait there from now on, and the
        renders are ordered or cancelled.

        Raises:
            StaleRevision: A commit's `base` is not the head any more, or somebody else answered
                the question at the same moment.
            AlreadyKept: The message has been kept before.
            BudgetSpent: Somebody else took the last of a budget that a render needs.
        """
