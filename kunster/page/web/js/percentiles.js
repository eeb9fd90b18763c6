// Percentiles of what was measured.

/**
 * The value below which a share of the values lies, 0 to 1; between two of them in proportion
 * (Hyndman and Fan 1996, type 7, NumPy's default).
 */
export function percentile(values, share) {
  const sorted = Float64Array.from(values).sort();
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  return sorted[below] + (place - below) * (sorted[Math.ceil(place)] - sorted[below]);
}
