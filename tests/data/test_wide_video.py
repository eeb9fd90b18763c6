"""Films of wide colours and of high dynamic range look as they should on an ordinary screen."""

import av
import numpy as np
import pytest
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc

from kunster.data.frames import video_frames
from kunster.video.reader import VideoReader

LARGEST = 65535


def film(path, colour, primaries, curve, matrix=Colorspace.ITU709):
    """A frame of one colour, R, G, B from 0 to 1 under its curve, in 10 bits without loss."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=25)
        stream.height, stream.width, stream.pix_fmt = 64, 64, "yuv444p10le"
        context = stream.codec_context
        context.color_primaries, context.color_trc, context.colorspace = primaries, curve, matrix
        context.color_range = ColorRange.MPEG
        flat = np.broadcast_to(np.uint16(np.rint(LARGEST * np.array(colour))), (64, 64, 3))
        frame = av.VideoFrame.from_ndarray(flat.copy(), format="rgb48le").reformat(
            format="yuv444p10le", dst_colorspace=matrix, dst_color_range=ColorRange.MPEG
        )
        frame.color_primaries, frame.color_trc = primaries, curve
        frame.pts = 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def seen(path):
    """The colour that is painted, which is the one that is trained on."""
    painted = next(VideoReader(path).frames((64, 64))).picture
    np.testing.assert_array_equal(painted, next(video_frames(path)))
    return painted[9, 9].astype(int)


def coded(light):
    """sRGB's curve, IEC 61966-2-1, from 0 to 1."""
    return 12.92 * light if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055


def pq(nits):
    """SMPTE ST 2084, from cd/m² to 0 … 1."""
    root = (nits / 10000) ** 0.1593017578125
    return ((0.8359375 + 18.8515625 * root) / (1 + 18.6875 * root)) ** 78.84375


# the red of BT.709 in other primaries; CSS Color 4, 10.3, and ITU-R BT.2087-0, equation 3
RED = {
    ColorPrimaries.SMPTE432: (0.91749, 0.20029, 0.13856),
    ColorPrimaries.BT2020: tuple(map(coded, (0.6274, 0.0691, 0.0164))),
}


@pytest.mark.parametrize("primaries", RED)
def test_wide_primaries_are_converted(tmp_path, primaries):
    curve = ColorTrc.IEC61966_2_1
    path = film(tmp_path / "a.mkv", RED[primaries], primaries, curve)
    assert seen(path) == pytest.approx((255, 0, 0), abs=6)
    grey = film(tmp_path / "grey.mkv", (0.5, 0.5, 0.5), primaries, curve)
    assert seen(grey) == pytest.approx((127.5, 127.5, 127.5), abs=2)


HDR = ColorPrimaries.BT2020, ColorTrc.SMPTE2084, Colorspace.BT2020
HLG = ColorPrimaries.BT2020, ColorTrc.ARIB_STD_B67, Colorspace.BT2020


@pytest.mark.parametrize("nits", [1, 10, 50])
def test_shadows_of_hdr_keep_their_light(tmp_path, nits, caplog):
    """Relative to white of 203 cd/m², ITU-R BT.2408."""
    found = seen(film(tmp_path / "a.mkv", [pq(nits)] * 3, *HDR))
    assert found == pytest.approx([255 * coded(nits / 203)] * 3, abs=3)
    assert "HDR10" in caplog.text


def test_highlights_of_hdr_are_told_apart_up_to_the_brightest(tmp_path):
    found = [
        seen(film(tmp_path / f"{nits}.mkv", [pq(nits)] * 3, *HDR))[0]
        for nits in (50, 100, 203, 400, 1000)
    ]
    assert all(np.diff(found) >= 3)
    assert 215 < found[2] < 245  # white paper is light, and leaves room
    assert found[-1] == 255


def test_white_of_hlg_is_as_light_as_that_of_pq(tmp_path):
    """75 % of HLG and 203 cd/m² are the same white: ITU-R BT.2408, table 1."""
    found = seen(film(tmp_path / "hlg.mkv", [0.75] * 3, *HLG))
    assert found == pytest.approx(seen(film(tmp_path / "pq.mkv", [pq(203)] * 3, *HDR)), abs=3)


def test_a_red_of_hdr_keeps_its_hue(tmp_path):
    red = [pq(50 * part) for part in (0.6274, 0.0691, 0.0164)]
    found = seen(film(tmp_path / "a.mkv", red, *HDR))
    assert found == pytest.approx((255 * coded(50 / 203), 0, 0), abs=8)
