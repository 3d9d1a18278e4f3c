"""SeeCoder against a second implementation, written from its description in float64 and plain sums."""

import math

import pytest
import torch
from published import SIZES, scramble
from torch import Tensor
from torch.nn import functional as F

from baselines.prompt_free.seecoder import Decoder, QueryTransformer, SeeCoder, build_swin, position_waves
from baselines.prompt_free.sizes import SeeCoderSizes

pytest.importorskip("transformers")
SMALL = SeeCoderSizes.model_validate(SIZES["seecoder"])
State = dict[str, Tensor]
MAPS = [(6, 5), (3, 3), (2, 2)]  # heights and widths of res3, res4, res5


def attention(state: State, prefix: str, query: Tensor, key: Tensor, value: Tensor, heads: int = 8) -> Tensor:
    """Attention of rows (q, c) to rows (k, c), head by head."""
    weights, biases = state[f"{prefix}.in_proj_weight"].chunk(3), state[f"{prefix}.in_proj_bias"].chunk(3)
    q, k, v = (x @ w.T + b for x, w, b in zip((query, key, value), weights, biases, strict=True))
    size = q.shape[1] // heads
    heard = []
    for head in range(heads):
        part = slice(head * size, (head + 1) * size)
        heard.append(torch.softmax(q[:, part] @ k[:, part].T / math.sqrt(size), dim=1) @ v[:, part])
    return torch.cat(heard, dim=1) @ state[f"{prefix}.out_proj.weight"].T + state[f"{prefix}.out_proj.bias"]


def norm(state: State, prefix: str, x: Tensor) -> Tensor:
    centred = x - x.mean(-1, keepdim=True)
    scaled = centred / (centred.square().mean(-1, keepdim=True) + 1e-5).sqrt()
    return scaled * state[f"{prefix}.weight"] + state[f"{prefix}.bias"]


def linear(state: State, prefix: str, x: Tensor) -> Tensor:
    return x @ state[f"{prefix}.weight"].T + state[f"{prefix}.bias"]


def grouped(state: State, prefix: str, x: Tensor, groups: int = 4) -> Tensor:
    """Group norm of (c, h, w)."""
    parts = x.reshape(groups, -1)
    parts = (parts - parts.mean(1, keepdim=True)) / (parts.var(1, unbiased=False, keepdim=True) + 1e-5).sqrt()
    return parts.reshape(x.shape) * state[f"{prefix}.weight"][:, None, None] + state[f"{prefix}.bias"][:, None, None]


def plain_decoder(state: State, maps: list[list[Tensor]], layers: int) -> list[list[Tensor]]:
    """The decoder on pictures as lists of maps (c, h, w); a token hears the same token of the other pictures."""
    names, tokens = ("res5", "res4", "res3"), []
    for picture in maps:
        rows = []
        for i, name in enumerate(names):
            weight, bias = state[f"inproj_layers.{name}.0.weight"][..., 0, 0], state[f"inproj_layers.{name}.0.bias"]
            level = torch.einsum("oc,chw->ohw", weight, picture[2 - i]) + bias[:, None, None]
            rows.append(grouped(state, f"inproj_layers.{name}.1", level).flatten(1).T + state["level_embed"][i])
        tokens.append(torch.cat(rows))
    x = torch.stack(tokens)  # (pictures, tokens, c)
    for layer in range(layers):
        at = f"transformer.layers.{layer}"
        heard = torch.stack(
            [attention(state, f"{at}.self_attn", *3 * [x[:, token]]) for token in range(x.shape[1])], dim=1
        )
        x = norm(state, f"{at}.norm1", x + heard)
        x = norm(state, f"{at}.norm2", x + linear(state, f"{at}.linear2", linear(state, f"{at}.linear1", x).relu()))
    results = []
    for number, picture in enumerate(maps):
        rows, outs = x[number], {}
        for i, name in enumerate(names):
            level = picture[2 - i]
            taken, rows = rows[: level[0].numel()], rows[level[0].numel() :]
            weight = state[f"lateral_layers.{name}.weight"][..., 0, 0]
            lateral = grouped(state, f"lateral_layers.{name}.norm", torch.einsum("oc,chw->ohw", weight, level))
            outs[name] = taken.T.reshape(lateral.shape) + lateral
        results.append([outs[name] for name in ("res3", "res4", "res5")])
    return results


def plain_positions(state: State, height: int, width: int) -> Tensor:
    """The PA variant's code, a row per place."""
    short, rows = min(height, width), []
    for y in range(height):
        for x in range(width):
            parts: list[float] = []
            for place, n in ((y, height), (x, width)):
                phases = [(place + 0.5 - n / 2) / short * 2 * math.pi * (short / 2) ** (j / 19) for j in range(20)]
                parts += [math.sin(p) for p in phases] + [math.cos(p) for p in phases]
            rows.append(parts)
    waves = torch.tensor(rows, dtype=torch.float64)
    hidden = F.silu(linear(state, "pe_layer.mlp.0", waves))
    return linear(state, "pe_layer.mlp.4", F.silu(linear(state, "pe_layer.mlp.2", hidden)))


def plain_queries(state: State, maps: list[Tensor], layers: int, first: int, positions: bool) -> Tensor:
    """The query transformer on one picture's maps (c, h, w)."""
    values = [level.flatten(1).T + state["level_embed.weight"][i] for i, level in enumerate(maps)]
    keys = [
        value + plain_positions(state, *level.shape[1:]) if positions else value
        for value, level in zip(values, maps, strict=True)
    ]
    x, place = state["init_query.weight"], state["query_pos_embedding.weight"]
    for i in range(layers):
        at = f"transformer_crossatt_layers.{i}"
        local = x[first:]
        heard = attention(state, f"{at}.multihead_attn", local + place[first:], keys[i % 3], values[i % 3])
        x = torch.cat([x[:first], norm(state, f"{at}.norm", local + heard)])
        at = f"transformer_selfatt_layers.{i}"
        x = norm(state, f"{at}.norm", x + attention(state, f"{at}.self_attn", x + place, x + place, x))
        at = f"transformer_feedforward_layers.{i}"
        x = norm(state, f"{at}.norm", x + linear(state, f"{at}.linear2", linear(state, f"{at}.linear1", x).relu()))
    return x


def made(module: torch.nn.Module) -> State:
    torch.manual_seed(3)
    scramble(module.double())
    return dict(module.state_dict())


def pictures(n: int, channels: list[int]) -> list[Tensor]:
    return [torch.randn(n, c, *size, dtype=torch.float64) for c, size in zip(channels, MAPS, strict=True)]


@pytest.mark.parametrize("n", [1, 2])
@torch.inference_mode()
def test_the_decoder_and_its_attention_across_the_batch(n: int) -> None:
    decoder = Decoder(SMALL)
    state = made(decoder)
    maps = pictures(n, [16, 32, 64])
    ours = decoder(maps)
    theirs = plain_decoder(state, [[level[i] for level in maps] for i in range(n)], SMALL.decoder_layers)
    for level, parts in zip(ours, zip(*theirs, strict=True), strict=True):
        torch.testing.assert_close(level, torch.stack(parts), rtol=1e-9, atol=1e-9)
    if n == 2:
        alone = decoder([level[:1] for level in maps])[0]
        assert (alone - ours[0][:1]).abs().max() > 1e-2, "pictures of a batch hear each other: the published quirk"


@pytest.mark.parametrize("positions", [False, True])
@torch.inference_mode()
def test_the_query_transformer(positions: bool) -> None:
    queries = QueryTransformer(SMALL, positions=positions)
    state = made(queries)
    maps = pictures(2, 3 * [SMALL.width])
    ours = queries(maps)
    for i in range(2):
        theirs = plain_queries(state, [m[i] for m in maps], SMALL.query_layers, SMALL.global_queries, positions)
        torch.testing.assert_close(ours[i], theirs, rtol=1e-5, atol=1e-5 if positions else 1e-9)


def test_positions_are_centred_and_turn_once_across_the_short_side() -> None:
    waves = position_waves(4, 7)
    assert waves.shape == (4, 7, 80)
    y, x = waves[..., :20], waves[..., 40:60]
    torch.testing.assert_close(y, -y.flip(0))
    torch.testing.assert_close(x, -x.flip(1))
    torch.testing.assert_close(waves[0, 0, 0], torch.tensor(math.sin(-1.5 / 4 * 2 * math.pi)))
    torch.testing.assert_close(waves[0, 0, 19], torch.tensor(math.sin(-1.5 / 4 * 2 * math.pi * 2)))


def plain_swin(state: State, image: Tensor) -> list[Tensor]:
    """Swin in its detection form, with transformers' names; one picture (1, 3, h, w) -> normed maps (c, h, w)."""
    window = SMALL.swin_window
    image = F.pad(image, (0, -image.shape[3] % 4, 0, -image.shape[2] % 4))
    at = "swin.embeddings.patch_embeddings.projection"
    x = F.conv2d(image, state[f"{at}.weight"], state[f"{at}.bias"], stride=4)[0].permute(1, 2, 0)
    x, outputs = norm(state, "swin.embeddings.norm", x), []
    for level, (depth, heads) in enumerate(zip(SMALL.swin_depths, SMALL.swin_heads, strict=True)):
        for block in range(depth):
            x = swin_block(state, f"swin.encoder.layers.{level}.blocks.{block}", x, heads, window, block % 2 == 1)
        outputs.append(norm(state, f"hidden_states_norms.stage{level + 1}", x).permute(2, 0, 1))
        if level < 3:
            x = F.pad(x, (0, 0, 0, x.shape[1] % 2, 0, x.shape[0] % 2))
            joined = torch.cat([x[0::2, 0::2], x[1::2, 0::2], x[0::2, 1::2], x[1::2, 1::2]], dim=-1)
            at = f"swin.encoder.layers.{level}.downsample"
            x = norm(state, f"{at}.norm", joined) @ state[f"{at}.reduction.weight"].T
    return outputs


def swin_block(state: State, at: str, x: Tensor, heads: int, window: int, shifted: bool) -> Tensor:
    height, width, channels = x.shape
    shift, size = (window // 2 if shifted else 0), channels // heads
    padded = F.pad(norm(state, f"{at}.layernorm_before", x), (0, 0, 0, -width % window, 0, -height % window))
    rolled = padded.roll((-shift, -shift), (0, 1))
    tall, wide = padded.shape[:2]
    q, k, v = (linear(state, f"{at}.attention.{name}_proj", rolled) for name in "qkv")
    table = state[f"{at}.attention.relative_position_bias.relative_position_bias_table"]
    heard = torch.zeros_like(rolled)

    def region(place: int, n: int) -> int:  # which parts of a window lay side by side before the shift
        return 0 if place < n - window else 1 if place < n - shift else 2

    for top in range(0, tall, window):
        for left in range(0, wide, window):
            places = [(top + i, left + j) for i in range(window) for j in range(window)]
            index = torch.tensor(
                [[(a - c + window - 1) * (2 * window - 1) + b - d + window - 1 for c, d in places] for a, b in places]
            )
            apart = torch.tensor(
                [
                    [
                        -100.0
                        if shifted and (region(a, tall), region(b, wide)) != (region(c, tall), region(d, wide))
                        else 0.0
                        for c, d in places
                    ]
                    for a, b in places
                ]
            )
            rows, columns = torch.tensor(places).T
            for head in range(heads):
                part = slice(head * size, (head + 1) * size)
                scores = q[rows, columns, part] @ k[rows, columns, part].T / math.sqrt(size)
                heard[rows, columns, part] = (scores + table[index, head] + apart).softmax(1) @ v[rows, columns, part]
    back = heard.roll((shift, shift), (0, 1))[:height, :width]
    x = x + linear(state, f"{at}.attention.o_proj", back)
    hidden = F.gelu(linear(state, f"{at}.mlp.fc1", norm(state, f"{at}.layernorm_after", x)))
    return x + linear(state, f"{at}.mlp.fc2", hidden)


@pytest.mark.parametrize("size", [(64, 64), (50, 70)])
@torch.inference_mode()
def test_transformers_swin_is_the_published_one_at_any_size(size: tuple[int, int]) -> None:
    swin = build_swin(SMALL).eval()
    state = made(swin)
    image = torch.rand(1, 3, *size, dtype=torch.float64)
    for ours, theirs in zip(swin(image).feature_maps, plain_swin(state, image), strict=True):
        torch.testing.assert_close(ours[0], theirs, rtol=1e-5, atol=1e-5)


@torch.inference_mode()
def test_one_picture_at_a_time() -> None:
    seecoder = SeeCoder(SMALL, positions=True).eval()
    made(seecoder)
    context = seecoder(torch.rand(1, 3, 40, 52, dtype=torch.float64))
    assert context.shape == (1, SMALL.global_queries + SMALL.local_queries, SMALL.width)
    with pytest.raises(ValueError, match="one picture at a time, not 2"):
        seecoder(torch.rand(2, 3, 40, 40, dtype=torch.float64))
