import struct

import numpy as np
import pytest

from kunster.data.flow import estimate_flow, read_flo
from kunster.data.materials import photographs
from kunster.errors import UserError

from ..flo_files import flo_bytes, write_flo


def a_flow() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(5, 7, 2)).astype(np.float32)


def test_a_flo_file_is_PIEH_then_width_height_and_rows_of_u_v(tmp_path):
    write_flo(tmp_path / "a.flo", a_flow())
    assert (tmp_path / "a.flo").read_bytes()[:4] == b"PIEH"
    flow = read_flo(tmp_path / "a.flo")
    assert flow.dtype == np.float32
    np.testing.assert_array_equal(flow, a_flow())


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "0 bytes are too few"),
        (flo_bytes(a_flow(), magic=202021.0), "begins with 202021 instead of 202021.25"),
        (b"\x89PNG\r\n\x1a\n" * 4, "not a .flo file"),
        (flo_bytes(a_flow())[:-1], "291 bytes; 7x5 take 292"),
        (flo_bytes(a_flow()) + b"\0", "293 bytes; 7x5 take 292"),
        (struct.pack("<fii", 202021.25, -7, 5), "declares -7x5"),
        (flo_bytes(np.full((2, 2, 2), np.nan)), "not finite"),
        (flo_bytes(np.full((2, 2, 2), np.inf)), "not finite"),
    ],
)
def test_a_broken_flo_file_is_refused_in_one_line(tmp_path, content, complaint):
    path = tmp_path / "broken.flo"
    path.write_bytes(content)
    with pytest.raises(UserError) as raised:
        read_flo(path)
    assert complaint in str(raised.value)
    assert str(path) in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_missing_flo_file_is_the_users_to_mend(tmp_path):
    with pytest.raises(UserError, match="cannot be read"):
        read_flo(tmp_path / "none.flo")


def test_estimated_flow_finds_how_a_photograph_was_moved():
    from kunster.data.decode import decode_photo

    photo = decode_photo(photographs()[0], 240)
    flow = estimate_flow(photo[10:210, 10:210], photo[7:207, 6:206])  # content goes right and down
    np.testing.assert_allclose(np.median(flow.reshape(-1, 2), axis=0), [4, 3], atol=0.1)
