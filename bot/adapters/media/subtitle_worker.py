"""Reads one untrusted file of subtitles, as the main program of a child process: `FILE FORMAT`.

FORMAT is what the file's name says (srt, vtt, ass, ssa); what the file itself says goes before it.
Prints one JSON object: {"lines": [[start, end, text], …]} in seconds and in order, without styles,
or {"refused": why}. Anything unforeseen ends it with a traceback; the parent knows what to say.

It is a child because a small file can keep the library's patterns busy for hours.
"""

import html
import json
import re
import sys
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pysubs2

LETTERS = 500
MOST_LINES = 10_000
TAG = re.compile(r"<[^<>\n]{0,200}>")

Line = tuple[float, float, str]


class Refused(Exception):
    """The file cannot be used; the message says why, as the second half of a sentence."""


def read(source: Path, named: str) -> list[Line]:
    """The lines of a file."""
    text = decoded(source.read_bytes())
    if not text.strip():
        raise Refused("it is empty")
    found = list(lines(text, format_of(text, named)))
    if not found:
        raise Refused("there are no lines with times in it")
    if len(found) > MOST_LINES:
        raise Refused(f"it has more than {MOST_LINES:,} lines")
    return sorted(found)


def decoded(content: bytes) -> str:
    """The text of a file: UTF-8, UTF-16 with its mark, or what old Windows programs write."""
    if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        text = content.decode("utf-16", errors="replace")
    else:
        try:
            text = content.removeprefix(BOM_UTF8).decode()
        except UnicodeDecodeError:
            text = content.decode("cp1252", errors="replace")
    if "\0" in text:
        raise Refused("it is no text")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def format_of(text: str, named: str) -> str:
    """What a file is, whatever its name says."""
    if text.lstrip().startswith("WEBVTT"):
        return "vtt"
    if "[Script Info]" in text[:1000]:
        return "ssa" if "[V4 Styles]" in text else "ass"
    return "srt" if named == "vtt" else named


def lines(text: str, format_: str) -> Iterator[Line]:
    """What is to be read in a text, and when; drawings and comments are not."""
    for event in pysubs2.SSAFile.from_string(text, format_=format_):
        # A blank line ends a cue; behind it the library leaves notes and names of the next one.
        said = event.plaintext.strip().partition("\n\n")[0]
        plain = html.unescape(TAG.sub("", said))
        shown = "\n".join(" ".join(line.split()) for line in plain.split("\n") if line.strip())
        shown = "".join(c for c in shown if c.isprintable() or c == "\n")[:LETTERS].strip()
        if shown and event.is_text and 0 <= event.start < event.end:
            yield event.start / 1000, event.end / 1000, shown


def main(source: str, named: str) -> dict[str, Any]:
    """Read a file."""
    try:
        return {"lines": read(Path(source), named)}
    except Refused as refused:
        return {"refused": str(refused)}


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))  # noqa: T201  this is how the parent hears of it
