// Pages for anybody that play parts in a provider's own player: exactly from start to end, signed
// out.
import "./public.js";
import { $, $$ } from "./dom.js";
import { ProviderBox } from "./provider-box.js";

const stage = $("[data-stage]");
const play = $("[data-play]");

if (stage?.dataset.stage) {
  const config = JSON.parse(stage.dataset.stage);
  const box = new ProviderBox(config);
  stage.replaceChildren(box.node);

  const words = play && $("span", play);
  const idle = words?.textContent;
  box.addEventListener("change", () => {
    const { isPlaying } = box.player;
    if (words) words.textContent = isPlaying ? "Pause" : idle;
    play?.setAttribute("aria-pressed", String(isPlaying));
  });

  const playPart = (part) => {
    box.setRange(part);
    box.play();
  };
  if (play) {
    play.disabled = false;
    play.addEventListener(
      "click",
      () => box.player.isPlaying ? box.player.pause() : playPart(config.range),
    );
  }
  for (const button of $$("[data-play-part]")) {
    button.disabled = false;
    button.addEventListener("click", () => playPart(JSON.parse(button.dataset.playPart)));
  }
}
