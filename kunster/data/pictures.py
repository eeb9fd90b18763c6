"""Training pictures for distillation: photos, paintings, blends and stylized photos."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from kunster.data.crops import Crops


class Pictures:
    """Batches of photos, mixed with paintings, blends of both, flat colours and noise.

    The mixture covers what stylizers put out. If there are stylizers, trained with an earlier
    student, half of each batch goes through one of them.
    """

    def __init__(
        self,
        photos: Crops,
        paintings: Crops | None,
        share: float = 0.25,
        stylizers: Sequence[nn.Module] = (),
    ) -> None:
        self.photos, self.paintings, self.share = photos, paintings, share
        self.stylizers = stylizers

    def batch(self, step: int, size: int) -> Tensor:
        """Pictures (B, 3, S, S), RGB in [0, 1]; a pure function of the step."""
        generator = torch.Generator().manual_seed(step)
        images = self.photos.batch(step * size, size).float() / 255
        if self.paintings is not None:
            count = round(self.share * size)
            paintings = self.paintings.batch(step * count, count).float() / 255
            images[:count] = paintings
            mix = torch.rand(count, 1, 1, 1, generator=generator)
            images[count : 2 * count].lerp_(paintings, mix)
        images = self._disturb(images, generator)
        if self.stylizers:
            half = images[size // 2 :]
            strength = torch.rand(len(half), 1, 1, 1, generator=generator).sqrt()
            with torch.no_grad():
                stylizer = self.stylizers[step % len(self.stylizers)]
                half.lerp_(stylizer(half).clamp(0, 1), strength)
        return images

    def _disturb(self, images: Tensor, generator: torch.Generator) -> Tensor:
        batch = len(images)
        chance = torch.rand(4, batch, 1, 1, 1, generator=generator)
        coarse = torch.rand(batch, 3, 6, 6, generator=generator)
        colours = F.interpolate(coarse, images.shape[-2:], mode="bicubic")
        images = torch.where(chance[0] < 0.15, images.lerp(colours, chance[1]), images)
        noise = torch.randn(images.shape, generator=generator) * 0.15 * chance[2]
        images = images + torch.where(chance[3] < 0.25, noise, torch.zeros(()))
        return images.clamp(0, 1)
