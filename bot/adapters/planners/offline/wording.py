"""Short ways of saying things, put into plainer tokens before the message is read."""

from dataclasses import replace

from bot.adapters.planners.offline.tokens import Token

_CLOSING = ("and", "please", "pls", "plz", "thanks", "thx", "too", "but", "now")
_ALLOWED = ("can", "could", "should", "must")
_STATED = ("is", "are", "was", "were", "'s", "be", "been", "have", "has", "had", "not", "all", "i",
    "we", "he", "she", "they", "you", "it")  # fmt: skip
_MEASURES = ("number", "clock")


def with_gone(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """“the title can go”, “outro gone”: removed, where nothing says whereto."""
    return tuple(
        replace(token, text="removed") if _ends(tokens, at) and _leaves(tokens, at) else token
        for at, token in enumerate(tokens)
    )


def _ends(tokens: tuple[Token, ...], at: int) -> bool:
    behind = tokens[at + 1] if at + 1 < len(tokens) else None
    return behind is None or behind.kind == "mark" or behind.text in _CLOSING


def _leaves(tokens: tuple[Token, ...], at: int) -> bool:
    text, before = tokens[at].text, tokens[at - 1] if at else None
    if before is None or before.kind == "mark":
        return False
    if text == "go":
        return before.text in _ALLOWED
    return text == "gone" and before.text not in _STATED


def with_arrows(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """“beach -> 6s”: to; between times an arrow is a range."""
    told: list[Token] = []
    for token in tokens:
        before = told[-1] if told else None
        measured = any(each.kind in _MEASURES for each in told[-3:])
        if measured:
            told.append(token)
        elif before and token.tight and token.text == ">" and before.text in ("-", "="):
            told[-1] = replace(before, kind="word", text="to")
        elif before and token.text in ("→", "⇒", "➡"):
            told.append(replace(token, kind="word", text="to"))
        else:
            told.append(token)
    return tuple(told)
