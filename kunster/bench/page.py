"""The page of `kunster.page` in a real browser, from a camera to the screen: FPS, start, memory."""

import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2

from kunster.bench.browser import browsing, camera_options
from kunster.bench.tab import Page
from kunster.data.moving_clip import moving_clip
from kunster.errors import UserError
from kunster.page.networks import Shown
from kunster.page.server import serving
from kunster.page.site import write_site

CAMERA, RATE, SECONDS = (480, 640), 30, 4  # (height, width): what phones' front cameras give
# s after which memory is what it should stay: without a GPU Chromium caches every picture that it
# draws, up to some hundred megabytes that it gives back when they are needed
SETTLED = 60.0
BEGUN = 30.0  # s for a first picture

# frames that were shown since, milliseconds that each took; the page tells of each
COUNT = """
  window.seen = [];
  addEventListener("stylized", ({ detail }) =>
    window.seen.push([performance.now(), detail.milliseconds, detail.width, detail.height]));
"""
FIRST = "performance.getEntriesByName('first-stylized')[0]?.startTime"


@dataclass(frozen=True)
class Shows:
    """A network on the page.

    Attributes:
        size: of the frames, width x height.
        engine: as the page calls it.
        first: milliseconds from the navigation's start to the first stylised picture.
        fps: pictures on the screen in a second.
        milliseconds: the median picture's share that is spent on pixels and network.
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

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def camera_clip(path: Path) -> Path:
    """Photographs in motion as Chromium's fake camera plays them: JPEG after JPEG."""
    with path.open("wb") as file:
        for frame in moving_clip(SECONDS, RATE, CAMERA):
            _, data = cv2.imencode(".jpg", cv2.cvtColor(frame, cv2.COLOR_RGB2BGR))
            file.write(data.tobytes())
    return path


def measure(shown: Sequence[Shown], short: int, seconds: float) -> list[Shows]:
    """Each network in a browser of its own, which begins with nothing cached.

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
        for number, each in enumerate(shown):
            profile = Path(place) / f"profile_{number}"
            with serving(site) as address, browsing(profile, camera_options(camera)) as browser:
                network = f"style={each.description.style}&name={each.name}"
                stage = f"stage={each.description.stage}"
                page = browser.open(f"{address}#source=camera&short={short}&{network}&{stage}")
                found.append(_measured(each, page, seconds))
        return found


def _measured(each: Shown, page: Page, seconds: float) -> Shows:
    first = page.wait(FIRST, BEGUN)
    page.ask(COUNT)
    settled = min(SETTLED, seconds / 2)
    page.browser.listen(settled)
    memory = page.browser.memory()
    page.browser.listen(seconds - settled)
    times = page.ask("window.seen")
    if len(times) < 2:
        raise UserError(
            f"--seconds {seconds:g}: {each.name} showed {len(times)} pictures after the first, to "
            "measure takes 2; give it more"
        )
    gaps = [later[0] - earlier[0] for earlier, later in pairwise(times)]
    _, _, width, height = times[-1]
    return Shows(
        name=each.name,
        id=each.id,
        parameters=each.description.parameters,
        size=f"{width}x{height}",
        engine=page.ask("document.getElementById('engine-name').textContent"),
        first=first,
        fps=1000 * len(gaps) / (times[-1][0] - times[0][0]),
        milliseconds=sorted(time[1] for time in times)[len(times) // 2],
        slowest=max(gaps) / 1000,
        memory=memory,
        memory_after=page.browser.memory(),
    )
