#!/usr/bin/env python3
"""mdf_around.py SPUR FILE...: what MDF 4 files say around their samples, read here block by block with struct
alone (layouts: ASAM MDF 4.1), against what `spur info --json`, `signals --json` and `stats --json --raw` say.

Prints a line "differs KIND FILE: here ..., spur ..." for each difference and, at the end, "KIND: N in M files".
Kinds: zone, history, event, attachment, tree, comment, range, axis, invalid.
"""
import collections
import hashlib
import html
import json
import re
import struct
import subprocess
import sys
import zlib


class File:
    def __init__(self, path):
        with open(path, 'rb') as f:
            self.d = f.read()
        self.good = self.d[:4] in (b'MDF ', b'UnFi') and struct.unpack_from('<H', self.d, 28)[0] >= 400
        self.unfinished = struct.unpack_from('<H', self.d, 60)[0]

    def block(self, at, *ids):
        """links, place of the body, its length; None where there is no such block"""
        if at == 0 or at + 24 > len(self.d) or self.d[at:at + 2] != b'##':
            return None
        kind = self.d[at + 2:at + 4].decode('latin-1')
        length, count = struct.unpack_from('<QQ', self.d, at + 8)
        if (ids and kind not in ids) or 24 + 8 * count > length:
            return None
        links = struct.unpack_from('<%dQ' % count, self.d, at + 24)
        return kind, links, at + 24 + 8 * count, length - 24 - 8 * count

    def chain(self, at, *ids):
        seen = set()
        while at and at not in seen:
            seen.add(at)
            b = self.block(at, *ids)
            if b is None:
                return
            yield at, b
            at = b[1][0]

    def text(self, at):
        b = self.block(at, 'TX', 'MD')
        if b is None:
            return ''
        raw = self.d[b[2]:b[2] + b[3]].split(b'\0')[0].decode('utf-8', 'replace').lstrip('\ufeff')
        if b[0] == 'MD':
            m = re.search(r'<TX(?:\s[^>]*)?>(.*?)</TX>', raw, re.S)
            return html.unescape(m.group(1)) if m else ''
        return raw

    def data(self, at):
        """bytes behind a data link; None where their layout is another one"""
        if at == 0:
            return b''
        b = self.block(at)
        if b is None:
            return None
        kind, links, body, length = b
        if kind in ('DT', 'RD', 'SD'):
            return self.d[body:body + length]
        if kind == 'HL':
            return self.data(links[0])
        if kind == 'DZ':
            zip_type, row = self.d[body + 2], struct.unpack_from('<I', self.d, body + 4)[0]
            org, packed = struct.unpack_from('<QQ', self.d, body + 8)
            if zip_type > 1:
                return None
            out = zlib.decompress(self.d[body + 24:body + 24 + packed])
            if zip_type == 1:
                rows = org // row
                cut = rows * row
                out = b''.join(out[r:cut:rows] for r in range(rows)) + out[cut:]
            return out
        if kind == 'DL':
            parts = []
            for _, (_, all_links, _, _) in self.chain(at, 'DL'):
                parts += [self.data(x) for x in all_links[1:]]
            return None if None in parts else b''.join(parts)
        return None


EVENT_KINDS = ['recording', 'recording interrupt', 'acquisition interrupt', 'start trigger', 'stop trigger', 'trigger', 'marker']
RANGES = ['point', 'begin', 'end']
CAUSES = [None, 'error', 'tool', 'script', 'user']
DOMAINS = ['index', 'time', 'angle', 'distance', 'index']
NODES = ['group', 'function', 'structure', 'map list', 'input variables', 'output variables', 'local variables',
         'defined calibration', 'referenced calibration']


def channels(f, first):
    """CN blocks of a group with those of its structures, depth first; arrays and streams have others between them"""
    for at, b in f.chain(first, 'CN'):
        yield at, b
        if b[1][1] and f.block(b[1][1], 'CN'):
            yield from channels(f, b[1][1])


def nodes(f, first, depth):
    for at, (_, links, body, _) in f.chain(first, 'CH'):
        yield links, body, depth
        yield from nodes(f, links[1], depth + 1)


class Compare:
    def __init__(self, spur):
        self.spur = spur
        self.number = collections.Counter()
        self.files = collections.defaultdict(set)

    def ask(self, verb, path, *options):
        out = subprocess.run([self.spur, verb, '--json', '--no-progress', *options, path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        return [json.loads(line) for line in out.stdout.decode().splitlines()]

    def same(self, kind, path, here, there, count=None):
        if here != there:
            print('differs %s %s: here %r, spur %r' % (kind, path, here, there))
        n = len(here) if count is None else count
        if n:
            self.number[kind] += n
            self.files[kind].add(path)

    def around(self, f, path):
        info = self.ask('info', path)[0]
        _, links, body, _ = f.block(64, 'HD')
        zone, summer, flags = struct.unpack_from('<hhB', f.d, body + 8)
        self.same('zone', path, [flags & 1 == 1] + ([zone, summer] if flags & 3 == 2 else [None, None]),
                  [info['local_time'], info['zone_min'], info['summer_min']], 1 if flags & 3 else 0)
        history = []
        for _, (_, fh, at, _) in f.chain(links[1], 'FH'):
            ns, tz, dst, how = struct.unpack_from('<QhhB', f.d, at)
            history.append([ns, how & 1 == 1, f.text(fh[1])])
        self.same('history', path, history, [[h['time_ns'] or 0, h['local_time'], h['comment']] for h in info['history']])
        self.attachments(f, path, links[3], info)
        self.events(f, path, links[4], info)
        tree = []
        for ch, at, depth in nodes(f, links[2], 0):
            count, kind = struct.unpack_from('<IB', f.d, at)
            tree.append([f.text(ch[2]), NODES[kind], depth, count])
        self.same('tree', path, tree, [[n['name'], n['kind'], n['depth'], len(n['members'])] for n in info['tree']])

    def attachments(self, f, path, first, info):
        here = []
        for _, (_, at, body, _) in f.chain(first, 'AT'):
            flags, = struct.unpack_from('<H', f.d, body)
            original, stored = struct.unpack_from('<QQ', f.d, body + 24)
            md5 = f.d[body + 8:body + 24].hex() if flags & 4 else None
            data = f.d[body + 40:body + 40 + stored]
            if flags & 3 == 3:
                data = zlib.decompressobj().decompress(data)	# one file of Vector ends it too early
            if flags & 1 and md5 and hashlib.md5(data).hexdigest() != md5:
                md5 = 'wrong'
            here.append([f.text(at[1]), f.text(at[2]), original if flags & 1 else 0, md5])
        there = [[a['name'], a['media_type'], a['size_bytes'] if a['offset'] else 0, a.get('md5')] for a in info['attachments']]
        self.same('attachment', path, here, there)

    def events(self, f, path, first, info):
        here = []
        for _, (_, ev, body, _) in f.chain(first, 'EV'):
            kind, sync, span, cause = f.d[body:body + 4]
            scopes, = struct.unpack_from('<I', f.d, body + 8)
            attached, = struct.unpack_from('<H', f.d, body + 12)
            base, factor = struct.unpack_from('<qd', f.d, body + 16)
            here.append([EVENT_KINDS[kind], DOMAINS[sync], RANGES[span], CAUSES[cause], round(base * factor, 9), f.text(ev[3]), f.text(ev[4]),
                         scopes, attached])
        there = [[e['kind'], e['domain'], e['range'], e['cause'], round(e['value'], 9), e['name'], e['comment'], len(e['scope']),
                  len(e['attachments'])] for e in info['events']]
        self.same('event', path, here, there)

    def signals(self, f, path):
        told = collections.defaultdict(list)
        for s in self.ask('signals', path):
            told[s['group']].append(s)
        stats = None
        _, hd, _, _ = f.block(64, 'HD')
        group = 0
        for _, (_, dg, dg_body, _) in f.chain(hd[0], 'DG'):
            groups = list(f.chain(dg[1], 'CG'))
            for _, (_, cg, cg_body, _) in groups:
                mine = list(channels(f, cg[1]))
                if len(mine) > 0:
                    self.group(f, path, mine, told[group])
                    invalid = self.invalid(f, path, dg, f.d[dg_body], cg_body, mine) if len(groups) == 1 else None
                    if invalid:
                        stats = stats or self.ask('stats', path, '--raw')
                        self.rows(path, group, invalid, stats)
                group += 1

    def group(self, f, path, mine, told):
        at_place = 0
        for at, (_, links, body, length) in mine:
            name = f.text(links[2])
            # Elements of arrays come between: names that no CN block has.
            while at_place < len(told) and told[at_place]['name'] != name:
                at_place += 1
            if at_place == len(told):
                print('differs signal %s: %s is not told' % (path, name))
                return
            s = told[at_place]
            at_place += 1
            comment = f.text(links[7])
            self.same('comment', path, comment, s['comment'], 1 if comment else 0)
            flags, = struct.unpack_from('<I', f.d, body + 12)
            v = struct.unpack_from('<6d', f.d, body + 24)
            here = {}
            if flags & 4 and f.d[body + 20] != 255:
                here['precision'] = f.d[body + 20]
            for bit, key, k in ((8, 'raw_range', 0), (16, 'limits', 2), (32, 'extended_limits', 4)):
                if flags & bit and v[k] <= v[k + 1]:
                    here[key] = [v[k], v[k + 1]]
            self.same('range', path, here, {k: s[k] for k in ('precision', 'raw_range', 'limits', 'extended_limits') if k in s})
            if links[1] and f.block(links[1], 'CA'):
                self.axes(f, path, links[1], s.get('arrays', []))

    def axes(self, f, path, at, told):
        here, there = [], []
        while at:
            b = f.block(at, 'CA')
            if b is None:
                break
            _, links, body, length = b
            kind, storage, dims, flags = struct.unpack_from('<BBHI', f.d, body)
            size = struct.unpack_from('<%dQ' % dims, f.d, body + 16)
            skip, axes = 16 + 8 * dims, []
            for d in range(dims):
                axis = [size[d]]
                if flags & 32:
                    axis += struct.unpack_from('<%dd' % size[d], f.d, body + skip)
                    skip += 8 * size[d]
                elif flags & 16:
                    cn = f.block(links[len(links) - 3 * (dims - d) + 2], 'CN')
                    axis.append(f.text(cn[1][2]) if cn else None)
                axes.append(axis)
            here.append([['array', 'axis', 'look-up', 'interval axis', 'classification'][kind], axes])
            at = links[0]
        for a in told:
            there.append([a['kind'], [[x['size']] + (x.get('raw_values') or x.get('values') or ([x['signal']['name']] if 'signal' in x else []))
                                      for x in a['axes']]])
        self.same('axis', path, here, there)

    def invalid(self, f, path, dg, id_bytes, cg_body, mine):
        """of a sorted group: invalid rows by channel"""
        cycles, flags = struct.unpack_from('<QH', f.d, cg_body + 8)
        data_bytes, inval_bytes = struct.unpack_from('<II', f.d, cg_body + 24)
        if not inval_bytes or id_bytes or f.unfinished:
            return None
        data = f.data(dg[2])
        if data is None:
            return None
        step = data_bytes + inval_bytes
        rows = min(cycles, len(data) // step) if step else 0
        out = {}
        for _, (_, links, body, _) in mine:
            how, pos = struct.unpack_from('<II', f.d, body + 12)
            n = 0
            if how & 1:
                n = rows
            elif how & 2 and pos // 8 < inval_bytes:
                n = sum(data[r * step + data_bytes + pos // 8] >> pos % 8 & 1 for r in range(rows))
            out[f.text(links[2])] = n
        return out

    def rows(self, path, group, invalid, stats):
        told = {s['name']: s.get('n_invalid', 0) for s in stats if s['group'] == group}
        self.same('invalid', path, invalid, {k: told.get(k) for k in invalid}, sum(invalid.values()))


def main():
    c = Compare(sys.argv[1])
    for path in sys.argv[2:]:
        f = File(path)
        if f.good:
            c.around(f, path)
            c.signals(f, path)
    for kind in ('zone', 'history', 'event', 'attachment', 'tree', 'comment', 'range', 'axis', 'invalid'):
        print('%s: %d in %d files' % (kind, c.number[kind], len(c.files[kind])))


main()
