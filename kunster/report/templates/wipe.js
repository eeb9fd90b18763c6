"use strict";
// Two pictures over each other and a line: left of it the upper one shows. Fingers and mice move it
// anywhere on the picture, arrow keys on `line`, an input of type range. `moved` is called when a
// move is over. Returns what shows the line where `line` says.
function movableLine(wipe, line, moved) {
  function show() {
    wipe.style.setProperty("--at", `${line.value}%`);
    line.setAttribute("aria-valuetext", `the left picture covers ${line.value} %`);
  }

  function follow(event) {
    const box = wipe.getBoundingClientRect();
    line.value = (100 * (event.clientX - box.left)) / box.width;
    show();
  }

  wipe.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    wipe.setPointerCapture(event.pointerId);
    line.focus({ preventScroll: true, focusVisible: false });
    follow(event);
  });
  wipe.addEventListener("mousedown", (event) => event.preventDefault()); // it would end the focus
  wipe.addEventListener("pointermove", (event) => {
    if (wipe.hasPointerCapture(event.pointerId)) follow(event);
  });
  wipe.addEventListener("lostpointercapture", moved);
  line.addEventListener("input", show);
  line.addEventListener("change", moved);
  return show;
}
