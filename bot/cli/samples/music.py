"""The sample music: four bars of arpeggio over F, G, A minor and C."""

from bot.cli.samples.sound import kick, mix, pad, pluck, shaker

_BAR = 3.0
_STEP = _BAR / 8
_CHORDS = ((53, 60, 64, 69, 72), (55, 59, 62, 67, 71), (57, 60, 64, 67, 72), (48, 60, 64, 67, 74))
"""MIDI notes; the lowest is the bass."""
_PATTERN = (1, 2, 3, 4, 3, 2, 4, 3)
"""Which notes of a chord the piano plays, one after another."""

_SECONDS = _BAR * len(_CHORDS)


def _bar(chord: tuple[int, ...], at: float) -> list[str]:
    piano = [
        pluck(chord[note] + 12, at + step * _STEP, 0.09 if step % 4 else 0.13)
        for step, note in enumerate(_PATTERN)
    ]
    bass = [pluck(chord[0] - 12, at + beat * _STEP, 0.2) for beat in (0, 3, 6)]
    return [*piano, *bass, pad(chord[1:], _BAR + 0.5, 0.022, at)]


_BARS = [voice for i, chord in enumerate(_CHORDS) for voice in _bar(chord, i * _BAR)]
_DRUMS = [kick(2 * _STEP, _SECONDS, 0.25), shaker(_STEP, _SECONDS, 0.2)]
MUSIC = mix([*_BARS, *_DRUMS], _SECONDS, 1.5)
