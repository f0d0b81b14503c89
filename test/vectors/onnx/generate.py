"""Writes the corpus of ONNX files beside this script with the reference tool, so that the tests need no Python.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install onnx==1.23.2 numpy && /tmp/venv/bin/python generate.py

Deterministic: weights come from a seeded generator. `accepted/` must decode, `refused/<error code>.onnx` must not.
`operators.json` holds what the specification says of each operator of ai.onnx, for checks of the op table.
"""

import json
import os

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

HERE = os.path.dirname(os.path.abspath(__file__))
RANDOM = np.random.default_rng(7)
FLOAT, INT64 = TensorProto.FLOAT, TensorProto.INT64


def weights(name, *shape, dtype=np.float32):
    return numpy_helper.from_array((RANDOM.standard_normal(shape) / 4).astype(dtype), name)


def value(name, element, shape):
    return helper.make_tensor_value_info(name, element, shape)


def model(name, nodes, inputs, outputs, initializers=(), opset=17, ir=8, producer="pytorch", **more):
    graph = helper.make_graph(nodes, name, inputs, outputs, list(initializers), **more)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], producer_name=producer)
    made.producer_version = "2.13.0"
    made.ir_version = ir
    return made


def torch_mlp():
    nodes = [
        helper.make_node("Flatten", ["input"], ["/flatten/Flatten_output_0"], "/flatten/Flatten", axis=1),
        helper.make_node("Gemm", ["/flatten/Flatten_output_0", "fc1.weight", "fc1.bias"], ["/fc1/Gemm_output_0"],
                         "/fc1/Gemm", alpha=1.0, beta=1.0, transB=1),
        helper.make_node("Relu", ["/fc1/Gemm_output_0"], ["/relu/Relu_output_0"], "/relu/Relu"),
        helper.make_node("Gemm", ["/relu/Relu_output_0", "fc2.weight", "fc2.bias"], ["logits"], "/fc2/Gemm", transB=1),
        helper.make_node("Softmax", ["logits"], ["output"], "/softmax/Softmax", axis=-1),
    ]
    made = model("main_graph", nodes, [value("input", FLOAT, ["batch", 1, 8, 8])],
                 [value("output", FLOAT, ["batch", 10])],
                 [weights("fc1.weight", 16, 64), weights("fc1.bias", 16), weights("fc2.weight", 10, 16),
                  weights("fc2.bias", 10)])
    made = onnx.shape_inference.infer_shapes(made)
    made.doc_string = "documentation is dropped"
    helper.set_model_props(made, {"author": "a stranger", "licence": "MIT"})
    return made


def matmul_typed():
    """Weights in float_data and int64_data instead of raw_data, and a Reshape by constant node."""
    w = RANDOM.standard_normal((6, 3)).astype(np.float32)
    nodes = [
        helper.make_node("Constant", [], ["shape"], value=helper.make_tensor("", INT64, [2], [-1, 6])),
        helper.make_node("Reshape", ["x", "shape"], ["flat"]),
        helper.make_node("MatMul", ["flat", "w"], ["product"]),
        helper.make_node("Add", ["product", "b"], ["sum"]),
        helper.make_node("LogSoftmax", ["sum"], ["y"], axis=1),
    ]
    return model("typed", nodes, [value("x", FLOAT, [2, 2, 3])], [value("y", FLOAT, [2, 3])],
                 [helper.make_tensor("w", FLOAT, [6, 3], w.flatten().tolist()),
                  helper.make_tensor("b", FLOAT, [3], [0.5, -0.25, 1e-9])], opset=13, ir=7, producer="keras2onnx")


def cnn():
    nodes = [
        helper.make_node("Conv", ["x", "k1", "b1"], ["c1"], "conv1", kernel_shape=[3, 3], pads=[1, 1, 1, 1],
                         strides=[1, 1], dilations=[1, 1], group=1),
        helper.make_node("Relu", ["c1"], ["r1"]),
        helper.make_node("MaxPool", ["r1"], ["p1"], kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Conv", ["p1", "k2"], ["c2"], "conv2", auto_pad="SAME_UPPER", kernel_shape=[3, 3]),
        helper.make_node("Clip", ["c2", "", "six"], ["r2"]),
        helper.make_node("Reshape", ["r2", "flat"], ["f"]),
        helper.make_node("Gemm", ["f", "w"], ["y"]),
    ]
    return model("cnn", nodes, [value("x", FLOAT, ["N", 1, 8, 8])], [value("y", FLOAT, ["N", 10])],
                 [weights("k1", 4, 1, 3, 3), weights("b1", 4), weights("k2", 6, 4, 3, 3), weights("w", 96, 10),
                  numpy_helper.from_array(np.array([-1, 96], np.int64), "flat"),
                  numpy_helper.from_array(np.array(6, np.float32), "six")])


def scan():
    """State and scan inputs, scan outputs, and a value of the outer graph used inside."""
    body = helper.make_graph(
        [
            helper.make_node("MatMul", ["row", "w"], ["hidden"]),
            helper.make_node("Add", ["state", "hidden"], ["next"]),
            helper.make_node("Tanh", ["next"], ["seen"]),
        ],
        "body", [value("state", FLOAT, [1, 3]), value("row", FLOAT, [1, 4])],
        [value("next", FLOAT, [1, 3]), value("seen", FLOAT, [1, 3])])
    nodes = [helper.make_node("Scan", ["s0", "rows"], ["last", "all"], body=body, num_scan_inputs=1,
                              scan_input_directions=[0])]
    return model("scan", nodes, [value("s0", FLOAT, [1, 3]), value("rows", FLOAT, ["T", 1, 4])],
                 [value("last", FLOAT, [1, 3]), value("all", FLOAT, ["T", 1, 3])], [weights("w", 4, 3)])


def branches():
    def branch(name, op):
        return helper.make_graph([helper.make_node(op, ["x", "one"], ["result"])], name, [],
                                 [value("result", FLOAT, [2])])
    nodes = [
        helper.make_node("ReduceSum", ["x"], ["sum"], keepdims=0),
        helper.make_node("Greater", ["sum", "zero"], ["positive"]),
        helper.make_node("If", ["positive"], ["y"], then_branch=branch("then", "Sub"), else_branch=branch("else", "Add")),
    ]
    return model("branches", nodes, [value("x", FLOAT, [2])], [value("y", FLOAT, [2])],
                 [numpy_helper.from_array(np.array([1, 1], np.float32), "one"),
                  numpy_helper.from_array(np.array(0, np.float32), "zero")])


def quantised():
    nodes = [
        helper.make_node("QuantizeLinear", ["x", "scale", "zero"], ["q"]),
        helper.make_node("MatMulInteger", ["q", "w", "zero"], ["acc"]),
        helper.make_node("Cast", ["acc"], ["f"], to=FLOAT),
        helper.make_node("Mul", ["f", "scale"], ["y"]),
    ]
    return model("quantised", nodes, [value("x", FLOAT, ["N", 8])], [value("y", FLOAT, ["N", 4])],
                 [numpy_helper.from_array(np.array(1 / 64, np.float32), "scale"),
                  numpy_helper.from_array(np.array(128, np.uint8), "zero"),
                  numpy_helper.from_array(RANDOM.integers(-64, 64, (8, 4), dtype=np.int8), "w")], opset=21, ir=10)


TYPES = {
    "float32": (FLOAT, [0.0, -0.0, 1.5, -3.4e38]),
    "float64": (TensorProto.DOUBLE, [0.0, 1e-300, -1.5, 2.5]),
    "uint8": (TensorProto.UINT8, [0, 1, 128, 255]),
    "int8": (TensorProto.INT8, [-128, -1, 0, 127]),
    "uint16": (TensorProto.UINT16, [0, 1, 32768, 65535]),
    "int16": (TensorProto.INT16, [-32768, -1, 0, 32767]),
    "uint32": (TensorProto.UINT32, [0, 1, 2**31, 2**32 - 1]),
    "int32": (TensorProto.INT32, [-2**31, -1, 0, 2**31 - 1]),
    "uint64": (TensorProto.UINT64, [0, 1, 2**63, 2**64 - 1]),
    "int64": (INT64, [-2**63, -1, 0, 2**63 - 1]),
    "bool": (TensorProto.BOOL, [0, 1, 1, 0]),
}


def element_types(raw):
    """Every supported element type as an output, in raw_data or in its typed field."""
    initializers, nodes, outputs = [], [], []
    for name, (element, values) in TYPES.items():
        array = np.array(values, helper.tensor_dtype_to_np_dtype(element)).reshape(2, 2)
        tensor = numpy_helper.from_array(array, name) if raw else helper.make_tensor(name, element, [2, 2], values)
        initializers.append(tensor)
        nodes.append(helper.make_node("Identity", [name], [name + "_out"]))
        outputs.append(value(name + "_out", element, [2, 2]))
    return model("types", nodes, [], outputs, initializers)


def shapes():
    """Scalars, empty tensors, named and unknown dimensions."""
    nodes = [helper.make_node("Identity", [n], [n + "_out"]) for n in ("x", "scalar", "empty")]
    return model("shapes", nodes, [value("x", FLOAT, [None, "N", 3])],
                 [value("x_out", FLOAT, [None, "N", 3]), value("scalar_out", FLOAT, []), value("empty_out", FLOAT, [0, 3])],
                 [numpy_helper.from_array(np.array(2.5, np.float32), "scalar"),
                  numpy_helper.from_array(np.zeros((0, 3), np.float32), "empty")])


def attributes():
    """Every kind of attribute, in a domain of its own."""
    node = helper.make_node("Everything", ["x"], ["y"], domain="org.example", an_int=-7, a_float=0.1, a_string="söft",
                            some_ints=[1, -2, 2**53 - 1], some_floats=[0.5, -1.25], some_strings=["a", "", "ß"],
                            a_tensor=weights("inner", 2, 2), largest=2**53 - 1, smallest=-(2**53) + 1)
    made = model("attributes", [node], [value("x", FLOAT, [1])], [value("y", FLOAT, [1])])
    made.opset_import.append(helper.make_opsetid("org.example", 3))
    return made


def old_ir():
    """IR 3 repeats the initializers among the inputs."""
    nodes = [helper.make_node("Gemm", ["x", "w", "b"], ["y"])]
    return model("old", nodes, [value("x", FLOAT, [1, 4]), value("w", FLOAT, [4, 2]), value("b", FLOAT, [2])],
                 [value("y", FLOAT, [1, 2])], [weights("w", 4, 2), weights("b", 2)], opset=9, ir=3,
                 producer="CNTK")


def annotated():
    """IR 10 with metadata and documentation everywhere, all without effect."""
    made = torch_mlp()
    made.ir_version = 10
    made.domain, made.model_version = "org.example", 3
    made.graph.doc_string = made.graph.node[0].doc_string = made.graph.input[0].doc_string = "said"
    for holder in (made.graph, made.graph.node[0], made.graph.input[0], made.graph.initializer[0]):
        entry = holder.metadata_props.add()
        entry.key, entry.value = "pkg.torch", "2.13"
    return made


def plain(*nodes, initializers=(), **more):
    return model("plain", list(nodes) or [helper.make_node("Identity", ["x"], ["y"])], [value("x", FLOAT, [4])],
                 [value("y", FLOAT, [4])], initializers, **more)


def external():
    made = plain(helper.make_node("Add", ["x", "w"], ["y"]), initializers=[weights("w", 4)])
    onnx.external_data_helper.set_external_data(made.graph.initializer[0], "../../../etc/passwd", 0, 16)
    made.graph.initializer[0].ClearField("raw_data")
    made.graph.initializer[0].data_location = TensorProto.EXTERNAL
    return made


def sparse():
    made = plain(helper.make_node("Add", ["x", "w"], ["y"]))
    values = helper.make_tensor("w", FLOAT, [1], [1.0])
    made.graph.sparse_initializer.append(
        helper.make_sparse_tensor(values, helper.make_tensor("w_indices", INT64, [1], [0]), [4]))
    return made


def function():
    made = plain(helper.make_node("Twice", ["x"], ["y"], domain="local"))
    made.opset_import.append(helper.make_opsetid("local", 1))
    made.functions.append(helper.make_function("local", "Twice", ["a"], ["b"], [helper.make_node("Add", ["a", "a"], ["b"])],
                                               [helper.make_opsetid("", 17)]))
    return made


def training():
    made = plain()
    info = made.training_info.add()
    info.algorithm.name = "step"
    return made


def annotation():
    made = plain()
    made.graph.quantization_annotation.add().tensor_name = "x"
    return made


def float16():
    return model("half", [helper.make_node("Identity", ["x"], ["y"])], [value("x", TensorProto.FLOAT16, [4])],
                 [value("y", TensorProto.FLOAT16, [4])])


def sequence():
    made = plain(helper.make_node("SequenceConstruct", ["x"], ["y"]))
    made.graph.output[0].CopyFrom(helper.make_tensor_sequence_value_info("y", FLOAT, [4]))
    return made


def int4():
    tensor = helper.make_tensor("w", TensorProto.INT4, [4], [1, 2, 3, 4])
    return plain(helper.make_node("Identity", ["x"], ["y"]), initializers=[tensor], opset=21, ir=10)


def huge_attribute():
    return plain(helper.make_node("Slice", ["x"], ["y"], starts=[0], ends=[2**63 - 1]), opset=9)


def unsorted_nodes():
    return plain(helper.make_node("Relu", ["a"], ["y"]), helper.make_node("Relu", ["x"], ["a"]))


def twice():
    return plain(helper.make_node("Relu", ["x"], ["y"]), helper.make_node("Neg", ["x"], ["y"]))


ACCEPTED = {
    "torch-mlp": torch_mlp(), "matmul-typed": matmul_typed(), "cnn": cnn(), "scan": scan(), "branches": branches(),
    "quantised": quantised(), "types-raw": element_types(True), "types-typed": element_types(False),
    "shapes": shapes(), "attributes": attributes(), "old-ir": old_ir(), "annotated": annotated(),
}
REFUSED = {
    "ONNX_EXTERNAL_DATA": external(), "ONNX_SPARSE_TENSOR": sparse(), "ONNX_FUNCTION_UNSUPPORTED": function(),
    "ONNX_TRAINING_INFO_UNSUPPORTED": training(), "ONNX_QUANTIZATION_ANNOTATION": annotation(),
    "ONNX_ELEMENT_TYPE_UNSUPPORTED": float16(), "ONNX_ELEMENT_TYPE_UNSUPPORTED.int4": int4(),
    "ONNX_TYPE_UNSUPPORTED": sequence(), "ONNX_INTEGER_TOO_LARGE": huge_attribute(),
    "ONNX_VALUE_UNDEFINED": unsorted_nodes(), "ONNX_NAME_DUPLICATE": twice(),
}
KINDS = {1: "float", 2: "int", 3: "string", 4: "tensor", 5: "graph", 6: "floats", 7: "ints", 8: "strings"}


def default_of(attribute):
    if not attribute.default_value.name:
        return None
    found = helper.get_attribute_value(attribute.default_value)
    if isinstance(found, (list, tuple)):
        return [item.decode() if isinstance(item, bytes) else item for item in found]
    return found.decode() if isinstance(found, bytes) else found


def operators(newest):
    """For each operator of ai.onnx its versions: attributes (kind, default), least and most inputs and outputs."""
    table = {}
    for schema in onnx.defs.get_all_schemas_with_history():
        if schema.domain != "" or schema.since_version > newest or schema.deprecated:
            continue
        many = 2**31 - 1
        table.setdefault(schema.name, []).append({
            "since": schema.since_version,
            "attributes": {n: [KINDS.get(int(a.type.value), "other"), default_of(a)]
                           for n, a in sorted(schema.attributes.items())},
            "inputs": [schema.min_input, None if schema.max_input == many else schema.max_input],
            "outputs": [schema.min_output, None if schema.max_output == many else schema.max_output],
        })
    return {name: sorted(rows, key=lambda row: row["since"]) for name, rows in sorted(table.items())}


def main():
    for folder, models in (("accepted", ACCEPTED), ("refused", REFUSED)):
        os.makedirs(os.path.join(HERE, folder), exist_ok=True)
        for name, made in models.items():
            if folder == "accepted":
                onnx.checker.check_model(made)
            with open(os.path.join(HERE, folder, name + ".onnx"), "wb") as file:
                file.write(made.SerializeToString(deterministic=True))
    with open(os.path.join(HERE, "operators.json"), "w", encoding="utf8") as file:
        lines = [f"  {json.dumps(name)}: {json.dumps(rows)}" for name, rows in operators(26).items()]
        file.write("{\n" + ",\n".join(lines) + "\n}\n")


main()
