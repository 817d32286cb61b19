"""Captions: what is said in the clips of a film, as text that follows every edit.

Words become cues, which are times of clips (`cues`). What is seen when is worked out anew from the
laid-out film (`spoken`); the other way, lines with times of a film become cues (`cues_at`).
"""

from bot.engine.captions.breaking import LONGEST, WIDE, WORD, begins, cues
from bot.engine.captions.placing import cues_at
from bot.engine.captions.shown import Spoken, spoken

__all__ = ["LONGEST", "WIDE", "WORD", "Spoken", "begins", "cues", "cues_at", "spoken"]
