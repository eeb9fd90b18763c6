// A picture of the browser as pixels of the size that a network takes.

export class Frame {
  constructor() {
    this.canvas = new OffscreenCanvas(1, 1);
    this.context = this.canvas.getContext("2d", { willReadFrequently: true, alpha: false });
  }

  /** RGBA bytes of `bitmap`, resized, and turned as in a mirror if asked for. */
  pixels(bitmap, { width, height, mirror }) {
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width;
      this.canvas.height = height;
    }
    this.context.setTransform(mirror ? -1 : 1, 0, 0, 1, mirror ? width : 0, 0);
    this.context.imageSmoothingQuality = "high";
    this.context.drawImage(bitmap, 0, 0, width, height);
    return this.context.getImageData(0, 0, width, height).data;
  }
}
