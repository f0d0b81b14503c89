"""The peer of bench/training.ts: the same digits MLP, batches and start in a plain torch loop on one thread.
Usage: python3 torchTraining.py FOLDER RUNS; writes seconds per run and the final weights as JSON to stdout."""
import json
import os
import sys
import time

os.environ["OMP_NUM_THREADS"] = "1"
import torch

torch.set_num_threads(1)
folder, runs = sys.argv[1], int(sys.argv[2])
meta = json.load(open(os.path.join(folder, "meta.json")))


def read(name, dtype):
    with open(os.path.join(folder, name), "rb") as file:
        return torch.frombuffer(bytearray(file.read()), dtype=dtype)


features = read("features", torch.float32).reshape(-1, meta["inputs"])
labels = read("labels", torch.int64)
start = read("start", torch.float32)
indices = read("indices", torch.int64).reshape(-1, meta["batch"])
batches = [row[:size].clone() for row, size in zip(indices, meta["sizes"])]


def parameters():
    sizes = [(meta["inputs"], meta["hidden"]), (meta["hidden"],), (meta["hidden"], meta["classes"]), (meta["classes"],)]
    values, at = [], 0
    for size in sizes:
        count = int(torch.tensor(size).prod())
        values.append(start[at : at + count].reshape(size).clone().requires_grad_(True))
        at += count
    return values


def train():
    w1, b1, w2, b2 = params = parameters()
    rate = meta["rate"]
    for rows in batches:
        hidden = torch.relu(torch.addmm(b1, features[rows], w1))
        loss = torch.nn.functional.cross_entropy(torch.addmm(b2, hidden, w2), labels[rows])
        gradients = torch.autograd.grad(loss, params)
        with torch.no_grad():
            for value, gradient in zip(params, gradients):
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
