"""The visual order of mixed left-to-right and right-to-left text (Unicode Annex 9).

raqm orders text within one font; a title of Hebrew, Latin and an emoji takes three, so the runs are
ordered here. Explicit embeddings are left out because the typesetter drops those characters, and
bracket pairs (rule N0) because they matter only where a bracket is left open.
"""

import re
from collections.abc import Sequence
from unicodedata import bidirectional

_NEUTRAL = " "
_CLASS = {"L": "L", "R": "R", "AL": "A", "EN": "E", "AN": "N", "ES": "+", "ET": "$", "CS": ","}
_LEVEL = {0: {"L": 0, "R": 1, "E": 2, "N": 2}, 1: {"L": 2, "R": 1, "E": 2, "N": 2}}


def levels(clusters: Sequence[str]) -> list[int]:
    """Embedding level of each grapheme cluster of one paragraph; odd ones run right to left."""
    kinds = "".join(_CLASS.get(bidirectional(cluster[0]), _NEUTRAL) for cluster in clusters)
    first_strong = re.search("[LRA]", kinds)
    base = int(first_strong is not None and first_strong[0] in "RA")
    edge = "R" if base else "L"
    resolved = _without_neutrals(_without_weak(edge + kinds + edge), edge)
    return [_LEVEL[base][kind] for kind in resolved[1:-1]]


def visual_order(levels: Sequence[int]) -> list[int]:
    """Indices of runs from left to right, given the level of each run (rule L2)."""
    order = list(range(len(levels)))
    for level in range(max(levels, default=0), 0, -1):
        start = 0
        while start < len(order):
            end = start
            while end < len(order) and levels[order[end]] >= level:
                end += 1
            order[start:end] = reversed(order[start:end])
            start = end + 1
    return order


def _without_weak(kinds: str) -> str:
    """Give numbers and their separators a direction (rules W2 to W7)."""
    kinds = re.sub("A[^LR]*", lambda m: m[0].replace("E", "N"), kinds).replace("A", "R")
    kinds = re.sub("(?<=E)[+,](?=E)", "E", kinds)
    kinds = re.sub("(?<=N),(?=N)", "N", kinds)
    kinds = re.sub(r"\$+(?=E)|(?<=E)\$+", lambda m: "E" * len(m[0]), kinds)
    kinds = re.sub("[+,$]", _NEUTRAL, kinds)
    return re.sub("L[^R]*", lambda m: m[0].replace("E", "L"), kinds)


def _without_neutrals(kinds: str, base: str) -> str:
    """Let spaces and signs follow equal neighbours, else the paragraph (rules N1 and N2)."""

    def side(match: re.Match[str]) -> str:
        neighbours = {"L" if kind == "L" else "R" for kind in match.groups()}
        return (base if len(neighbours) == 2 else neighbours.pop()) * len(match[0])

    return re.sub("(?<=([^ ])) +(?=([^ ]))", side, kinds)
