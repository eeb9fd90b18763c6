"""Measures of how far a picture is painted: strokes, colour filter, deep style, kept content.

Pure functions of pictures (1, 3, H, W), RGB in [0, 1], and of their features under VGG-19. Photos,
pictures and painting are taken at short side `SHORT_SIDE`; `cfsd` alone at half of that, as its
matrix has the square of the number of places. None of them says enough alone: noise lowers `tint`,
and a copy of the photo has the best `content4`.
"""

import math

import torch
from torch import Tensor
from torch.nn import functional as F

SHORT_SIDE = 400  # pixels
REC_601 = (0.299, 0.587, 0.114)
FLATTEST = 0.4  # share of the photo's pixels with the least gradient energy
DETAIL_SIGMA = 8.0  # pixels; strokes are finer than that
ENERGY_SIGMA = 4.0  # pixels around which gradient energy is gathered
MASSES_SIGMA = 4.0  # pixels; strokes vanish, masses of colour stay
BINS = 8  # of each colour channel
GRAM_LAYERS = ("relu1_2", "relu2_2", "relu3_3", "relu4_1", "relu5_1")
CONTENT_LAYER, STRUCTURE_LAYER = "relu4_1", "relu3_1/2"  # the latter of pictures at half size
# from features of inputs in 0-255 to those of inputs divided by ImageNet's deviation, 0.226
STRUCTURE_SCALE = 1 / (255 * 0.226)


def luminance(picture: Tensor) -> Tensor:
    """Luma of Rec. 601: (B, 3, H, W) to (B, 1, H, W)."""
    weights = picture.new_tensor(REC_601).view(1, 3, 1, 1)
    return (picture * weights).sum(1, keepdim=True)


def y_cr_cb(picture: Tensor) -> Tensor:
    """Luma and both colour differences (Rec. 601, full range), around 0: (B, 3, H, W)."""
    red, blue = picture[:, :1], picture[:, 2:]
    y = luminance(picture)
    return torch.cat([y, (red - y) * 0.713, (blue - y) * 0.564], dim=1)


def blurred(picture: Tensor, sigma: float) -> Tensor:
    """A Gaussian blur, cut off at 4 sigma pixels, mirrored at the border: (B, C, H, W)."""
    radius, channels = math.ceil(4 * sigma), picture.shape[1]
    offsets = torch.arange(-radius, radius + 1, dtype=picture.dtype, device=picture.device)
    kernel = torch.exp(-offsets.square() / (2 * sigma**2))
    kernel = (kernel / kernel.sum()).expand(channels, 1, -1)
    padded = F.pad(picture, (radius,) * 4, mode="reflect")
    rows = F.conv2d(padded, kernel[:, :, None, :], groups=channels)
    return F.conv2d(rows, kernel[:, :, :, None], groups=channels)


def gradient_energy(y: Tensor) -> Tensor:
    """Squared Sobel differences in both directions, blurred: (B, 1, H, W)."""
    kernel = y.new_tensor([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])[None, None]
    padded = F.pad(y, (1, 1, 1, 1), mode="reflect")
    across, down = F.conv2d(padded, kernel), F.conv2d(padded, kernel.transpose(2, 3))
    return blurred(across.square() + down.square(), ENERGY_SIGMA)


def detail(picture: Tensor) -> Tensor:
    """Luma minus its blur of `DETAIL_SIGMA`: (B, 1, H, W)."""
    y = luminance(picture)
    return y - blurred(y, DETAIL_SIGMA)


def stroke(picture: Tensor, photo: Tensor, painting: Tensor) -> float:
    """RMS of the picture's detail where the photo is flattest, as a share of the painting's RMS.

    Strokes stand where the photo has nothing; the photo itself scores what grain it has there.
    """
    energy = gradient_energy(luminance(photo))
    flat = energy <= torch.quantile(energy.flatten(), FLATTEST)
    ours = detail(picture)[flat].square().mean().sqrt()
    return float(ours / detail(painting).square().mean().sqrt())


def tint(picture: Tensor, photo: Tensor) -> float:
    """Share of the picture's variance that the best lookup of the photo's colours explains.

    Each of 8x8x8 colours of the photo is replaced by the mean of the picture's (Y, Cr, Cb) there:
    1 is a colour filter.
    """
    levels = (photo * BINS).floor().clamp(0, BINS - 1).long()[0].flatten(1)
    index = (levels[0] * BINS + levels[1]) * BINS + levels[2]
    values = y_cr_cb(picture)[0].flatten(1).double()
    count = torch.bincount(index, minlength=BINS**3).clamp(min=1)
    sums = values.new_zeros(3, BINS**3).index_add_(1, index, values)
    rest = (values - (sums / count)[:, index]).square().sum()
    whole = (values - values.mean(1, keepdim=True)).square().sum()
    return float(1 - rest / whole)


def masses(picture: Tensor, photo: Tensor) -> float:
    """`tint` of both blurred: how far the masses of colour alone are those of a colour filter."""
    return tint(blurred(picture, MASSES_SIGMA), blurred(photo, MASSES_SIGMA))


def gram_distance(ours: Tensor, theirs: Tensor) -> float:
    """‖G − G(painting)‖² / ‖G(painting)‖² of Gram matrices; 0 for the painting itself."""
    return float((ours - theirs).square().sum() / theirs.square().sum())


def content4(ours: Tensor, theirs: Tensor) -> float:
    """1 − cosine of the relu4_1 features of picture and photo, each minus its mean over pixels."""
    ours, theirs = (each - each.mean(dim=(-2, -1), keepdim=True) for each in (ours, theirs))
    return float(1 - F.cosine_similarity(ours.flatten(), theirs.flatten(), dim=0))


def cfsd(ours: Tensor, theirs: Tensor) -> float:
    """Content feature structural distance: how far the picture changed what looks like what.

    KL divergence, averaged over places, of the softmax over places of dot products of relu3_1
    features (1, C, h, w) over C: the photo's from the picture's. 0 for the photo itself.
    """
    of_photo, of_picture = (_similarities(each) for each in (theirs, ours))
    return float((of_picture.exp() * (of_picture - of_photo)).sum(-1).mean())


def _similarities(features: Tensor) -> Tensor:
    """Log-softmax over places of the dot products of their features: (places, places)."""
    places = features[0].flatten(1).T * STRUCTURE_SCALE
    return F.log_softmax(places @ places.T / places.shape[1], dim=-1)
