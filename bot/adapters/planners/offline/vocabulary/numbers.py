"""English number words, units and grammatical words."""

from collections.abc import Mapping

CARDINALS: Mapping[str, float] = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14,
    "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20,
    "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
    "hundred": 100, "thousand": 1000, "dozen": 12,
}  # fmt: skip
ORDINALS: Mapping[str, int] = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7,
    "eighth": 8, "ninth": 9, "tenth": 10, "eleventh": 11, "twelfth": 12, "last": -1, "final": -1,
    "penultimate": -2,
}  # fmt: skip
ORDINAL_ENDINGS = ("st", "nd", "rd", "th")
SHARES: Mapping[str, float] = {
    "half": 1 / 2, "third": 1 / 3, "quarter": 1 / 4, "fifth": 1 / 5, "thirds": 1 / 3,
    "quarters": 1 / 4, "halves": 1 / 2, "tenth": 1 / 10,
}  # fmt: skip
FACTORS: Mapping[str, float] = {
    "double": 2, "doubled": 2, "twice": 2, "triple": 3, "tripled": 3, "thrice": 3, "quadruple": 4,
    "halve": 0.5, "halved": 0.5,
}  # fmt: skip

UNIT_SECONDS: Mapping[str, float] = {
    unit: seconds
    for seconds, units in (
        (0.001, "ms millisecond milliseconds msec msecs"),
        (1, "s sec secs second seconds"),
        (60, "m min mins minute minutes"),
        (3600, "h hr hrs hour hours"),
    )
    for unit in units.split()
}
FRAME_UNITS = frozenset(("f", "frame", "frames", "fr"))
PERCENT = frozenset(("percent", "pct", "per"))
DECIBEL = frozenset(("db", "decibel", "decibels"))
DEGREE = frozenset(("degree", "degrees", "deg"))
PIXEL = frozenset(("px", "pixel", "pixels"))
FACTOR = frozenset(("x", "times", "fold"))

POINTS: Mapping[str, str] = {
    "start": "start, beginning, very start, very beginning, front",
    "end": "end, very end, ending, tail",
    "both": "both ends, each end, either end, start and end, beginning and end",
    "middle": "middle, midpoint, halfway, halfway point, half way, midway, halfway mark, mid point",
    "here": "here, this point, this moment, the playhead, playhead, right here, that point, now",
}
EDGES: Mapping[str, str] = {
    "first": "first, opening, initial, starting",
    "last": "last, final, closing, ending",
}

PREPOSITIONS = (
    "to, at, by, for, in, on, of, from, with, into, onto, over, under, during, after, before, "
    "between, off, off of, out of, until, till, until after, as, through, per, around, near, "
    "across, behind, below, above, @, inside, within, than, right after, right before, "
    "just before, just after, straight after, directly after, in between, starting at, "
    "starting from, beginning at, ending at, up until, towards, on top of, along, against, "
    "throughout, lasting, only for, for about, at about, from about, throughout the, via, "
    "instead of, for only, to about, to just, to only, in front of, so that it is, so it is, "
    "so that it becomes, until it is, so that it lasts, so it lasts, until it lasts, "
    "so that it takes, so it takes, to last"
)
RANGE_WORDS = frozenset(("to", "until", "till", "through", "thru", "-", "–", "—", "→", "and"))
ABOUT = frozenset(("about", "around", "roughly", "approximately", "approx", "circa", "~", "like"))
DEFINITE = frozenset(
    ("the", "this", "that", "these", "those", "my", "our", "your", "its", "their", "teh")
)
EVERY = frozenset(("all", "every", "each", "both", "any"))
PRONOUNS = frozenset(("it", "them", "this", "that", "these", "those", "itself", "they", "dis"))
PLURAL_PRONOUNS = frozenset(("them", "these", "those", "they"))
EXCEPT = (
    "except", "except for", "but", "but not", "apart from", "other than", "excluding", "besides",
    "aside from", "all but",
)  # fmt: skip
TYPOS: Mapping[str, str] = {
    "teh": "the", "hte": "the", "adn": "and", "nad": "and", "thsi": "this", "taht": "that",
    "frist": "first", "plase": "please", "pleas": "please", "becuase": "because",
    "secodn": "second", "u": "you", "r": "are", "ur": "your", "n": "and", "dleete": "delete",
    "em": "them", "vol": "volume", "bg": "background", "vid": "video", "pic": "picture",
    "trasition": "transition", "cld": "could", "wld": "would", "shld": "should", "cud": "could",
    "shud": "should", "wud": "would", "xfade": "crossfade", "xfades": "crossfades",
}  # fmt: skip
