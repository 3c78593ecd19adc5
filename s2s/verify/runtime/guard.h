// SPDX-License-Identifier: Apache-2.0
//
// The guard: makes LLVM's host device behave like a GPU with memory of its own, so that
// AddressSanitizer reports what would fail, or silently go wrong, on a real one.
//
//   while a kernel runs    host heap blocks, the program's globals and the user's stack frames are
//                          poisoned, and device bytes that are older than the host's
//   while the host runs    device allocations are poisoned, and host bytes that are older than the
//                          device's
//   fresh device memory    is filled with a pattern (0xfb: large negative numbers, bad pointers)
//
// The parts: guard.c (entry points of OMPT, ASan and libomptarget), mappings.c (device memory and
// its host counterparts), staleness.c (which copy is newer), host_memory.c (heap, globals, stack),
// report.c (JSON Lines).
//
// Linked into the program, without sanitizers and without -fopenmp, with -fno-builtin: a memcpy
// that the sanitizer intercepts would look at the poison that is to be copied.

#ifndef S2S_GUARD_H
#define S2S_GUARD_H

#include <stddef.h>
#include <stdint.h>

// --- bytes (guard.c) -----------------------------------------------------------------------------

void guard_copy(uintptr_t to, uintptr_t from, size_t bytes);
void guard_fill(uintptr_t at, uint8_t value, size_t bytes);
void guard_poison(uintptr_t at, size_t bytes);
void guard_unpoison(uintptr_t at, size_t bytes);
// Whether a granule has poison, or bytes that are no part of any object.
int guard_is_poisoned(uintptr_t at);

// --- host memory (host_memory.c) -----------------------------------------------------------------

void host_memory_start(void);
// Poison all that belongs to the program but `stack_from` downwards (the runtime's own frames).
void host_memory_poison(uintptr_t stack_from);
void host_memory_unpoison(void);
// Lift the poison from globals and stack for the time of a report, and put it back: ASan reads the
// environment and starts its symbolizer with functions that it checks itself.
void host_memory_swap(void);
// An access to unmapped memory was reported: say no more about its heap block, or about a piece of
// the globals or the stack that grows from report to report, until the kernel ends.
void host_memory_exempt(uintptr_t at, size_t bytes);
// Whether an address is that of a function of the program.
int host_memory_is_code(uintptr_t at);
// The stack of the calling thread; 0 to 0 if it is not known.
void host_memory_stack(uintptr_t *low, uintptr_t *high);
// What the guard could not cover, for the summary: bytes of globals or stack, or heap blocks.
size_t host_memory_uncovered(void);

// --- mappings (mappings.c) -----------------------------------------------------------------------

// Writes of one side to bytes that were newer on the other, as runs that grow at their ends.
enum { RUNS = 8 };
typedef struct writes {
  unsigned reports, next;
  struct {
    uintptr_t begin, end;
  } runs[RUNS];
} writes;

// A range of device memory. `host` is 0 for memory without a host counterpart (omp_target_alloc).
// `agreed` holds the bytes as they were when both sides were last the same (0: not remembered);
// `taken` has bits for what the host, and the device, has overwritten since (see staleness.c);
// `stale` has a byte for each granule, 1 where the host's was found to be stale and is poisoned;
// `filled` tells that the device still holds the pattern where no kernel wrote. A range that was
// unmapped with changes that were never copied back is `lost`: `device` is 0 then, `agreed` holds
// what was lost, and the host's older bytes stay poisoned. `garbage` tells that bytes that no
// kernel wrote were copied back. `passed` counts reported accesses that met no stale byte;
// `tail_poisoned` tells that the granule at the end of the host's bytes is poisoned as a whole,
// though the range ends within it. `in_use` tells that the kernel that runs, or ran last, was given
// a pointer to the range; `reached`, that some kernel came there without one.
typedef struct mapping {
  uintptr_t device, host;
  size_t bytes;
  uint8_t *agreed, *taken[2], *stale;
  int filled, device_newer, lost, garbage, host_poisoned, tail_poisoned, in_use, reached;
  unsigned passed;
  writes written[2];
} mapping;

void mappings_start(int fill, int fill_byte, int track_stale);
void mappings_allocate(uintptr_t device, uintptr_t host, size_t bytes, int kernel_runs);
void mappings_release(uintptr_t device, int kernel_runs);
void mappings_before_copy(uintptr_t host, uintptr_t device, size_t bytes);
void mappings_after_copy(uintptr_t host, uintptr_t device, size_t bytes, int to_device,
                         int kernel_runs);
// A kernel is launched with pointers, of the host or of the device, for its arguments. Ranges that
// none of them points to stay poisoned, and are not compared.
void mappings_enter_kernel(void *const *pointers, size_t number);
// A kernel accesses a range that it was given no pointer to. Tells whether that is all: the device's
// bytes there are not stale.
int mapping_reached(mapping *m, uintptr_t at);
void mappings_leave_kernel(void);
// The memory has a new use: what was lost there no longer matters.
void mappings_forget_host(uintptr_t host, size_t bytes);
mapping *mapping_of_device(uintptr_t at, size_t slack);
mapping *mapping_of_host(uintptr_t at);
// The range that ends within the granule of an address and had all of it poisoned.
mapping *mapping_with_tail(uintptr_t at);
// A stale read was reported: do not ask again.
void mapping_trust_host(mapping *m);
// Remove all poison.
void mappings_clean(void);

// --- which copy is newer (staleness.c) -----------------------------------------------------------

enum { GRANULE = 8 };
enum side { HOST, DEVICE };

void staleness_start(int fill_byte);
void staleness_fill(uintptr_t at, size_t bytes);
size_t staleness_bits(size_t bytes);
size_t staleness_granules(size_t bytes);
void staleness_note_attached(uintptr_t at);
void staleness_forget_attached(uintptr_t at, size_t bytes);
// The first attached pointer inside [begin, end), or `end`.
uintptr_t staleness_next_attached(uintptr_t begin, uintptr_t end);
int same(uintptr_t a, uintptr_t b, size_t bytes);
// Whether a read of host (device) bytes meets some that are older than the other side's.
int mapping_host_is_stale(const mapping *m, uintptr_t at, size_t bytes);
int mapping_host_is_garbage(const mapping *m, uintptr_t at, size_t bytes);
int mapping_device_is_stale(const mapping *m, uintptr_t at, size_t bytes);
// Poison what is stale of a range, and tell whether there is any.
int poison_stale_host(mapping *m);
int poison_garbage(mapping *m, uintptr_t at, size_t bytes);
int poison_stale_device(mapping *m);
// Remove the poison of the host's bytes, or of a part of them.
void unpoison_host(mapping *m, uintptr_t at, size_t bytes);
// A side writes where the other was newer: those bytes are its own now. Tells whether that was
// asked so often that the side is to be trusted with the whole range.
int mapping_written(mapping *m, enum side by, uintptr_t at, size_t bytes);
// What a side has overwritten: all of it, or nothing.
void mapping_take_all(mapping *m, enum side by);
void mapping_not_taken(mapping *m, uintptr_t host, size_t bytes);
// An access was reported that met no stale byte, only a granule with one.
void mapping_passed(mapping *m, enum side by, uintptr_t at, size_t bytes);

// --- reports (report.c) --------------------------------------------------------------------------

typedef struct finding {
  const char *kind;      // see report.c
  const char *construct; // ";file;function;line;column;;" of the target construct, or ""
  const char *variable;  // ";name;file;line;column;;" of the map clause, or ""
  const char *access;    // "read", "write" or ""
  uintptr_t address;
  size_t bytes;          // of the access
  long offset;           // of the access from the start of the mapped range, in bytes
  size_t range;          // length of the mapped range in bytes
  const char *stack;     // ASan's report, or ""
} finding;

void report_start(const char *path);
void report_finding(const finding *f);
void report_summary(long kernels, long unguarded, size_t uncovered);

typedef struct report_number {
  const char *name;
  long value;
} report_number;

// A line of counts: of a construct and a variable, in libomptarget's form.
void report_numbers(const char *kind, const char *construct, const char *variable,
                    const report_number *numbers, size_t count);

#endif
