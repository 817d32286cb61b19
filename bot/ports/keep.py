"""Keeping: what was said and done in each channel."""

from dataclasses import dataclass
from typing import Literal, Protocol

from bot.engine.composition import Composition
from bot.engine.history import Diff, Entry
from bot.engine.plan import Plan
from bot.ports.plan import Question
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
class Turn:
    """What a message leads to: revisions to keep, words to say, films to make or to stop.

    All of it is kept in one go, so that nothing is announced that was not kept. `question` is the
    one that is open from now on; None leaves the open question as it is, unless it is `settled`
    by being answered, or something was committed. `cancels` are ids of renders.
    """

    commits: tuple[Commit, ...] = ()
    replies: tuple[Reply, ...] = ()
    question: Question | None = None
    renders: tuple[RenderOrder, ...] = ()
    settled: bool = False
    cancels: tuple[str, ...] = ()

    def then(self, turn: "Turn") -> "Turn":
        """This, and then that."""
        return Turn(
            self.commits + turn.commits,
            self.replies + turn.replies,
            turn.question or self.question,
            self.renders + turn.renders,
            self.settled or turn.settled,
            self.cancels + turn.cancels,
        )


class Conversations(Protocol):
    """What was said and done in each channel. History is append-only."""

    async def head(self, channel: str) -> Head:
        """The present composition; an empty one for a channel never heard of."""

    async def history(self, channel: str) -> tuple[Entry, ...]:
        """All revisions, oldest first."""

    async def diff(self, channel: str, revision: int) -> Diff:
        """What a revision changed."""

    async def question(self, channel: str) -> Question | None:
        """The question that is open, so that a short answer continues it."""

    async def choice(self, channel: str, chose: str) -> Choice | None:
        """What a pressed button of this channel stands for (see `Message.chose`)."""

    async def known(self, channel: str, message_id: str) -> bool:
        """Whether a message was kept before, so that it was delivered twice."""

    async def keep(self, message: Message, turn: Turn) -> None:
        """Keep a turn, all or nothing, and that the message was answered.

        Where messages are answered through an outbox, the replies wait there from now on, and the
        renders are ordered or cancelled.

        Raises:
            StaleRevision: A commit's `base` is not the head any more.
            AlreadyKept: The message has been kept before.
        """
