"""Real Chromium publishes its fake camera and microphone by WHIP, in each of its codecs."""

import io
from collections.abc import AsyncIterator
from pathlib import Path

import av
import pytest
from playwright.async_api import async_playwright

from domain.core.settings import Settings
from tests.conftest import chromium_path, isolated_settings
from tests.integration.node.conftest import Running, run_node
from tests.integration.node.whip_peers import key_of
from tests.support.streams import stream_config

pytestmark = [pytest.mark.browser, pytest.mark.slow]

_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--use-fake-device-for-media-stream=fps=20",
    "--use-fake-ui-for-media-stream",
]
_PUBLISH = """
async ([url, key, codec]) => {
  const media = await navigator.mediaDevices.getUserMedia({
    video: { width: 640, height: 360 }, audio: true });
  const peer = globalThis.peer = new RTCPeerConnection();
  for (const track of media.getTracks()) {
    const transceiver = peer.addTransceiver(track, { direction: "sendonly" });
    if (track.kind !== "video") continue;
    const codecs = RTCRtpSender.getCapabilities("video").codecs;
    transceiver.setCodecPreferences(codecs.filter((each) => each.mimeType === codec));
  }
  await peer.setLocalDescription();
  const answer = await fetch(url, { method: "POST", body: peer.localDescription.sdp,
    headers: { "content-type": "application/sdp", authorization: `Bearer ${key}` } });
  const text = await answer.text();
  if (answer.status !== 201) throw new Error(text);
  await peer.setRemoteDescription({ type: "answer", sdp: text });
  globalThis.session = new URL(answer.headers.get("location"), url).href;
  return [answer.headers.get("etag"), session];
}
"""


@pytest.fixture
def node_settings(tmp_path: Path) -> Settings:
    return isolated_settings(tmp_path / "home", still_workers=1)


@pytest.fixture
async def running(node_settings: Settings) -> AsyncIterator[Running]:
    async with run_node(node_settings) as found:
        await found.run_streams(stream_config(kind="push"))
        yield found


@pytest.mark.parametrize("codec", ["video/H264", "video/VP9"])
async def test_a_camera_is_live_and_clips_and_stills_of_it_decode(
    running: Running, codec: str
) -> None:
    base = str(running.viewer.base_url)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium_path(), args=_FLAGS)
        page = await browser.new_page()
        await page.goto(f"{base}/")  # any page of this machine may use the camera
        key = key_of(running.settings, "stream_a")
        etag, session = await page.evaluate(_PUBLISH, [f"{base}/whip/stream_a", key, codec])
        assert etag
        assert session.startswith(base)
        await running.until_held(6)
        status = await running.until_status("live")
        assert status.ingest is not None
        assert status.ingest.codec == codec.partition("/")[2].lower()
        assert status.video is not None
        assert status.video.codec == "h264"
        assert status.audio is not None
        assert 0 < status.keyframe_interval_ms < 4000
        still, _ = await running.still()
        assert still.width >= 160
        meta, clip = await running.cut(last_ms=3000)
        assert meta.has_audio
        with av.open(io.BytesIO(clip), "r") as container:
            shown = len(list(container.decode(video=0)))
        assert shown > 10  # a busy machine's camera leaves frames out
        with av.open(io.BytesIO(clip), "r") as container:
            assert list(container.decode(audio=0))
        await page.evaluate("fetch(session, { method: 'DELETE' })")
        await running.until_status("offline")
        await browser.close()
