"""A small synthesiser: voices are ffmpeg sources, a mix of them a filter graph."""

from collections.abc import Sequence

_RATE = 48_000


def _hertz(note: int) -> float:
    """The frequency of a MIDI note number; 69 is the A of 440 Hz."""
    return round(440 * 2 ** ((note - 69) / 12), 3)


def _voice(wave: str, seconds: float, at: float = 0) -> str:
    return f"aevalsrc='{wave}':s={_RATE}:d={seconds},adelay={round(at * 1000)}"


def pad(notes: Sequence[int], seconds: float, level: float, at: float = 0) -> str:
    """Strings that swell in and fade away; each note is two tones that beat slowly."""
    tones = "+".join(
        f"sin(2*PI*{_hertz(n)}*t)+sin(2*PI*{_hertz(n) * 1.003:.3f}*t)+0.2*sin(4*PI*{_hertz(n)}*t)"
        for n in notes
    )
    envelope = f"min(1,t/{seconds / 4})*min(1,({seconds}-t)/{seconds / 4})"
    return _voice(f"{level}*{envelope}*({tones})", seconds, at)


def pluck(note: int, at: float, level: float) -> str:
    """An electric piano: a tone whose overtones die before it does."""
    f = _hertz(note)
    tone = f"sin(2*PI*{f}*t+1.1*exp(-5*t)*sin(4*PI*{f}*t))"
    return _voice(f"{level}*min(1,t*250)*exp(-2.6*t)*{tone}", 1.8, at)


def chirp(hertz: int, at: float, level: float) -> str:
    """A bird: a tone that slides up and trembles."""
    slide = f"sin(2*PI*({hertz}*t+4500*t*t)+3*sin(2*PI*28*t))"
    return _voice(f"{level}*sin(PI*t/0.16)*{slide}", 0.16, at)


def noise(colour: str, band: tuple[int, int], seconds: float, level: float) -> str:
    """Noise between two frequencies, in hertz: wind, surf, traffic."""
    source = f"anoisesrc=c={colour}:r={_RATE}:d={seconds}:seed=1"
    return f"{source},highpass={band[0]},lowpass={band[1]},volume={level}"


def kick(every: float, seconds: float, level: float) -> str:
    """A bass drum: a tone that falls."""
    fall = "sin(2*PI*(48*ld(0)+5*(1-exp(-40*ld(0)))))*exp(-9*ld(0))"
    return _voice(f"st(0,mod(t,{every}))*0+{level}*{fall}", seconds)


def shaker(every: float, seconds: float, level: float) -> str:
    """Short bursts of high noise."""
    hiss = noise("white", (6000, 16000), seconds, level)
    return f"{hiss},aeval=val(0)*exp(-40*mod(t\\,{every})):c=same"


def mix(voices: Sequence[str], seconds: float, gain_db: float) -> str:
    """Play voices together in a room that is different left and right, and fade the ends."""
    parts = [f"{voice}[s{i}]" for i, voice in enumerate(voices)]
    inputs = "".join(f"[s{i}]" for i in range(len(voices)))
    return ";".join(
        [
            *parts,
            f"{inputs}amix={len(voices)}:normalize=0,volume={gain_db}dB,asplit[dry1][dry2]",
            "[dry1]aecho=0.9:0.9:41|97|173:0.35|0.25|0.15[left]",
            "[dry2]aecho=0.9:0.9:53|113|211:0.35|0.25|0.15[right]",
            f"[left][right]join,atrim=end={seconds},afade=d=0.05,"
            f"afade=out:st={seconds - 0.6}:d=0.6,alimiter=0.9:level=0[sound]",
        ]
    )
