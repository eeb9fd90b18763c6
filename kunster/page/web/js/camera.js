// The camera: asked for, in the direction wanted, and how many there are.

import { cameraTrouble, NO_CAMERA_HERE, Said } from "./words.js";

/**
 * facing: "user" (front) or "environment" (back), where there is a choice.
 * short: the shorter side that is wanted, in pixels.
 */
export async function openCamera(facing, short) {
  if (!navigator.mediaDevices?.getUserMedia) throw new Said(NO_CAMERA_HERE);
  const height = short > 480 ? 720 : 480; // what cameras have
  const video = {
    facingMode: { ideal: facing },
    width: { ideal: (height * 4) / 3 },
    height: { ideal: height },
    frameRate: { ideal: 30 },
  };
  try {
    return await navigator.mediaDevices.getUserMedia({ video, audio: false });
  } catch (error) {
    throw new Said(cameraTrouble(error));
  }
}

export async function severalCameras() {
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices.filter((device) => device.kind === "videoinput").length > 1;
}
