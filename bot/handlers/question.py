"""Open questions and buttons: a short answer, or a press, continues what was asked."""

import re
from dataclasses import dataclass

from bot.handlers.rights import Refusal
from bot.handlers.services import Services
from bot.ports import Bound, Choice, Head, Message

_CONFIRM_SECONDS = 15 * 60
_NO_BUTTON = "That button is not valid here any more; say what you want in words."


@dataclass(frozen=True, slots=True)
class Meant:
    """The request that a message stands for.

    `is_chosen`: it was offered as a choice, and is allowed to whoever chose it. `settles`: it
    answers a question.
    """

    text: str
    is_chosen: bool = False
    settles: bool = False


async def meant(message: Message, services: Services) -> Meant:
    """Find out what a message stands for.

    Raises:
        Refusal: It is a button or an answer that does not hold: for this person, or any more.
    """
    if message.chose:
        return await _pressed(message, services)
    text = message.text.strip()
    talk = services.conversations
    question = await talk.question(message.channel, message.thread) if text else None
    choice = _chosen(text, question.choices) if question else None
    if choice is None:
        return Meant(text)
    await _hold(choice.bound, message, services)
    return Meant(choice.text, is_chosen=True, settles=True)


async def _pressed(message: Message, services: Services) -> Meant:
    pressed = await services.conversations.pressed(message.channel, message.chose)
    if pressed is None:
        raise Refusal(_NO_BUTTON)
    if pressed.taken_by:
        who = "You have" if pressed.taken_by == message.author else f"{pressed.taken_by} has"
        raise Refusal(f"{who} answered this already, so nothing more was done.")
    await _hold(pressed.choice.bound, message, services)
    return Meant(pressed.choice.text, is_chosen=True, settles=pressed.settles)


def bound(message: Message, head: Head, services: Services) -> Bound:
    """Bind a choice to whoever asks, to the film as it is, and to the next quarter of an hour."""
    until = services.now() + _CONFIRM_SECONDS
    return Bound(message.person, message.author, until, head.revision)


async def _hold(bound: Bound | None, message: Message, services: Services) -> None:
    """Go on only if a choice holds for this person, now, and for the film as it is.

    Raises:
        Refusal: It does not.
    """
    if bound is None:
        return
    if message.person != bound.person:
        raise Refusal(f"Only {bound.name} can confirm this.")
    if services.now() > bound.until:
        raise Refusal("That was asked too long ago to be confirmed now; ask for it again.")
    head = await services.conversations.head(message.channel)
    if head.revision != bound.revision:
        raise Refusal(
            f"The film has changed since: this was about #{bound.revision}, and now it is "
            f"#{head.revision}. Ask for it again."
        )


def _chosen(text: str, choices: tuple[Choice, ...]) -> Choice | None:
    """The choice with this number, or whose label or request this is."""
    number = text.rstrip(".)")
    if re.fullmatch(r"[1-9]\d?", number) and int(number) <= len(choices):
        return choices[int(number) - 1]
    said = text.casefold()
    exact = (c for c in choices if said in (c.label.casefold(), c.text.casefold()))
    return next(exact, None) or _named(said, choices)


def _named(said: str, choices: tuple[Choice, ...]) -> Choice | None:
    """“yes”, to the only thing that was offered; “the beach”, “the second one”."""
    offered = [choice for choice in choices if choice.label != "Cancel"]
    words = [word for word in re.findall(r"\w+", said) if word not in _ARTICLES]
    if len(offered) == 1 and _agrees(words):
        return offered[0]
    if len(words) == 1 and words[0] in _RANKS and _RANKS[words[0]] <= len(offered):
        ranked = offered[_RANKS[words[0]] - 1]
        other = re.search(r"\(clip (\d+)", ranked.label)
        return ranked if not other or int(other[1]) == _RANKS[words[0]] else None
    fits = [c for c in offered if words and set(words) <= set(re.findall(r"\w+", _name_of(c)))]
    return fits[0] if len(fits) == 1 and len(offered) > 1 else None


def _agrees(words: list[str]) -> bool:
    """“yes please”, “do it”; manners alone, such as “thanks”, agree to nothing."""
    agreed = not _YES.isdisjoint(words) or " ".join(words) in _GO_ON
    return agreed and _YES.union(_BESIDE).issuperset(words)


def _name_of(choice: Choice) -> str:
    """What a choice is called: an item by its label alone."""
    label = re.match(r"“([^”]*)” \(", choice.label)
    return (label[1] if label else choice.label).casefold().replace("_", " ")


_ARTICLES = frozenset(("the", "a", "my", "one", "please", "clip", "i", "mean", "meant", "of"))
_YES = frozenset(
    ("yes", "yep", "yeah", "yup", "sure", "ok", "okay", "correct", "right", "exactly",
     "definitely", "ja", "si", "sí", "oui", "sim")
)  # fmt: skip
_BESIDE = frozenset(("do", "it", "that", "go", "ahead", "thanks", "bitte"))
_GO_ON = frozenset(("do it", "do that", "go ahead", "go ahead do it"))
_RANKS = {"first": 1, "second": 2, "third": 3, "fourth": 4}
