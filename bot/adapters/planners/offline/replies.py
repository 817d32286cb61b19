"""Short answers to an open question: “like 5 seconds”, after “How long should “beach” be?”.

What was asked follows from the message before: nothing has changed since, so that it is asked
again in the same words.
"""

import re
from collections.abc import Callable
from dataclasses import replace

from bot.adapters.planners.offline.clause import is_verb, means, skippable
from bot.adapters.planners.offline.lexicon import Lexicon
from bot.adapters.planners.offline.message import source
from bot.adapters.planners.offline.phrases import Break, Chunk, Number, Quote, Time
from bot.adapters.planners.offline.scan import scan
from bot.ports import Choice, Edits, Outcome, Question, Request, Wanted

Understand = Callable[[Request], Outcome | Wanted]

_LENGTH = re.compile(r"How long should (?:“(?P<label>[^”]+)”|.*?) be\? It is .* long now\.")
_WORDS = re.compile(r"What should the [\w ]+ say\?")
_MOST_WORDS = 8
_END = " \t\n.!?,:;"


def answered(request: Request, lexicon: Lexicon, understand: Understand) -> Outcome | None:
    """What a message means as the answer to the question before it; None where it is none."""
    before = _asked_with(request)
    if before is None:
        return None
    question = understand(before)
    if not isinstance(question, Question) or question.choices:
        return None
    text = _continued(question.text, before, request, lexicon)
    if text and _WORDS.match(question.text) and _is_order(request, lexicon):
        return Question(
            "Is that what it should say, or something to do? Nothing was changed.",
            (Choice("It should say that", text),),
        )
    found = understand(replace(request, text=text, turns=())) if text else None
    return found if isinstance(found, Edits) else None


def _asked_with(request: Request) -> Request | None:
    """The message before, of the same person."""
    said = [turn for turn in request.turns if turn.author == request.author]
    if not said or said[-1].text == request.text:
        return None
    return replace(request, text=said[-1].text, turns=(), attachments=())


def _continued(asked: str, before: Request, request: Request, lexicon: Lexicon) -> str:
    """The request that question and answer make together; empty where they do not fit."""
    src = source(request.text, request.comp, lexicon)
    said = [chunk for chunk in scan(src) if not (skippable(chunk) or _is_mark(chunk))]
    if found := _LENGTH.fullmatch(asked):
        amount = _amount(said)
        return f"make {_thing(found['label'], request)} {amount} long" if amount else ""
    if _WORDS.match(asked):
        words = said[0].value.text if _is_quote(said) else request.text.strip(_END)
        talk = any(means(c, "unknown person", "not", "ask", "condition", "is") for c in said)
        plain = len(words.split()) <= _MOST_WORDS and '"' not in words and not talk
        return f'{before.text.strip(_END)} saying "{words}"' if plain and words else ""
    return ""


def _is_order(request: Request, lexicon: Lexicon) -> bool:
    """“remove the remove”: it begins as an order does."""
    said = [
        each for each in scan(source(request.text, request.comp, lexicon)) if not _is_mark(each)
    ]
    while said and skippable(said[0]) and not is_verb(said[0]):
        said = said[1:]
    return len(said) > 1 and is_verb(said[0])


def _is_mark(chunk: Chunk) -> bool:
    return isinstance(chunk.value, Break)


def _is_quote(said: list[Chunk]) -> bool:
    return len(said) == 1 and isinstance(said[0].value, Quote)


def _amount(said: list[Chunk]) -> str:
    """A length and nothing else, in seconds."""
    value = said[0].value if len(said) == 1 else None
    if isinstance(value, Time):
        return f"{value.seconds:g} seconds"
    return f"{value.value:g} seconds" if isinstance(value, Number) and not value.sign else ""


def _thing(label: str | None, request: Request) -> str:
    """The item of a label, as an id; several of one label cannot be told apart."""
    ids = [key for key, item in request.comp.items.items() if item.label == label]
    return f"@{ids[0]}" if len(ids) == 1 else "it"
