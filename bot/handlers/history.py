"""Undo, redo and history. Both undo and redo append a revision: nothing is ever lost."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from bot.engine.errors import EngineError, InvalidEdit
from bot.engine.history import Diff, Entry, redoable, standing, undoable
from bot.handlers.picture import picture
from bot.handlers.question import bound
from bot.handlers.services import Services
from bot.ports import Choice, Command, Commit, Head, Message, Question, Reply, Turn

_SHOWN = 15
_BUTTONS = 3
_LONGEST_LINE = 110
_ALONG = re.compile(r"; everything after moved \S+ s (?:earlier|later)$")
"""What an edit brought with it, which is no news later."""
_MOST_UNASKED = 3
"""How many edits are undone at once without asking."""


async def taken_back(command: Command, message: Message, head: Head, services: Services) -> Turn:
    """Undo or redo as often as asked, and say where it goes no further; ask before much is gone."""
    entries = await services.conversations.history(message.channel)
    now, commits, problem = head, list[Commit](), ""
    try:
        while len(commits) < command.count:
            commit = await _step(command, message, now, entries, services, len(commits))
            commits.append(commit)
            now = Head(now.revision + 1, commit.comp)
            entries = (*entries, _entry(commit, now.revision))
    except EngineError as error:
        problem = str(error)
    if not commits:
        return Turn(replies=(Reply("answer", problem),))
    if len(commits) > _most_unasked(command, message):
        return _asked(command, len(commits), message, head, services)
    lines = [line for commit in commits for line in commit.summary]
    text = "\n".join([*lines, problem] if problem else lines)
    files = await picture(message.channel, head.comp, now, services)
    edit = _edit_of(entries[-1], entries).seq
    is_undo = command.name == "undo"
    other = Choice("Redo", f"/redo #{edit}") if is_undo else Choice("Undo", f"/undo #{edit}")
    reply = Reply("receipt", text, (other,), files, now.revision)
    return Turn(tuple(commits), (reply,))


def _most_unasked(command: Command, message: Message) -> int:
    """How many edits may go without asking: what others did is not swept away by one message."""
    if command.confirmed or command.name != "undo":
        return command.count
    mine = command.author is None or command.author.casefold() == message.author.casefold()
    return _MOST_UNASKED if mine else 1


def _asked(command: Command, count: int, message: Message, head: Head, services: Services) -> Turn:
    """Offer to undo so many edits; whose is said last, as a name may hold any words."""
    by = f" by {command.author}" if command.author else ""
    text = f"/undo {count} confirmed{by}"
    undo = Choice(f"Undo {count}", text, bound(message, head, services))
    question = Question(f"Shall I undo the last {count} edits{by}?", (undo,))
    reply = Reply("question", question.text, question.choices, revision=head.revision)
    return Turn(replies=(reply,), question=question)


async def _step(
    command: Command,
    message: Message,
    now: Head,
    entries: Sequence[Entry],
    services: Services,
    number: int,
) -> Commit:
    """The reverse of the revision meant, on the composition as it stands."""
    target = _target(command, entries)
    diff = await services.conversations.diff(message.channel, target.seq)
    comp = diff.reversed().apply(now.comp)
    return Commit(
        base=now.revision,
        comp=comp,
        diff=Diff.between(now.comp, comp),
        kind="redo" if command.name == "redo" else "undo",
        author=message.author,
        message_id=f"{message.id}/{number}" if number else message.id,
        text=message.text,
        summary=(_line(target, entries),),
        reverts=target.seq,
    )


def _entry(commit: Commit, seq: int) -> Entry:
    """What the history will say about a commit that is not kept yet."""
    return Entry(
        seq=seq,
        kind=commit.kind,
        author=commit.author,
        at="",
        summary=commit.summary,
        reverts=commit.reverts,
    )


def _target(command: Command, entries: Sequence[Entry]) -> Entry:
    """The revision to reverse.

    Raises:
        InvalidEdit: There is none.
    """
    if command.revision is not None:
        named = next((entry for entry in entries if entry.seq == command.revision), None)
        if named is None:
            raise InvalidEdit(f"There is no revision #{command.revision}.")
        return _to_undo(named, entries) if command.name == "undo" else _to_redo(named, entries)
    is_redo = command.name == "redo"
    target = redoable(entries) if is_redo else undoable(entries, command.author)
    if target is None:
        whose = f" by {command.author}" if command.author else ""
        raise InvalidEdit(f"There is nothing to {command.name}{whose}.")
    return target


def _to_undo(named: Entry, entries: Sequence[Entry]) -> Entry:
    """The revision itself, or the edit that it did again, if that is in force."""
    meant = _edit_of(named, entries) if named.kind == "redo" else named
    if meant.seq in standing(entries):
        return meant
    by = next((f" by {e.author}" for e in reversed(entries) if e.reverts == meant.seq), "")
    raise InvalidEdit(f"#{meant.seq} is undone already{by}.")


def _to_redo(named: Entry, entries: Sequence[Entry]) -> Entry:
    """The undo that is in force, whether it is named itself or by what it took back."""
    undos = (entry for entry in standing(entries).values() if entry.kind == "undo")
    undo = next((entry for entry in undos if named.seq in (entry.seq, entry.reverts)), None)
    if undo is None:
        edit = _edit_of(named, entries)
        raise InvalidEdit(f"#{edit.seq} is not undone, so there is nothing to redo.")
    return undo


def _edit_of(entry: Entry, entries: Sequence[Entry]) -> Entry:
    """The edit that was taken back and done again, however often."""
    by_number = {each.seq: each for each in entries}
    while entry.kind != "edit" and entry.reverts in by_number:
        entry = by_number[entry.reverts]
    return entry


def _line(target: Entry, entries: Sequence[Entry]) -> str:
    """Say what is taken back, or done again where an undo is taken back."""
    edit = _edit_of(target, entries)
    if target.kind == "undo":
        return f"Did #{edit.seq} by {edit.author} again: {_short(edit)}"
    return f"Undid #{edit.seq} by {edit.author}: {_short(edit)}"


def _is_by(entry: Entry, author: str) -> bool:
    return entry.author.casefold() == author.casefold()


def _short(entry: Entry, most: int = _LONGEST_LINE) -> str:
    """What a revision changed: as many lines of its receipt as fit into one, the first cut."""
    first, *others = [_ALONG.sub("", line) for line in entry.summary] or ["an edit"]
    told = [first if len(first) <= most else f"{first[: most - 1].rstrip()}…"]
    while others and len(" · ".join([*told, others[0]])) <= most:
        told.append(others.pop(0))
    return " · ".join(told) + (f" (and {len(others)} more)" if others else "")


async def history(channel: str, author: str | None, services: Services) -> Turn:
    """Answer with the latest revisions, of one author if so asked, and how to undo each."""
    everybody = await services.conversations.history(channel)
    entries = [entry for entry in everybody if author is None or _is_by(entry, author)]
    if not entries:
        whose = f" by {author}" if author else ""
        return Turn(replies=(Reply("answer", f"Nothing has been done here yet{whose}."),))
    shown, in_force = entries[-_SHOWN:], standing(everybody)
    now = datetime.fromtimestamp(services.now(), UTC)
    lines = [_told(entry, now) + _fate(entry, everybody, in_force) for entry in shown]
    if len(entries) > _SHOWN:
        lines.insert(0, f"… {len(entries) - _SHOWN} earlier ones")
    edits = [entry.seq for entry in shown if entry.kind == "edit" and entry.seq in in_force]
    if edits:
        lines.append(f"To take one of them back, say “undo #{edits[-1]}”.")
    undo = tuple(Choice(f"Undo #{seq}", f"/undo #{seq}") for seq in edits[-_BUTTONS:])
    return Turn(replies=(Reply("answer", "\n".join(lines), undo, revision=entries[-1].seq),))


def _told(entry: Entry, now: datetime) -> str:
    """A line of the history: which revision, by whom, when, and what it changed."""
    return f"#{entry.seq} {entry.author}, {_ago(entry.at, now)}: {_short(entry)}"


def _fate(entry: Entry, everybody: Sequence[Entry], in_force: Mapping[int, Entry]) -> str:
    """By whom a revision was taken back, if it was."""
    if entry.seq in in_force:
        return ""
    by = (each.author for each in reversed(everybody) if each.reverts == entry.seq)
    return f" (undone by {next(by)})"


def _ago(at: str, now: datetime) -> str:
    """When something was, as people say it; of what is long ago the day (UTC)."""
    then = datetime.fromisoformat(at)
    minutes = int((now - then).total_seconds() // 60)
    if minutes < 1:
        return "just now"
    if minutes < 60:
        return f"{minutes} min ago"
    if minutes < 24 * 60:
        return f"{minutes // 60} h ago"
    if (days := minutes // (24 * 60)) < 7:
        return "yesterday" if days == 1 else f"{days} days ago"
    return f"{then.day} {then:%b %Y}"
