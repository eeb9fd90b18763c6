"""Table II of the paper as printed, and which of its rows a network is."""

from typing import Any, NamedTuple

from kunster.networks.description import Description


class Row(NamedTuple):
    """One configuration; FPS columns are (480x320, 320x240) on the phone named."""

    id: int
    alpha: float
    beta: float
    parameters: str
    percent_of_reconet: float
    megabytes: float  # 4 bytes a parameter, MiB
    iphone_11_pro: tuple[float, float]
    iphone_6s: tuple[float, float]


RECONET_PARAMETERS = 3_098_307
IN_TABLE2 = ("table2", "instance")  # layout and norm
KINDS_IN_TABLE2 = ("kunster", "dilated")  # of the same parameters
ROWS = (
    Row(1, 1.0, 1.0, "470k", 15.16, 1.79, (12.26, 19.57), (4.96, 9.48)),
    Row(2, 0.75, 1.0, "267k", 8.64, 1.02, (14.91, 21.41), (6.13, 13.65)),
    Row(3, 0.5, 1.0, "122k", 3.94, 0.47, (21.91, 25.17), (13.27, 19.45)),
    Row(4, 0.25, 1.0, "33k", 1.06, 0.12, (27.72, 40.91), (19.33, 24.16)),
    Row(5, 0.125, 1.0, "9k", 0.30, 0.04, (34.08, 46.41), (22.77, 33.98)),
    Row(6, 1.0, 0.75, "307k", 9.93, 1.17, (15.1, 18.53), (8.49, 12.93)),
    Row(7, 0.75, 0.75, "173k", 5.61, 0.66, (16.66, 21.52), (8.56, 17.65)),
    Row(8, 0.5, 0.75, "78k", 2.51, 0.30, (21.28, 34.77), (18.29, 21.73)),
    Row(9, 0.25, 0.75, "20k", 0.64, 0.08, (38.63, 51.37), (22.82, 35.03)),
    Row(10, 0.125, 0.75, "5k", 0.17, 0.02, (49.92, 60.41), (33.75, 48.38)),
    Row(11, 1.0, 0.5, "233k", 7.54, 0.89, (15.66, 18.93), (9.25, 14.05)),
    Row(12, 0.75, 0.5, "131k", 4.26, 0.50, (18.21, 23.43), (9.40, 18.65)),
    Row(13, 0.5, 0.5, "59k", 1.91, 0.23, (22.64, 37.68), (19.07, 23.21)),
    Row(14, 0.25, 0.5, "15k", 0.49, 0.06, (40.01, 53.90), (24.19, 38.16)),
    Row(15, 0.125, 0.5, "4k", 0.13, 0.02, (51.92, 62.43), (35.93, 50.56)),
)


def megabytes(parameters: int) -> float:
    """Size on disk as Table II counts it: 4 bytes a parameter, in MiB."""
    return parameters * 4 / 2**20


def size_class(parameters: int) -> str:
    """Small as the networks of a quarter of the width or less, Medium as id 8, Large as id 1."""
    return "Small" if parameters < 50_000 else "Medium" if parameters < 200_000 else "Large"


def called(
    name: str, number: int | None, alpha: float | None, beta: float | None, parameters: int
) -> str:
    """A network by its size, its id or else its name, and α and β: Small, id 14, α 0.25, β 0.5."""
    shape = "" if alpha is None or beta is None else f", α {alpha:g}, β {beta:g}"
    return f"{size_class(parameters)}, {f'id {number}' if number else name}{shape}"


def row_of_table2(description: Description) -> int | None:
    """The network's id in Table II; None if none of the 15 has its size."""
    of_the_paper = (description.layout, description.norm) == IN_TABLE2
    if description.kind not in KINDS_IN_TABLE2 or not of_the_paper:
        return None
    return row_of(description.alpha, description.beta)


def row_of(alpha: float | None, beta: float | None) -> int | None:
    """The id of a size; None if Table II has none of it."""
    return next((row.id for row in ROWS if (row.alpha, row.beta) == (alpha, beta)), None)


def network_facts(description: Description) -> dict[str, Any]:
    """Architecture and size of a network for results.json."""
    values = {name: getattr(description, name) for name in ("alpha", "beta", "layout", "norm")}
    return {
        **values,
        "id": row_of_table2(description),
        "parameters": description.parameters,
        "size_mb": round(megabytes(description.parameters), 2),
    }
