"""English turns of phrase, by the plainer words that the grammar reads."""

from collections.abc import Mapping

SAYINGS: Mapping[str, str] = {
    "everything after": "everything past, anything past, all past, anything after, stuff after",
    "everything before": "anything before, stuff before, everything up to, everything until",
    "between all clips": (
        "between all of them, between them all, between each of them, between every one, "
        "at all cuts, on all cuts, at every cut, on every cut, all cuts, every cut, at each cut, "
        "on each cut, between everything, at all the cuts, on all the cuts, between all the shots"
    ),
    "because": "cuz, coz, bc",
    "raise the saturation": (
        "make the colours pop, make the colors pop, make colours pop, make colors pop, "
        "let the colours pop, let the colors pop"
    ),
    "make the film landscape": "make it wide, make the film wide, make the video wide",
    "fill the frame": "fill the whole frame, fill the entire frame",
    "too long": "too much long, too much longer, very too long",
    "bigger": "more big, more bigger, much more big",
    "smaller": "more small, more smaller",
    "louder": "more loud, more strong sound",
    "slower": "more slow, more slowly, make slowly, go slowly, make it slowly",
    "faster": "more fast, more quick, more quickly",
    "brighter": "more bright, more light, more clear",
    "darker": "more dark",
    "crossfade": (
        "smooth change, soft change, smooth cut, soft cut, smooth passage, smooth switch, "
        "xfade, x fade"
    ),
    "how long is": (
        "what is long of, what is the long of, how long of, how much long is, how much time is, "
        "what long is"
    ),
    "at the top": "in up of video, in up of the video, up of the video, up of video, in the up",
    "at the bottom": "in down of video, in down of the video, down of the video, in the down",
    "them": "them all, all of them, all of these, all of those",
    "titles": "chapter titles, section titles, chapter headings",
    "add": "put my name in, put my name into, write my name in",
    "picture and music": (
        "picture and sound, picture and audio, sound and picture, image and sound, "
        "image and audio, both picture and sound, both picture and music, music and picture, "
        "video and music both"
    ),
    "right after": "to right after, to just after, to directly after, to straight after",
    "right before": "to right before, to just before, to directly before",
    "quietly": (
        "at a low volume, at low volume, with low volume, with a low volume, in low volume, "
        "with small volume, small volume, low volume, very low, real quiet, not too loud, "
        "not so loud, nice and quiet, at a quiet level"
    ),
    "in half": "down the middle, right down the middle, straight down the middle",
    "the clip at": "whatever is at, whatever's at, the thing at, the one at",
    "after": "that comes after, which comes after, that follows, that comes right after",
    "before": "that comes before, which comes before, that comes right before",
    "the first clip": "the beginning clip, the starting clip, beginning clip, the start clip",
    "the last clip": "the ending clip, the end clip, the closing one",
    "twice as fast": "two times as fast, 2 times as fast",
    "half as fast": "half the speed",
    "the title": "the title thing, the intro title, the opening title text",
    "the music to": "background music to, bg music to, backing music to",
    "the music at": "background music at, bg music at",
    "the music louder": "background music louder, bg music louder",
    "the music quieter": "background music quieter, bg music quieter, background music lower",
    "length": "total length, total duration, total runtime, runtime, running time, total time",
    "too quiet": (
        "i can barely hear, can barely hear, i can hardly hear, can hardly hear, "
        "i can not hear, can not hear, i can not really hear, hard to hear"
    ),
    "no transition": "hard cut, hard cuts, straight cut, straight cuts",
    "slow zoom": "ken burns effect, ken burns",
    "make it": (
        "make this work, make it work, make it ready, get it ready, get this ready, "
        "make this ready, make it fit"
    ),
    "help": "say it again, say that again, come again, say again",
    "again": "once more, one more time, a second time, yet again",
    "start with": (
        "start on, begin on, begin with, start straight with, start right with, open with, "
        "open on, kick off with, lead with"
    ),
    "end with": "close with, close on, wrap up with",
    "trim down": "chop down, slice down, whittle down",
    "add a crossfade": "drop a crossfade, chuck a crossfade",
    "add a title": "drop a title, chuck a title",
    "with": "w/",
    "without": "w/o",
    "the first": "the 1 st, 1 st",
    "black and white": "in b & w, in black & white",
    "grayscale": "b & w, b and w, b n w, b / w, into black and white",
    "the whole video": "the whole damn thing, this whole thing, the lot",
    "make": "turn into",
    "": "than that, than it is now, than it is, than now, than before, than it was",
    "instead": "is enough, is plenty, will do, should do, would do",
    "to": "over to, on over to, all the way over to",
    "for the whole clip": (
        "for as long as it runs, for as long as it lasts, for as long as it plays, "
        "as long as it runs, for as long as the clip runs, for as long as that lasts, "
        "while it runs, while it is on"
    ),
    "should be": (
        "would look better, would look nicer, would look cooler, would look good, "
        "would look great, would sound better, would sound nicer, would be better, "
        "would be nicer, would work better, might look better, could look better, "
        "would be cooler, might be better"
    ),
    "yes": "let us try it, let us try that, let us do it, let us see",
    "freeze the film at": (
        "pause the video at, pause the film at, pause at, pause it at, "
        "pause the clip at, hold the picture at, hold the frame at, hold the image at"
    ),
    "freeze the last frame": "hold the last frame, hold the final frame, stop on the last frame",
    "freeze the first frame": "hold the first frame, hold the opening frame",
    "forwards": "the right way round, the right way around",
    "redo": (
        "put back what i just undid, put back what i undid, bring back what i undid, "
        "bring back what i just undid, put back what was undone, bring back what was undone, "
        "undo my undo, undo the last undo, reverse the undo"
    ),
    "at the start": "right at the start, right at the beginning, right at the front",
    "at the end": "right at the end, right at the very end",
    "stays unchanged": (
        "stays the same, stays as is, stays as it is, remains the same, stays how it is, "
        "stays like that, stays like it is, stays the way it is"
    ),
    "stay unchanged": "stay the same, stay as is, stay as they are, remain the same, stay as it is",
    "keep the rest": (
        "rest as it was, the rest as it was, rest as is, the rest as is, rest stays as it is, "
        "rest unchanged, the rest stays the same, rest stays the same, rest stays as is"
    ),
    "other way around": "the other way round, the other way around",
    "not bold": "bold off, no bold, without bold",
    "bold": "bold on",
    "not italic": "italic off, italics off, no italics",
    "italic": "italic on, italics on",
    "to the top": "up to the top, all the way to the top, all the way up",
    "to the bottom": "down to the bottom, all the way to the bottom, all the way down",
    "set it to": "put it back to, set it back to, bring it back to",
    "keep until": "leave it on until, leave it up until, leave it till, leave it until",
}
