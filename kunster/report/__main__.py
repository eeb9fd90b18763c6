"""python -m kunster.report FOLDER

Writes FOLDER/report: the paper's Table II and figures, ours beside theirs.

FOLDER    folder of a sweep or of a Hydra multirun, with run folders. Read if present:
          evaluation.json, from `python -m kunster.evaluate FOLDER/* … out=FOLDER`
          bench.json, {"480x320": {"<run folder>": FPS, …}, "320x240": {…}}
"""

import sys
from pathlib import Path

from rich.console import Console

from kunster.console.command import Arguments, verb
from kunster.errors import UserError


@verb()
def main(arguments: Arguments = None) -> None:
    words = sys.argv[1:] if arguments is None else list(arguments)
    if {"-h", "--help"} & set(words):
        print(__doc__)
        return
    if len(words) != 1:
        raise UserError(f"{len(words)} folders given: report takes the one of a sweep; see --help")
    from kunster.report.write import write_report  # torch takes seconds: not for --help

    console = Console(highlight=False, soft_wrap=True)
    notes = Console(stderr=True, highlight=False, soft_wrap=True)
    for path in write_report(
        Path(words[0]).expanduser(), lambda note: notes.print(note, markup=False)
    ):
        console.print(str(path), markup=False)


if __name__ == "__main__":
    sys.exit(main())
