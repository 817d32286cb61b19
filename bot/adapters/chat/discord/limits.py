"""What Discord takes in one message, as its API reference states it.

The size of files is not here: it belongs to a server and changes, so it is asked for at run time.
"""

DESCRIPTION = 4096
BUTTONS = 25
BUTTON_LABEL = 80
FILES = 10
MENU_ITEMS = 25
MENU_TEXT = 100


def units(text: str) -> int:
    """The length of a text as Discord may count it: an emoji is two."""
    return len(text.encode("utf-16-le", errors="replace")) // 2


def shortened(text: str, most: int) -> str:
    """The text, or as much of its start as fits, ending in an ellipsis."""
    if units(text) <= most:
        return text
    return longest_prefix(text, most - 1) + "…"


def longest_prefix(text: str, most: int) -> str:
    """As much of the start of a text as fits."""
    cut = text.encode("utf-16-le", errors="replace")[: 2 * most]
    return cut.decode("utf-16-le", errors="ignore")
