// A picture or a clip to keep: the share sheet on a phone, a download elsewhere.

/** Resolves to a PNG of the canvas. */
export function pictureOf(canvas) {
  return new Promise((resolve, reject) => {
    const done = (blob) => (blob ? resolve(blob) : reject(new Error("no PNG could be made")));
    canvas.toBlob(done, "image/png");
  });
}

export async function keep(blob, name) {
  const file = new File([blob], name, { type: blob.type });
  const thumb = matchMedia("(pointer: coarse)").matches;
  if (thumb && navigator.canShare?.({ files: [file] })) {
    try {
      return await navigator.share({ files: [file] });
    } catch (error) {
      if (error.name === "AbortError") return undefined; // put away: that is an answer too
    }
  }
  return download(blob, name);
}

/** A name that sorts by time: kunster-scream-20260131-120000. */
export function nameFor(style, now = new Date()) {
  const local = new Date(now.getTime() - 60_000 * now.getTimezoneOffset());
  const stamp = local.toISOString().slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "-");
  return `kunster-${style.replaceAll(/[^A-Za-z0-9_-]+/g, "_")}-${stamp}`;
}

function download(blob, name) {
  const address = URL.createObjectURL(blob);
  Object.assign(document.createElement("a"), { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000); // browsers read it a little later
}
