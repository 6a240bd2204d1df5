// One end of a range on a timeline: a slider that is dragged, or moved by the arrow keys.
import { dom } from "./dom.js";

const STEPS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 };

/** @param {"a" | "b"} which the start or the end */
export function rangeHandle(which, label, attrs = {}) {
  return dom`<button class="m-h m-h${which}" type="button" role="slider" aria-label=${label} ...${attrs} />`;
}

/**
 * Listen to a handle: `onMove(x)` gets the place of its inner edge in the window, `onEnd()` follows
 * a drag, `onStep(steps, hasShift)` gets what an arrow key asks for.
 * @param {any} handle
 * @param {"a" | "b"} which
 * @param {{onMove: (x: number) => void, onEnd?: () => void,
 *   onStep: (steps: number, hasShift: boolean) => void}} options
 */
export function listenToHandle(handle, which, { onMove, onEnd = () => {}, onStep }) {
  let offset = 0;
  handle.addEventListener("pointerdown", (event) => {
    offset = event.clientX - handle.getBoundingClientRect()[which === "a" ? "right" : "left"];
    handle.setPointerCapture(event.pointerId);
    handle.classList.add("m-held");
    handle.onpointermove = (moved) => onMove(moved.clientX - offset);
    event.preventDefault();
    handle.focus();
  });
  for (const name of ["pointerup", "pointercancel"]) {
    handle.addEventListener(name, () => {
      if (!handle.onpointermove) return;
      handle.onpointermove = null;
      handle.classList.remove("m-held");
      onEnd();
    });
  }
  handle.addEventListener("keydown", (event) => {
    const steps = STEPS[event.key];
    if (!steps) return;
    event.preventDefault();
    event.stopPropagation();
    onStep(steps, event.shiftKey);
  });
}
