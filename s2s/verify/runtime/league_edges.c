// SPDX-License-Identifier: Apache-2.0
//
// Happens-before edges between a league of teams and the thread that starts it, which Archer lacks,
// and a small league: ThreadSanitizer needs no more than a few threads to see a race, and slows
// down with every one. Threads are as unwatched as the one that starts them.
//
// Linked into a program built with -fsanitize=thread for the host device.
// Environment: S2S_RACE_TEAMS (default 2) and S2S_RACE_THREADS (default 2), the most that a league
// may have; a construct that asks for one gets one.

#define _GNU_SOURCE
#include "microtask.h"
#include "races.h"
#include <dlfcn.h>

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

static void unwatched_thread(int32_t *global, int32_t *bound, microtask task, ARGUMENTS(DECLARED)) {
  int before = unwatched;
  unwatched = 1;
  task(global, bound, ARGUMENTS(NAMED));
  unwatched = before;
}

static void in_unwatched_team(int32_t *global, int32_t *bound, microtask task,
                              ARGUMENTS(DECLARED)) {
  int before = unwatched;
  unwatched = 1;
  in_team(global, bound, task, ARGUMENTS(NAMED));
  unwatched = before;
}

void __kmpc_fork_teams(void *where, int32_t count, microtask task, ...) {
  static void (*real)(void *, int32_t, microtask, ...);
  if (!real)
    *(void **)&real = dlsym(RTLD_NEXT, "__kmpc_fork_teams");
  COLLECT(count, task);
  void (*team)(int32_t *, int32_t *, microtask, ARGUMENTS(DECLARED));
  team = unwatched ? in_unwatched_team : in_team;
  if (__tsan_release)
    __tsan_release(&league_begins);
  real(where, count + 1, (microtask)team, (void *)task, ARGUMENTS(ELEMENT));
  if (__tsan_acquire)
    __tsan_acquire(&league_ends);
}

void __kmpc_fork_call(void *where, int32_t count, microtask task, ...) {
  static void (*real)(void *, int32_t, microtask, ...);
  if (!real)
    *(void **)&real = dlsym(RTLD_NEXT, "__kmpc_fork_call");
  COLLECT(count, task);
  if (unwatched)
    real(where, count + 1, (microtask)unwatched_thread, (void *)task, ARGUMENTS(ELEMENT));
  else
    real(where, count, task, ARGUMENTS(ELEMENT));
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
