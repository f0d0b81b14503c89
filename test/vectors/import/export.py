"""Exports float models as other people's tools write them; the .onnx files beside this script are its output.

Run with Debian's python3-torch and python3-onnx:  /usr/bin/python3 test/vectors/import/export.py
The nets are trained on data/digits.csv (raw pixels 0..16), so that the whole path can be judged by accuracy.
"""
import os
import numpy as np, torch, onnx
from onnx import helper as H, numpy_helper as NH, TensorProto as T

HERE = os.path.dirname(os.path.abspath(__file__))
table = np.loadtxt(os.path.join(HERE, "..", "..", "..", "data", "digits.csv"), delimiter=",")
X, y = torch.tensor(table[:, :-1], dtype=torch.float32), torch.tensor(table[:, -1], dtype=torch.int64)
torch.manual_seed(0)


def train(net, steps=600):
    opt = torch.optim.Adam(net.parameters(), lr=3e-3)
    for _ in range(steps):
        i = torch.randint(0, len(X), (64,))
        loss = torch.nn.functional.cross_entropy(net(X[i] / 16), y[i])
        opt.zero_grad(); loss.backward(); opt.step()
    return net


class Scaled(torch.nn.Module):
    """Raw pixels in, the scaling inside the first Linear: a plain Gemm chain is exported."""
    def __init__(self, net):
        super().__init__(); self.net = net
        with torch.no_grad(): self.net[0].weight /= 16
    def forward(self, x): return self.net(x)


net = train(torch.nn.Sequential(torch.nn.Linear(64, 32), torch.nn.ReLU(), torch.nn.Linear(32, 10)))
logits = Scaled(net)
torch.onnx.export(logits, X[:1], os.path.join(HERE, "torch-mlp.onnx"), input_names=["pixels"], output_names=["scores"],
                  dynamic_axes={"pixels": {0: "batch"}, "scores": {0: "batch"}}, opset_version=13)


class Image(torch.nn.Module):
    """An 8x8 image, Flatten, Gemm, Relu, Gemm, Softmax."""
    def __init__(self, net): super().__init__(); self.net = net
    def forward(self, x): return torch.softmax(self.net(torch.flatten(x, 1)), 1)


torch.onnx.export(Image(net), X[:1].reshape(1, 1, 8, 8), os.path.join(HERE, "torch-image.onnx"), input_names=["image"],
                  output_names=["probabilities"], dynamic_axes={"image": {0: "batch"}, "probabilities": {0: "batch"}}, opset_version=13)

w1, b1, w2, b2 = [p.detach().numpy() for p in net.parameters()]
const = lambda name, value: NH.from_array(np.ascontiguousarray(value), name)
value = lambda name, shape: H.make_tensor_value_info(name, T.FLOAT, shape)
nodes = [H.make_node("Reshape", ["x", "flat"], ["f"]), H.make_node("MatMul", ["f", "w1"], ["m1"]), H.make_node("Add", ["m1", "b1"], ["a1"]),
         H.make_node("Relu", ["a1"], ["r1"]), H.make_node("MatMul", ["r1", "w2"], ["m2"]), H.make_node("Add", ["b2", "m2"], ["y"])]
graph = H.make_graph(nodes, "matmul-add", [value("x", ["n", 8, 8])], [value("y", ["n", 10])],
                     [const("w1", w1.T), const("b1", b1), const("w2", w2.T), const("b2", b2), const("flat", np.array([-1, 64], np.int64))])
model = H.make_model(graph, opset_imports=[H.make_opsetid("", 13)], producer_name="onnx.helper"); model.ir_version = 7
onnx.checker.check_model(model); onnx.save(model, os.path.join(HERE, "matmul-add.onnx"))


class Unsupported(torch.nn.Module):
    """LSTM: an operator that this release cannot make exact."""
    def __init__(self): super().__init__(); self.lstm = torch.nn.LSTM(8, 10, batch_first=True)
    def forward(self, x): return self.lstm(x)[0][:, -1]


torch.onnx.export(Unsupported().eval(), X[:1].reshape(1, 8, 8), os.path.join(HERE, "torch-lstm.onnx"), input_names=["rows"], output_names=["scores"], opset_version=13)
torch.onnx.export(torch.nn.Sequential(torch.nn.Linear(64, 32), torch.nn.Softplus(), torch.nn.Linear(32, 10)), X[:1],
                  os.path.join(HERE, "torch-softplus.onnx"), input_names=["x"], output_names=["y"], opset_version=13)


class Running(torch.nn.Module):
    """CumSum: another one."""
    def __init__(self): super().__init__(); self.net = torch.nn.Linear(64, 10)
    def forward(self, x): return self.net(torch.cumsum(x, 1))


torch.onnx.export(Running(), X[:1], os.path.join(HERE, "torch-cumsum.onnx"), input_names=["x"], output_names=["y"], opset_version=13)
