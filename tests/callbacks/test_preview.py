import cv2
import numpy as np
import torch

from kunster.callbacks.preview import Preview, contact_sheet, write_png


def flat(*colours: tuple[float, float, float], size=(64, 80)) -> torch.Tensor:
    return torch.tensor(colours)[:, :, None, None].expand(-1, -1, *size)


RED, GREEN, BLUE, BLACK = (1.0, 0, 0), (0, 1.0, 0), (0, 0, 1.0), (0, 0, 0)


def test_photos_stand_over_their_stylised_versions_and_the_painting_left_of_them():
    sheet = contact_sheet(flat(BLUE, size=(30, 30))[0], flat(RED, GREEN), flat(BLACK, BLUE))
    assert sheet.shape == (128, 240, 3)
    middle = sheet[32::64, 40::80].tolist()
    assert middle[0] == [[0, 0, 255], [255, 0, 0], [0, 255, 0]]
    assert middle[1] == [[255, 255, 255], [0, 0, 0], [0, 0, 255]]


def test_a_painting_of_any_shape_lies_whole_and_undistorted_on_white():
    for size in [(30, 60), (300, 100), (64, 80)]:
        painting = flat(BLUE, size=size)[0]
        corner = contact_sheet(painting, flat(RED), flat(RED))[:64, :80]
        blue = (corner == (0, 0, 255)).all(axis=2)
        rows, columns = blue.any(axis=1).sum(), blue.any(axis=0).sum()
        assert blue.sum() == rows * columns
        assert (corner[~blue] == 255).all()
        scale = min(64 / size[0], 80 / size[1])
        assert (rows, columns) == (round(size[0] * scale), round(size[1] * scale))


def test_a_png_holds_the_pixels_it_was_given(tmp_path):
    picture = np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)
    write_png(picture, tmp_path / "new" / "p.png")
    found = cv2.imread(str(tmp_path / "new" / "p.png"))
    np.testing.assert_array_equal(found[..., ::-1], picture)


def test_the_last_sheet_is_kept_and_none_before(tmp_path, trainer, module):
    preview = Preview(flat(RED, GREEN), flat(BLUE)[0], tmp_path / "preview.png", every=1)
    trainer.global_step = 1
    preview.on_train_batch_end(trainer, module, None, None, 0)
    assert not preview.path.exists()
    preview.write(module)
    found = cv2.imread(str(preview.path))[..., ::-1]
    np.testing.assert_array_equal(found[:64, 80:], found[64:, 80:])  # the identity changes nothing
