"""ONNX files as a function of the graph alone.

Exporters write tool versions, source locations and generated node names; equal models must
be equal bytes, so those are removed or numbered. Works on the protobuf wire format (no onnx
package needed). Field numbers: onnx.proto3, ModelProto, GraphProto, NodeProto.
"""


def _varint(b, i):
    v = shift = 0
    while True:
        c = b[i]
        i += 1
        v |= (c & 127) << shift
        if c < 128:
            return v, i
        shift += 7


def _put(v):
    out = bytearray()
    while v > 127:
        out.append(v & 127 | 128)
        v >>= 7
    out.append(v)
    return bytes(out)


def fields(b):
    """(number, wire type, value) in order; value is bytes for types 1, 2, 5 and int for 0"""
    i = 0
    while i < len(b):
        key, i = _varint(b, i)
        num, wt = key >> 3, key & 7
        if wt == 0:
            v, i = _varint(b, i)
        elif wt == 2:
            n, i = _varint(b, i)
            v, i = b[i:i + n], i + n
        elif wt in (1, 5):
            n = 8 if wt == 1 else 4
            v, i = b[i:i + n], i + n
        else:
            raise ValueError("wire type %d" % wt)
        yield num, wt, v


def field(num, wt, v):
    head = _put(num << 3 | wt)
    if wt == 0:
        return head + _put(v)
    return head + (_put(len(v)) if wt == 2 else b"") + bytes(v)


MODEL_DROP = {2, 3, 4, 5, 6, 14}  # producer name and version, domain, model version, doc, metadata
GRAPH_DROP = {10, 13, 14, 16}     # doc, value_info (shapes of inner values), quantisation notes, metadata
NODE_DROP = {6, 9}                # doc (source lines), metadata


def _node(b, index):
    out = b""
    for num, wt, v in fields(b):
        if num in NODE_DROP:
            continue
        out += field(3, 2, b"node_%d" % index) if num == 3 else field(num, wt, v)
    return out


def _graph(b, name):
    out, index = b"", 0
    for num, wt, v in fields(b):
        if num in GRAPH_DROP:
            continue
        if num == 1:
            v, index = _node(v, index), index + 1
        elif num == 2:
            v = name
        out += field(num, wt, v)
    return out


def canonical(data, name=b"main_graph"):
    out = b""
    for num, wt, v in fields(data):
        if num in MODEL_DROP:
            continue
        out += field(num, wt, _graph(v, name) if num == 7 else v)
    return out


def op_histogram(data):
    """op type -> count of the top graph, and the opset of the default domain"""
    ops, opset = {}, 0
    for num, _wt, v in fields(data):
        if num == 7:
            for n2, _w2, node in fields(v):
                if n2 == 1:
                    op = next(x for k, _w, x in fields(node) if k == 4).decode()
                    ops[op] = ops.get(op, 0) + 1
        elif num == 8:
            d = {k: x for k, _w, x in fields(v)}
            if d.get(1, b"") == b"":
                opset = d.get(2, 0)
    return dict(sorted(ops.items())), opset
