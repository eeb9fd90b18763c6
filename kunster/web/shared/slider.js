// Two pictures over each other and a line: left of it the upper one shows. Fingers and mice move it
// anywhere in `box`, arrow keys on `line`, an input of type range; not while that is disabled.
// words: what the left one is; moved: told when a move is over. Returns what shows the line anew.

export function movableLine(box, line, words, moved = () => {}) {
  function show() {
    box.style.setProperty("--at", `${line.value}%`);
    line.setAttribute("aria-valuetext", `${words} covers ${line.value} %`);
  }

  function follow(event) {
    const { left, width } = box.getBoundingClientRect();
    line.value = (100 * (event.clientX - left)) / width;
    show();
  }

  box.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || line.disabled) return;
    box.setPointerCapture(event.pointerId);
    line.focus({ preventScroll: true, focusVisible: false });
    follow(event);
  });
  box.addEventListener("mousedown", (event) => event.preventDefault()); // it would end the focus
  box.addEventListener("pointermove", (event) => box.hasPointerCapture(event.pointerId) && follow(event));
  box.addEventListener("lostpointercapture", moved);
  line.addEventListener("input", show);
  line.addEventListener("change", moved);
  show();
  return show;
}
