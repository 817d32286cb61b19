"""English turns of phrase, by the plainer words that the grammar reads."""

from collections.abc import Mapping

SAYINGS: Mapping[str, str] = {
    "everything after": "everything past, anything past, all past, anything after, stuff after",
    "everything before": "anything before, stuff before, everything up to, everything until",
    "in half": "down the middle, right down the middle, straight down the middle",
    "the clip at": "whatever is at, whatever's at, the thing at, the one at",
    "after": "that comes after, which comes after, that follows, that comes right after",
    "before": "that comes before, which comes before, that comes right before",
    "the first clip": "the beginning clip, the starting clip, beginning clip, the start clip",
    "the last clip": "the ending clip, the end clip, the closing one",
    "twice as fast": "two times as fast, 2 times as fast",
    "half as fast": "half the speed",
    "the title": "the title thing",
    "the music to": "background music to, bg music to, backing music to",
    "the music at": "background music at, bg music at",
    "the music louder": "background music louder, bg music louder",
    "the music quieter": "background music quieter, bg music quieter, background music lower",
    "length": "total length, total duration, total runtime, runtime, running time, total time",
    "with": "w/",
    "without": "w/o",
    "the first": "the 1 st, 1 st",
    "black and white": "in b & w, in black & white",
    "grayscale": "b & w, b and w, b n w, b / w, into black and white",
    "the whole video": "the whole damn thing, this whole thing, the lot",
    "make": "turn into",
    "to the top": "up to the top, all the way to the top, all the way up",
    "to the bottom": "down to the bottom, all the way to the bottom, all the way down",
    "set it to": "put it back to, set it back to, bring it back to",
    "keep until": "leave it on until, leave it up until, leave it till, leave it until",
}
