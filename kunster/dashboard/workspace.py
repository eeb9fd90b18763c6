"""W&B workspace for comparing runs: a saved view for each stage, of one sweep or all."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kunster.errors import UserError
from kunster.files.conf import default_terms
from kunster.loggers import keys

if TYPE_CHECKING:
    from wandb_workspaces.reports.v2.interface import MediaBrowser, PanelTypes
    from wandb_workspaces.workspaces import Section, Workspace

MOST_RUNS = 50  # in a panel; W&B's default of 10 hides a third of Table II
ALPHAS = 5  # pictures in a row: Table II has as many α to each β
ONLY_STAGE_2 = ("output",)
OFTEN_UNUSED = ("tv", "grid", "feature")  # of weight 0 by default: their panels would be empty


def build_view(
    entity: str, project: str, stage: str, photos: Sequence[str], sweep: str | None = None
) -> "Workspace":
    """A view of a project's runs, not saved yet; needs no connection.

    Runs are not grouped in the sidebar, because W&B would draw one mean line for each group; the
    filter or the order keep sweeps apart.

    Args:
        entity: the user or team that owns the project.
        stage: `stage 1` or `stage 2`.
        photos: names of the preview photos.
        sweep: the group of runs to show; None: all, sweep after sweep.
    """
    from wandb_workspaces import expr
    from wandb_workspaces import workspaces as ws

    filters = [expr.Metric("JobType") == stage]
    filters += [expr.Metric("Group") == sweep] if sweep else []
    facts = [f"config:{name}.value" for name in ("id", "alpha", "beta", "parameters")]
    figures = [f"summary:{keys.first_look(figure)}" for figure in keys.LOOK]
    return ws.Workspace(
        entity=entity,
        project=project,
        name=f"Kunster {stage}{f', {sweep}' if sweep else ''}",
        sections=_sections(stage, photos),
        settings=ws.WorkspaceSettings(x_axis="Step", max_runs=MOST_RUNS),
        runset_settings=ws.RunsetSettings(
            filters=expr.And(*filters),
            order=[expr.Ordering(expr.Metric("Group")), expr.Ordering(expr.Config("id"))],
            pinned_columns=["run:displayName", "run:group", *facts, *figures],
        ),
        auto_generate_panels=False,
    )


def save_view(view: "Workspace") -> str:
    """Saves a view at W&B as one more of the project; returns its address.

    Raises:
        UserError: W&B cannot be reached or does not take it.
    """
    from wandb.errors import Error
    from wandb.sdk.lib.service.service_connection import WandbApiFailedError

    try:
        return str(view.save().url)  # type: ignore[no-untyped-call]
    except (Error, WandbApiFailedError) as error:
        raise UserError(
            f"{view.entity}/{view.project}: W&B did not save the view: "
            f"{str(error).splitlines()[0]}; check the names, the account and the connection"
        ) from error


def _sections(stage: str, photos: Sequence[str]) -> list["Section"]:
    """Sections in order: pictures, figures, previews, losses."""
    from wandb_workspaces.reports.v2 import interface as wr
    from wandb_workspaces.workspaces import Section, SectionLayoutSettings

    def wide(rows: int) -> SectionLayoutSettings:
        return SectionLayoutSettings(columns=1, rows=rows)

    table = wr.WeavePanelSummaryTable(table_name=keys.TABLE)
    finals: list[PanelTypes] = [_media(keys.stylized(name)) for name in photos]
    previews: list[PanelTypes] = [_media(keys.preview(name)) for name in photos]
    left_out = OFTEN_UNUSED + (ONLY_STAGE_2 if stage == "stage 1" else ())
    terms = [term for term in default_terms() if term not in left_out]
    curves = [keys.curve(name) for name in ("loss", *terms, "gradient_norm", "learning_rate")]
    return [
        Section("All networks", [table], is_open=True, layout_settings=wide(1)),
        Section("Photos, stylised", finals, is_open=True, layout_settings=wide(2)),
        Section("A clip, stylised", [_media(keys.CLIP)], is_open=True, layout_settings=wide(1)),
        Section("Quality and size", _trade_offs(), is_open=True),
        Section("Previews, step by step", previews, layout_settings=wide(2)),
        Section("Painting, photos, stages", [_media(keys.STRIP, 1)], layout_settings=wide(1)),
        Section("Losses", [wr.LinePlot(title=key, y=[key], log_y=True) for key in curves]),
    ]


def _media(key: str, columns: int = ALPHAS) -> "MediaBrowser":
    """A panel in which the k-th picture is the k-th run's."""
    from wandb_workspaces.reports.v2 import interface as wr

    return wr.MediaBrowser(title=key, media_keys=[key], num_columns=columns)


def _trade_offs() -> list["PanelTypes"]:
    from wandb_workspaces.reports.v2 import interface as wr

    style, content, e_stab = (wr.SummaryMetric(keys.first_look(name)) for name in keys.LOOK)
    alpha, beta, size = (wr.Config(name) for name in ("alpha", "beta", "parameters"))
    axes = [wr.ParallelCoordinatesPlotColumn(each) for each in (alpha, beta)]
    axes += [wr.ParallelCoordinatesPlotColumn(size, log=True)]
    axes += [wr.ParallelCoordinatesPlotColumn(each) for each in (style, content, e_stab)]
    return [
        wr.ScatterPlot(title="style distance and size", x=size, y=style, log_x=True),
        wr.ScatterPlot(title="style distance and flicker", x=style, y=e_stab),
        wr.ParallelCoordinatesPlot(title="from α and β to the figures", columns=axes),
    ]
