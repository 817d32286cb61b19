"""How alike two names are."""

from rapidfuzz.distance import OSA

from bot.adapters.planners.offline.tokens import parts

SIMILAR = 0.85

MARGIN = 0.1


def spelling(text: str) -> str:
    return " ".join(word for word, _, _ in parts(text))


def abbreviates(word: str, short: str) -> bool:
    """“rec” of recording, “intv” of interview: the letters in their order, from the first on."""
    if len(short) < _LEAST_SHORT or len(word) <= len(short) or word[0] != short[0]:
        return False
    letters = iter(word)
    told = word.startswith(short) or len(short) > _LEAST_SHORT
    return told and all(letter in letters for letter in short)


def is_short_for(name: str, label: str) -> bool:
    """Whether every word of a name is in a label, one of them at least abbreviated."""
    said, short = spelling(name).split(), spelling(label).split()
    return bool(said) and all(
        word in short or any(abbreviates(word, each) for each in short) for word in said
    )


_LEAST_SHORT = 3


def likeness(spelt: str, label: str) -> float:
    """Similarity of a name and a label, or the best of its words; one slip always passes."""
    likest = 0.0
    for word in (spelling(label), *spelling(label).split()):
        distance = OSA.distance(spelt, word)
        score = 1 - distance / max(len(spelt), len(word))
        if distance == 1 and len(word) >= 4:
            score = max(score, 0.9)
        likest = max(likest, score)
    return likest
