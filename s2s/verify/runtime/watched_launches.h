// SPDX-License-Identifier: Apache-2.0
//
// Which launches of a construct are watched closely, where watching all of them takes too long: the
// first ones, every one with more than twice the iterations of all before (where their number is
// known beforehand), and of the others ever fewer, half as large a part each time that their number
// doubles. Which ones is the same in every run.
//
// Environment: S2S_WATCH_FIRST, how many first ones (0 or unset: all launches are watched).

#ifndef S2S_WATCHED_LAUNCHES_H
#define S2S_WATCHED_LAUNCHES_H

#include "libomptarget.h"
#include <pthread.h>
#include <stdlib.h>

static uint64_t mixed(uint64_t x) { // splitmix64
  x += 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

static struct {
  pthread_mutex_t lock;
  struct {
    const void *kernel;
    uint64_t launches, most_trips;
  } of[1024];
  uint64_t all, watched;
} launched = {.lock = PTHREAD_MUTEX_INITIALIZER};

// Whether launch `n`, counted from 0, is one of the fewer and fewer that are watched.
static int is_chosen_launch(uint64_t n, uint64_t first, uint64_t salt) {
  uint64_t step = 1;
  for (uint64_t m = n; m >= first; m >>= 1)
    step <<= 1;
  return mixed(n ^ mixed(salt)) % step == 0;
}

static uint64_t first_launches(void) {
  const char *text = getenv("S2S_WATCH_FIRST");
  return text ? strtoull(text, 0, 10) : 0;
}

// Count a launch and tell whether it is watched; others are watched for another `salt`.
static int launch_is_watched(const void *kernel, uint64_t trips, uint64_t salt) {
  enum { SIZE = sizeof launched.of / sizeof *launched.of };
  uint64_t first = first_launches();
  int slot = 0, watched = 1;
  pthread_mutex_lock(&launched.lock);
  while (slot < SIZE && launched.of[slot].kernel && launched.of[slot].kernel != kernel)
    slot++;
  if (slot < SIZE) {
    launched.of[slot].kernel = kernel;
    uint64_t *most = &launched.of[slot].most_trips, n = launched.of[slot].launches++;
    watched = !first || n < first || trips > 2 * *most || is_chosen_launch(n, first, salt);
    if (watched && trips > *most)
      *most = trips;
  }
  launched.all++;
  launched.watched += (uint64_t)watched;
  pthread_mutex_unlock(&launched.lock);
  return watched;
}

#endif
