"""The bridge: any chat system that speaks a little HTTP. `docs/bridge.md` is the protocol.

The chat brings what people say to `POST /bridge/messages`; what ChatKut says goes to `POST` and
`PATCH` of the chat's `/posts`. Both sides may lose requests and answers: messages carry an id and
posts a key, under which they may be sent again.
"""

from bot.adapters.chat.bridge.chat import BridgeChat
from bot.adapters.chat.bridge.listener import BridgeListener

__all__ = ["BridgeChat", "BridgeListener"]
