// SPDX-License-Identifier: Apache-2.0
//
// Watching for reads of what came back; see returned_reads.h. Hooks of malloc and reports of
// AddressSanitizer come from any thread, so that there is a lock of its own.

#define _GNU_SOURCE
#include "returned_reads.h"
#include "guard.h"

#include <pthread.h>

extern const char *__asan_locate_address(void *, char *, size_t, void **, size_t *)
    __attribute__((weak));

enum { WATCHES = 256 };
enum { TOUCHES_OF_ITEM = 32, TOUCHES = 256 }; // each costs a report of AddressSanitizer

typedef struct {
  uintptr_t host;
  size_t bytes;
  read_counts *counts;
} watch;

static watch watches[WATCHES];
static int watch_count, watching;
static long touches;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
// The latest block that this thread allocated: realloc frees the old one right after it.
static __thread uintptr_t latest;
static __thread size_t latest_bytes;

static uintptr_t inner_begin(uintptr_t host) { return (host + GRANULE - 1) & -(uintptr_t)GRANULE; }

static size_t inner_bytes(uintptr_t host, size_t bytes) {
  uintptr_t end = (host + bytes) & -(uintptr_t)GRANULE;
  return end > inner_begin(host) ? end - inner_begin(host) : 0;
}

static void poison(const watch *w) {
  guard_poison(inner_begin(w->host), inner_bytes(w->host, w->bytes));
}

static void unpoison(const watch *w) {
  guard_unpoison(inner_begin(w->host), inner_bytes(w->host, w->bytes));
}

static int overlaps(const watch *w, uintptr_t host, size_t bytes) {
  return host < w->host + w->bytes && w->host < host + bytes;
}

static void end_watch(int i, int unread) {
  watch w = watches[i];
  watches[i] = watches[--watch_count];
  w.counts->unread += unread;
  w.counts->unread_bytes += unread ? (long)w.bytes : 0;
}

static int is_in_heap_block(uintptr_t host, size_t bytes) {
  void *begin = 0;
  size_t size = 0;
  char name[8];
  const char *kind = __asan_locate_address((void *)host, name, sizeof name, &begin, &size);
  static const char heap[] = "heap";
  for (size_t i = 0; i < sizeof heap; i++)
    if (!kind || kind[i] != heap[i])
      return 0;
  return host >= (uintptr_t)begin && host + bytes <= (uintptr_t)begin + size;
}

static void on_malloc(const volatile void *at, size_t bytes) {
  latest = (uintptr_t)at;
  latest_bytes = bytes;
}

extern int __sanitizer_install_malloc_and_free_hooks(
    void (*)(const volatile void *, size_t), void (*)(const volatile void *)) __attribute__((weak));
static void on_free(const volatile void *at) { (void)at, latest = 0; }

void reads_start(int wanted) {
  watching = wanted && __asan_locate_address;
  if (watching)
    __sanitizer_install_malloc_and_free_hooks(on_malloc, on_free);
}

void reads_watch(read_counts *counts, uintptr_t host, size_t bytes) {
  pthread_mutex_lock(&lock);
  int room = watch_count < WATCHES && touches < TOUCHES && counts->touches < TOUCHES_OF_ITEM;
  if (watching && room && inner_bytes(host, bytes) && is_in_heap_block(host, bytes)) {
    counts->watched++;
    watches[watch_count] = (watch){host, bytes, counts};
    poison(&watches[watch_count++]);
  }
  pthread_mutex_unlock(&lock);
}

void reads_end(uintptr_t host, size_t bytes, int overwrites) {
  pthread_mutex_lock(&lock);
  for (int i = 0; i < watch_count;) {
    watch w = watches[i];
    if (overlaps(&w, host, bytes)) {
      unpoison(&w);
      end_watch(i, overwrites && host <= w.host && host + bytes >= w.host + w.bytes);
    } else
      i++;
  }
  pthread_mutex_unlock(&lock);
}

void reads_lift(uintptr_t host, size_t bytes) {
  pthread_mutex_lock(&lock);
  for (int i = 0; i < watch_count; i++)
    if (overlaps(&watches[i], host, bytes))
      unpoison(&watches[i]);
  pthread_mutex_unlock(&lock);
}

void reads_watch_again(void) {
  pthread_mutex_lock(&lock);
  for (int i = 0; i < watch_count; i++)
    poison(&watches[i]);
  pthread_mutex_unlock(&lock);
}

int reads_touched(uintptr_t at, size_t bytes) {
  int found = 0;
  pthread_mutex_lock(&lock);
  for (int i = 0; i < watch_count;) {
    watch w = watches[i];
    if (overlaps(&w, at, bytes)) {
      found = 1;
      touches++;
      w.counts->touches++;
      unpoison(&w);
      end_watch(i, 0);
    } else
      i++;
  }
  pthread_mutex_unlock(&lock);
  return found;
}

// Where the bytes live on in the block allocated just before, it is realloc that frees: no end.
void reads_freed(uintptr_t at, size_t bytes) {
  pthread_mutex_lock(&lock);
  for (int i = 0; i < watch_count;) {
    size_t kept = bytes < latest_bytes ? bytes : latest_bytes;
    if (watches[i].host - at < bytes) {
      unpoison(&watches[i]);
      end_watch(i, !(latest && kept && same(latest, at, kept)));
    } else
      i++;
  }
  pthread_mutex_unlock(&lock);
}

void reads_stop(void) {
  pthread_mutex_lock(&lock);
  watching = 0;
  while (watch_count) {
    unpoison(&watches[0]);
    end_watch(0, 0);
  }
  pthread_mutex_unlock(&lock);
}

void reads_finish(void) {
  pthread_mutex_lock(&lock);
  while (watch_count) {
    unpoison(&watches[0]);
    end_watch(0, 1);
  }
  pthread_mutex_unlock(&lock);
}
