"""From a timeline to a finished film, with the real site in a real browser instead of AWS's."""

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.renderers.conftest import Film
from tests.adapters.renderers.remotion.conftest import Lab
from tests.adapters.renderers.remotion.player import MISSING, needs_site, rendered
from tests.adapters.renderers.test_local_pictures import video


@pytest.mark.skipif(not os.environ.get("CI"), reason="the site need not be built elsewhere")
def test_nothing_that_playing_films_needs_is_missing_in_ci() -> None:
    assert not MISSING


@needs_site
@pytest.mark.slow
async def test_the_site_plays_what_is_sent_from_the_bucket(lab: Lab) -> None:
    def play(document: dict[str, Any], out: Path) -> None:
        props = out.with_name("props.json")
        props.write_text(json.dumps({"ir": document}))
        asyncio.run(rendered("--props", str(props), "--out", str(out)))

    lab.server.make = play
    timeline = lab.studio.timeline([video(lab.studio.video(), 20, source_in=7)])
    film = Film(await lab.film(timeline=timeline))
    assert film.counts() == list(range(7, 27))
