"""A camera of this computer that other programs see, such as one for video calls."""

from fractions import Fraction
from typing import Any

import numpy as np

from kunster.console.extras import check_extra
from kunster.errors import UserError


class VirtualCamera:
    """A camera that other programs see: v4l2loopback's on Linux, OBS Studio's elsewhere.

    Args:
        rate: frames a second, on average.

    Raises:
        UserError: the extra that knows these cameras is missing.
    """

    def __init__(self, rate: Fraction) -> None:
        check_extra("live", "--virtual-camera")
        self._rate = rate
        self._camera: Any = None

    def show(self, picture: np.ndarray) -> str | None:
        """Shows uint8 RGB (H, W, 3), always of one size; at the first one returns where.

        Raises:
            UserError: there is no such camera on this computer.
        """
        first = self._camera is None
        if first:
            self._camera = _opened(picture.shape[0], picture.shape[1], float(self._rate))
        self._camera.send(picture)
        return str(self._camera.device) if first else None

    def close(self) -> None:
        if self._camera is not None:
            self._camera.close()


def _opened(height: int, width: int, rate: float) -> Any:
    import pyvirtualcam

    try:
        return pyvirtualcam.Camera(width, height, rate)
    except RuntimeError as error:
        # one line for each backend that it tried
        reason = " ".join(str(error).split()).rstrip(".")
        raise UserError(f"--virtual-camera: {reason}") from error
