import numpy as np
import pytest
import torch

from kunster.data.clips import FramePairs
from kunster.data.pair_clips import PairClips
from kunster.errors import UserError
from kunster.losses.warp import warp_back

MOTIONS = ((3, 2), (-5, 1), (0, -7), (0, 0), (12, 0))  # pixels, right and down


class Moved:
    """Pairs of a texture that moves as a whole; red says in both frames which pair it is."""

    source = "moved textures"

    def __init__(self, size=(80, 96), non_occluded=True, sizes=None):
        self.height, self.width = size
        self.sizes = sizes or {size}
        self.non_occluded = non_occluded

    def __len__(self):
        return len(MOTIONS)

    def __getitem__(self, index):
        (u, v), margin = MOTIONS[index], 12
        random = torch.Generator().manual_seed(index)
        shape = (3, self.height + 2 * margin, self.width + 2 * margin)
        texture = torch.randint(256, shape, generator=random, dtype=torch.uint8)
        texture[0] = 40 * index
        frames = torch.stack(
            [
                texture[:, margin - y :, margin - x :][:, : self.height, : self.width]
                for x, y in ((0, 0), (u, v))
            ]
        )
        flow = torch.tensor([u, v]).float().view(2, 1, 1).repeat(1, self.height, self.width)
        return FramePairs(frames, flow, torch.full(flow.shape[1:], self.non_occluded))


def which(pairs):
    """The number of the stored pair that each was taken from."""
    return (pairs.frames[:, 0, 0, 0, 0] // 40).tolist()


def test_windows_keep_frames_flow_and_mask_together_mirrored_or_not():
    pairs = PairClips(Moved(), (64, 68)).batch(0, 40)
    assert pairs.frames.shape == (40, 2, 3, 64, 68)
    mirrored = 0
    for number, frames, flow, non_occluded in zip(which(pairs), *pairs, strict=True):
        warped = warp_back(frames[None, 1], flow[None])[0]
        error = (warped - frames[0]).abs().amax(dim=0)
        assert error[non_occluded].max() < 0.02  # of 255
        u, v = MOTIONS[number]
        assert non_occluded.sum() == (68 - abs(u)) * (64 - abs(v))  # the others leave the window
        assert (flow[1] == v).all()
        assert (flow[0].abs() == abs(u)).all()
        mirrored += bool((flow[0] == -u).all() and u != 0)
    assert 4 < mirrored < 20  # of 24 that move sideways


def test_without_a_size_frames_are_taken_whole():
    pairs = PairClips(Moved()).batch(0, 5)
    for number, frames in zip(which(pairs), pairs.frames, strict=True):
        stored = Moved()[number].frames
        assert torch.equal(frames, stored) or torch.equal(frames, stored.flip(-1))


def test_every_pass_takes_every_pair_in_a_new_order():
    clips = PairClips(Moved(), (64, 64))
    passes = [which(clips.batch(5 * number, 5)) for number in range(4)]
    assert all(sorted(order) == [0, 1, 2, 3, 4] for order in passes)
    assert len({tuple(order) for order in passes}) > 1


def test_a_pair_depends_on_the_seed_and_its_number_alone():
    clips = PairClips(Moved(), (64, 64), seed=3)
    clips.batch(0, 4)
    later = clips.batch(1000, 3)
    alone = PairClips(Moved(), (64, 64), seed=3).batch(1001, 1)
    for part, single in zip(later, alone, strict=True):
        assert torch.equal(part[1:2], single)
    other = PairClips(Moved(), (64, 64), seed=4).batch(1000, 3)
    assert not torch.equal(later.frames, other.frames)


def test_windows_lie_anywhere():
    class Columns(Moved):
        def __getitem__(self, index):
            pair = super().__getitem__(index)
            rows, columns = np.indices((80, 96), np.uint8)
            pair.frames[:, 1], pair.frames[:, 2] = torch.from_numpy(rows), torch.from_numpy(columns)
            return pair

    frames = PairClips(Columns(), (64, 64)).batch(0, 300).frames
    for channel, places in ((1, 17), (2, 33)):
        first = frames[:, 0, channel].flatten(1).amin(dim=1)  # on the right where mirrored
        assert set(first.tolist()) == set(range(places))


def test_a_pair_in_which_nothing_can_be_traced_gives_way_to_the_next():
    class Partly(Moved):
        def __getitem__(self, index):
            pair = super().__getitem__(index)
            if index != 2:
                pair.non_occluded[:] = False
            return pair

    pairs = PairClips(Partly(), (64, 64)).batch(0, 10)
    assert which(pairs) == [2] * 10
    assert pairs.non_occluded.flatten(1).any(dim=1).all()


def test_windows_in_which_something_can_be_traced_are_preferred():
    class Cornered(Moved):
        def __getitem__(self, index):
            pair = super().__getitem__(index)
            pair.non_occluded[:, :-16] = False
            return pair

    stored = Cornered(size=(64, 256))
    shares = PairClips(stored, (64, 64)).batch(0, 100).non_occluded.flatten(1)
    assert shares.any(dim=1).float().mean() > 0.6  # one window alone has something in 1 of 12


@pytest.mark.parametrize(
    ("pairs", "size", "complaint"),
    [
        (
            Moved(non_occluded=False),
            (64, 64),
            "moved textures: all pixels of all pairs are occluded",
        ),
        (Moved(), (84, 64), r"clips.size=\[84, 64\]: does not fit into the frames.*\[80, 96\]"),
        (Moved(sizes={(80, 96), (60, 96)}), (64, 64), r"does not fit.*\[60, 96\]"),
        (Moved(sizes={(80, 96), (64, 96)}), None, "clips.size=null: .* 96x64, 96x80; give one"),
        (Moved(size=(82, 96)), None, r"clips.size=\[82, 96\]: must be .* multiples of 4"),
        (Moved(), (60, 64), r"clips.size=\[60, 64\]: must be .* from 64 up"),
    ],
)
def test_what_cannot_be_trained_on_is_refused_when_it_is_built(pairs, size, complaint):
    with pytest.raises(UserError, match=complaint) as raised:
        PairClips(pairs, size)
    assert "\n" not in str(raised.value)


def test_no_pairs_at_all_are_refused():
    stored = Moved()
    stored.sizes = set()
    with pytest.raises(UserError, match="there are no pairs"):
        PairClips(stored)
