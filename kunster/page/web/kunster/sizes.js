// How large frames are for the network.

const MULTIPLE = 4; // the encoder halves twice
const SMALLEST = 64; // pixels a side: networks take no less

/** {width, height} of a frame whose shorter side is `short`; nothing is enlarged but to 64. */
export function networkSize(width, height, short) {
  const shorter = Math.min(width, height);
  const scale = Math.min(short, shorter) / shorter;
  return { width: fitting(width * scale), height: fitting(height * scale) };
}

function fitting(side) {
  return Math.max(SMALLEST, Math.round(side / MULTIPLE) * MULTIPLE);
}
