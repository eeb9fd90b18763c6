"""HTML pages with the one style sheet and their scripts inside, made from Jinja2 templates."""

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

SHARED = Path(__file__).parent / "shared"
TRY, GALLERY, RUNS, REPORT, COMPARE = "Try", "Gallery", "Runs", "Report", "Compare"
# addresses below that of the first
VIEWS = {TRY: "index.html"} | {
    view: f"{view.lower()}/index.html" for view in (GALLERY, RUNS, REPORT, COMPARE)
}
IMPORT = re.compile(r'^import .* from "\./.*;\n', re.MULTILINE)  # of scripts that are inside too


def render_page(
    template: Path,
    view: str,
    joined: bool,
    policy: Mapping[str, str],
    scripts: Sequence[Path] = (),
    **values: object,
) -> str:
    """A template, which extends `base.html.j2`, with all values escaped.

    Args:
        view: one of `VIEWS`, for whose address the page is meant if it is joined.
        joined: with links to the other views, as `kunster open` shows it.
        policy: what the page may use beside its own style sheet and scripts, by directive.
        scripts: ES modules, each after those that it imports; they run as one inside the page.
    """
    script = IMPORT.sub("", "".join(map(_text, scripts)))
    style = _text(SHARED / "kunster.css")
    rules = {"default-src": "'none'", "base-uri": "'none'", "form-action": "'none'", **policy}
    for directive, inline in (("style-src", style), ("script-src", script)):
        if inline:
            rules[directive] = f"{_hash(inline)} {policy.get(directive, '')}".strip()
    environment = Environment(
        loader=FileSystemLoader([template.parent, SHARED]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {
        "view": view,
        "views": VIEWS if joined else {},
        "root": "" if view == TRY else "../",
        "logo": Markup(
            _text(SHARED / "icon.svg").replace(' xmlns="http://www.w3.org/2000/svg"', "")
        ),
        "policy": "; ".join(f"{name} {allowed}" for name, allowed in rules.items()),
        "style": Markup(style),
        "script": Markup(script),
    }
    return environment.get_template(template.name).render(**values)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """SHA-256 in the form of a content security policy."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
