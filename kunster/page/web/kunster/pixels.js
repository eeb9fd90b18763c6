// RGBA bytes to the planes that a network takes, and its planes to bytes in the look asked for.

const LUMINANCE = [0.2126, 0.7152, 0.0722]; // of R, G and B: Rec. 709

/** Fills `planes` (3 · pixels, R then G then B, 0 to `white`) from `rgba` (4 · pixels). */
export function toPlanes(rgba, white, planes) {
  const count = rgba.length / 4;
  const step = white / 255;
  for (let pixel = 0, at = 0; pixel < count; pixel++, at += 4) {
    planes[pixel] = step * rgba[at];
    planes[count + pixel] = step * rgba[at + 1];
    planes[2 * count + pixel] = step * rgba[at + 2];
  }
}

/**
 * Fills `rgba`, a Uint8ClampedArray, which rounds and clamps by itself, from planes of 0 to `white`.
 *
 * strength: from 0, the photo, to 1, all of the style.
 * keepColors: the luminance alone comes from the style; Cb and Cr stay where the same is added to
 * R, G and B (ITU-R BT.709-6, item 3.3).
 */
export function toBytes(planes, white, photo, { strength, keepColors }, rgba) {
  const count = rgba.length / 4;
  const steps = 255 / white;
  for (let pixel = 0, at = 0; pixel < count; pixel++, at += 4) {
    let red = clamped(steps * planes[pixel]);
    let green = clamped(steps * planes[count + pixel]);
    let blue = clamped(steps * planes[2 * count + pixel]);
    const r = photo[at];
    const g = photo[at + 1];
    const b = photo[at + 2];
    if (keepColors) {
      const brighter =
        LUMINANCE[0] * (red - r) + LUMINANCE[1] * (green - g) + LUMINANCE[2] * (blue - b);
      red = clamped(r + brighter);
      green = clamped(g + brighter);
      blue = clamped(b + brighter);
    }
    rgba[at] = r + strength * (red - r);
    rgba[at + 1] = g + strength * (green - g);
    rgba[at + 2] = b + strength * (blue - b);
    rgba[at + 3] = 255;
  }
}

function clamped(value) {
  return value < 0 ? 0 : value > 255 ? 255 : value;
}
