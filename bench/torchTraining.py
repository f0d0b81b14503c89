"""The peer of bench/training.ts: the same network, batches and start in a plain torch loop on one thread.
Weights of four axes are 3x3 convolutions, with a 2x2 MaxPool after each but the first; the others are dense layers.
Usage: python3 torchTraining.py FOLDER RUNS; writes seconds per run and the final weights as JSON to stdout."""
import json
import os
import sys
import time

os.environ["OMP_NUM_THREADS"] = "1"
import torch
from torch.nn import functional as F

torch.set_num_threads(1)
folder, runs = sys.argv[1], int(sys.argv[2])
meta = json.load(open(os.path.join(folder, "meta.json")))


def read(name, dtype):
    with open(os.path.join(folder, name), "rb") as file:
        return torch.frombuffer(bytearray(file.read()), dtype=dtype)


features = read("features", torch.float32).reshape(-1, *meta["sample"])
labels = read("labels", torch.int64)
start = read("start", torch.float32)
indices = read("indices", torch.int64).reshape(-1, meta["batch"])
batches = [row[:size].clone() for row, size in zip(indices, meta["sizes"])]


def parameters():
    values, at = [], 0
    for size in meta["shapes"]:
        count = int(torch.tensor(size).prod())
        values.append(start[at : at + count].reshape(size).clone().requires_grad_(True))
        at += count
    return values


def forward(x, params):
    layers = len(params) // 2
    for i in range(layers):
        weight, bias = params[2 * i], params[2 * i + 1]
        if weight.dim() == 4:
            x = torch.relu(F.conv2d(x, weight, bias, padding=1))
            if i > 0:
                x = F.max_pool2d(x, 2)
        else:
            x = torch.addmm(bias, x.flatten(1), weight)
            if i < layers - 1:
                x = torch.relu(x)
    return x


def train():
    params = parameters()
    rate, kept = meta["rate"], meta["momentum"]
    velocities = [torch.zeros_like(value) for value in params]
    for rows in batches:
        loss = F.cross_entropy(forward(features[rows], params), labels[rows])
        gradients = torch.autograd.grad(loss, params)
        with torch.no_grad():
            for value, gradient, velocity in zip(params, gradients, velocities):
                if kept:
                    gradient = velocity.mul_(kept).add_(gradient)
                value.sub_(gradient, alpha=rate)
    return params


train()
seconds = []
for _ in range(runs):
    begin = time.perf_counter()
    result = train()
    seconds.append(time.perf_counter() - begin)
weights = torch.cat([value.detach().reshape(-1) for value in result]).tolist()
print(json.dumps({"torch": torch.__version__, "seconds": seconds, "weights": weights}))
