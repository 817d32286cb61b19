"""MP4: cuts the pictures of a file into pieces, and joins pieces, by copying bytes.

    file ──read──► Track ──cut──► Tracks ──write──► file

Nothing is decoded and no packet is touched, so joining costs about what copying the file costs,
where ffmpeg's concat demuxer takes more than ten times as long. What is read is what ffmpeg writes;
anything else is refused by `Unfit`, and the caller has another way.

Format: ISO/IEC 14496-12. Times are in ticks of a track's own timescale.
"""

from bot.adapters.renderers.local.mp4.splice import cut, write
from bot.adapters.renderers.local.mp4.track import Track, Unfit, read

__all__ = ["Track", "Unfit", "cut", "read", "write"]
