// SPDX-License-Identifier: Apache-2.0
//
// Happens-before edges between a league of teams and the thread that starts it, which Archer lacks,
// and a small league: ThreadSanitizer needs no more than a few threads to see a race, and slows
// down with every one.
//
// Linked into a program built with -fsanitize=thread for the host device.
// Environment: S2S_RACE_TEAMS (default 2) and S2S_RACE_THREADS (default 2), the most that a league
// may have; a construct that asks for one gets one.

#define _GNU_SOURCE
#include "microtask.h"
#include <dlfcn.h>
#include <stdarg.h>
#include <stdlib.h>

extern void __tsan_acquire(void *) __attribute__((weak));
extern void __tsan_release(void *) __attribute__((weak));

static char league_begins, league_ends;

static void in_team(int32_t *global, int32_t *bound, microtask task, ARGUMENTS(DECLARED)) {
  if (__tsan_acquire)
    __tsan_acquire(&league_begins);
  task(global, bound, ARGUMENTS(NAMED));
  if (__tsan_release)
    __tsan_release(&league_ends);
}

void __kmpc_fork_teams(void *where, int32_t count, microtask task, ...) {
  static void (*real)(void *, int32_t, microtask, ...);
  if (!real)
    *(void **)&real = dlsym(RTLD_NEXT, "__kmpc_fork_teams");
  void *values[MOST_ARGUMENTS] = {0};
  if (count >= MOST_ARGUMENTS)
    abort();
  va_list rest;
  va_start(rest, task);
  for (int32_t i = 0; i < count; i++)
    values[i] = va_arg(rest, void *);
  va_end(rest);
  if (__tsan_release)
    __tsan_release(&league_begins);
  real(where, count + 1, (microtask)in_team, (void *)task, ARGUMENTS(ELEMENT));
  if (__tsan_acquire)
    __tsan_acquire(&league_ends);
}

static int32_t at_most(int32_t wanted, const char *variable) {
  const char *text = getenv(variable);
  int32_t most = text ? (int32_t)atoi(text) : 2;
  return wanted >= 1 && wanted < most ? wanted : most;
}

void __kmpc_push_num_teams(void *where, int32_t thread, int32_t teams, int32_t threads) {
  static void (*real)(void *, int32_t, int32_t, int32_t);
  if (!real)
    *(void **)&real = dlsym(RTLD_NEXT, "__kmpc_push_num_teams");
  real(where, thread, at_most(teams, "S2S_RACE_TEAMS"), at_most(threads, "S2S_RACE_THREADS"));
}
