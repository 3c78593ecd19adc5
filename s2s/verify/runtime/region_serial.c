// SPDX-License-Identifier: Apache-2.0
//
// Runs the serial text of a region in child processes, and compares.
//
// Environment: S2S_COMPARE_REPORT (file, else stderr), S2S_COMPARE_SECONDS (that all of this may
//              take, copies and serial runs, default 60), S2S_COMPARE_LAUNCHES (of each region that are all compared;
//              after them every power of two; default 8).

#define _GNU_SOURCE
#include "region.h"

#include <errno.h>
#include <fcntl.h>
#include <fenv.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST_REGIONS = 4096 };
enum { NEAREST, UPWARD, DOWNWARD, RUNS };

static struct {
  long launches;
  int is_over; // a difference or an obstacle was reported
} regions[MOST_REGIONS];

// What parent and children share.
static struct {
  volatile int finished;
  items known;
} *shared;

static int in_child;
static int run; // of this child
static double seconds_left = 60, since;
static const char out_of_time[] = "the time for comparing was over";
static long all_launches = 8;
static int launch_is_wanted;

void __s2s_region_begin(int region, int flags) {
  launch_forget();
  current.region = -1;
  launch_is_wanted = 0;
  if (in_child || region >= MOST_REGIONS || regions[region].is_over)
    return;
  current.region = region;
  current.flags = flags;
  current.obstacle = 0;
  current.seconds = 0;
  long number = regions[region].launches + 1;
  launch_is_wanted = number <= all_launches || !(number & (number - 1));
  if (launch_is_wanted && seconds_left <= 0) {
    region_report_obstacle(region, out_of_time);
    regions[region].is_over = 1;
    launch_is_wanted = 0;
  }
  if (!launch_is_wanted)
    current.region = -1;
  regions[region].launches = number;
  current.launch = number;
}

void __s2s_region_item(const char *name, int kind, const volatile void *at, unsigned long size,
                       int steps, ...) {
  items *known = &shared->known;
  if (known->count == MOST_ITEMS || steps > MOST_STEPS || run != NEAREST)
    return;
  item *i = &known->list[known->count];
  *i = (item){.name = name, .kind = kind, .at = (uintptr_t)at, .size = size};
  va_list rest;
  va_start(rest, steps);
  for (int s = 0; s < steps; s++) {
    size_t stride = va_arg(rest, unsigned long), whole = va_arg(rest, unsigned long);
    if (!whole)
      i->steps = 0; // what came before led to a pointer
    i->stride[i->steps] = stride;
    i->whole[i->steps++] = whole;
  }
  va_end(rest);
  known->count++;
}

// --- in the child --------------------------------------------------------------------------------

// Give the host's variables the values that the kernel found. Bytes that are right already are not
// written: they may be constant.
static void restore(const snapshot *s) {
  if (launch_is_mapped(s) && memcmp((void *)s->device, s->before, s->bytes))
    memcpy((void *)s->device, s->before, s->bytes);
  if (!s->host)
    return;
  size_t at = 0;
  for (; at + 8 <= s->bytes; at += 8) {
    uint64_t word, host_word;
    memcpy(&word, s->before + at, 8);
    memcpy(&host_word, (void *)(s->host + at), 8);
    if (word != host_word) {
      uint64_t translated = launch_host_word(word, host_word);
      if (translated != host_word)
        memcpy((void *)(s->host + at), &translated, 8);
    }
  }
  if (memcmp((void *)(s->host + at), s->before + at, s->bytes - at))
    memcpy((void *)(s->host + at), s->before + at, s->bytes - at);
}

// Take the values that the serial text left. Where it used a pointer of the device, they are there.
static void take(const snapshot *s) {
  uint8_t *to = s->serial[run];
  const uint8_t *device = (const uint8_t *)s->device;
  if (!s->host) {
    memcpy(to, device, s->bytes);
    return;
  }
  memcpy(to, (void *)s->host, s->bytes);
  if (!launch_is_mapped(s) || !memcmp(device, s->before, s->bytes))
    return;
  for (size_t i = 0; i < s->bytes; i++)
    if (device[i] != s->before[i])
      to[i] = device[i];
}

static void become_child(int which, double seconds) {
  in_child = 1;
  run = which;
  int nowhere = open("/dev/null", O_RDWR);
  for (int file = 0; nowhere >= 0 && file < 3; file++)
    dup2(nowhere, file);
  for (int number = 1; number < NSIG; number++)
    signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, 0);
  struct itimerval limit = {{0, 0}, {(time_t)seconds, 1000}};
  setitimer(ITIMER_REAL, &limit, 0);
  for (int i = 0; i < current.count; i++)
    restore(&current.blocks[i]);
  if (which != NEAREST)
    fesetround(which == UPWARD ? FE_UPWARD : FE_DOWNWARD);
}

void __s2s_region_end(int region) {
  (void)region;
  fesetround(FE_TONEAREST);
  for (int i = 0; i < current.count; i++)
    if (current.blocks[i].is_live_out)
      take(&current.blocks[i]);
  shared->finished = 1;
  _exit(0);
}

// --- in the program ------------------------------------------------------------------------------

static int get_shared(int which) {
  for (int i = 0; i < current.count; i++) {
    snapshot *s = &current.blocks[i];
    if (!s->is_live_out)
      continue;
    void *at = mmap(0, s->bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    s->serial[which] = at == MAP_FAILED ? 0 : at;
    if (at == MAP_FAILED)
      return 0;
  }
  return 1;
}

static void free_shared(void) {
  for (int i = 0; i < current.count; i++)
    for (int which = 0; which < RUNS; which++)
      if (current.blocks[i].serial[which]) {
        munmap(current.blocks[i].serial[which], current.blocks[i].bytes);
        current.blocks[i].serial[which] = 0;
      }
}

// Run the serial text in a child: 1 there, 0 here when it is over, -1 when it could not be run.
static int run_serially(int which, const char **why) {
  *why = "there is no memory for its serial run";
  if (!get_shared(which))
    return -1;
  shared->finished = 0;
  double limit = seconds_left - (now() - since) > 1 ? seconds_left - (now() - since) : 1;
  sigset_t child_signal, before;
  sigemptyset(&child_signal);
  sigaddset(&child_signal, SIGCHLD);
  sigprocmask(SIG_BLOCK, &child_signal, &before);
  pid_t child = fork();
  if (child == 0) {
    become_child(which, limit);
    return 1;
  }
  int status = 0;
  while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
    ;
  sigprocmask(SIG_SETMASK, &before, 0);
  if (child > 0 && shared->finished)
    return 0;
  int in_time = !(child > 0 && WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM);
  *why = in_time ? "its serial run failed" : "its serial run did not end in time";
  return -1;
}

static double tolerance(void) {
  uint64_t terms = current.trips;
  for (int i = 0; !terms && i < current.count; i++)
    if (current.blocks[i].bytes / 8 > terms)
      terms = current.blocks[i].bytes / 8;
  double steps = current.flags & COMBINES ? 4 * sqrt((double)terms) : 0;
  current.trips = terms;
  return (steps > 16 ? steps : 16) * 0x1p-53;
}

static void compare(comparison *c) {
  *c = (comparison){.relative = tolerance(), .rounding_is_known = c->rounding_is_known};
  for (int i = 0; i < current.count; i++)
    if (current.blocks[i].is_live_out)
      compare_block(&current.blocks[i], &shared->known, c);
}

int __s2s_region_serial(int region) {
  if (in_child || !launch_is_wanted || current.region != region)
    return 0;
  current.region = -1; // what is launched from here on is none of its
  const char *why = current.obstacle;
  if (!current.taken && !why)
    return 0; // it did not run on the device
  since = now();
  if (!why) {
    shared->known.count = 0;
    int result = run_serially(NEAREST, &why);
    if (result == 1)
      return 1;
    comparison c = {0};
    if (result == 0) {
      why = 0;
      compare(&c);
      // How much is due to rounding? Two more runs tell, one rounded up, one down.
      for (int which = UPWARD; c.differences && which < RUNS && result == 0; which++) {
        const char *ignored;
        result = run_serially(which, &ignored);
        if (result == 1)
          return 1;
        c.rounding_is_known = result == 0;
      }
      if (c.differences && c.rounding_is_known)
        compare(&c);
      region_report_comparison(region, &current, &c);
      regions[region].is_over = c.differences > 0;
    }
  }
  if (why) {
    region_report_obstacle(region, why);
    regions[region].is_over = 1;
  }
  free_shared();
  launch_forget();
  seconds_left -= now() - since + current.seconds;
  return 0;
}

__attribute__((constructor)) static void start(void) {
  const char *seconds = getenv("S2S_COMPARE_SECONDS"), *most = getenv("S2S_COMPARE_LAUNCHES");
  if (seconds)
    seconds_left = atof(seconds);
  if (most)
    all_launches = atol(most);
  current.region = -1;
  region_report_start(getenv("S2S_COMPARE_REPORT"));
  void *at = mmap(0, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED)
    in_child = 1; // then nothing is compared
  else
    shared = at;
}
