"""What the fork server has done when it forks: imported what runs need, read a configuration.

Nothing here may ask for a GPU: CUDA that a process has begun with does not work in its forks.
"""

import gc
from importlib import import_module

from kunster.run.configuration import composed

MODULES = (
    *("kunster.run.training", "kunster.sweep.orchestra"),
    # what `_target_` in conf/ and functions import, a second of each run
    *(f"kunster.callbacks.{name}" for name in ("acceleration", "export", "guard", "progress")),
    *("kunster.callbacks.termination", "kunster.data.clip_modules", "kunster.export.bundle"),
    *("kunster.objectives.perceptual", "kunster.objectives.temporal", "kunster.run.needs"),
    *("pydantic.fields", "pydantic.types"),
)

gc.disable()
for module in MODULES:
    import_module(module)
composed(["+experiment=scream"])  # Hydra's parsers remember what they have seen
gc.freeze()  # no collection in a fork looks through all this, and copies it
gc.enable()
