// SPDX-License-Identifier: Apache-2.0
//
// Which device memory there is, what it is called, and the globals of the device's image.

#define _GNU_SOURCE
#include "region.h"

#include <dlfcn.h>
#include <sys/mman.h>

// --- blocks of device memory ---------------------------------------------------------------------

enum { MOST_BLOCKS = 1 << 16 };

block *blocks;
int block_count;
unsigned long calls;

void block_allocated(uintptr_t device, uintptr_t host, size_t bytes) {
  if (!blocks) {
    void *at = mmap(0, sizeof *blocks * MOST_BLOCKS, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (at == MAP_FAILED)
      return;
    blocks = at;
  }
  if (block_count < MOST_BLOCKS)
    blocks[block_count++] = (block){device, host, bytes, calls};
}

void block_released(uintptr_t device) {
  for (int i = block_count - 1; i >= 0; i--)
    if (blocks[i].device == device) {
      blocks[i] = blocks[--block_count];
      return;
    }
}

// --- names of mapped ranges, the latest first ----------------------------------------------------

enum { NAMES = 1024 };
static struct {
  uintptr_t host, base;
  const char *name;
} names[NAMES];
static unsigned names_at;

void note_name(void *host, void *base, const char *name) {
  if (!host || !name)
    return;
  for (unsigned i = 1; i <= NAMES && i <= names_at; i++) {
    unsigned k = (names_at - i) % NAMES;
    if (names[k].host == (uintptr_t)host && names[k].name == name) {
      names[k].base = (uintptr_t)base;
      return;
    }
  }
  unsigned k = names_at++ % NAMES;
  names[k].host = (uintptr_t)host;
  names[k].base = (uintptr_t)base;
  names[k].name = name;
}

static int name_at(uintptr_t host) {
  for (unsigned i = 1; host && i <= NAMES && i <= names_at; i++)
    if (names[(names_at - i) % NAMES].host == host)
      return (int)((names_at - i) % NAMES);
  return -1;
}

const char *name_of(uintptr_t host) {
  int k = name_at(host);
  return k < 0 ? 0 : names[k].name;
}

// The base of a mapped section, which a kernel may be given instead of where it begins.
uintptr_t base_of(uintptr_t host) {
  int k = name_at(host);
  return k < 0 ? 0 : names[k].base;
}

// --- globals of the device's image ---------------------------------------------------------------

// An entry of the offload table: LLVM 19 and before, and after.
typedef struct {
  void *at;
  char *name;
  size_t bytes;
  int32_t flags, reserved;
} old_entry;

typedef struct {
  uint64_t zero;
  uint16_t version, kind;
  uint32_t flags;
  void *at;
  char *name;
  uint64_t bytes, data;
  void *other;
} new_entry;

typedef struct {
  int32_t images;
  void *image_list;
  char *first, *last;
} binary_descriptor;

enum { MOST_GLOBALS = 4096, LINK = 1 };
static device_global list[MOST_GLOBALS];
const device_global *const globals = list;
int global_count;

static void note_global(void *at, size_t bytes, uint32_t flags) {
  if (!bytes || (flags & ~(uint32_t)LINK) || global_count == MOST_GLOBALS)
    return; // a kernel, or a constructor
  list[global_count].host = at;
  list[global_count].bytes = bytes;
  list[global_count++].by_link = (int)(flags & LINK);
}

void __tgt_register_lib(binary_descriptor *descriptor) {
  static void (*real)(binary_descriptor *);
  if (!real)
    *(void **)&real = dlsym(RTLD_NEXT, "__tgt_register_lib");
  char *at = descriptor->first;
  int is_new = at < descriptor->last && !((new_entry *)at)->zero;
  for (; at < descriptor->last; at += is_new ? sizeof(new_entry) : sizeof(old_entry)) {
    if (is_new)
      note_global(((new_entry *)at)->at, ((new_entry *)at)->bytes, ((new_entry *)at)->flags);
    else
      note_global(((old_entry *)at)->at, ((old_entry *)at)->bytes,
                  (uint32_t)((old_entry *)at)->flags);
  }
  real(descriptor);
}
