"""What handlers work with: the ports, put together once by `app.py`."""

from dataclasses import dataclass
from pathlib import Path

from bot.ports import Conversations, MediaStore, Pictures, Planner, RenderJobs


@dataclass(frozen=True, slots=True)
class Services:
    """The outside, as handlers see it. Renders above `confirm_over_microusd` ask first."""

    conversations: Conversations
    media: MediaStore
    planner: Planner
    pictures: Pictures
    renders: RenderJobs
    pictures_dir: Path
    confirm_over_microusd: int
    help_text: str
