// SPDX-License-Identifier: Apache-2.0
//
// Runs the worksharing loops of target regions on one thread, in an order of our choice: what is
// parallel gives the same result in any order.
//
// The loops are marked by a schedule that nobody else writes, schedule(dynamic, MARK + 2 * site):
// libomp is then asked for every chunk, and the calls end here. An odd chunk says that the
// sequentially last iteration has to be run last (lastprivate, linear, simd). Outside of target
// regions, and wherever a team has more than one thread, a marked loop gets the static schedule
// that it has without the mark.
//
// Linked into a program that is built for the host device, without -fopenmp. Of the launches of a
// construct only some run in another order, the others as they are: a chunk at a time is slow.
// Environment: that of watched_launches.h,
//              S2S_ORDER (forward, reverse, shuffle), S2S_ORDER_SEED, S2S_ORDER_SITES (",1,4,":
//              the others run forward; unset: all), S2S_ORDER_REPORT (file).

#define _GNU_SOURCE
#include "libomptarget.h"
#include "watched_launches.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// As in s2s/verify/schedules.py.
enum { MARK = 1394933760, SITES = 1 << 16 };

// libomp's number of the schedule without chunks (kmp.h).
enum { STATIC = 34 };

enum order { FORWARD, REVERSE, SHUFFLE };

extern int omp_get_num_threads(void) __attribute__((weak));
extern int omp_get_max_threads(void) __attribute__((weak));
extern void omp_set_num_threads(int) __attribute__((weak));

#define REAL(name, result, ...)                                                                    \
  static result (*real)(__VA_ARGS__);                                                              \
  if (!real)                                                                                       \
  *(void **)&real = dlsym(RTLD_NEXT, #name)

// --- which loops ---------------------------------------------------------------------------------

static enum order wanted;
static uint64_t seed;
static const char *chosen;
static struct {
  uint64_t loops, most;
  char *source;
} sites[SITES];
static uint32_t sites_end;

// Loops that were run in their own order; one source may have several idents.
enum { FIXED = 1024 };
static struct {
  const ident *where;
  char *source;
} fixed[FIXED];
static uint32_t fixed_end;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; // of both tables
static __thread int region; // depth of target regions that this thread is in
static __thread int unwatched; // in a launch whose loops keep their order

static int is_chosen(int64_t site) {
  char text[32];
  if (!chosen)
    return 1;
  snprintf(text, sizeof text, ",%ld,", (long)site);
  return strstr(chosen, text) != 0;
}

// Texts are copied: those of the device's image are gone when the report is written.
static char *copy_of(const ident *where) {
  return strdup(where && where->source ? where->source : "");
}

static uint64_t note_site(int64_t site, const ident *where, uint64_t count) {
  pthread_mutex_lock(&lock);
  uint64_t before = sites[site].loops++;
  if (!before)
    sites[site].source = copy_of(where);
  if (count > sites[site].most)
    sites[site].most = count;
  if (site >= sites_end)
    sites_end = (uint32_t)site + 1;
  pthread_mutex_unlock(&lock);
  return before;
}

static void note_fixed(const ident *where) {
  uint32_t i = 0;
  pthread_mutex_lock(&lock);
  while (i < fixed_end && fixed[i].where != where)
    i++;
  if (i == fixed_end && fixed_end < FIXED) {
    fixed[i].where = where;
    fixed[i].source = copy_of(where);
    fixed_end++;
  }
  pthread_mutex_unlock(&lock);
}

// --- the order of one loop -----------------------------------------------------------------------

// A walk around 0 .. count-1 in equal steps, whose length has no divisor in common with `count`,
// comes by every number once. It needs no memory and one addition for each.
typedef struct {
  uint64_t count, at, stride;
} walk;

typedef struct {
  int64_t lower, step;
  uint64_t count, permuted, done; // iterations: all, those that are not kept for the end, handed out
  walk blocks, inside;            // of a shuffle: the blocks, and the iterations of each
  uint64_t first;                 // of the block that is under way
  enum order order;
  int ours; // else libomp's
} loop;

// Loops under way on this thread, the innermost last.
enum { DEPTH = 64 };
static __thread loop loops[DEPTH];
static __thread int depth;

static uint64_t common_divisor(uint64_t a, uint64_t b) {
  while (b) {
    uint64_t rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

static void start_walk(walk *w, uint64_t count, uint64_t random) {
  w->count = count;
  w->at = mixed(random) % count;
  w->stride = count / 3 + mixed(random + 1) % (count / 3 + 1);
  while (common_divisor(w->stride, count) != 1)
    w->stride = w->stride + 1 < count ? w->stride + 1 : 1;
}

static uint64_t next_of(walk *w) {
  uint64_t now = w->at, left = w->count - now;
  w->at = w->stride >= left ? w->stride - left : now + w->stride;
  return now;
}

// Long loops are shuffled in blocks, and inside of each: every iteration at a place of its own in
// memory would miss all caches.
enum { BLOCK = 64, LONG = 1 << 14 };

static void start_shuffle(loop *l, uint64_t random) {
  uint64_t block = l->permuted < LONG ? 1 : BLOCK;
  start_walk(&l->blocks, l->permuted / block, random ^ mixed(seed));
  start_walk(&l->inside, block, ~random ^ mixed(seed));
}

static uint64_t next_shuffled(loop *l, uint64_t k) {
  uint64_t block = l->inside.count, rest = l->permuted % block;
  if (k < rest) // what fills no block comes first
    return l->permuted - 1 - k;
  if ((k - rest) % block == 0)
    l->first = next_of(&l->blocks) * block;
  return l->first + next_of(&l->inside);
}

static uint64_t next_in(loop *l) {
  uint64_t k = l->done++;
  if (k >= l->permuted)
    return k;
  return l->order == REVERSE ? l->permuted - 1 - k : next_shuffled(l, k);
}

static void start(loop *l, int64_t chunk, const ident *where) {
  int64_t site = (chunk - MARK) / 2;
  l->ours = 1;
  l->done = 0;
  l->permuted = l->count - (l->count > 0 && chunk % 2);
  l->order = is_chosen(site) && l->permuted > 1 && !unwatched ? wanted : FORWARD;
  uint64_t before = note_site(site, where, l->count);
  if (l->order == SHUFFLE)
    start_shuffle(l, mixed((uint64_t)site) + before);
}

// --- libomp's entry points for loops -------------------------------------------------------------

static int is_marked(int64_t chunk) { return chunk >= MARK && chunk < MARK + 2 * SITES; }

static int is_alone(void) { return omp_get_num_threads && omp_get_num_threads() == 1; }

#define DISPATCH(suffix, type, utype, stype)                                                       \
  void __kmpc_dispatch_init_##suffix(ident *where, int32_t thread, int32_t schedule, type lower,   \
                                     type upper, stype step, stype chunk) {                        \
    REAL(__kmpc_dispatch_init_##suffix, void, ident *, int32_t, int32_t, type, type, stype,        \
         stype);                                                                                   \
    int marked = is_marked(chunk), ours = marked && region && step > 0 && is_alone();              \
    if (region && depth < DEPTH) {                                                                 \
      loop *l = &loops[depth++];                                                                   \
      memset(l, 0, sizeof *l);                                                                     \
      if (ours) {                                                                                  \
        l->lower = (int64_t)lower;                                                                 \
        l->step = step;                                                                            \
        l->count = lower <= upper ? (uint64_t)((utype)upper - (utype)lower) / (utype)step + 1 : 0; \
        start(l, chunk, where);                                                                    \
        return;                                                                                    \
      }                                                                                            \
      note_fixed(where);                                                                           \
    } else if (region)                                                                             \
      depth++;                                                                                     \
    real(where, thread, marked ? STATIC : schedule, lower, upper, step, marked ? 0 : chunk);       \
  }                                                                                                \
                                                                                                   \
  int __kmpc_dispatch_next_##suffix(ident *where, int32_t thread, int32_t *last, type *lower,      \
                                    type *upper, stype *step) {                                    \
    REAL(__kmpc_dispatch_next_##suffix, int, ident *, int32_t, int32_t *, type *, type *,          \
         stype *);                                                                                 \
    loop *l = region && depth > 0 && depth <= DEPTH ? &loops[depth - 1] : 0;                       \
    if (!l || !l->ours) {                                                                          \
      int more = real(where, thread, last, lower, upper, step);                                    \
      depth -= region && !more;                                                                    \
      return more;                                                                                 \
    }                                                                                              \
    if (l->done == l->count) {                                                                     \
      depth--;                                                                                     \
      return 0;                                                                                    \
    }                                                                                              \
    uint64_t k = l->order == FORWARD ? 0 : next_in(l), end = k;                                    \
    if (l->order == FORWARD) /* all at once */                                                     \
      end = l->count - 1, l->done = l->count;                                                      \
    *lower = (type)((utype)l->lower + (utype)k * (utype)l->step);                                  \
    *upper = (type)((utype)l->lower + (utype)end * (utype)l->step);                                \
    *step = (stype)l->step;                                                                        \
    if (last)                                                                                      \
      *last = end + 1 == l->count;                                                                 \
    return 1;                                                                                      \
  }                                                                                                \
                                                                                                   \
  void __kmpc_for_static_init_##suffix(ident *where, int32_t thread, int32_t schedule,             \
                                       int32_t *last, type *lower, type *upper, stype *stride,     \
                                       stype step, stype chunk) {                                  \
    REAL(__kmpc_for_static_init_##suffix, void, ident *, int32_t, int32_t, int32_t *, type *,      \
         type *, stype *, stype, stype);                                                           \
    if (region)                                                                                    \
      note_fixed(where);                                                                           \
    real(where, thread, schedule, last, lower, upper, stride, step, chunk);                        \
  }

DISPATCH(4, int32_t, uint32_t, int32_t)
DISPATCH(4u, uint32_t, uint32_t, int32_t)
DISPATCH(8, int64_t, uint64_t, int64_t)
DISPATCH(8u, uint64_t, uint64_t, int64_t)

// Comes right after the last call of __kmpc_dispatch_next: libomp must not end what it never began.
void __kmpc_dispatch_deinit(ident *where, int32_t thread) {
  REAL(__kmpc_dispatch_deinit, void, ident *, int32_t);
  int ours = region && depth < DEPTH && loops[depth].ours;
  if (!ours && real)
    real(where, thread);
}

// --- one team, one thread ------------------------------------------------------------------------

void __kmpc_push_num_teams(ident *where, int32_t thread, int32_t teams, int32_t threads) {
  REAL(__kmpc_push_num_teams, void, ident *, int32_t, int32_t, int32_t);
  real(where, thread, region ? 1 : teams, region ? 1 : threads);
}

void __kmpc_push_num_threads(ident *where, int32_t thread, int32_t threads) {
  REAL(__kmpc_push_num_threads, void, ident *, int32_t, int32_t);
  real(where, thread, region ? 1 : threads);
}

typedef struct {
  int threads, depth, unwatched;
} before;

static before enter_region(const void *kernel, const kernel_arguments *arguments) {
  before b = {omp_get_max_threads ? omp_get_max_threads() : 1, depth, unwatched};
  unwatched = !launch_is_watched(kernel, arguments->trips, seed + wanted);
  if (omp_set_num_threads)
    omp_set_num_threads(1);
  region++;
  return b;
}

static void leave_region(before b) {
  region--;
  depth = b.depth;
  unwatched = b.unwatched;
  if (omp_set_num_threads)
    omp_set_num_threads(b.threads);
}

int __tgt_target_kernel(ident *where, int64_t device, int32_t teams, int32_t threads, void *kernel,
                        void *arguments) {
  REAL(__tgt_target_kernel, int, ident *, int64_t, int32_t, int32_t, void *, void *);
  before b = enter_region(kernel, arguments);
  int result = real(where, device, teams, threads, kernel, arguments);
  leave_region(b);
  return result;
}

int __tgt_target_kernel_nowait(ident *where, int64_t device, int32_t teams, int32_t threads,
                               void *kernel, void *arguments, int32_t waits, void *wait_list,
                               int32_t no_alias, void *no_alias_list) {
  REAL(__tgt_target_kernel_nowait, int, ident *, int64_t, int32_t, int32_t, void *, void *, int32_t,
       void *, int32_t, void *);
  before b = enter_region(kernel, arguments);
  int result = real(where, device, teams, threads, kernel, arguments, waits, wait_list, no_alias,
                    no_alias_list);
  leave_region(b);
  return result;
}

// --- start and end -------------------------------------------------------------------------------

static int is_permuted_too(const char *source) {
  for (uint32_t i = 0; i < sites_end; i++)
    if (sites[i].loops && !strcmp(sites[i].source, source))
      return 1; // the league's part of a loop that is permuted
  return 0;
}

static void write_report(void) {
  const char *name = getenv("S2S_ORDER_REPORT");
  FILE *file = name ? fopen(name, "w") : 0;
  if (!file)
    return;
  for (uint32_t i = 0; i < sites_end; i++)
    if (sites[i].loops)
      fprintf(file, "site %u %llu\n", i, (unsigned long long)sites[i].most);
  for (uint32_t i = 0; i < fixed_end; i++)
    if (!is_permuted_too(fixed[i].source))
      fprintf(file, "fixed %s\n", fixed[i].source);
  fprintf(file, "end\n");
  fclose(file);
}

__attribute__((constructor)) static void begin(void) {
  const char *order = getenv("S2S_ORDER"), *number = getenv("S2S_ORDER_SEED");
  wanted = !order || *order == 'f' ? FORWARD : *order == 'r' ? REVERSE : SHUFFLE;
  seed = number ? strtoull(number, 0, 10) : 0;
  chosen = getenv("S2S_ORDER_SITES");
  atexit(write_report);
}
