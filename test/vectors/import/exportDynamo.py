"""Exports networks as torch >= 2.9 writes them by default (dynamo exporter); README.md beside this script tells what each is for.

Run in an environment with torch, onnx and onnxscript:  python3 test/vectors/import/exportDynamo.py [NAME...]
Trained and scaled as in exportNetworks.py.
"""
import os
import sys
import warnings
import onnx, torch
from torch import nn
from torch.nn import functional as F
from exportNetworks import HERE, TEST, X, score, train

warnings.filterwarnings("ignore")


def save(net, first, name, sample):
    before = score(net)
    with torch.no_grad(): first.weight /= 16
    path = os.path.join(HERE, f"{name}.onnx")
    torch.onnx.export(net, (X[:2].reshape(2, *sample) * 16,), path, input_names=["pixels"], output_names=["scores"],
                      dynamic_shapes=({0: torch.export.Dim("batch")},), verbose=False, external_data=False)
    model = onnx.load(path)
    for node in model.graph.node: node.ClearField("metadata_props"); node.ClearField("doc_string")
    for value in list(model.graph.value_info) + list(model.graph.input) + list(model.graph.output): value.ClearField("metadata_props")
    model.graph.ClearField("metadata_props"); model.ClearField("metadata_props")
    onnx.save(model, path); onnx.checker.check_model(model)
    ops = [n.op_type for n in model.graph.node]
    print(f"{name}: torch {torch.__version__}, opset {model.opset_import[0].version}, {before}/{len(TEST)}, {len(ops)} nodes, "
          f"{sum(p.numel() for p in net.parameters())} parameters, {os.path.getsize(path)} bytes")
    print("   ", {op: ops.count(op) for op in sorted(set(ops))})


class Encoder(nn.Module):
    """torch's own encoder layer: packed projections, MultiheadAttention over a batch of sequences."""
    def __init__(self, width=32):
        super().__init__()
        self.embed, self.place = nn.Linear(8, width), nn.Parameter(0.1 * torch.randn(8, width))
        self.layer = nn.TransformerEncoderLayer(width, 4, 2 * width, dropout=0.0, activation="gelu", batch_first=True, norm_first=True)
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, 10)
    def forward(self, x):
        return self.head(self.norm(self.layer(self.embed(x.reshape(-1, 8, 8)) + self.place)).mean(1))


class Residual(nn.Module):
    """Strided residual blocks with fused BatchNormalization, SiLU, a Slice of channels, average pooling."""
    def __init__(self):
        super().__init__()
        self.stem, self.norm = nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16)
        self.a, self.na, self.skip = nn.Conv2d(16, 24, 3, stride=2, padding=1), nn.BatchNorm2d(24), nn.Conv2d(16, 24, 1, stride=2)
        self.b, self.head = nn.Conv2d(24, 24, 3, padding=1), nn.Linear(24, 10)
    def forward(self, x):
        x = F.silu(self.norm(self.stem(x.reshape(-1, 1, 8, 8))))
        x = F.relu(self.skip(x) + self.na(self.a(x)))
        x = torch.cat([x[:, :12], F.silu(self.b(x))[:, 12:]], 1) + x
        return self.head(F.avg_pool2d(x, 2).mean((2, 3)))


def encoder():
    net = train(Encoder(), 1200)
    save(net, net.embed, "torch2-encoder", (8, 8))


def residual():
    net = train(Residual(), 800)
    save(net, net.stem, "torch2-residual", (1, 8, 8))


if __name__ == "__main__":
    torch.set_num_threads(1)
    for make in [encoder, residual]:
        if len(sys.argv) < 2 or make.__name__ in sys.argv[1:]:
            torch.manual_seed(0)
            make()
