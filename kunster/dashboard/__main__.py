"""`kunster dashboard --entity ME`: the W&B workspace for comparing runs."""

import sys
from argparse import Namespace

from kunster.console.command import verb
from kunster.console.parser import Parser


def _main(options: Namespace) -> None:
    """Saves a view for each stage and prints its address."""
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


def parser() -> Parser:
    made = Parser(
        "dashboard",
        "--entity ME [options]",
        "Makes the views of docs/wandb.md in your W&B project, one a stage. Needs an account "
        "(`wandb login`) and pip install 'kunster[dashboard]'; runs are sent to the project with "
        "`wandb sync`.",
        ["--entity ME --sweep table2"],
    )
    made.add_argument("--entity", required=True, metavar="ME", help="your W&B user or team")
    made.add_argument(
        "--project", default="kunster", metavar="NAME", help="as logger.wandb.project of the runs"
    )
    made.add_argument(
        "--sweep", metavar="NAME", help="show only the runs of this group: a sweep's folder name"
    )
    return made


main = verb(parser, _main, extra="dashboard")

if __name__ == "__main__":
    sys.exit(main())
