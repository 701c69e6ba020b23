#!/bin/sh
# The way of tests/db/curate.t with a catalogue on a PostgreSQL server.
SPUR_CURATE_ENGINE=postgresql
export SPUR_CURATE_ENGINE
exec /bin/sh "$top_srcdir/tests/db/curate.t"
