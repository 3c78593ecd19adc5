// SPDX-License-Identifier: Apache-2.0
//
// Compare mode: every target region also runs its serial text, and what the two leave behind is
// compared element by element.
//
//   before the kernel  a copy is made of all device memory that the kernel can reach
//                      (region_memory.c, region_launch.c)
//   after the kernel   and another one
//   after the region   a child process is forked; it writes the first copy into the host's
//                      variables, runs the region's text without its directives, and hands back
//                      what they hold then (region_serial.c); the program itself goes on untouched
//   last               the second copy and the child's values are compared, and a line of JSON is
//                      written (region_values.c, region_report.c)
//
// Because a region starts from the device's own values, a transfer that is missing before it is no
// difference of this region: only what it computes from equal inputs is.
//
// The calls of __s2s_region_* are put into a copy of the program's text by region_text.py.

#ifndef S2S_REGION_H
#define S2S_REGION_H

#include <stddef.h>
#include <stdint.h>

// --- what the instrumented text calls ------------------------------------------------------------

enum { COMBINES = 1 }; // values are combined in any order: reductions and atomic updates

void __s2s_region_begin(int region, int flags);
// Whether the serial text is to be run: in a child process only.
int __s2s_region_serial(int region);
// Tells what is stored where: `steps` pairs of numbers follow, for each subscript the size of an
// element and that of the whole array (0: reached through a pointer). "[]" in the name stands for a
// subscript. Kinds: 'f' float, 'd' double, 'l' long double, 'c' and 'z' complex, 'i' and 'u'
// integers, 's' a record, 0 unknown.
void __s2s_region_item(const char *name, int kind, const volatile void *at, unsigned long size,
                       int steps, ...);
void __s2s_region_end(int region);

// --- device memory (region_memory.c) -------------------------------------------------------------

typedef struct {
  uintptr_t device, host; // host: 0 for memory of omp_target_alloc
  size_t bytes;
  unsigned long call; // the call of the runtime during which it was allocated
} block;

typedef struct {
  void *host;
  size_t bytes;
  int by_link;
} device_global;

extern block *blocks;
extern int block_count;
extern unsigned long calls; // of the runtime, so far
extern const device_global *const globals;
extern int global_count;

void block_allocated(uintptr_t device, uintptr_t host, size_t bytes);
void block_released(uintptr_t device);
void note_name(void *host, void *base, const char *name);
const char *name_of(uintptr_t host);
uintptr_t base_of(uintptr_t host);

// --- what a kernel reaches (region_launch.c) ----------------------------------------------

// A piece of device memory as a kernel found and left it. `host` is what it stands for, 0 for
// memory of omp_target_alloc. The bytes of the serial runs lie in memory shared with the children.
typedef struct {
  uintptr_t device, host, base; // base: the address that subscripts count from, 0 if unknown
  size_t bytes;
  const char *name; // ";name;file;line;column;;"
  int is_live_out, is_global;
  uint8_t *before, *after;
  uint8_t *serial[3];
} snapshot;

enum { MOST_SNAPSHOTS = 4096 };

typedef struct {
  int region, flags;
  long launch; // counts from 1
  uint64_t trips;
  int taken;      // whether there are both copies
  double seconds; // that the copies took
  const char *obstacle;
  int count;
  snapshot *blocks; // by device address
} launch;

extern launch current;

double now(void); // in seconds

void launch_forget(void);
// Whether a device block is still what it was, so that the serial text may use device pointers.
int launch_is_mapped(const snapshot *s);
// The host's word for a word of a block's device copy: pointers into device memory are translated.
// `host_word` is what the host has there.
uint64_t launch_host_word(uint64_t word, uint64_t host_word);
// Whether a word of the serial run and one of the device are the same pointer.
int launch_same_pointer(uint64_t serial, uint64_t device);

// --- items (region_serial.c) ---------------------------------------------------------------------

enum { MOST_STEPS = 8, MOST_ITEMS = 256 };

typedef struct {
  const char *name;
  int kind, steps;
  uintptr_t at;
  size_t size;
  size_t stride[MOST_STEPS], whole[MOST_STEPS];
} item;

typedef struct {
  int count;
  item list[MOST_ITEMS];
} items;

// --- values (region_values.c) --------------------------------------------------------------------

typedef struct {
  double relative;       // tolerance of the type double; other types have it in proportion
  int rounding_is_known; // serial[1] and serial[2] hold runs that were rounded up and down
  long elements, inexact, sensitive, untyped, differences;
  double worst;
  char variable[160], indices[96], serial[64], device[64], kind[16];
} comparison;

void compare_block(const snapshot *s, const items *known, comparison *out);

// --- report (region_report.c) --------------------------------------------------------------------

void region_report_start(const char *path);
void region_report_comparison(int region, const launch *of, const comparison *c);
void region_report_obstacle(int region, const char *why);

#endif
