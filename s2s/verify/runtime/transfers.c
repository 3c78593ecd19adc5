// SPDX-License-Identifier: Apache-2.0
//
// Which copies were redundant; see transfers.h. Both memories can be read, since the device is the
// host's own processor: nothing is guessed, contents are compared. Fresh device memory holds the
// guard's pattern, so that it is not taken for equal by chance.

#define _GNU_SOURCE
#include "transfers.h"
#include "guard.h"
#include "returned_reads.h"
#include "libomptarget.h"

#include <dlfcn.h>
#include <pthread.h>
#include <sys/mman.h>

extern size_t __sanitizer_get_allocated_size(const volatile void *) __attribute__((weak));
extern int __sanitizer_install_malloc_and_free_hooks(
    void (*)(const volatile void *, size_t), void (*)(const volatile void *)) __attribute__((weak));

enum { SMALL = 64 };            // bytes of a copy that is not worth a word
enum { BLOCKS = 1 << 16, ROWS = 1 << 12, RECORDS = 1 << 12 };
enum { TARGET_PARAM = 0x20, POINTER_AND_OBJECT = 0x10, RETURNED = 0x40, PRIVATE = 0x80,
       LITERAL = 0x100 };

// What became of one list item of one construct; all bytes are sums over the copies counted.
typedef struct {
  const char *source, *name;
  long sent, sent_bytes, held, held_bytes, again, again_bytes;
  long returned, returned_bytes, unchanged, unchanged_bytes;
  long mapped, mapped_bytes, unused, unused_bytes;
  read_counts reads;
  int pending; // a copy to the host that changes something is under way
} row;

// A range of device memory; sorted by address. `former` are the contents that an earlier range for
// the same host memory had when it was unmapped. `reachable` tells that a pointer to it was sent.
typedef struct {
  uintptr_t device, host;
  size_t bytes;
  row *row;
  uint64_t former[2];
  int has_former, reachable, used;
} block;

// Contents of a range when it was unmapped.
typedef struct {
  uintptr_t host;
  size_t bytes;
  uint64_t contents[2];
} record;

static block *blocks;
static row *rows;
static record *records;
static int block_count, row_count, record_count, records_at;
// Of the records: the hook of free comes without the guard's lock.
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static __thread const construct_items *items;
// Host memory that was ever mapped lies in between.
static uintptr_t lowest = (uintptr_t)-1, highest;

// --- contents ------------------------------------------------------------------------------------

typedef uint64_t __attribute__((aligned(1), may_alias)) word;

// 128 bits that depend on every byte and its place.
static void contents(uintptr_t at, size_t bytes, uint64_t out[2]) {
  uint64_t a = 0x243F6A8885A308D3u ^ bytes, b = 0x13198A2E03707344u;
  for (size_t i = 0; i < bytes; i += sizeof(word)) {
    uint64_t next = 0;
    if (i + sizeof(word) <= bytes)
      next = *(const word *)(at + i);
    else
      for (size_t k = i; k < bytes; k++)
        next = next << 8 | *(const uint8_t *)(at + k);
    a = ((a << 5 | a >> 59) ^ next) * 0x9E3779B97F4A7C15u;
    b = (b ^ b >> 29 ^ next) * 0xC2B2AE3D27D4EB4Fu;
  }
  out[0] = a;
  out[1] = b;
}

// --- constructs, rows, blocks --------------------------------------------------------------------

void transfers_enter(construct_items *mine) {
  mine->outer = items;
  items = mine;
}

void transfers_leave(const construct_items *mine) { items = mine->outer; }

// The name of the list item that a host range belongs to; the narrowest that holds it.
static const char *name_of(uintptr_t host, size_t bytes) {
  const char *found = 0;
  size_t narrowest = (size_t)-1;
  for (int32_t i = 0; items && items->names && i < items->count; i++) {
    uintptr_t begin = (uintptr_t)items->begins[i];
    size_t size = (size_t)items->sizes[i];
    if (host >= begin && host - begin + bytes <= size && size < narrowest && items->names[i]) {
      found = items->names[i];
      narrowest = size;
    }
  }
  return found;
}

// Where a copy counts; 0 for what no list item names, and for what is too small to matter.
static row *row_of(uintptr_t host, size_t bytes) {
  const char *name = bytes >= SMALL ? name_of(host, bytes) : 0;
  if (!name || !items->source)
    return 0;
  for (int i = 0; i < row_count; i++)
    if (rows[i].name == name && rows[i].source == items->source)
      return &rows[i];
  if (row_count == ROWS)
    return 0;
  rows[row_count] = (row){.source = items->source, .name = name};
  return &rows[row_count++];
}

// The first block that does not lie wholly before an address.
static int position_of(uintptr_t device) {
  int low = 0, high = block_count;
  while (low < high) {
    int middle = (low + high) / 2;
    if (blocks[middle].device + blocks[middle].bytes <= device)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static block *block_at(uintptr_t device) {
  int i = position_of(device);
  return i < block_count && device >= blocks[i].device ? &blocks[i] : 0;
}

static void mark_reachable(uintptr_t value) {
  if (!block_count || value < blocks[0].device)
    return;
  block *b = block_at(value);
  if (b)
    b->reachable = 1;
}

// Bytes that are sent may hold pointers of the device: what those point to can be reached.
static void scan_for_pointers(uintptr_t at, size_t bytes) {
  if (!block_count)
    return;
  uintptr_t low = blocks[0].device;
  uintptr_t high = blocks[block_count - 1].device + blocks[block_count - 1].bytes;
  uintptr_t end = at + bytes;
  for (at = (at + 7) & ~(uintptr_t)7; at + sizeof(word) <= end; at += sizeof(word))
    if (*(const word *)at - low < high - low)
      mark_reachable(*(const word *)at);
}

// --- host memory ---------------------------------------------------------------------------------

int transfers_touched(uintptr_t at, size_t bytes) { return reads_touched(at, bytes); }

void transfers_watch_again(void) { reads_watch_again(); }

void transfers_stop_watching(void) {
  reads_stop();
  for (int i = 0; i < row_count; i++)
    rows[i].reads = (read_counts){0};
}

static void on_malloc(const volatile void *at, size_t bytes) { (void)at, (void)bytes; }

// A block ends: what has its address next is something else.
static void on_free(const volatile void *freed) {
  uintptr_t at = (uintptr_t)freed;
  if (!freed || at >= highest)
    return;
  size_t bytes = __sanitizer_get_allocated_size(freed);
  if (at + bytes <= lowest)
    return;
  reads_freed(at, bytes);
  pthread_mutex_lock(&lock);
  for (int i = 0; i < record_count; i++)
    if (records[i].host - at < bytes)
      records[i].bytes = 0;
  pthread_mutex_unlock(&lock);
}

// --- what the runtime does -----------------------------------------------------------------------

static void *reserve(size_t bytes) {
  return mmap(0, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
}

void transfers_start(int watch) {
  blocks = reserve(sizeof *blocks * BLOCKS);
  rows = reserve(sizeof *rows * ROWS);
  records = reserve(sizeof *records * RECORDS);
  // before the other hooks, which forget what was allocated; one without the other is not taken
  __sanitizer_install_malloc_and_free_hooks(on_malloc, on_free);
  reads_start(watch);
}

void transfers_allocated(uintptr_t device, uintptr_t host, size_t bytes) {
  if (block_count == BLOCKS || !bytes)
    return;
  if (host) {
    lowest = host < lowest ? host : lowest;
    highest = host + bytes > highest ? host + bytes : highest;
  }
  int at = position_of(device);
  for (int i = block_count++; i > at; i--)
    blocks[i] = blocks[i - 1];
  block b = {.device = device, .host = host, .bytes = bytes, .row = host ? row_of(host, bytes) : 0};
  for (int32_t i = 0; items && i < items->count; i++) // the program asks for its address
    if ((items->types[i] & RETURNED) && (uintptr_t)items->begins[i] - host < bytes)
      b.reachable = 1;
  pthread_mutex_lock(&lock);
  for (int i = 0; host && i < record_count; i++)
    if (records[i].host == host && records[i].bytes == bytes) {
      b.has_former = 1;
      b.former[0] = records[i].contents[0];
      b.former[1] = records[i].contents[1];
    }
  pthread_mutex_unlock(&lock);
  blocks[at] = b;
  if (b.row) {
    b.row->mapped++;
    b.row->mapped_bytes += (long)bytes;
  }
}

static void remember(const block *b) {
  int i = 0;
  while (i < record_count && (records[i].host != b->host || records[i].bytes != b->bytes))
    i++;
  if (i == record_count) {
    if (record_count < RECORDS)
      record_count++;
    else
      i = records_at++ % RECORDS;
  }
  records[i].host = b->host;
  records[i].bytes = b->bytes;
  contents(b->device, b->bytes, records[i].contents);
}

void transfers_released(uintptr_t device) {
  block *b = block_at(device);
  if (!b || b->device != device)
    return;
  if (b->row && !b->used) {
    b->row->unused++;
    b->row->unused_bytes += (long)b->bytes;
  }
  if (b->host && b->bytes >= SMALL) {
    pthread_mutex_lock(&lock);
    remember(b);
    pthread_mutex_unlock(&lock);
  }
  for (int i = (int)(b - blocks); i < block_count - 1; i++)
    blocks[i] = blocks[i + 1];
  block_count--;
}

void transfers_before_send(uintptr_t host, uintptr_t device, size_t bytes) {
  scan_for_pointers(host, bytes);
  reads_end(host, bytes, 0);
  block *b = block_at(device);
  if (b && !items) // the program's own copy (omp_target_memcpy): a use
    b->used = 1;
  row *r = row_of(host, bytes);
  if (!r)
    return;
  r->sent++;
  r->sent_bytes += (long)bytes;
  int is_whole = b && b->device == device && b->bytes == bytes;
  uint64_t now[2];
  if (same(host, device, bytes)) {
    r->held++;
    r->held_bytes += (long)bytes;
  } else if (is_whole && b->has_former) {
    contents(host, bytes, now);
    int equal = now[0] == b->former[0] && now[1] == b->former[1];
    r->again += equal;
    r->again_bytes += equal ? (long)bytes : 0;
  }
  if (b)
    b->has_former = 0;
}

// A copy that changes nothing does not overwrite the one before it: that one may be read yet.
void transfers_before_return(uintptr_t host, uintptr_t device, size_t bytes) {
  int equal = same(host, device, bytes);
  if (equal)
    reads_lift(host, bytes);
  else
    reads_end(host, bytes, 1);
  block *b = block_at(device);
  if (b && !items)
    b->used = 1;
  row *r = row_of(host, bytes);
  if (!r)
    return;
  r->returned++;
  r->returned_bytes += (long)bytes;
  r->unchanged += equal;
  r->unchanged_bytes += equal ? (long)bytes : 0;
  r->pending = !equal;
}

void transfers_after_return(uintptr_t host, uintptr_t device, size_t bytes) {
  (void)device;
  row *r = row_of(host, bytes);
  reads_watch_again(); // what was lifted
  if (r && r->pending)
    reads_watch(&r->reads, host, bytes);
  if (r)
    r->pending = 0;
}

// An argument of a kernel reaches what it points to, on either side; literals may be pointers of
// the device, and so may what is in aggregates that are handed over by value.
static void mark_argument(uintptr_t value, int64_t type, int64_t bytes) {
  mark_reachable(value);
  if (type & LITERAL)
    return;
  for (int i = 0; i < block_count; i++)
    if (blocks[i].host && value - blocks[i].host < blocks[i].bytes)
      blocks[i].reachable = 1;
  if (type & PRIVATE)
    scan_for_pointers(value, (size_t)bytes);
}

void transfers_launch(void) {
  for (int32_t i = 0; items && i < items->count; i++)
    if (items->types[i] & (TARGET_PARAM | POINTER_AND_OBJECT))
      mark_argument((uintptr_t)items->begins[i], items->types[i], items->sizes[i]);
  for (int i = 0; i < block_count; i++)
    blocks[i].used |= blocks[i].reachable;
}

// --- report --------------------------------------------------------------------------------------

void transfers_report(void) {
  reads_finish();
  for (int i = 0; i < block_count; i++)
    if (blocks[i].row && !blocks[i].used) {
      blocks[i].row->unused++;
      blocks[i].row->unused_bytes += (long)blocks[i].bytes;
    }
  for (int i = 0; i < row_count; i++) {
    const row *r = &rows[i];
    const report_number numbers[] = {
        {"sent", r->sent},           {"sent_bytes", r->sent_bytes},
        {"held", r->held},           {"held_bytes", r->held_bytes},
        {"again", r->again},         {"again_bytes", r->again_bytes},
        {"returned", r->returned},   {"returned_bytes", r->returned_bytes},
        {"unchanged", r->unchanged}, {"unchanged_bytes", r->unchanged_bytes},
        {"watched", r->reads.watched}, {"unread", r->reads.unread},
        {"unread_bytes", r->reads.unread_bytes},
        {"mapped", r->mapped},       {"mapped_bytes", r->mapped_bytes},
        {"unused", r->unused},       {"unused_bytes", r->unused_bytes},
    };
    report_numbers("transfers", r->source, r->name, numbers, sizeof numbers / sizeof *numbers);
  }
}

// --- libomptarget: the calls that guard.c does not take ------------------------------------------

#define BEGIN_ITEMS(code)                                                                          \
  construct_items mine = {code && code->source ? code->source : "", count, bases, begins, sizes,   \
                          types, names, 0};                                                        \
  transfers_enter(&mine)

#define FORWARD(name)                                                                              \
  void name(ident *where, int64_t device, int32_t count, void **bases, void **begins,              \
            int64_t *sizes, int64_t *types, void **names, void **mappers) {                        \
    static void (*real)(ident *, int64_t, int32_t, void **, void **, int64_t *, int64_t *,         \
                        void **, void **);                                                         \
    if (!real)                                                                                     \
      *(void **)&real = dlsym(RTLD_NEXT, #name);                                                   \
    BEGIN_ITEMS(where);                                                                            \
    real(where, device, count, bases, begins, sizes, types, names, mappers);                       \
    transfers_leave(&mine);                                                                        \
  }

#define FORWARD_NOWAIT(name)                                                                       \
  void name(ident *where, int64_t device, int32_t count, void **bases, void **begins,              \
            int64_t *sizes, int64_t *types, void **names, void **mappers, int32_t depends,         \
            void *dependences, int32_t others, void *other_dependences) {                          \
    static void (*real)(ident *, int64_t, int32_t, void **, void **, int64_t *, int64_t *,         \
                        void **, void **, int32_t, void *, int32_t, void *);                       \
    if (!real)                                                                                     \
      *(void **)&real = dlsym(RTLD_NEXT, #name);                                                   \
    BEGIN_ITEMS(where);                                                                            \
    real(where, device, count, bases, begins, sizes, types, names, mappers, depends, dependences,  \
         others, other_dependences);                                                               \
    transfers_leave(&mine);                                                                        \
  }

FORWARD(__tgt_target_data_end_mapper)
FORWARD(__tgt_target_data_update_mapper)
FORWARD_NOWAIT(__tgt_target_data_begin_nowait_mapper)
FORWARD_NOWAIT(__tgt_target_data_end_nowait_mapper)
FORWARD_NOWAIT(__tgt_target_data_update_nowait_mapper)
