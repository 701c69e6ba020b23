// The official TypeScript reader of MCAP as it is shipped: log time order, chunk checksums on.
import { McapIndexedReader } from "@mcap/core";
import lz4 from "@foxglove/wasm-lz4";
import zstd from "@foxglove/wasm-zstd";
import { open } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

await lz4.isLoaded;
await zstd.isLoaded;
const decompressHandlers = {
	lz4: (buffer, size) => lz4(buffer, Number(size)),
	zstd: (buffer, size) => zstd.decompress(buffer, Number(size)),
};

class File {
	constructor(handle) {
		this.handle = handle;
	}
	async size() {
		return BigInt((await this.handle.stat()).size);
	}
	async read(offset, length) {
		const buffer = new Uint8Array(Number(length));
		await this.handle.read(buffer, 0, Number(length), Number(offset));
		return buffer;
	}
}

async function list(path) {
	const start = process.hrtime.bigint();
	const handle = await open(path, "r");
	const reader = await McapIndexedReader.Initialize({ readable: new File(handle), decompressHandlers });
	const rows = [];
	for (const c of reader.channelsById.values()) {
		rows.push([c.topic, reader.statistics.channelMessageCounts.get(c.id) ?? 0n, reader.schemasById.get(c.schemaId).name]);
	}
	const end = process.hrtime.bigint();
	await handle.close();
	return [end - start, rows.map(([topic, n, schema]) => `${topic}\t=${n}\t=${schema}`)];
}

async function read(path, topic) {
	const start = process.hrtime.bigint();
	const handle = await open(path, "r");
	const reader = await McapIndexedReader.Initialize({ readable: new File(handle), decompressHandlers });
	const seen = new Map();
	let last = 0n;
	let disorder = 0;
	for await (const m of reader.readMessages(topic ? { topics: [topic] } : {})) {
		const t = m.logTime;
		disorder += t < last ? 1 : 0;
		last = t;
		let row = seen.get(m.channelId);
		if (row === undefined) {
			row = { n: 0, digest: 0 };
			seen.set(m.channelId, row);
		}
		const d = m.data;
		const a = d[0] | (d[1] << 8) | (d[2] << 16) | (d[3] << 24);
		const b = d[4] | (d[5] << 8) | (d[6] << 16) | (d[7] << 24);
		const word = Number(BigInt.asUintN(32, t ^ (t >> 32n)));
		row.n++;
		row.digest = (row.digest + Math.imul(word ^ a ^ b, 0x9e3779b1)) >>> 0;
	}
	const end = process.hrtime.bigint();
	await handle.close();
	const lines = [...seen].map(([id, r]) => `${reader.channelsById.get(id).topic}\t=${r.n}\t=${r.digest}`);
	return [end - start, [...lines, `order\t=${disorder}`]];
}

const kinds = { "mcap-list": list, "mcap-read": read };
const pinned = JSON.parse(readFileSync(new URL("package.json", import.meta.url))).dependencies["@mcap/core"];

console.log(`ready\t@mcap/core ${pinned}, Node ${process.version}\t1`);
for await (const line of createInterface({ input: process.stdin })) {
	const [, kind, ...args] = line.split("\t");
	try {
		const [ns, lines] = await kinds[kind](...args);
		process.stdout.write(lines.map((l) => `v\t${l}\n`).join("") + `ns\t${ns}\n`);
	} catch (e) {
		console.log("error\t" + String(e).replace(/[\n\t]/g, " "));
	}
}
