// "Go live": opens the only stream that accepts publishers, a choice of them, or a new one.
import { h } from "./dom.js";
import { ic } from "./icons.js";
import { menu } from "./dialog.js";

export function goLiveButton(streams, onMade) {
  const make = async () => {
    const { addStream } = await import("./add-stream.js");
    addStream({ onMade, start: "push" });
  };
  const button = h("button", { class: "m-btn", type: "button", "aria-haspopup": "menu", onclick: () => {
    const mine = streams().filter((each) => each.publish_key);
    if (!mine.length) { make(); return; }
    menu(button, [
      ...mine.map((each) => ({ label: each.name, icon: each.status === "live" ? "live" : "camera", href: `/go-live/${each.slug}` })),
      "-",
      { label: "A new stream", icon: "plus", onclick: make },
    ]);
  } }, ic("camera", "s"), "Go live");
  return button;
}
