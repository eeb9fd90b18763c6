import torch

from kunster.data.clips import FramePairs
from kunster.data.pair_file import (
    Record,
    examined,
    pair_bytes,
    read_pair,
    write_pair,
    write_skipped,
)


def a_pair(height=61, width=83):  # an odd number of pixels: the mask's last byte is half empty
    random = torch.Generator().manual_seed(0)
    shape = (2, 3, height, width)
    frames = torch.randint(256, shape, generator=random, dtype=torch.uint8)
    flow = 50 * torch.randn(2, height, width, generator=random)
    return FramePairs(frames, flow, torch.rand(height, width, generator=random) < 0.6)


def test_a_pair_comes_back_with_its_flow_to_the_next_64th_of_a_pixel(tmp_path):
    pair = a_pair()
    write_pair(tmp_path / "a.pair", pair)
    assert examined(tmp_path / "a.pair") == Record((61, 83))
    frames, flow, non_occluded = read_pair(tmp_path / "a.pair")
    assert torch.equal(frames, pair.frames)
    assert torch.equal(non_occluded, pair.non_occluded)
    assert (flow - pair.flow).abs().max() <= 1 / 128
    size = (tmp_path / "a.pair").stat().st_size
    assert 0 < size - pair_bytes((61, 83)) < 500  # the head


def test_what_moves_further_than_16_bits_reach_is_not_non_occluded(tmp_path):
    pair = a_pair()
    pair.flow[0, 5, 7], pair.flow[1, 6, 8] = 512, -1000
    pair.non_occluded[:] = True
    write_pair(tmp_path / "a.pair", pair)
    _, flow, non_occluded = read_pair(tmp_path / "a.pair")
    assert (~non_occluded).nonzero().tolist() == [[5, 7], [6, 8]]
    assert flow.abs().max() < 512


def test_a_reason_to_have_no_pair_is_kept(tmp_path):
    write_skipped(tmp_path / "a.pair", "scene cut")
    assert examined(tmp_path / "a.pair") == Record(None, "scene cut")


def test_any_byte_that_changes_is_noticed(tmp_path):
    path = tmp_path / "a.pair"
    write_pair(path, a_pair(4, 5))
    whole = path.read_bytes()
    for position in range(len(whole)):
        damaged = bytearray(whole)
        damaged[position] ^= 0x20
        path.write_bytes(damaged)
        record = examined(path)
        assert record is None or bytes(damaged).replace(b" ", b"") == whole.replace(b" ", b"")
    path.unlink()
    assert examined(path) is None
