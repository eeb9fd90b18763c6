"""`python -m kunster.dashboard --entity ME`: the W&B workspace for comparing runs."""

import argparse
import sys

from kunster.console.command import Arguments, verb


@verb()
def main(arguments: Arguments = None) -> None:
    """Saves a view for each stage and prints its address."""
    options = _parser().parse_args(arguments)
    from kunster.loggers.account import check_account

    check_account("a workspace is kept by W&B")
    from kunster.dashboard.workspace import build_view, save_view
    from kunster.data.preview_photos import PHOTO_NAMES
    from kunster.networks.description import STAGES

    views = [
        build_view(options.entity, options.project, stage, PHOTO_NAMES, options.sweep)
        for stage in STAGES.values()
    ]
    for view in views:
        print(save_view(view))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m kunster.dashboard",
        description="Makes the views of docs/wandb.md in your W&B project, one a stage. Needs an "
        "account (`wandb login`) and pip install 'kunster[dashboard]'; runs are sent to the "
        "project with `wandb sync`.",
    )
    parser.add_argument("--entity", required=True, help="your W&B user or team")
    parser.add_argument(
        "--project", default="kunster", help="as logger.wandb.project (default: kunster)"
    )
    parser.add_argument("--sweep", help="show only the runs of this group: a sweep's folder name")
    return parser


if __name__ == "__main__":
    sys.exit(main())
