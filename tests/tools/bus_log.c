/*
 * bus_log OUT.mf4 <FRAMES: an MDF 4.10 log of buses. A line of FRAMES is
 *
 *	SECONDS KIND CHANNEL ID BYTES
 *
 * KIND is a composition of ASAM's bus logging (CAN_DataFrame, LIN_Frame, FLX_Frame, ETH_Frame, MOST_Message ...), ID
 * hexadecimal (x before it: an extended one), BYTES hexadecimal, - for none. Each kind becomes a group.
 */
#include "config.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "tests/mdf_file.h"

#define KINDS 16
#define DATA_MAX 64u
#define RECORD (8 + 1 + 4 + 1 + 1 + DATA_MAX)

static struct kind {
	char name[40];
	struct spur_buf records;
	unsigned rows;
} kinds[KINDS];

static struct kind *kind_of(const char *name)
{
	for (size_t i = 0; i < KINDS; i++) {
		if (kinds[i].name[0] == '\0')
			snprintf(kinds[i].name, sizeof(kinds[i].name), "%s", name);
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	}
	return NULL;
}

static bool take(const char *line)
{
	char name[40], id[20], hex[2 * DATA_MAX + 2];
	uint8_t data[DATA_MAX] = { 0 };
	unsigned channel;
	double t;
	size_t n;
	struct kind *k;

	if (sscanf(line, "%lf %39s %u %19s %129s", &t, name, &channel, id, hex) != 5 || (k = kind_of(name)) == NULL)
		return false;
	n = hex[0] == '-' ? 0 : strlen(hex) / 2;
	for (size_t i = 0; i < n; i++)
		sscanf(hex + 2 * i, "%2hhx", &data[i]);
	spur_buf_f64(&k->records, t);
	spur_buf_u8(&k->records, (uint8_t)channel);
	spur_buf_u32(&k->records, (uint32_t)strtoul(id + (id[0] == 'x'), NULL, 16));
	spur_buf_u8(&k->records, id[0] == 'x');
	spur_buf_u8(&k->records, (uint8_t)n);
	spur_buf_add(&k->records, data, DATA_MAX);
	k->rows++;
	return true;
}

static uint64_t member(struct spur_buf *b, uint64_t next, const char *kind, const char *name, uint8_t type, uint32_t byte, uint32_t bits)
{
	char whole[80];

	snprintf(whole, sizeof(whole), "%s.%s", kind, name);
	return mdf_cn(b, next, &(struct mdf_cn){ .name = whole, .data_type = type, .byte_offset = byte, .bits = bits });
}

static uint64_t group(struct spur_buf *b, uint64_t next, const struct kind *k)
{
	bool can = strncmp(k->name, "CAN_", 4) == 0, eth = strncmp(k->name, "ETH_", 4) == 0;
	uint64_t cn = member(b, 0, k->name, "DataBytes", 10, 15, 8 * DATA_MAX), dt;

	cn = member(b, cn, k->name, "DataLength", 0, 14, 8);
	if (can)
		cn = member(b, cn, k->name, "IDE", 0, 13, 1);
	cn = member(b, cn, k->name, eth ? "EtherType" : "ID", 0, 9, 32);
	cn = member(b, cn, k->name, "BusChannel", 0, 8, 8);
	cn = mdf_cn(b, 0, &(struct mdf_cn){ .name = k->name, .data_type = 10, .byte_offset = 8, .bits = 8 * (RECORD - 8), .composition = cn });
	cn = mdf_cn(b, cn, &(struct mdf_cn){ .name = "t", .type = 2, .sync = 1, .data_type = 4, .bits = 64 });
	dt = mdf_block(b, "DT", NULL, 0, k->records.data, k->records.len);
	return mdf_dg(b, next, mdf_cg(b, 0, cn, 0, k->rows, 6, RECORD, 0), dt, 0);
}

int main(int argc, char **argv)
{
	struct spur_buf b = { 0 };
	uint64_t dg = 0;
	char line[512];
	bool good = argc == 2;
	FILE *f;

	while (good && fgets(line, sizeof(line), stdin) != NULL)
		good = line[0] == '\n' || line[0] == '#' || take(line);
	if (!good) {
		fprintf(stderr, "bus_log: %s", argc == 2 ? line : "one file is wanted\n");
		return 2;
	}
	mdf_begin(&b, 410, 0);
	for (size_t i = KINDS; i-- > 0;) {
		if (kinds[i].rows > 0)
			dg = group(&b, dg, &kinds[i]);
		spur_buf_finish(&kinds[i].records);
	}
	mdf_end(&b, dg);
	f = fopen(argv[1], "wb");
	good = f != NULL && fwrite(b.data, 1, b.len, f) == b.len;
	if (f != NULL)
		good = fclose(f) == 0 && good;
	spur_buf_finish(&b);
	return good ? 0 : 1;
}
