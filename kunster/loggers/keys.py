"""The names under which a stage is logged; `workspace` shows what stands here."""

TABLE = "networks"  # one row a stage; W&B joins the rows of all runs that are shown
CLIP = "clip"
STRIP = "stages"
LOOK = ("style", "content", "e_stab")  # of the first look, lower is better


def curve(column: str) -> str:
    """A column of curve.csv."""
    return f"train/{column}"


def preview(photo: str) -> str:
    """A photo as the network saw it so far, at steps that are the same for all runs."""
    return f"preview/{photo}"


def stylized(photo: str) -> str:
    """The photo in the end, once a run, so that no step slider stands between two runs."""
    return f"stylized/{photo}"


def first_look(figure: str) -> str:
    return f"first_look/{figure}"


def final(figure: str) -> str:
    return f"final/{figure}"
