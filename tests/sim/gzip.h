/* One gzip member, without name and time: the same bytes in, the same bytes out. */
#ifndef SIM_GZIP_H
#define SIM_GZIP_H

#include "text.h"

void gzip_add(struct text *out, const char *bytes, size_t size);

#endif
