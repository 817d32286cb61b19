"""Plans as no sane person would write them, in wire form."""

from collections.abc import Callable
from typing import Any, get_args

from hypothesis import strategies as st

from bot.engine.operations import AnyOperation
from tests.engine.strategies import groups

WIRE = [
    {"action": kind.model_fields["action"].default, "fields": sorted(kind.model_fields)}
    for kind in get_args(get_args(AnyOperation)[0])
]
"""The actions that there are, and the fields of each."""

_absurd = st.one_of(
    st.sampled_from([0, -1, 1, 1e308, -1e308, 1e-308, 10**400, "1e999999999", "9" * 5000, ""]),
    st.sampled_from([float("inf"), float("nan"), "-3", "1/0", "0:0", "99999999:00", None, True]),
    st.sampled_from([[], {}, [[]], [[1, 2]], [[5, 1]], [1, 2], "\0", "x" * 600, "none", "9999:1"]),
    st.sampled_from(["c1", "c3", "c4", "v1", "main", "video", "text", "top", "blur", "volume"]),
    st.floats(0, 20),
    st.integers(-3, 50),
)
_wild_selectors = st.one_of(
    st.builds(lambda kind: {"type": "byType", "item_type": kind}, groups),
    st.builds(lambda index: {"type": "byIndex", "index": index}, st.integers()),
    st.sampled_from(
        [
            {"type": "byTime", "start": -1e5, "end": 1e5},
            {"type": "byId", "id": ""},
            {"type": "allOf", "of": []},
            {"type": "byEverything"},
            [],
        ]
    ),
)


@st.composite
def _wild_operation(draw: Callable[..., Any]) -> dict[str, Any]:
    kind = draw(st.sampled_from(WIRE))
    names = [name for name in kind["fields"] if name not in ("action", "selector")]
    values = draw(st.dictionaries(st.sampled_from(names or ["x"]), _absurd, max_size=3))
    pairs = [{"field": name, "value": value} for name, value in values.items()]
    operation = {"action": kind["action"], "changes": draw(st.sampled_from([values, pairs]))}
    if "selector" in kind["fields"]:
        operation["selector"] = draw(_wild_selectors)
    return operation


wild_plans = st.lists(_wild_operation(), min_size=1, max_size=3).map(
    lambda operations: {"operations": operations}
)
