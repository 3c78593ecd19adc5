// SPDX-License-Identifier: Apache-2.0
//
// Redundant transfers: copies between host and device that this run could have done without.
//
//   sent unchanged      the device held the same bytes already, or did so when the range was
//                       unmapped last
//   mapped unused       no kernel was launched that could reach the range while it was mapped
//   returned unchanged  the host held the same bytes already
//   returned unread     the host did not touch what came back before the device's next copy, the
//                       end of the block or the end of the program
//
// Everything is counted by construct and list item. Called by guard.c under its lock, except for
// the functions that are said to be called elsewhere.

#ifndef S2S_TRANSFERS_H
#define S2S_TRANSFERS_H

#include <stddef.h>
#include <stdint.h>

// The list items of a construct, as the compiler hands them to the runtime; all arrays have `count`
// elements, `names` may be 0.
typedef struct construct_items {
  const char *source; // ";file;function;line;column;;"
  int32_t count;
  void **bases, **begins;
  int64_t *sizes, *types;
  void **names; // ";name;file;line;column;;"
  const struct construct_items *outer;
} construct_items;

// `watch` asks for "returned unread", which is true only where all code that reads the host's
// memory is instrumented. Called once, before there are threads.
void transfers_start(int watch);
// What this thread's copies belong to until the matching call; called without the lock.
void transfers_enter(construct_items *items);
void transfers_leave(const construct_items *items);

void transfers_allocated(uintptr_t device, uintptr_t host, size_t bytes);
void transfers_released(uintptr_t device);
void transfers_before_send(uintptr_t host, uintptr_t device, size_t bytes);
void transfers_before_return(uintptr_t host, uintptr_t device, size_t bytes);
void transfers_after_return(uintptr_t host, uintptr_t device, size_t bytes);
// A kernel of this thread's construct starts. Called without the lock.
void transfers_launch(void);

// The host touched poisoned memory: whether it was what came back, unread until now. Called while
// AddressSanitizer reports.
int transfers_touched(uintptr_t at, size_t bytes);
// The guard has taken all poison from the host's memory: put back what watches for reads.
// Called without the lock.
void transfers_watch_again(void);
// The host's memory can no longer be watched, because other threads run beside kernels.
void transfers_stop_watching(void);
// Write the counts into the report. Called at the end, without the lock.
void transfers_report(void);

#endif
