"""Cloudflare Stream: plays clips and films, beside the store that keeps the originals."""

from bot.adapters.media.stream.api import StreamApi
from bot.adapters.media.stream.check import check, check_minutes
from bot.adapters.media.stream.service import StreamVideos
from bot.adapters.media.stream.subscription import subscribed
from bot.adapters.media.stream.webhooks import StreamWebhooks

__all__ = ["StreamApi", "StreamVideos", "StreamWebhooks", "check", "check_minutes", "subscribed"]
