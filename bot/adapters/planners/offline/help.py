"""What can be said: shown by the help command, and each example understood by the planner."""

from collections.abc import Mapping

from rapidfuzz import fuzz, process

EXAMPLES: Mapping[str, tuple[str, ...]] = {
    "Cut and trim": (
        "trim the first clip to 2 seconds",
        "cut the first second of the beach clip",
        "take half a second off the end of clip 2",
        "make the beach clip 1 second longer",
        "cut 0:02-0:03.5",
        "keep only 0:01 to 0:10",
        "split at 0:05",
        "split the beach clip in half",
    ),
    "Silences and scenes": (
        "remove the silences longer than 1 second",
        "whenever it is silent for more than a second, cut it",
        "split at every scene change",
        "remove the black parts",
    ),
    "Captions and words": (
        "add captions",
        "cut everything before she says 'welcome'",
        "subtitle the interview",
        "yellow captions at the top",
        "remove the captions",
        "replace 'pricing' with 'prices' in the captions",
        "start at 'hello everyone'",
        "remove the part where he says 'look at this'",
        "split where she says 'budget'",
        "put the title 'Budget' when she says 'budget'",
        "remove the filler words",
    ),
    "Order": (
        "move the outro to the start",
        "put the beach clip after the outro",
        "swap clip 1 and clip 3",
        "reverse the order of the clips",
        "duplicate the beach clip",
        "delete the second clip",
        "replace the intro with the beach clip",
    ),
    "Texts and shapes": (
        "add a title 'Day One' at the top for 4 seconds",
        "write 'The End' over the last 2 seconds",
        "add a lower third for Priya Sharma at 0:05",
        "add an end card saying 'Thanks for watching'",
        "change the title to 'Goodbye'",
        "make the title red, bold and bigger",
        "give the title a black background",
        "add a red rectangle at the bottom",
    ),
    "Pictures and music from the bin": (
        "use song.mp3 as background music at 20%",
        "put logo.png in the bottom left for the whole video",
    ),
    "Sound": (
        "mute the second clip",
        "make the music quieter",
        "set the volume of the music to 50%",
        "raise the music by 3 dB",
        "mute the music from 0:04 to 0:08",
        "duck the music under the voice",
        "loop the music",
    ),
    "Speed": (
        "speed up the second clip 2x",
        "play the beach clip at half speed",
        "slow motion on the last clip",
        "make everything 10% faster",
        "play the second clip backwards",
        "reverse 0:05-0:08",
        "make the beach clip a boomerang",
        "freeze frame at 0:05 for 2 seconds",
        "hold the last frame for 3 seconds",
    ),
    "Fades and transitions": (
        "fade in at the start and fade to black at the end",
        "fade out the music over the last 3 seconds",
        "crossfade between all clips",
        "add a wipe before the outro",
        "dip to black between clip 1 and clip 2",
    ),
    "Look": (
        "make the beach clip brighter",
        "increase the contrast of clip 2 by 20%",
        "make the whole video black and white",
        "blur the intro a bit",
        "rotate the first clip 90 degrees",
        "flip the second clip",
        "crop 10% off the left of the beach clip",
        "zoom in on the second clip by 20%",
        "slowly zoom in on the beach clip",
    ),
    "Place and size": (
        "move the logo to the bottom right",
        "move the title up a bit",
        "make the logo 50% smaller",
        "make the logo half transparent",
        "move the title from left to right",
        "hide the logo from 0:04 to 0:08",
        "keep the title up the whole time",
    ),
    "Names": ("call the first clip 'Opening shot'",),
    "Format": (
        "make it vertical",
        "change the format to 4:5",
        "set the resolution to 4k",
        "use 24 fps",
        "make the canvas background white",
    ),
    "Film": (
        "render",
        "export for tiktok",
        "render it in 16:9, 9:16 and square",
        "give me a quick preview",
        "make a gif",
        "cancel the render",
        "show me the timeline",
    ),
    "Large files, sharing, other editors": (
        "give me an upload link",
        "share this",
        "export an EDL",
        "export the captions as srt",
    ),
    "Money": ("how much will it cost?", "how much did we spend?", "what is the budget?"),
    "Back and forth": ("undo", "undo the last two", "redo", "history", "what did Anna change?"),
    "Questions": (
        "how long is it?",
        "what's at 0:05?",
        "which clips are there?",
        "where is the title?",
        "how many silences are there?",
        "when does she say 'launch'?",
        "what does she say at 0:10?",
        "transcript",
    ),
}


_COMMANDS = """\
Commands: /chatkut upload (large files) · share (a page to watch it) · export (for other editors) \
· render · estimate · cost · budget · timeline · history · undo · redo · settings"""
_SHOWN = 2  # of each group, in the chat


def told(most: int | None = None) -> str:
    """What can be said, with `most` examples of each group, or all."""
    groups = (f"{name}: {' · '.join(said[:most])}" for name, said in EXAMPLES.items())
    return "\n".join(
        (
            "Drop clips, pictures or sound here and say in plain words what to do with them.",
            _COMMANDS,
            *groups,
            "Several edits may stand in one message. What I do not understand I ask about, and "
            "change nothing.",
        )
    )


HELP = told(_SHOWN)
"""What can be said, short enough for the chat."""


def nearest(text: str, count: int = 2) -> list[str]:
    """The examples that come closest to some words."""
    examples = [example for group in EXAMPLES.values() for example in group]
    found = process.extract(text, examples, scorer=fuzz.token_set_ratio, limit=count)
    return [match[0] for match in found]
