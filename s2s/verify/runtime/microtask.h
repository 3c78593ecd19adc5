// SPDX-License-Identifier: Apache-2.0
//
// How the outlined body of a league is called: it takes its arguments one by one, so they are
// handed on one by one; more of them than it has do no harm.

#ifndef S2S_MICROTASK_H
#define S2S_MICROTASK_H

#include <stdint.h>

enum { MOST_ARGUMENTS = 40 };

typedef void (*microtask)(int32_t *, int32_t *, ...);

#define ARGUMENTS(a)                                                                               \
  a(0), a(1), a(2), a(3), a(4), a(5), a(6), a(7), a(8), a(9), a(10), a(11), a(12), a(13), a(14),   \
      a(15), a(16), a(17), a(18), a(19), a(20), a(21), a(22), a(23), a(24), a(25), a(26), a(27),   \
      a(28), a(29), a(30), a(31), a(32), a(33), a(34), a(35), a(36), a(37), a(38), a(39)
#define DECLARED(i) void *a##i
#define NAMED(i) a##i
#define ELEMENT(i) values[i]

#endif
