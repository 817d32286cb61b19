"""What is asked of the taught planner: operations as JSON."""

import json

FIRST = {"type": "byIndex", "index": 0}
LAST = {"type": "byIndex", "index": -1}


def ops(*operations: dict[str, object]) -> str:
    return json.dumps(operations)


def trim(seconds: float) -> dict[str, object]:
    return {"action": "trim", "selector": FIRST, "changes": {"length": seconds}}


def title(text: str) -> dict[str, object]:
    return {"action": "add", "changes": {"item_type": "text", "text": text, "duration": 1}}
