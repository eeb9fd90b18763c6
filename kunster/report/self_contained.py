"""HTML pages with their style sheet and script inside: no other file of code is needed."""

import base64
import hashlib
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

TEMPLATES = Path(__file__).parent / "templates"


def render_page(folder: Path, template: str, style: str, script: str, **values: object) -> str:
    """A Jinja2 template with all values escaped.

    The template also gets `style` and `script`, with those of the movable line between two
    pictures (`.wipe`) in front, and `style_hash` and `script_hash` for the content security
    policy, so that no other script can run.

    Args:
        folder: of the template, the style sheet and the script.
    """
    inline = {
        "style": _text(TEMPLATES / "wipe.css") + _text(folder / style),
        "script": _text(TEMPLATES / "wipe.js") + _text(folder / script),
    }
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    hashes = {f"{name}_hash": _policy_hash(text) for name, text in inline.items()}
    code = {name: Markup(text) for name, text in inline.items()}
    return environment.get_template(template).render(**code, **hashes, **values)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _policy_hash(text: str) -> str:
    """SHA-256 in the form of a content security policy."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
