// SPDX-License-Identifier: Apache-2.0
//
// What clang hands to libomptarget, as far as we look at it.

#ifndef S2S_LIBOMPTARGET_H
#define S2S_LIBOMPTARGET_H

#include <stdint.h>

// A place in the source (ident_t).
typedef struct {
  int reserved1, flags, reserved2, reserved3;
  const char *source; // ";file;function;line;column;;"
} ident;

// The leading fields of KernelArgsTy, versions 1 to 3.
typedef struct {
  uint32_t version, count;
  void **bases, **begins;
  int64_t *sizes, *types;
  void **names, **mappers;
  uint64_t trips;
} kernel_arguments;

#endif
