// SPDX-License-Identifier: Apache-2.0
//
// Leagues as large as a construct asks for. The host device has as many teams as there are
// processors, all at once, and as many threads in each as nthreads-var says: a kernel that deals
// out its work by the numbers of teams and threads, as CUDA's do, then leaves most of it undone,
// which says nothing of the program. Here the teams of a league with num_teams(n) run one after
// another, as one team each that is told another number, and with thread_limit(m) have m threads.
//
// OpenMP 5.2, 10.2: without a lower bound num_teams(n) asks for exactly n teams.
//
// libomp takes the most threads that thread_limit(m) can get from OMP_NUM_THREADS alone. That is
// set to a large number; parallel regions outside of leagues are given what they had without.
//
// Linked into a program for the host device; it has to be told S2S_WHOLE_LEAGUES=1.
// Environment: S2S_HOST_THREADS (default: the processors), threads outside of leagues.

#define _GNU_SOURCE
#include "microtask.h"
#include <dlfcn.h>
#include <omp.h>
#include <pthread.h>
#include <stdlib.h>

enum { DISTRIBUTE_CHUNKED = 91, DISTRIBUTE = 92, MODIFIERS = 3 << 29 };

// Threads of a team without thread_limit: num_threads within it can ask for fewer, not for more.
enum { USUAL_THREADS = 256 };

// One league at a time: what its teams are told has to be seen by all of their threads.
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static int32_t teams_now, team_now;

static _Thread_local int32_t asked_thread, asked_teams, asked_threads;

static int is_enabled(void) {
  static int answer = -1;
  if (answer < 0)
    answer = getenv("S2S_WHOLE_LEAGUES") != 0;
  return answer;
}

static void push_for_real(void *where, int32_t thread, int32_t teams, int32_t threads) {
  static void (*real)(void *, int32_t, int32_t, int32_t);
  if (!real)
    *(void **)&real = dlsym(RTLD_NEXT, "__kmpc_push_num_teams");
  real(where, thread, teams, threads);
}

__attribute__((constructor)) static void at_start(void) {
  const char *text = getenv("S2S_HOST_THREADS");
  int threads = text ? atoi(text) : omp_get_num_procs();
  if (is_enabled() && threads > 0)
    omp_set_num_threads(threads);
}

void __kmpc_push_num_teams(void *where, int32_t thread, int32_t teams, int32_t threads) {
  asked_thread = thread;
  asked_teams = teams;
  asked_threads = threads;
  if (!is_enabled() || teams <= 0)
    push_for_real(where, thread, teams, threads);
}

void __kmpc_fork_teams(void *where, int32_t count, microtask task, ...) {
  static void (*real)(void *, int32_t, microtask, ...);
  if (!real)
    *(void **)&real = dlsym(RTLD_NEXT, "__kmpc_fork_teams");
  COLLECT(count, task);
  int32_t teams = asked_teams, threads = asked_threads;
  asked_teams = asked_threads = 0;
  if (!is_enabled() || teams <= 0) {
    real(where, count, task, ARGUMENTS(ELEMENT));
    return;
  }
  pthread_mutex_lock(&turn);
  teams_now = teams;
  for (team_now = 0; team_now < teams; team_now++) {
    push_for_real(where, asked_thread, 1, threads > 0 ? threads : USUAL_THREADS);
    real(where, count, task, ARGUMENTS(ELEMENT));
  }
  teams_now = team_now = 0;
  pthread_mutex_unlock(&turn);
}

int omp_get_num_teams(void) {
  static int (*real)(void);
  if (!real)
    *(void **)&real = dlsym(RTLD_NEXT, "omp_get_num_teams");
  return teams_now > 0 ? teams_now : real();
}

int omp_get_team_num(void) {
  static int (*real)(void);
  if (!real)
    *(void **)&real = dlsym(RTLD_NEXT, "omp_get_team_num");
  return teams_now > 0 ? team_now : real();
}

// The team's part of a loop that is distributed over the league: blocks of about the same size, or
// chunks in turns. Bounds are inclusive.
#define DEFINE_STATIC_INIT(suffix, bound, step)                                                    \
  void __kmpc_for_static_init_##suffix(void *where, int32_t thread, int32_t schedule,              \
                                       int32_t *last, bound *lower, bound *upper, step *stride,    \
                                       step increment, step chunk) {                               \
    static void (*real)(void *, int32_t, int32_t, int32_t *, bound *, bound *, step *, step,       \
                        step);                                                                     \
    if (!real)                                                                                     \
      *(void **)&real = dlsym(RTLD_NEXT, "__kmpc_for_static_init_" #suffix);                       \
    int32_t kind = schedule & ~MODIFIERS;                                                          \
    int is_empty = increment > 0 ? *upper < *lower : *lower < *upper;                              \
    if (teams_now <= 0 || is_empty || (kind != DISTRIBUTE && kind != DISTRIBUTE_CHUNKED)) {        \
      real(where, thread, schedule, last, lower, upper, stride, increment, chunk);                 \
      return;                                                                                      \
    }                                                                                              \
    uint64_t trips = increment > 0 ? (uint64_t)(*upper - *lower) / (uint64_t)increment + 1         \
                                   : (uint64_t)(*lower - *upper) / (uint64_t)-increment + 1;       \
    uint64_t teams = (uint64_t)teams_now, team = (uint64_t)team_now;                               \
    if (kind == DISTRIBUTE_CHUNKED) {                                                              \
      uint64_t size = chunk > 0 ? (uint64_t)chunk : 1;                                             \
      *stride = (step)(size * teams) * increment;                                                  \
      *lower += (bound)((step)(size * team) * increment);                                          \
      *upper = *lower + (bound)((step)(size - 1) * increment);                                     \
      *last = (trips - 1) / size % teams == team;                                                  \
      return;                                                                                      \
    }                                                                                              \
    uint64_t size = trips / teams, more = trips % teams;                                           \
    uint64_t before = team * size + (team < more ? team : more);                                   \
    uint64_t mine = size + (team < more);                                                          \
    *stride = (step)trips * increment;                                                             \
    *lower += (bound)((step)before * increment);                                                   \
    *upper = *lower + (bound)((step)mine * increment - increment);                                 \
    *last = mine > 0 && before + mine == trips;                                                    \
  }

DEFINE_STATIC_INIT(4, int32_t, int32_t)
DEFINE_STATIC_INIT(4u, uint32_t, int32_t)
DEFINE_STATIC_INIT(8, int64_t, int64_t)
DEFINE_STATIC_INIT(8u, uint64_t, int64_t)
