// What went wrong, for the person who looks at it: what happened, and what to do.

/** Something said in whole sentences already. */
export class Said extends Error {}

export function cameraTrouble(error) {
  switch (error?.name) {
    case "NotAllowedError":
    case "SecurityError":
      return (
        "The camera is blocked for this page. Allow it in the browser’s address bar or in the " +
        "phone’s settings, then choose Camera again."
      );
    case "NotFoundError":
    case "OverconstrainedError":
      return "No camera was found on this device. The sample clip and your own files work without.";
    case "NotReadableError":
    case "AbortError":
      return "The camera is in use by another program. Close that one, then choose Camera again.";
    default:
      return `The camera did not start (${error?.message || error}).`;
  }
}

export const NO_CAMERA_HERE =
  "Browsers lend the camera only to pages that come through https or from localhost. The sample " +
  "clip and your own files work here too.";

export const CAMERA_LOST =
  "The camera was taken away: unplugged, or claimed by another program. Choose Camera to start it " +
  "again.";

export function fileTrouble(name) {
  return (
    `“${name}” cannot be read: damaged, or a format that this browser does not know. JPEG, PNG and ` +
    "WebP pictures and MP4 videos (H.264) work everywhere."
  );
}

export function networkTrouble(name, error) {
  return (
    `The network ${name} did not load (${error.message}). Check the connection, then choose it ` +
    "again, or another."
  );
}

export function engineTrouble(error) {
  return (
    `The engine did not start (${error.message}). It needs Safari 16.4, Chrome 91, Firefox 114 or ` +
    "newer; where the browser is new enough, check the connection and load the page again."
  );
}

export function pictureTrouble(error) {
  return (
    `This picture could not be stylised (${error.message}). A smaller picture size or a smaller ` +
    "network takes less memory."
  );
}

export function measureTrouble(engine, reason) {
  return `${engine} was not measured to its end on this device (${reason}).`;
}
