// SPDX-License-Identifier: Apache-2.0
//
// Lets the race detector see the accesses of some launches only: what ThreadSanitizer does at every
// access is far more than the access itself, and a construct that is launched a thousand times need
// not be watched each time; nor need all memory be watched in a launch that goes on and on.
// Synchronisation is always seen, so that nothing that is left out can make an alarm.
//
// Calls of the instrumented code come here first. Those that count go on as jumps, since the
// sanitizer takes the return address for the place of the access.
//
// Regions that are launched often have a copy that is not instrumented (unwatched_copies.py).
//
// Linked into a program built with -fsanitize=thread for the host device, before the sanitizer.
// Environment: that of watched_launches.h;
//              S2S_RACE_REPORT (file): the numbers of launches that were watched and of all, and
//              whether in one of them only some pages were watched in the end.

#define _GNU_SOURCE
#include "races.h"
#include "watched_launches.h"
#include <dlfcn.h>
#include <stdio.h>

_Thread_local int unwatched;

// --- accesses ------------------------------------------------------------------------------------

// So many accesses of a thread in one launch are all watched; later ones, of one page in eight.
enum { ALL_PAGES = 1 << 22, PAGE_BITS = 12, PART_BITS = 3 };

static uint64_t launch_number;
static int some_pages, every_access;
static _Thread_local int64_t left __attribute__((tls_model("initial-exec")));
static _Thread_local uint64_t launch __attribute__((tls_model("initial-exec")));

// Whether to watch an access after ALL_PAGES others.
static int later(const void *at) {
  uint64_t now = __atomic_load_n(&launch_number, __ATOMIC_RELAXED);
  if (launch != now || every_access) {
    launch = now;
    left = ALL_PAGES;
    return 1;
  }
  if (!__atomic_load_n(&some_pages, __ATOMIC_RELAXED)) // a store each time would take its time
    __atomic_store_n(&some_pages, 1, __ATOMIC_RELAXED);
  return ((uintptr_t)at >> PAGE_BITS) * 0x9E3779B97F4A7C15u >> (64 - PART_BITS) == 0;
}

#define ACCESS(name)                                                                               \
  static void (*real_##name)(void *);                                                              \
  void name(void *at) {                                                                            \
    if (real_##name && !unwatched && (left-- > 0 || later(at)))                                    \
      real_##name(at);                                                                             \
  }

#define EVERY_ACCESS(each)                                                                         \
  each(__tsan_read1) each(__tsan_read2) each(__tsan_read4) each(__tsan_read8) each(__tsan_read16)  \
  each(__tsan_write1) each(__tsan_write2) each(__tsan_write4) each(__tsan_write8)                  \
  each(__tsan_write16)                                                                             \
  each(__tsan_unaligned_read2) each(__tsan_unaligned_read4) each(__tsan_unaligned_read8)           \
  each(__tsan_unaligned_read16)                                                                    \
  each(__tsan_unaligned_write2) each(__tsan_unaligned_write4) each(__tsan_unaligned_write8)        \
  each(__tsan_unaligned_write16)

EVERY_ACCESS(ACCESS)

#define FIND(name) *(void **)&real_##name = dlsym(RTLD_NEXT, #name);

__attribute__((constructor(101))) static void begin(void) {
  every_access = !first_launches();
  EVERY_ACCESS(FIND)
}

// --- report --------------------------------------------------------------------------------------

__attribute__((destructor)) static void write_report(void) {
  const char *name = getenv("S2S_RACE_REPORT");
  FILE *file = name ? fopen(name, "w") : 0;
  if (!file)
    return;
  fprintf(file, "%llu %llu %d\n", (unsigned long long)launched.watched,
          (unsigned long long)launched.all, some_pages);
  fclose(file);
}

// --- launches ------------------------------------------------------------------------------------

// Of a region with an unwatched copy: which of the two this thread launches.
static _Thread_local enum { NO_COPY, ORIGINAL, COPY } chosen;

int s2s_watch(int region) {
  static char regions[1 << 16];
  chosen = launch_is_watched(&regions[region % (int)sizeof regions], 0, 0) ? ORIGINAL : COPY;
  return chosen == ORIGINAL;
}

void s2s_watch_end(void) { chosen = NO_COPY; }

static int enter(const void *kernel, const kernel_arguments *arguments) {
  int before = unwatched;
  __atomic_add_fetch(&launch_number, 1, __ATOMIC_RELAXED);
  unwatched = chosen ? chosen == COPY : !launch_is_watched(kernel, arguments->trips, 0);
  return before;
}

int __tgt_target_kernel(ident *where, int64_t device, int32_t teams, int32_t threads, void *kernel,
                        void *arguments) {
  static int (*real)(ident *, int64_t, int32_t, int32_t, void *, void *);
  if (!real)
    *(void **)&real = dlsym(RTLD_NEXT, "__tgt_target_kernel");
  int before = enter(kernel, arguments);
  int result = real(where, device, teams, threads, kernel, arguments);
  unwatched = before;
  return result;
}

int __tgt_target_kernel_nowait(ident *where, int64_t device, int32_t teams, int32_t threads,
                               void *kernel, void *arguments, int32_t waits, void *wait_list,
                               int32_t no_alias, void *no_alias_list) {
  static int (*real)(ident *, int64_t, int32_t, int32_t, void *, void *, int32_t, void *, int32_t,
                     void *);
  if (!real)
    *(void **)&real = dlsym(RTLD_NEXT, "__tgt_target_kernel_nowait");
  int before = enter(kernel, arguments);
  int result = real(where, device, teams, threads, kernel, arguments, waits, wait_list, no_alias,
                    no_alias_list);
  unwatched = before;
  return result;
}
