"""Lines with times of a film become cues of the clips that are heard then."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence

from bot.engine.captions.breaking import LONGEST, begins
from bot.engine.captions.passages import Passage, Spans, passages
from bot.engine.composition import Cue
from bot.engine.layout import Timeline

_Line = tuple[float, float, str]


def cues_at(timeline: Timeline, lines: Iterable[_Line]) -> Mapping[str, tuple[Cue, ...]]:
    """Cues, by clip id, that show lines when they are to be seen: the inverse of `spoken`.

    A line goes to what is heard for half of its time or more: on the main track, else in a sound,
    else in a video over the film. Where nothing is heard a line has nothing to stand on and is left
    out.

    Args:
        timeline: The film that the lines are for.
        lines: From when to when, in seconds of the film, and the text.
    """
    fps = float(timeline.canvas.fps.value)
    heard = [each for placed in timeline.placed for each in passages(timeline, placed)]
    heard.sort(key=lambda passage: passage.start)
    spans = Spans((passage.start, passage.end) for passage in heard)
    found: dict[str, dict[tuple[int, str], Cue]] = {}
    for start, end, text in sorted(lines):
        span = max(0.0, start * fps), end * fps
        run = _run([heard[number] for number in spans.between(*span)], span)
        if run and (plain := text.strip()[:LONGEST].rstrip()):
            cue = _cue_in(run, span, plain, fps)
            same = round(cue.start * 10), plain  # a clip that is heard twice has one line for both
            found.setdefault(run[0].clip, {}).setdefault(same, cue)
    return {
        clip: tuple(sorted(row.values(), key=lambda cue: cue.start)) for clip, row in found.items()
    }


def _run(heard: Iterable[Passage], span: tuple[float, float]) -> list[Passage]:
    """The passages of one clip, one after the other, that a line belongs to."""
    runs: dict[tuple[int, str], list[Passage]] = {}
    for passage in heard:
        run = runs.setdefault((passage.rank, passage.clip), [])
        forward = not run or passage.first >= run[-1].last
        if forward and _share([passage], span) > 0:
            run.append(passage)
    shares = {key: _share(run, span) for key, run in runs.items() if run}
    if not shares:
        return []
    enough = min(max(shares.values()), (span[1] - span[0]) / 2)
    return runs[min(key for key, share in shares.items() if share >= enough)]


def _share(run: Iterable[Passage], span: tuple[float, float]) -> float:
    """For how many frames of a span passages are heard."""
    return sum(max(0.0, min(p.end, span[1]) - max(p.start, span[0])) for p in run)


def _cue_in(run: Sequence[Passage], span: tuple[float, float], text: str, fps: float) -> Cue:
    """A line as a cue; where a cut goes through it, each word is on the side where it was."""
    start, end = run[0].source(span[0]), run[-1].source(span[1])
    cue = Cue(start=start / fps, end=max(start, end) / fps, text=text)
    if len(run) == 1:
        return cue
    line = Cue(start=span[0] / fps, end=span[1] / fps, text=text)
    return cue.but(at=tuple(_heard_at(run, at * fps) / fps for at in begins(line)))


def _heard_at(run: Sequence[Passage], film: float) -> float:
    """The source frame that is heard at a frame of the film, or last before it."""
    number = bisect_right(run, film, key=lambda passage: passage.start) - 1
    passage = run[max(0, number)]
    return max(passage.first, min(passage.source(film), passage.last - 1))
