#ifndef SPUR_EXPORT_REGISTRY_H
#define SPUR_EXPORT_REGISTRY_H

#include "export/export.h"

#define SPUR_EXPORTER(id) extern const struct spur_exporter spur_exporter_##id;
#include "export/exports.def"
#undef SPUR_EXPORTER

#endif
