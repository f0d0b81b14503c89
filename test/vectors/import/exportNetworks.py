"""Exports convolutional networks and transformers as torch writes them; README.md beside this script tells what each is for.

Run with Debian's python3-torch and python3-onnx:  /usr/bin/python3 test/vectors/import/exportNetworks.py [NAME...]
All are trained on the training rows of split 0 (federated.md 2.1) of data/digits.csv, and take raw pixels 0..16.
"""
import math
import os
import sys
import numpy as np, torch, onnx
from torch import nn
from torch.nn import functional as F

HERE = os.path.dirname(os.path.abspath(__file__))
table = np.loadtxt(os.path.join(HERE, "..", "..", "..", "data", "digits.csv"), delimiter=",")
X, y = torch.tensor(table[:, :-1] / 16, dtype=torch.float32), torch.tensor(table[:, -1], dtype=torch.int64)


def draws(tag):
    """mulberry32 seeded with the FNV-1a hash of the tag, as node/core/train/rng.ts."""
    state = 2166136261
    for byte in tag.encode(): state = (state ^ byte) * 16777619 % 2**32
    while True:
        state = (state + 0x6D2B79F5) % 2**32
        t = (state ^ state >> 15) * (1 | state) % 2**32
        t = (t + (t ^ t >> 7) * (61 | t)) % 2**32 ^ t
        yield t ^ t >> 14


def split_rows():
    """As node/core/train/split.ts: of each class, the first fifth of its shuffled rows are test rows."""
    random, test = draws("digits|split|0"), []
    for c in range(10):
        rows = np.flatnonzero(y.numpy() == c)
        order = np.argsort([next(random) for _ in rows], kind="stable")
        test += [int(row) for row in rows[order][: math.floor(0.2 * len(rows))]]
    return torch.tensor(sorted(set(range(len(y))) - set(test))), torch.tensor(sorted(test))


TRAIN, TEST = split_rows()


def score(net):
    with torch.no_grad(): return int((net(X[TEST]).argmax(1) == y[TEST]).sum())


def train(net, steps, rate=3e-3):
    opt = torch.optim.AdamW(net.parameters(), lr=rate, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(opt, max_lr=rate, total_steps=steps)
    net.train()
    for _ in range(steps):
        rows = TRAIN[torch.randint(0, len(TRAIN), (64,))]
        loss = F.cross_entropy(net(X[rows]), y[rows])
        opt.zero_grad(); loss.backward(); opt.step(); schedule.step()
    return net.eval()


def save(net, first, name, sample, opset=17, **options):
    """`first` is the linear layer that sees the pixels: the scaling by 16 goes into its weights."""
    before = score(net)
    with torch.no_grad(): first.weight /= 16
    path = os.path.join(HERE, f"{name}.onnx")
    torch.onnx.export(net, X[:1].reshape(1, *sample) * 16, path, input_names=["pixels"], output_names=["scores"], opset_version=opset,
                      dynamic_axes={"pixels": {0: "batch"}, "scores": {0: "batch"}}, **options)
    with torch.no_grad(): first.weight *= 16
    model = onnx.load(path); onnx.checker.check_model(model)
    ops = [n.op_type for n in model.graph.node]
    print(f"{name}: {before}/{len(TEST)}, {len(ops)} nodes, {sum(p.numel() for p in net.parameters())} parameters, {os.path.getsize(path)} bytes")
    print("   ", {op: ops.count(op) for op in sorted(set(ops))})


class Image(nn.Module):
    """Whatever comes, as 8 x 8 images."""
    def __init__(self, body): super().__init__(); self.body = body
    def forward(self, x): return self.body(x if x.dim() == 4 else x.reshape(-1, 1, 8, 8))


def cnn():
    net = nn.Sequential(nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
                        nn.Conv2d(32, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(128, 10))
    net = Image(net); train(net, 800)
    save(net, net.body[0], "torch-cnn", (1, 8, 8))


class Mixed(nn.Module):
    """One of everything: grouped, depthwise and strided convolutions, uneven padding, BatchNormalization that cannot be fused into a
    convolution before it, residual Add, Concat of branches, both pools, HardSwish, Sigmoid, Tanh, LeakyReLU."""
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(1, 16, (3, 2), padding=(1, 1))
        self.norm1, self.norm2 = nn.BatchNorm2d(16), nn.BatchNorm2d(32)
        self.depth, self.point = nn.Conv2d(16, 16, 3, padding=1, groups=16), nn.Conv2d(16, 16, 1)
        self.left, self.right = nn.Conv2d(16, 16, 3, stride=2, padding=1, groups=4), nn.Conv2d(16, 16, 1)
        self.wide = nn.Conv2d(32, 24, 3, padding=2, dilation=2)
        self.hidden, self.head = nn.Linear(24, 24), nn.Linear(24, 10)

    def forward(self, x):
        if x.dim() == 2: x = x.reshape(-1, 1, 8, 8)
        x = F.hardswish(self.stem(x))
        x = F.relu(x + self.point(F.hardswish(self.depth(F.relu(self.norm1(x))))))
        x = torch.cat([self.left(x), torch.sigmoid(self.right(F.avg_pool2d(x, 3, stride=2, padding=1)))], 1)
        x = F.leaky_relu(self.wide(F.max_pool2d(F.relu6(self.norm2(x)), 2, stride=1, padding=1)), 0.1)
        return self.head(torch.tanh(self.hidden(x.mean((2, 3)))))


def mixed():
    net = train(Mixed(), 800)
    save(net, net.stem, "torch-mixed", (1, 8, 8))


class Inverted(nn.Module):
    """Inverted residual of MobileNetV2 (Sandler et al. 2018)."""
    def __init__(self, inputs, outputs, stride, expand=3):
        super().__init__()
        mid = inputs * expand
        self.same = stride == 1 and inputs == outputs
        self.body = nn.Sequential(nn.Conv2d(inputs, mid, 1, bias=False), nn.BatchNorm2d(mid), nn.ReLU6(),
                                  nn.Conv2d(mid, mid, 3, stride, 1, groups=mid, bias=False), nn.BatchNorm2d(mid), nn.ReLU6(),
                                  nn.Conv2d(mid, outputs, 1, bias=False), nn.BatchNorm2d(outputs))
    def forward(self, x): return x + self.body(x) if self.same else self.body(x)


def mobilenet():
    blocks = [Inverted(12, 12, 1) for _ in range(5)] + [Inverted(12, 16, 2)] + [Inverted(16, 16, 1) for _ in range(6)] + [Inverted(16, 24, 2)] + [Inverted(24, 24, 1) for _ in range(4)]
    net = Image(nn.Sequential(nn.Conv2d(1, 12, 3, padding=1, bias=False), nn.BatchNorm2d(12), nn.ReLU6(), *blocks,
                              nn.Conv2d(24, 48, 1, bias=False), nn.BatchNorm2d(48), nn.ReLU6(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(48, 10)))
    train(net, 600)
    save(net, net.body[0], "torch-mobilenet", (1, 8, 8))


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads, self.size = heads, width // heads
        self.q, self.k, self.v, self.out = (nn.Linear(width, width) for _ in range(4))
    def forward(self, x):
        part = lambda layer: layer(x).reshape(-1, TOKENS, self.heads, self.size).permute(0, 2, 1, 3)
        weights = torch.softmax(part(self.q) @ part(self.k).transpose(-1, -2) / self.size**0.5, -1)
        return self.out((weights @ part(self.v)).permute(0, 2, 1, 3).reshape(-1, TOKENS, self.heads * self.size))


class Block(nn.Module):
    """Pre-norm encoder block; `act` is the activation of its MLP."""
    def __init__(self, width, heads, act):
        super().__init__()
        self.norm1, self.norm2, self.attention = nn.LayerNorm(width), nn.LayerNorm(width), Attention(width, heads)
        self.mlp = nn.Sequential(nn.Linear(width, 2 * width), act, nn.Linear(2 * width, width))
    def forward(self, x):
        x = x + self.attention(self.norm1(x))
        return x + self.mlp(self.norm2(x))


TOKENS = 8


class Transformer(nn.Module):
    """The 8 rows of the image are the tokens."""
    def __init__(self, width=32, heads=4, blocks=2, act=nn.GELU):
        super().__init__()
        self.embed, self.place = nn.Linear(8, width), nn.Parameter(0.1 * torch.randn(TOKENS, width))
        self.blocks = nn.Sequential(*[Block(width, heads, act()) for _ in range(blocks)])
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, 10)
    def forward(self, x):
        return self.head(self.norm(self.blocks(self.embed(x.reshape(-1, TOKENS, 8)) + self.place)).mean(1))


def transformer():
    net = train(Transformer(), 1200)
    save(net, net.embed, "torch-transformer", (TOKENS, 8))
    save(net, net.embed, "torch-transformer-primitive", (TOKENS, 8), opset=13)


def transformer_relu():
    net = train(Transformer(heads=2, blocks=1, act=nn.ReLU), 1200)
    save(net, net.embed, "torch-transformer-relu", (64,))


if __name__ == "__main__":
    torch.set_num_threads(1)
    for make in [transformer, transformer_relu, cnn, mixed, mobilenet]:
        if len(sys.argv) < 2 or make.__name__ in sys.argv[1:]:
            torch.manual_seed(0)
            make()
