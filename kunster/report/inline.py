"""What stands inside a page that needs no other file: styles, scripts, and who may run."""

import base64
import hashlib
from pathlib import Path

HERE = Path(__file__).parent


def asset(path: Path) -> str:
    """A text file that ships with the code."""
    return path.read_text(encoding="utf-8")


def with_wipe(style: str, script: str) -> tuple[str, str]:
    """A page's style sheet and script with those of two pictures over each other (`.wipe`)."""
    return asset(HERE / "wipe.css") + style, asset(HERE / "wipe.js") + script


def policy_hash(text: str) -> str:
    """As a content security policy names the one script, or style sheet, that it allows."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
