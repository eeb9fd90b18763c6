"""The page of `kunster page` in a real browser, from a camera to the screen: FPS, start, memory."""

import tempfile
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2

from kunster.bench.browser import NO_GPU, browsing, camera_options, memory, wait
from kunster.data.moving_clip import moving_clip
from kunster.errors import UserError
from kunster.machine.hardware import device_name
from kunster.page.networks import Shown, shown_networks
from kunster.page.server import serving
from kunster.page.site import write_site

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from rich.table import Table

CAMERA, RATE, SECONDS = (480, 640), 30, 4  # (height, width): what phones' front cameras give
# s until memory is settled: without a GPU Chromium caches some hundred megabytes of pictures
SETTLED = 60.0
BEGUN = 30.0  # s for a first picture

# when each frame was shown, milliseconds that it took, its size
COUNT = """
  window.seen = [];
  addEventListener("stylized", ({ detail }) =>
    window.seen.push([performance.now(), detail.milliseconds, detail.width, detail.height]));
"""
FIRST = "performance.getEntriesByName('first-stylized')[0]?.startTime"


def measure(options: Namespace) -> dict[str, Any]:
    from rich.console import Console

    rows = shows(shown_networks(options.models), options.size, options.seconds)
    Console().print(_page_table(rows))
    return {"rows": [asdict(row) for row in rows], "device": device_name("cpu")}


def _page_table(rows: list["Shows"]) -> "Table":
    from rich.table import Table

    table = Table(
        *("network", "size", "first picture", "FPS", "ms", "longest gap", "memory", "at the end"),
        title=f"camera to screen, in headless Chromium; {rows[0].engine}",
        box=None,
    )
    for row in rows:
        table.add_row(
            f"id {row.id}" if row.id else row.name,
            *(row.size, f"{row.first / 1000:.2f} s", f"{row.fps:.1f}"),
            *(f"{row.milliseconds:.1f}", f"{row.slowest:.2f} s"),
            *(f"{row.memory / 1e6:.0f} MB", f"{row.memory_after / row.memory - 1:+.1%}"),
        )
    return table


@dataclass(frozen=True)
class Shows:
    """Figures of a network on the page.

    Attributes:
        size: of the frames, width x height.
        engine: as the page calls it.
        first: milliseconds from the navigation's start to the first stylised picture.
        fps: pictures on the screen in a second.
        milliseconds: median time of a picture, for pixels and network.
        slowest: seconds, the longest time between two pictures.
        memory, memory_after: bytes of all the browser's processes, once settled and at the end.
    """

    name: str
    id: int | None
    parameters: int
    size: str
    engine: str
    first: float
    fps: float
    milliseconds: float
    slowest: float
    memory: int
    memory_after: int


def camera_clip(path: Path) -> Path:
    """Writes photographs in motion as Motion JPEG, for Chromium's fake camera."""
    with path.open("wb") as file:
        for frame in moving_clip(SECONDS, RATE, CAMERA):
            _, data = cv2.imencode(".jpg", cv2.cvtColor(frame, cv2.COLOR_RGB2BGR))
            file.write(data.tobytes())
    return path


def shows(shown: Sequence[Shown], short: int, seconds: float) -> list[Shows]:
    """Measures each network in a new browser.

    Args:
        short: the frames' shorter side, one that the page offers.
        seconds: to measure, after the first picture.

    Raises:
        UserError: no browser, no onnxruntime-web, or too few pictures within `seconds`.
    """
    with tempfile.TemporaryDirectory() as place:
        site = Path(place) / "site"
        write_site(shown, site)
        camera = camera_clip(Path(place) / "camera.mjpeg")
        found = []
        for each in shown:
            with serving(site) as address, browsing((*NO_GPU, *camera_options(camera))) as browser:
                network = f"style={each.description.style}&name={each.name}"
                stage = f"stage={each.description.stage}"
                page = browser.new_page()
                page.goto(f"{address}#source=camera&short={short}&{network}&{stage}")
                found.append(_measured(each, page, seconds))
        return found


def _measured(each: Shown, page: "Page", seconds: float) -> Shows:
    browser = page.context.browser
    assert browser is not None
    first = wait(page, FIRST, BEGUN)
    page.evaluate(COUNT)
    settled = min(SETTLED, seconds / 2)
    page.wait_for_timeout(1000 * settled)
    before = memory(browser)
    page.wait_for_timeout(1000 * (seconds - settled))
    times = page.evaluate("window.seen")
    if len(times) < 2:
        raise UserError(
            f"--seconds {seconds:g}: {each.name} showed {len(times)} pictures after the first; "
            "2 are needed"
        )
    gaps = [later[0] - earlier[0] for earlier, later in pairwise(times)]
    _, _, width, height = times[-1]
    return Shows(
        name=each.name,
        id=each.id,
        parameters=each.description.parameters,
        size=f"{width}x{height}",
        engine=page.evaluate("document.getElementById('engine-name').textContent"),
        first=first,
        fps=1000 * len(gaps) / (times[-1][0] - times[0][0]),
        milliseconds=sorted(time[1] for time in times)[len(times) // 2],
        slowest=max(gaps) / 1000,
        memory=before,
        memory_after=memory(browser),
    )
