"""Stylizes files: one picture, or many pictures and videos of which a bad one stops no other."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from functools import lru_cache
from os.path import commonpath
from pathlib import Path

import numpy as np

from kunster.console.progress import ProgressLine
from kunster.data.animation import is_moving
from kunster.errors import UserError
from kunster.files.replacing import check_absent
from kunster.machine.memory import peak_memory
from kunster.stylize.folder import Plan, are_frames, stylize_pictures
from kunster.stylize.jobs import stylize_moving_picture, stylize_video
from kunster.stylize.photos import check_suffix, stylize_picture
from kunster.stylize.request import Request
from kunster.video import moving_pictures
from kunster.video.codecs import FORMATS as VIDEOS
from kunster.video.engines import Engine
from kunster.video.source import Size
from kunster.video.steady import Steady
from kunster.video.tiled_engine import TiledEngine, picture_engine

MOST_NAMED = 5  # of the files that could not be used
SIZES_KEPT = 4  # of the engines for pictures: upright and lying, of two cameras

Painter = Callable[[np.ndarray], np.ndarray]


def stylize_photo(path: Path, target: Path, request: Request) -> None:
    check_suffix(target)
    check_absent([target], request.overwrite)
    _end_with(1, _stylize_photos({path: target}, request, {}))


def stylize_files(plans: Sequence[Plan], request: Request) -> None:
    """Stylizes all pictures of the plans, then their videos and what else moves, one by one.

    Pictures of one plan that are frames of a video have their strokes held still.

    Raises:
        UserError: some could not be used; raised after all others are done.
    """
    whole = {source: goal for plan in plans for source, goal in plan.items()}
    check_absent(whole.values(), request.overwrite)
    films = {source: goal for source, goal in whole.items() if _moves(source, goal)}
    pictures = {source: goal for source, goal in whole.items() if source not in films}
    failed: list[UserError] = []
    if pictures:
        failed += _stylize_photos(pictures, request, _held(plans, request))
    for source, goal in films.items():
        alone = replace(request, holding=Steady(request.holding.amount))
        try:
            _stylize_film(source, goal, alone)
        except UserError as error:
            failed.append(error)
    _end_with(len(whole), failed)


def is_video_name(path: Path) -> bool:
    return path.suffix.lower() in VIDEOS


def _moves(source: Path, goal: Path) -> bool:
    """Whether a file becomes a video, or a picture that moves as it does itself."""
    has_frames = goal.suffix.lower() in moving_pictures.FORMATS
    return is_video_name(goal) or (has_frames and is_moving(source))


def _stylize_film(source: Path, goal: Path, request: Request) -> None:
    (stylize_moving_picture if is_moving(source) else stylize_video)(source, goal, request)


def _held(plans: Sequence[Plan], request: Request) -> dict[Path, Steady]:
    """`Steady` for each picture that is a frame of a video."""
    held: dict[Path, Steady] = {}
    for plan in plans:
        pictures = list(plan)
        if request.holding.amount and are_frames(pictures):
            held |= dict.fromkeys(pictures, Steady(request.holding.amount))
            request.say(
                f"{pictures[0].parent}: {len(pictures)} frames of a video; --steady 0 takes them "
                "for single pictures"
            )
    return held


def _stylize_photos(
    plan: Plan, request: Request, held: Mapping[Path, Steady]
) -> Sequence[UserError]:
    """Stylizes pictures, and says which; returns the errors of those that cannot be used."""
    if request.change is not None:
        raise UserError("--style-to: styles change in videos; for pictures --style takes a mixture")
    names: set[str] = set()
    tiled: list[bool] = []

    @lru_cache(SIZES_KEPT)
    def engine_for(size: Size) -> Engine:
        engine = picture_engine(request.network, size, request.engine)
        if engine.name not in names:
            request.say(f"{request.style} on {engine.name}")
        names.add(engine.name)
        tiled.append(isinstance(engine, TiledEngine))
        return engine

    def stylize(path: Path, goal: Path) -> None:
        def painter_for(size: Size) -> Painter:
            engine, still = engine_for(size), held.get(path)
            return (lambda frame: still.follow(frame, engine(frame))) if still else engine

        how = request.look, request.size, request.full_size, request.texture
        stylize_picture(path, goal, painter_for, *how, strip=request.strip)

    with closing(ProgressLine("pictures", len(plan))) as progress:
        unusable = stylize_pictures(plan, stylize, progress)
    if any(tiled) and (peak := peak_memory()):
        request.say(f"{peak / 1e9:.1f} GB of memory at most")
    if len(unusable) < len(plan):
        print(next(iter(plan.values())) if len(plan) == 1 else _counted(plan, unusable))
    return unusable


def _counted(plan: Plan, unusable: Sequence[UserError]) -> str:
    done, folder = len(plan) - len(unusable), commonpath(goal.parent for goal in plan.values())
    return f"{done} picture{'s' if done > 1 else ''} in {folder or '.'}"


def _end_with(count: int, failed: Sequence[UserError]) -> None:
    """Raises the errors of some of so many files as one, if there are any."""
    if failed:
        named = [str(error) for error in failed[:MOST_NAMED]]
        total = [f"not stylized: {len(failed)} of {count}"] if count > 1 else []
        raise UserError("\n".join(named + total))
