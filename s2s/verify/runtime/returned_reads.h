// SPDX-License-Identifier: Apache-2.0
//
// Whether the host reads what comes back from the device: it is poisoned, so that AddressSanitizer
// reports the first access, until it has a new use. The heap only: constant elements of globals are
// read without a check, and the stack is reused without one.

#ifndef S2S_RETURNED_READS_H
#define S2S_RETURNED_READS_H

#include <stddef.h>
#include <stdint.h>

// Of one list item: copies that were watched, those of them that the host never touched, with their
// bytes, and the reports of AddressSanitizer that this took.
typedef struct {
  long watched, unread, unread_bytes, touches;
} read_counts;

// `wanted` is whether to watch at all.
void reads_start(int wanted);
// Bytes came back.
void reads_watch(read_counts *counts, uintptr_t host, size_t bytes);
// A range has a new use. Who overwrites all of a copy without a look at it has not read it.
void reads_end(uintptr_t host, size_t bytes, int overwrites);
// Lift the poison for a copy by the runtime that does not overwrite anything.
void reads_lift(uintptr_t host, size_t bytes);
// Poison all that is watched: the guard, or reads_lift, has taken it away.
void reads_watch_again(void);
// The host touched poisoned memory: whether it was watched.
int reads_touched(uintptr_t at, size_t bytes);
// A heap block ends.
void reads_freed(uintptr_t at, size_t bytes);
// No copy is known to be unread: what the counts say of it is void.
void reads_stop(void);
// The program ends.
void reads_finish(void);

#endif
