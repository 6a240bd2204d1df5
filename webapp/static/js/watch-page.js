// Entry of the Watch page and of the public live page: the element's data says what to show.
import { $ } from "./dom.js";
import { mountWatch } from "./watch.js";

const wait = () => {
  const root = $("[data-watch]");
  if (root && !root.dataset.mounted) {
    root.dataset.mounted = "1";
    mountWatch(root, JSON.parse(root.dataset.watch));
  } else if (!root) {
    requestAnimationFrame(wait); // another script draws the frame around it
  }
};
wait();
