// SPDX-License-Identifier: Apache-2.0
//
// What of the host's memory belongs to the program: heap blocks that its code (not a runtime
// library) allocated, the executable's globals, and the stack above the kernel's launch.

#define _GNU_SOURCE
#include "guard.h"

#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <sys/mman.h>

extern size_t __asan_get_alloc_stack(void *, void **, size_t, int *) __attribute__((weak));
extern void __asan_get_shadow_mapping(size_t *, size_t *) __attribute__((weak));
extern int __sanitizer_install_malloc_and_free_hooks(
    void (*)(const volatile void *, size_t), void (*)(const volatile void *)) __attribute__((weak));

// --- heap blocks: a list without holes, found by address through a hash table ---------------------

enum owner { UNKNOWN, PROGRAM, RUNTIME };

typedef struct {
  uintptr_t at;
  size_t bytes;
  enum owner owner;
  uint32_t slot;
} block;

enum { SLOTS = 1 << 22, EMPTY = 0, DELETED = 1, FIRST = 2 };

static block *blocks;
static uint32_t *table; // slot -> FIRST + index of the block
static uint32_t count;
static size_t slots_used, blocks_missed;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static size_t slot_of(uintptr_t at) {
  return ((at >> 4) * 0x9E3779B97F4A7C15ull) >> 40 & (SLOTS - 1);
}

static void on_malloc(const volatile void *at, size_t bytes) {
  if (!at)
    return;
  pthread_mutex_lock(&lock);
  if (slots_used * 2 < SLOTS) {
    size_t slot = slot_of((uintptr_t)at);
    while (table[slot] >= FIRST)
      slot = (slot + 1) & (SLOTS - 1);
    if (table[slot] == EMPTY)
      slots_used++;
    blocks[count] = (block){(uintptr_t)at, bytes, UNKNOWN, (uint32_t)slot};
    table[slot] = FIRST + count++;
  } else
    blocks_missed++;
  pthread_mutex_unlock(&lock);
}

static void on_free(const volatile void *at) {
  if (!at)
    return;
  size_t bytes = 0;
  pthread_mutex_lock(&lock);
  for (size_t slot = slot_of((uintptr_t)at); table[slot] != EMPTY; slot = (slot + 1) & (SLOTS - 1)) {
    if (table[slot] == DELETED || blocks[table[slot] - FIRST].at != (uintptr_t)at)
      continue;
    uint32_t index = table[slot] - FIRST;
    bytes = blocks[index].bytes;
    table[slot] = DELETED;
    blocks[index] = blocks[--count];
    if (index < count)
      table[blocks[index].slot] = FIRST + index;
    break;
  }
  pthread_mutex_unlock(&lock);
  if (bytes)
    mappings_forget_host((uintptr_t)at, bytes);
}

static enum owner owner_of_code(void *code) {
  static const char *const runtimes[] = {"libomp",  "libLLVM",  "libc.so",      "ld-linux",
                                         "libffi",  "tmpfile_", "libclang_rt.", "libarcher"};
  Dl_info info;
  if (!dladdr(code, &info) || !info.dli_fname)
    return RUNTIME;
  const char *name = info.dli_fname;
  for (const char *p = name; *p; p++)
    if (*p == '/')
      name = p + 1;
  for (size_t i = 0; i < sizeof runtimes / sizeof *runtimes; i++) {
    const char *a = runtimes[i], *b = name;
    while (*a && *a == *b)
      a++, b++;
    if (!*a)
      return RUNTIME;
  }
  return PROGRAM;
}

// A block belongs to a runtime library when the code that asked for it lies in one. The runtime
// allocates some at every launch, always in the same places, and dladdr() takes its time.
static enum owner owner_of(uintptr_t at) {
  static struct {
    void *code;
    enum owner owner;
  } known[1024];
  void *stack[4];
  int thread;
  if (__asan_get_alloc_stack((void *)at, stack, 4, &thread) < 2)
    return RUNTIME;
  size_t slot = ((uintptr_t)stack[1] * 0x9E3779B97F4A7C15ull) >> 54;
  if (known[slot].code != stack[1]) {
    known[slot].owner = owner_of_code(stack[1]);
    known[slot].code = stack[1];
  }
  return known[slot].owner;
}

// --- globals and stack: their shadow is not uniform, so it is put aside and restored ---------------

typedef struct {
  uintptr_t begin, end;
} range;

typedef struct {
  uintptr_t shadow, copy;
  size_t bytes;
} saved;

enum { RANGES = 16, USER_POISON = 0xf7 };

static range globals[RANGES], code[RANGES];
static int global_count, code_count;
static saved saves[RANGES + 1];
static int save_count;
static uintptr_t copies; // where shadows are put aside
static const size_t copies_size = (size_t)1 << 30;
static size_t copies_used, bytes_missed;
static size_t window; // bytes that the next report of an access outside the heap lets go
static size_t shadow_scale, shadow_offset;

// The first object is the executable.
static int note_segments(struct dl_phdr_info *info, size_t size, void *data) {
  (void)size;
  (void)data;
  for (int i = 0; i < info->dlpi_phnum && i < RANGES; i++) {
    const ElfW(Phdr) *header = &info->dlpi_phdr[i];
    if (header->p_type != PT_LOAD)
      continue;
    uintptr_t begin = info->dlpi_addr + header->p_vaddr;
    range segment = {begin, begin + header->p_memsz};
    if (header->p_flags & PF_X)
      code[code_count++] = segment;
    else
      globals[global_count++] = segment;
  }
  return 1;
}

int host_memory_is_code(uintptr_t at) {
  for (int i = 0; i < code_count; i++)
    if (at >= code[i].begin && at < code[i].end)
      return 1;
  return 0;
}

static void put_aside(uintptr_t begin, uintptr_t end) {
  uintptr_t granule = (uintptr_t)1 << shadow_scale;
  begin = (begin + granule - 1) & ~(granule - 1);
  end &= ~(granule - 1);
  if (end <= begin)
    return;
  size_t bytes = (end - begin) >> shadow_scale;
  if (save_count > RANGES || copies_used + bytes > copies_size) {
    bytes_missed += end - begin;
    return;
  }
  saved s = {(begin >> shadow_scale) + shadow_offset, copies + copies_used, bytes};
  copies_used += bytes;
  saves[save_count++] = s;
  guard_copy(s.copy, s.shadow, s.bytes);
  guard_fill(s.shadow, USER_POISON, s.bytes);
}

// --- the whole -----------------------------------------------------------------------------------

void host_memory_start(void) {
  const int protection = PROT_READ | PROT_WRITE;
  const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
  blocks = mmap(0, sizeof *blocks * SLOTS / 2, protection, flags, -1, 0);
  table = mmap(0, sizeof *table * SLOTS, protection, flags, -1, 0);
  copies = (uintptr_t)mmap(0, copies_size, protection, flags, -1, 0);
  __asan_get_shadow_mapping(&shadow_scale, &shadow_offset);
  dl_iterate_phdr(note_segments, 0);
  __sanitizer_install_malloc_and_free_hooks(on_malloc, on_free);
}

// The answer is kept: for the first thread, the C library reads /proc/self/maps to find it.
void host_memory_stack(uintptr_t *low, uintptr_t *high) {
  static __thread uintptr_t known_low, known_high;
  pthread_attr_t attributes;
  void *begin;
  size_t bytes;
  if (!known_high && !pthread_getattr_np(pthread_self(), &attributes)) {
    pthread_attr_getstack(&attributes, &begin, &bytes);
    pthread_attr_destroy(&attributes);
    known_low = (uintptr_t)begin;
    known_high = known_low + bytes;
  }
  *low = known_low;
  *high = known_high;
}

void host_memory_poison(uintptr_t stack_from) {
  for (uint32_t i = 0; i < count; i++) {
    if (blocks[i].owner == UNKNOWN)
      blocks[i].owner = owner_of(blocks[i].at);
    if (blocks[i].owner == PROGRAM)
      guard_poison(blocks[i].at, blocks[i].bytes);
  }
  save_count = 0;
  copies_used = window = 0;
  for (int i = 0; i < global_count; i++)
    put_aside(globals[i].begin, globals[i].end);
  uintptr_t low, high;
  host_memory_stack(&low, &high);
  if (stack_from && high)
    put_aside(stack_from, high);
}

void host_memory_unpoison(void) {
  while (save_count > 0) {
    const saved *s = &saves[--save_count];
    guard_copy(s->shadow, s->copy, s->bytes);
  }
  for (uint32_t i = 0; i < count; i++)
    if (blocks[i].owner == PROGRAM)
      guard_unpoison(blocks[i].at, blocks[i].bytes);
}

void host_memory_swap(void) {
  for (int i = 0; i < save_count; i++) {
    uint8_t *a = (uint8_t *)saves[i].shadow, *b = (uint8_t *)saves[i].copy;
    for (size_t k = 0; k < saves[i].bytes; k++) {
      uint8_t kept = a[k];
      a[k] = b[k];
      b[k] = kept;
    }
  }
}

void host_memory_exempt(uintptr_t at, size_t bytes) {
  for (uint32_t i = 0; i < count; i++)
    if (blocks[i].owner == PROGRAM && at >= blocks[i].at && at < blocks[i].at + blocks[i].bytes) {
      guard_unpoison(blocks[i].at, blocks[i].bytes);
      return;
    }
  uintptr_t granule = (uintptr_t)1 << shadow_scale;
  window = window < ((size_t)1 << 30) ? 2 * window + 64 : window;
  uintptr_t shadow = (at >> shadow_scale) + shadow_offset;
  size_t wanted = (bytes + window + granule - 1) >> shadow_scale;
  for (int i = 0; i < save_count; i++) {
    const saved *s = &saves[i];
    if (shadow >= s->shadow && shadow < s->shadow + s->bytes) {
      size_t left = s->shadow + s->bytes - shadow;
      guard_copy(shadow, s->copy + (shadow - s->shadow), wanted < left ? wanted : left);
      return;
    }
  }
  guard_unpoison(at & ~(granule - 1), bytes + granule);
}

size_t host_memory_uncovered(void) { return bytes_missed + blocks_missed; }
