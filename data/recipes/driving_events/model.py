"""The network: a tower for the signals, a tower for the pictures, and a head over both. Without
pictures in the extract, or for an ablation, there is one tower. Normalisation and the treatment
of missing samples are part of it, so the exported model takes raw physical values with NaN where
a sample is missing, and pictures as bytes, black where one is missing."""

import torch
import torch.nn as nn

CLAMP = 8.0  # standard deviations; a stuck sensor must not outvote the rest
TOWERS = {"both": ("signals", "frames"), "signals": ("signals",), "camera": ("frames",)}


class Pools(nn.Module):
    """Mean and maximum over all positions."""

    def __init__(self, dims):
        super().__init__()
        self.mean = (nn.AdaptiveAvgPool1d if dims == 1 else nn.AdaptiveAvgPool2d)(1)
        self.max = (nn.AdaptiveMaxPool1d if dims == 1 else nn.AdaptiveMaxPool2d)(1)
        self.flat = nn.Flatten()

    def forward(self, h):
        return self.flat(torch.cat([self.mean(h), self.max(h)], 1))


class SignalTower(nn.Module):
    def __init__(self, signals, width):
        super().__init__()
        self.register_buffer("mean", torch.zeros(signals, 1))
        self.register_buffer("std", torch.ones(signals, 1))
        w1, w2, w3 = width, width * 3 // 2, width * 2
        self.features = nn.Sequential(
            nn.Conv1d(2 * signals, w1, 7, 2, 3), nn.BatchNorm1d(w1), nn.ReLU(),
            nn.Conv1d(w1, w2, 5, 2, 2), nn.BatchNorm1d(w2), nn.ReLU(),
            nn.Conv1d(w2, w3, 5, 2, 2), nn.BatchNorm1d(w3), nn.ReLU())
        self.pools = Pools(1)
        self.size = 2 * w3
        self.register_buffer("zero", torch.zeros(()), persistent=False)

    def forward(self, x):
        missing = torch.isnan(x)
        z = torch.clamp((x - self.mean) / self.std, -CLAMP, CLAMP)
        z = torch.where(missing, self.zero, z)
        return self.pools(self.features(torch.cat([z, missing.to(x.dtype)], 1)))


class CameraTower(nn.Module):
    """The pictures of a window are channels of one picture: what moves shows as a difference of channels."""

    def __init__(self, channels, width):
        super().__init__()
        w1, w2, w3 = width, width * 3 // 2, width * 2
        self.features = nn.Sequential(
            nn.Conv2d(channels, w1, 5, 2, 2), nn.BatchNorm2d(w1), nn.ReLU(),
            nn.Conv2d(w1, w2, 3, 2, 1), nn.BatchNorm2d(w2), nn.ReLU(),
            nn.Conv2d(w2, w3, 3, 2, 1), nn.BatchNorm2d(w3), nn.ReLU())
        self.pools = Pools(2)
        self.size = 2 * w3

    def forward(self, f):
        return self.pools(self.features(f.to(torch.float32) / 127.5 - 1.0))


class EventNet(nn.Module):
    """inputs: names of what forward() takes, in order."""

    def __init__(self, inputs, signals, channels, classes, width=24, dropout=0.2):
        super().__init__()
        self.inputs = tuple(inputs)
        self.signals = SignalTower(signals, width) if "signals" in inputs else None
        self.camera = CameraTower(channels, max(4, width * 2 // 3)) if "frames" in inputs else None
        size = sum(t.size for t in (self.signals, self.camera) if t is not None)
        self.head = nn.Sequential(
            nn.Dropout(dropout), nn.Linear(size, 2 * width), nn.ReLU(), nn.Dropout(dropout), nn.Linear(2 * width, classes))

    def forward(self, *given):
        towers = {"signals": self.signals, "frames": self.camera}
        return self.head(torch.cat([towers[n](x) for n, x in zip(self.inputs, given)], 1))


def arrays(net):
    """name -> float array of everything that makes the outputs; counters are left out"""
    return {k: v.detach().cpu().numpy() for k, v in net.state_dict().items()
            if not k.endswith("num_batches_tracked")}


def build(card, towers=None):
    """The network of a model.json; towers: one of its ablations."""
    camera = card.get("camera")
    inputs = card["inputs"] if towers is None else TOWERS[towers]
    return EventNet(inputs, len(card["signals"]), 3 * camera["frames"] if camera else 0, len(card["classes"]),
                    int(card["width"]), float(card["dropout"]))


def restore(net, tensors):
    """Load arrays() back; ValueError when they are not this network's."""
    have = {k: v for k, v in net.state_dict().items() if not k.endswith("num_batches_tracked")}
    if set(have) != set(tensors):
        raise ValueError("tensors are not of this network: %s" % ", ".join(sorted(set(have) ^ set(tensors))[:4]))
    for k, v in have.items():
        if tuple(v.shape) != tensors[k].shape:
            raise ValueError("tensor %s has shape %s, wanted %s" % (k, tensors[k].shape, tuple(v.shape)))
    net.load_state_dict({k: torch.from_numpy(v) for k, v in tensors.items()}, strict=False)
    net.eval()
    return net


def logits(net, inputs, batch=512):
    """Outputs for the arrays of Windows.inputs(net.inputs), in eval mode, as numpy"""
    net.eval()
    with torch.no_grad():
        return torch.cat([net(*[torch.from_numpy(a[i:i + batch]) for a in inputs])
                          for i in range(0, len(inputs[0]), batch)]).numpy()
