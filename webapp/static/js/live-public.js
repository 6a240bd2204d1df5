// A stream's public page and its embed: the same player as in the app.
import { $, dom } from "./dom.js";
import { Grant } from "./grant.js";
import { Player } from "./player.js";
import { StatusPoll } from "./status-poll.js";
import { statusOf } from "./state.js";
import { visitorCapture } from "./visitor-capture.js";
import { isDeep, Watch } from "./watch.js";

const root = $("#player");
const config = JSON.parse($("#player-config").textContent);
const { stream } = config;
const grant = new Grant(config.watch_url, config);
const still = $(".m-poster", root);

if ("embed" in root.dataset) {
  const player = new Player({
    name: stream.name,
    bufferS: stream.buffer_s,
    status: statusOf(stream),
    still,
    grant: () => grant.renewed(),
  });
  root.replaceChildren(player.node);
  new StatusPoll({ player, statusUrl: () => grant.now.status_url }).start();
  player.start();
  player.node.querySelector(".m-name")?.replaceChildren(
    dom`<a href=${root.dataset.page} target="_blank" rel="noopener" class="m-b m-cut">
      ${stream.name}
    </a>`,
  );
} else {
  const make = visitorCapture(
    { snapshot: config.snapshot_url, clip: config.clip_url },
    () => watch.capture.clipOldest(),
  );
  const watch = new Watch({
    stream,
    grant,
    still,
    mayCapture: config.may_capture,
    make,
    target: () => $(".m-toasts"), // where a frame shrinks to
  });
  root.replaceChildren(
    dom`<div class=${`m-watch m-alone${isDeep(stream) ? " m-deep" : ""}`}>
      <section aria-label="Player">${watch.nodes}</section>
    </div>`,
  );
  watch.start();
}
