// Compares pairs of PNG files with pixelmatch and with `odiff --server`, and prints one JSON line a
// pair: counts, and the median time of pixelmatch on decoded pixels and of both from the files.
import fs from "node:fs";
import { ODiffServer } from "odiff-bin";
import pixelmatch from "pixelmatch";
import { PNG } from "pngjs";

const [runs, ...files] = process.argv.slice(2);

function median(times) {
  return times.sort((a, b) => a - b)[times.length >> 1];
}

async function timed(work) {
  const times = [];
  let result;
  for (let n = 0; n < Number(runs); n++) {
    const start = performance.now();
    result = await work();
    times.push(performance.now() - start);
  }
  return [result, median(times)];
}

const server = new ODiffServer();
await server.compare(files[0], files[1], `${files[1]}.diff.png`); // it has started
for (let at = 0; at < files.length; at += 2) {
  const [before, after] = files.slice(at, at + 2);
  const read = (file) => PNG.sync.read(fs.readFileSync(file));
  const count = (a, b, threshold, includeAA = false) =>
    pixelmatch(a.data, b.data, null, a.width, a.height, { threshold, includeAA });
  const [a, b] = [read(before), read(after)];
  const both = () => [count(a, b, 0.15), count(a, b, 0.0225)];
  const [[fine, color], pixels_ms] = await timed(both);
  const [, files_ms] = await timed(() => {
    const [x, y] = [read(before), read(after)];
    return [count(x, y, 0.15), count(x, y, 0.0225)];
  });
  const odiff = async () => {
    const found = [];
    for (const threshold of [0.15, 0.0225]) {
      const options = { threshold, antialiasing: true };
      found.push(await server.compare(before, after, `${after}.diff.png`, options));
    }
    return found;
  };
  const [, odiff_ms] = await timed(odiff);
  const plain = { threshold: 0.15, antialiasing: false };
  const { diffCount } = await server.compare(before, after, `${after}.diff.png`, plain);
  const all = count(a, b, 0.15, true);
  console.log(
    JSON.stringify({ fine, color, all, odiff_all: diffCount ?? 0, pixels_ms, files_ms, odiff_ms }),
  );
}
server.stop();
