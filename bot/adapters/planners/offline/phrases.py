"""What the words of a message come to: small values, each with its place in the message."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, Self

from bot.adapters.planners.offline.lexicon import Lexicon
from bot.adapters.planners.offline.tokens import Token


@dataclass(frozen=True)
class Source:
    """The tokens of a message and what is needed to read them.

    `names` tells where a label or file name stands: first token → (token after it, its words).
    `label_words` are all words of all labels.
    """

    message: str
    tokens: tuple[Token, ...]
    lexicon: Lexicon
    fps: float
    names: Mapping[int, tuple[int, str]]
    label_words: frozenset[str]

    def text(self, at: int) -> str:
        return self.tokens[at].text if 0 <= at < len(self.tokens) else ""

    def kind(self, at: int) -> str:
        return self.tokens[at].kind if 0 <= at < len(self.tokens) else ""

    def is_unknown(self, at: int) -> bool:
        """Whether a token is a word that the grammar does not know."""
        return self.kind(at) == "word" and self.text(at) not in self.lexicon.alone

    def raw(self, first: int, last: int) -> str:
        """The message as written, from one token up to another."""
        return self.message[self.tokens[first].start : self.tokens[last - 1].end]


@dataclass(frozen=True, slots=True)
class Word:
    """A word or phrase of the vocabulary. As a noun ("the cut") it commands nothing."""

    text: str
    meanings: frozenset[str]
    verb: bool = False
    idle: bool = False
    noun: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """A word outside the vocabulary."""

    text: str


@dataclass(frozen=True, slots=True)
class Quote:
    """Literal text."""

    text: str
    unquoted: bool = False


@dataclass(frozen=True, slots=True)
class Time:
    """A moment or a length; its preposition and the verb tell which."""

    seconds: float
    form: Literal["clock", "unit"] = "unit"
    raw: str = ""
    about: bool = False


@dataclass(frozen=True, slots=True)
class Number:
    """A number without a unit."""

    value: float
    raw: str = ""
    sign: int = 0


@dataclass(frozen=True, slots=True)
class Point:
    """A named moment."""

    name: Literal["start", "end", "middle", "here", "both"]


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole, such as a third."""

    part: float


Bound = Time | Point | Number


@dataclass(frozen=True, slots=True)
class Stretch:
    """From one moment to another."""

    start: Bound
    end: Bound


@dataclass(frozen=True, slots=True)
class Edge:
    """The first or last so-and-so much; `own` of something spoken of (“its last second”)."""

    side: Literal["first", "last"]
    amount: Time | Share
    own: bool = False


@dataclass(frozen=True, slots=True)
class Percent:
    """A percentage, with its sign where one was written."""

    value: float
    sign: int = 0


@dataclass(frozen=True, slots=True)
class Decibels:
    """A level in dB."""

    value: float
    sign: int = 0


@dataclass(frozen=True, slots=True)
class Factor:
    """So many times: "2x", "twice", "half"."""

    value: float


@dataclass(frozen=True, slots=True)
class Degrees:
    """An angle."""

    value: float


@dataclass(frozen=True, slots=True)
class Pixels:
    """A length in pixels."""

    value: float


@dataclass(frozen=True, slots=True)
class Size:
    """Width and height in pixels."""

    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Place:
    """One of the nine positions."""

    name: str


@dataclass(frozen=True, slots=True)
class Colour:
    """A colour as #rrggbb."""

    hex: str
    raw: str


@dataclass(frozen=True, slots=True)
class Break:
    """Where a clause may end; after a `hard` one it does. `mark` is what stands there."""

    hard: bool
    mark: str


@dataclass(frozen=True, slots=True)
class Reference:
    """A noun phrase: which things are meant. Resolved by `Scene`.

    `numbers` count from 1, from −1 backwards; `count` of them from there on ("first two").
    `name` are words of a label, `says` the content of a text, `which` a superlative or position.
    `first` and `last` are its place in tokens, `noun` is the noun as written.
    """

    words: str
    first: int = 0
    last: int = 0
    ids: tuple[str, ...] = ()
    kind: str = ""
    noun: str = ""
    plural: bool = False
    every: bool = False
    definite: bool = False
    pronoun: bool = False
    name: str = ""
    numbers: tuple[int, ...] = ()
    count: int = 1
    which: str = ""
    says: str = ""
    colour: str = ""
    parts: tuple[Self, ...] = ()
    but: Self | None = None
    weak: bool = False


Value = (
    Word | Unknown | Quote | Time | Number | Point | Stretch | Edge | Percent | Decibels | Factor
    | Degrees | Pixels | Size | Place | Colour | Break | Reference
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Chunk:
    """A value, the preposition before it, and which tokens of the message it takes."""

    value: Any
    first: int
    last: int
    prep: str = ""

    def but(self, **changes: Any) -> Self:
        return replace(self, **changes)
