"""The network. Normalisation and the treatment of missing samples are part of it, so the
exported model takes raw physical values with NaN where a sample is missing."""

import torch
import torch.nn as nn

CLAMP = 8.0  # standard deviations; a stuck sensor must not outvote the rest


class EventNet(nn.Module):
    def __init__(self, signals, classes, width=24, dropout=0.2):
        super().__init__()
        self.register_buffer("mean", torch.zeros(signals, 1))
        self.register_buffer("std", torch.ones(signals, 1))
        w1, w2, w3 = width, width * 3 // 2, width * 2
        self.features = nn.Sequential(
            nn.Conv1d(2 * signals, w1, 7, 2, 3), nn.BatchNorm1d(w1), nn.ReLU(),
            nn.Conv1d(w1, w2, 5, 2, 2), nn.BatchNorm1d(w2), nn.ReLU(),
            nn.Conv1d(w2, w3, 5, 2, 2), nn.BatchNorm1d(w3), nn.ReLU())
        self.mean_pool = nn.AdaptiveAvgPool1d(1)
        self.max_pool = nn.AdaptiveMaxPool1d(1)
        self.head = nn.Sequential(
            nn.Flatten(), nn.Dropout(dropout), nn.Linear(2 * w3, w3), nn.ReLU(),
            nn.Dropout(dropout), nn.Linear(w3, classes))
        self.register_buffer("zero", torch.zeros(()), persistent=False)

    def forward(self, x):
        missing = torch.isnan(x)
        z = torch.clamp((x - self.mean) / self.std, -CLAMP, CLAMP)
        z = torch.where(missing, self.zero, z)
        h = self.features(torch.cat([z, missing.to(x.dtype)], 1))
        return self.head(torch.cat([self.mean_pool(h), self.max_pool(h)], 1))


def arrays(net):
    """name -> float array of everything that makes the outputs; counters are left out"""
    return {k: v.detach().cpu().numpy() for k, v in net.state_dict().items()
            if not k.endswith("num_batches_tracked")}


def build(config):
    return EventNet(len(config["signals"]), len(config["classes"]), int(config["width"]), float(config["dropout"]))


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


def logits(net, x, batch=512):
    """Outputs for x f32[N,C,T], in eval mode, as numpy"""
    net.eval()
    with torch.no_grad():
        return torch.cat([net(torch.from_numpy(x[i:i + batch])) for i in range(0, len(x), batch)]).numpy()
