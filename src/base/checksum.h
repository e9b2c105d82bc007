// The checksums of zlib's formats, several times as fast as zlib computes them where the processor helps. Values, and
// what they begin with, are those of zlib's functions of these names.
#pragma once

#include "base/base.h"

uint32_t checksum_crc32(uint32_t crc, const uint8_t *data, size_t size); // begins with 0
uint32_t checksum_adler32(uint32_t adler, const uint8_t *data, size_t size); // begins with 1
