"""Keys under which a stage is logged, and which the workspace shows."""

TABLE = "networks"  # one row a stage; W&B joins those of all runs
CLIP = "clip"
STRIP = "stages"
LOOK = ("style", "content", "e_stab")  # figures of the first look, lower is better


def curve(column: str) -> str:
    """A column of curve.csv."""
    return f"train/{column}"


def preview(photo: str) -> str:
    """A stylized photo during training, at the same steps in all runs."""
    return f"preview/{photo}"


def stylized(photo: str) -> str:
    """A stylized photo after training: logged once, so that panels need no step slider."""
    return f"stylized/{photo}"


def first_look(figure: str) -> str:
    return f"first_look/{figure}"


def final(figure: str) -> str:
    return f"final/{figure}"
