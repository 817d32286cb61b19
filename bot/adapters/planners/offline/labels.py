"""How alike two names are."""

from rapidfuzz.distance import OSA

from bot.adapters.planners.offline.tokens import parts

SIMILAR = 0.85

MARGIN = 0.1


def spelling(text: str) -> str:
    return " ".join(word for word, _, _ in parts(text))


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
