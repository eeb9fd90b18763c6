"""Writes the report of a sweep: table, figures and page."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from kunster.assets.paintings import title_of
from kunster.data.decode import decode_photo
from kunster.files.replacing import replacing
from kunster.pictures.sheet import Cell
from kunster.report.choice import RULE, Candidate, candidates, shown_network
from kunster.report.html_page import Picture, page
from kunster.report.mosaics import networks_rows, stages_rows
from kunster.report.plots import draw_pareto, draw_speed
from kunster.report.stylized_photos import StylizedPhotos, stylize_all
from kunster.report.sweep import Sweep, read_sweep
from kunster.report.table import table_csv, table_markdown
from kunster.results.runs import paintings

REPORT = "report"
OPTIONAL = ("fig8*.*", "pareto.*", "strips.*")  # figures that not every sweep has


def write_report(
    folder: Path, say: Callable[[str], None], devices: Sequence[Path] = ()
) -> list[Path]:
    """Writes `folder`/report and returns its files.

    Args:
        say: called with each note on what the report leaves out.
        devices: files of "Measure this device".

    Raises:
        UserError: something in the folder is missing or unusable; nothing is written then.
    """
    sweep = read_sweep(folder, devices)
    stylized = stylize_all(sweep.runs)
    figures = figures_of(sweep, stylized)
    target = folder / REPORT
    texts = {
        "table2.csv": table_csv(sweep),
        "table2.md": table_markdown(sweep),
        "index.html": page(sweep, stylized, figures),
    }
    files = {name: text.encode() for name, text in texts.items()}
    for one in figures:
        files |= {f"{one.name}.{kind}": content for kind, content in one.files().items()}
    for name, content in files.items():
        with replacing(target / name) as part:
            part.write_bytes(content)
    written = [target / name for name in files]
    for path in {path for pattern in OPTIONAL for path in target.glob(pattern)} - {*written}:
        path.unlink()
    for note in sweep.notes:
        say(note)
    return written


def sweep_page(folder: Path, others: Mapping[str, str]) -> str:
    """The page alone, as one of the views of `kunster open`; see `write_report`.

    Args:
        others: addresses of other reports, by name.
    """
    sweep = read_sweep(folder)
    stylized = stylize_all(sweep.runs)
    return page(sweep, stylized, figures_of(sweep, stylized), others)


def figures_of(sweep: Sweep, stylized: StylizedPhotos) -> list[Picture]:
    """The figures, in the page's order."""
    found = [*_all_networks(sweep, stylized), _both_stages(sweep, stylized), _speed(sweep)]
    measured = candidates(sweep)
    found += [_pareto(sweep, measured)] if measured else []
    return found + ([_strips(sweep.strips)] if sweep.strips else [])


def _all_networks(sweep: Sweep, stylized: StylizedPhotos) -> list[Picture]:
    styles = paintings(sweep.runs)
    found = []
    for number, style in enumerate(styles, 1):
        runs = [run for run in sweep.runs if run.style == style]
        several = len(styles) > 1
        title = f", {title_of(style)}" if several else ""
        found.append(
            Picture(
                f"fig8_{number}_{_for_file(style)}" if several else "fig8",
                f"Fig. 8: every network on the same photo{title}",
                "Each after its last stage. From left to right α falls, from top to bottom β.",
                rows=networks_rows(runs, stylized),
            )
        )
    return found


def _both_stages(sweep: Sweep, stylized: StylizedPhotos) -> Picture:
    label, why = shown_network(sweep)
    return Picture(
        "fig5",
        "Fig. 5: the painting, stage 1, stage 2",
        f"One row for each painting. Network {label}: {why}.",
        rows=stages_rows(sweep.runs, label, stylized),
    )


def _speed(sweep: Sweep) -> Picture:
    measured = any(sweep.speeds.values())
    own = "this machine as measured" if measured else "this machine was not measured"
    if sweep.devices:
        own += (
            "; the others in their browsers, from a picture of 1080 lines to the painted pixels, "
            "the median and the middle 80 % of the pictures"
        )
    return Picture(
        "fig6",
        "Fig. 6: speed over size",
        f"The iPhones as the paper prints them, resizing included; {own}.",
        "Frames per second fall as parameters grow; figures are in Table II above.",
        draw=partial(draw_speed, sweep),
    )


def _pareto(sweep: Sweep, networks: Sequence[Candidate]) -> Picture:
    several = "Means over the paintings. " if len(paintings(sweep.runs)) > 1 else ""
    return Picture(
        "pareto",
        "What style costs",
        f"{several}{RULE}",
        "Style distance over e_stab and over parameters, a point a network; figures are in Table "
        "II above.",
        draw=partial(draw_pareto, networks),
    )


def _strips(path: Path) -> Picture:
    alt = "Strips of pixels side by side, a row a network; lines are smoother in the last column."
    return Picture(
        "strips",
        "Strokes that hold still",
        "The middle column of a video over time, of the video, of each network alone, and of what "
        "kunster stylize shows: what holds still draws level lines.",
        rows=[[Cell("", decode_photo(path), alt=alt)]],
    )


def _for_file(style: str) -> str:
    return re.sub(r"[^a-z0-9_-]+", "_", style.lower())[:40]
