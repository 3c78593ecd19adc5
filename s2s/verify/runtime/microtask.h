// SPDX-License-Identifier: Apache-2.0
//
// How the outlined body of a league is called: it takes its arguments one by one, so they are
// handed on one by one; more of them than it has do no harm.

#ifndef S2S_MICROTASK_H
#define S2S_MICROTASK_H

#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

enum { MOST_ARGUMENTS = 96 };

typedef void (*microtask)(int32_t *, int32_t *, ...);

#define ARGUMENTS(a)                                                                               \
  a(0), a(1), a(2), a(3), a(4), a(5), a(6), a(7), a(8), a(9), a(10), a(11), a(12), a(13), a(14),   \
      a(15), a(16), a(17), a(18), a(19), a(20), a(21), a(22), a(23), a(24), a(25), a(26), a(27),   \
      a(28), a(29), a(30), a(31), a(32), a(33), a(34), a(35), a(36), a(37), a(38), a(39), a(40),   \
      a(41), a(42), a(43), a(44), a(45), a(46), a(47), a(48), a(49), a(50), a(51), a(52), a(53),   \
      a(54), a(55), a(56), a(57), a(58), a(59), a(60), a(61), a(62), a(63), a(64), a(65), a(66),   \
      a(67), a(68), a(69), a(70), a(71), a(72), a(73), a(74), a(75), a(76), a(77), a(78), a(79),   \
      a(80), a(81), a(82), a(83), a(84), a(85), a(86), a(87), a(88), a(89), a(90), a(91), a(92),   \
      a(93), a(94), a(95)
#define DECLARED(i) void *a##i
#define NAMED(i) a##i
#define ELEMENT(i) values[i]

// Declare `values`, the `count` arguments of a variadic function that come after `last`.
#define COLLECT(count, last)                                                                       \
  void *values[MOST_ARGUMENTS] = {0};                                                              \
  if ((count) >= MOST_ARGUMENTS)                                                                   \
    abort();                                                                                       \
  va_list rest;                                                                                    \
  va_start(rest, last);                                                                            \
  for (int32_t i = 0; i < (count); i++)                                                            \
    values[i] = va_arg(rest, void *);                                                              \
  va_end(rest)

#endif
