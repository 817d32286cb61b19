"""What comes of a clause, and the exceptions that end its reading early."""

from dataclasses import dataclass, field

from bot.engine.operations import AnyOperation
from bot.ports import Answer, Choice, Command, Question, Wanted

MOST_CHOICES = 6


@dataclass(frozen=True)
class Step:
    """An edit: its operations, the items that it is about, what was assumed.

    `pieces` are the stretches of the timeline that a split has made, for “the second half”; `kept`
    says that all but something was cut away, for “drop the rest”.
    """

    operations: tuple[AnyOperation, ...]
    about: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()
    pieces: tuple[tuple[float, float], ...] = ()
    kept: bool = False


@dataclass(frozen=True)
class Talk:
    """Words that change nothing.

    `manners` need no answer beside an edit; `cancels` takes back what the message said before.
    `about` are the items that it tells of (see `Answer`).
    """

    text: str
    manners: bool = True
    cancels: bool = False
    about: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Scope:
    """A clause that only says what the following ones are about, such as "in the second clip".

    `remark`: it was a statement (“the intro is too dark”), which does not carry over to clauses
    that name no thing at all. `within`: “not in the intro”, as long as that lasts; `counted`:
    “not the second”. `stretch` is a time that was said in front (“from 0:05 to 0:10, …”).
    """

    about: tuple[str, ...] = ()
    words: str = ""
    excluded: tuple[str, ...] = ()
    within: bool = False
    counted: bool = False
    remark: str = ""
    stretch: tuple[float, float] | None = None


Result = Step | Command | Talk | Scope


class Miss(Exception):
    """This rule does not fit; `left` are the words that it could not use."""

    def __init__(self, left: tuple[str, ...] = ()) -> None:
        super().__init__(*left)
        self.left = left


class Unclear(Exception):
    """Nothing may be changed before this is said or asked."""

    def __init__(self, outcome: Question | Answer) -> None:
        super().__init__(outcome.text)
        self.outcome = outcome


class AlreadySo(Unclear):
    """The clause asks for what is already there; other clauses may go on."""


def beside_edits(text: str) -> str:
    """Such an answer where the rest of the message did change something."""
    told = text.replace("That is already so", "The rest was so already")
    return told.replace("; nothing was changed.", ".")


class Unseen(Exception):
    """Nobody has looked into these clips yet; the message is read again when that is done."""

    def __init__(self, wanted: Wanted) -> None:
        super().__init__(*wanted.clips)
        self.wanted = wanted


def ask(text: str, *choices: Choice) -> Unclear:
    """A question to the person."""
    return Unclear(Question(text, choices[:MOST_CHOICES]))


def puzzled(text: str, *choices: Choice) -> Unclear:
    """A question about words that mean nothing to the rules: a model may know them."""
    return Unclear(Question(text, choices[:MOST_CHOICES], understood=False))


def refuse(text: str) -> Unclear:
    """The reason why nothing is changed."""
    return Unclear(Answer(text))


def already(text: str) -> AlreadySo:
    """The answer that nothing has to be changed."""
    return AlreadySo(Answer(text))


@dataclass
class Assumptions:
    """What was taken for granted while reading a clause, for the receipt."""

    lines: list[str] = field(default_factory=list)

    def __call__(self, line: str) -> None:
        if line not in self.lines:
            self.lines.append(line)
