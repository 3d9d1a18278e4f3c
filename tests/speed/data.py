"""Time of one training item: decoded, warped and normalised anew, against the pack and the batched warp; run by hand.

python tests/speed/data.py [--repeats N]
"""

import argparse
import itertools

import cv2
import numpy as np
import torch
from faces import drawn_faces
from plain import plain_item, plain_warp
from timing import measure, report

from benchmark.core.seeds import derive_seed
from benchmark.data.warp import draw_warp, warp_image
from benchmark.training.batches import Batcher
from benchmark.training.pack import open_pack

BATCH = 32


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=9)
    options = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    with drawn_faces(2 * BATCH) as data:
        ids = data.ids("train")[:BATCH]
        seeds = [derive_seed(0, sample_id) for sample_id in ids]
        warps = [draw_warp(seed) for seed in seeds]
        pack = open_pack(data, "train")
        batcher = Batcher(pack, "cpu")
        turns = itertools.cycle(range(BATCH))

        def plain() -> list[tuple[torch.Tensor, ...]]:
            paths = [(data.color_path(i), data.line_path(i)) for i in ids]
            return [plain_item(*pair, warp) for pair, warp in zip(paths, warps, strict=True)]

        def one_by_one() -> None:
            for _ in range(BATCH):
                row = next(turns)
                batcher([ids[row]], [seeds[row]])

        batch, items = batcher(ids, seeds), plain()
        reference = torch.stack([item[2] for item in items])
        levels = (batch.reference - reference).abs() * 127.5
        exact = all(
            torch.allclose(ours, torch.stack([item[place] for item in items]), atol=1e-6)
            for place, ours in enumerate((batch.target, batch.line))
        )
        print(f"256 px, batch {BATCH}, cpu, {options.repeats} rounds; per item; target and line equal: {exact};")
        print(f"warped references differ by {levels.max():.1f} grey levels at most, {levels.mean():.4f} on average")
        ways = {"plain": plain, "ours": lambda: batcher(ids, seeds), "ours at batch 1": one_by_one}
        report("one training item", measure(ways, options.repeats), 0.08, per=BATCH)
        host = {"plain": plain, "ours": lambda: [torch.from_numpy(part) for part in pack.gather(ids)]}
        report("its host part, the rest on the device", measure(host, options.repeats), 0.01, per=BATCH)

        pictures = [data.color(sample_id) for sample_id in ids]
        pixels = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float()
        ways = {
            "plain": lambda: [plain_warp(*pair) for pair in zip(pictures, warps, strict=True)],
            "one picture": lambda: [warp_image(*pair) for pair in zip(pictures, warps, strict=True)],
            "batched": lambda: batcher.warper(pixels, warps),
        }
        report("the warp alone", measure(ways, options.repeats), 0.08, per=BATCH)


if __name__ == "__main__":
    main()
