"""Pages for browsers: templates that escape everything, files beside them, and what they may load.

A page runs no script and no style but ours, from files of this server: text that came from a chat
stays text whatever it contains.
"""

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

_HERE = Path(__file__).parent


def page(template: str, policy: dict[str, str], status: int = 200, **context: Any) -> Response:
    """A page made of a template; `policy` are the directives that it needs beyond nothing at all.

    Source: Content Security Policy Level 3, https://www.w3.org/TR/CSP3/.
    """
    allowed = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    } | policy
    headers = {
        "content-security-policy": "; ".join(f"{name} {what}" for name, what in allowed.items())
    }
    if allowed["frame-ancestors"] != "'none'":
        headers |= {"x-frame-options": "ALLOWALL", "cross-origin-resource-policy": "cross-origin"}
    return HTMLResponse(_templates().get_template(template).render(context), status, headers)


def static_files() -> Mount:
    """The scripts and styles of our pages, at `/static`."""
    return Mount("/static", StaticFiles(directory=_HERE / "static"))


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(_HERE / "templates"), autoescape=True, undefined=StrictUndefined
    )
