"""Scores of a classifier, with the uncertainty that comes from few drives.

Windows of one drive are not independent, so the bootstrap draws whole clusters: drives
where enough of them are held out, segments otherwise (the report says which).
"""

import numpy as np

MIN_DRIVES = 6


def confusion(y, p, k):
    """rows: truth, columns: prediction"""
    m = np.zeros((k, k), np.int64)
    np.add.at(m, (y, p), 1)
    return m


def per_class(m):
    """precision, recall, F1 and support of each class; 0 where undefined"""
    tp = np.diag(m).astype(np.float64)
    sup, got = m.sum(1).astype(np.float64), m.sum(0).astype(np.float64)
    prec = np.divide(tp, got, out=np.zeros_like(tp), where=got > 0)
    rec = np.divide(tp, sup, out=np.zeros_like(tp), where=sup > 0)
    den = prec + rec
    f1 = np.divide(2 * prec * rec, den, out=np.zeros_like(tp), where=den > 0)
    return prec, rec, f1, sup.astype(np.int64)


def macro_f1(m):
    """mean F1 over the classes that occur in the truth"""
    _, _, f1, sup = per_class(m)
    return float(f1[sup > 0].mean()) if (sup > 0).any() else float("nan")


def clusters(drive, segment):
    """(unit, cluster index per row)"""
    drives = np.unique(drive)
    if len(drives) >= MIN_DRIVES:
        return "drive", np.unique(drive, return_inverse=True)[1]
    both = np.stack([np.asarray(drive).astype(str), np.asarray(segment).astype(str)], 1)
    joined = np.array(["\0".join(r) for r in both])
    return "segment", np.unique(joined, return_inverse=True)[1]


def bootstrap(y, p, k, cluster, rounds=2000, seed=20240229):
    """(low, high): 95 % percentile interval of macro-F1 over resampled clusters"""
    n = int(cluster.max()) + 1
    parts = np.zeros((n, k, k), np.int64)
    np.add.at(parts, (cluster, y, p), 1)
    rng = np.random.Generator(np.random.PCG64(seed))
    scores = np.empty(rounds)
    for i in range(rounds):
        draw = np.bincount(rng.integers(0, n, n), minlength=n)
        scores[i] = macro_f1(np.tensordot(draw, parts, 1))
    scores = scores[np.isfinite(scores)]
    return float(np.percentile(scores, 2.5)), float(np.percentile(scores, 97.5))


def softmax(z):
    e = np.exp(z - z.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)
