"""Export of trained weights: python -m builder.faces.learnt.export --training DIR. Writes the format ONNX itself."""

import json
from collections.abc import Iterable
from pathlib import Path

import click
import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from benchmark.core.files import sha256_bytes, write_bytes, write_text
from builder.drawing.version import VERSION
from builder.faces.learnt.detector import CARD, WEIGHTS
from builder.faces.learnt.network import FaceNetwork, Residual

HERE = Path(__file__).parent
FLOAT, HALF = 1, 10  # TensorProto.DataType of ONNX
INT, STRING, INTS = 2, 3, 7  # AttributeProto.AttributeType


@click.command()
@click.option("--training", type=click.Path(path_type=Path), required=True, help="Folder of the training.")
@click.option("--threshold", type=float, required=True, help="Score that becomes the default limit of the likelihood.")
@click.option("--version", default="1", show_default=True, help="Version of the detector.")
@click.option("--command", "commands", multiple=True, help="A command that trained the weights, for the card; repeat.")
@click.option("--seed", default=0, show_default=True, help="Random seed of the training, for the card.")
@click.option("--out", type=click.Path(path_type=Path), default=HERE, help="Folder of face.onnx and face.json.")
def main(training: Path, threshold: float, version: str, commands: tuple[str, ...], seed: int, out: Path) -> None:
    """Write the averaged weights as face.onnx, in float16, with their card face.json."""
    network = FaceNetwork()
    network.load_state_dict(torch.load(training / "average.pt", weights_only=True))
    content = to_onnx(network)
    write_bytes(out / WEIGHTS, content)
    card = {
        "version": version, "commands": commands, "seed": seed, "drawn": VERSION, "threshold": threshold,
        "parameters": sum(each.numel() for each in network.parameters()), "bytes": len(content),
        "sha256": sha256_bytes(content),
    }  # fmt: skip
    write_text(out / CARD, json.dumps(card, indent=2) + "\n")


def to_onnx(network: FaceNetwork) -> bytes:
    """The network as ONNX (opset 13): float32 arithmetic, weights stored as float16, sides of the input free.

    Norms are part of the convolutions before them.
    """
    graph = _Graph()
    at8 = graph.chain(network.at8, "rgb")
    at16 = graph.chain(network.at16, at8)
    large = graph.larger(graph.chain(network.from32, graph.chain(network.at32, at16)))
    middle = graph.chain(network.mixed, graph.node("Add", [graph.chain(network.from16, at16), large]))
    mixed = graph.node("Add", [graph.chain(network.from8, at8), graph.larger(middle)])
    graph.node("Identity", [graph.chain([network.maps], graph.chain(network.head, mixed))], output="maps")
    return graph.model()


class _Graph:
    """Nodes and tensors of an ONNX graph, as encoded messages; values are known by their names."""

    def __init__(self) -> None:
        self.nodes: list[bytes] = []
        self.tensors: list[bytes] = []

    def chain(self, layers: Iterable[nn.Module], value: str) -> str:
        """Add layers one after another; returns the name of the last value."""
        queue = list(layers)
        while queue:
            layer = queue.pop(0)
            if isinstance(layer, Residual):
                inner = self.chain([layer.first, layer.second], value)
                value = self.node("Relu", [self.node("Add", [value, inner])])
            elif isinstance(layer, nn.Sequential):
                queue = [*layer, *queue]
            elif isinstance(layer, nn.ReLU):
                value = self.node("Relu", [value])
            elif isinstance(layer, nn.Conv2d):
                norm = queue.pop(0) if queue and isinstance(queue[0], nn.BatchNorm2d) else None
                value = self.convolution(layer, norm, value)
            else:
                raise TypeError(f"{type(layer).__name__} has no form in this export")
        return value

    def convolution(self, layer: nn.Conv2d, norm: nn.Module | None, value: str) -> str:
        weight, bias = layer.weight.detach().double(), layer.bias
        shift = torch.zeros(len(weight), dtype=torch.float64) if bias is None else bias.detach().double()
        if isinstance(norm, nn.BatchNorm2d) and norm.running_mean is not None and norm.running_var is not None:
            gain = norm.weight.detach().double() / (norm.running_var.double() + norm.eps).sqrt()
            weight = weight * gain[:, None, None, None]
            shift = norm.bias.detach().double() + (shift - norm.running_mean.double()) * gain
        half = self.tensor(weight.numpy().astype(np.float16), HALF)
        whole = self.node("Cast", [half], [_integer("to", FLOAT)])
        size, stride = layer.kernel_size[0], layer.stride[0]
        sides = [("kernel_shape", [size] * 2), ("strides", [stride] * 2), ("pads", [size // 2] * 4)]
        attributes = [_field(1, name) + b"".join(_field(8, each) for each in values) + _field(20, INTS)
                      for name, values in sides]  # fmt: skip
        return self.node("Conv", [value, whole, self.tensor(shift.numpy().astype(np.float32), FLOAT)], attributes)

    def larger(self, value: str) -> str:
        """Both sides doubled by repetition."""
        modes = (("mode", "nearest"), ("coordinate_transformation_mode", "asymmetric"), ("nearest_mode", "floor"))
        attributes = [_field(1, name) + _field(4, text) + _field(20, STRING) for name, text in modes]
        return self.node("Resize", [value, "", self.tensor(np.array([1, 1, 2, 2], np.float32), FLOAT)], attributes)

    def tensor(self, values: NDArray[np.generic], kind: int) -> str:
        name = f"tensor{len(self.tensors)}"
        dims = b"".join(_field(1, size) for size in values.shape)
        self.tensors.append(dims + _field(2, kind) + _field(8, name) + _field(9, values.tobytes()))
        return name

    def node(self, kind: str, inputs: Iterable[str], attributes: Iterable[bytes] = (), output: str = "") -> str:
        name = output or f"value{len(self.nodes)}"
        names = b"".join(_field(1, each) for each in inputs) + _field(2, name)
        self.nodes.append(names + _field(4, kind) + b"".join(_field(5, each) for each in attributes))
        return name

    def model(self) -> bytes:
        nodes = b"".join(_field(1, node) for node in self.nodes)
        tensors = b"".join(_field(5, tensor) for tensor in self.tensors)
        graph = nodes + _field(2, "faces") + tensors + _field(11, _picture("rgb")) + _field(12, _picture("maps"))
        return _field(1, 8) + _field(7, graph) + _field(8, _field(1, "") + _field(2, 13))


def _picture(name: str) -> bytes:
    """The description of an input or output (1, any, any, any), float32."""
    sides = b"".join(_field(1, _field(2, f"{name}_{side}")) for side in ("channels", "height", "width"))
    shape = _field(1, _field(1, 1)) + sides
    return _field(1, name) + _field(2, _field(1, _field(1, FLOAT) + _field(2, shape)))


def _integer(name: str, value: int) -> bytes:
    return _field(1, name) + _field(3, value) + _field(20, INT)


def _field(number: int, value: int | str | bytes) -> bytes:
    """One field of a protocol buffer: a number, or text or a message with its length."""
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    content = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    parts = bytearray()
    while value > 127:
        parts.append(value & 127 | 128)
        value >>= 7
    return bytes([*parts, value])


if __name__ == "__main__":
    main()
