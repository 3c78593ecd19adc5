// SPDX-License-Identifier: Apache-2.0
//
// Device memory and its host counterparts.

#define _GNU_SOURCE
#include "guard.h"

#include <pthread.h>
#include <sys/mman.h>

enum { CAPACITY = 1 << 16 };

static mapping *list;
static int count, filling, tracking;
static int clean; // no range is poisoned
static const size_t remembered_limit = (size_t)4 << 30;
static size_t remembered;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void mappings_start(int fill, int fill_byte, int track_stale) {
  list = mmap(0, sizeof *list * CAPACITY, PROT_READ | PROT_WRITE,
              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  filling = fill;
  tracking = track_stale;
  staleness_start(fill_byte);
}

static size_t bytes_for(const mapping *m) {
  return m->bytes + 2 * staleness_bits(m->bytes) + staleness_granules(m->bytes);
}

// Memory that was given back, to be given out again: a program that maps the same arrays at every
// launch would have all their pages taken from the system and cleared each time.
enum { SPARE = 64 };
static const size_t spare_limit = (size_t)256 << 20;
static struct {
  void *at;
  size_t bytes;
} spare[SPARE];
static size_t spare_bytes;

// Zeroed from byte `zeroed` on; 0 when there is none.
static void *take_pages(size_t bytes, size_t zeroed) {
  for (int i = 0; i < SPARE; i++)
    if (spare[i].at && spare[i].bytes == bytes) {
      void *at = spare[i].at;
      spare[i].at = 0;
      spare_bytes -= bytes;
      guard_fill((uintptr_t)at + zeroed, 0, bytes - zeroed);
      return at;
    }
  void *at = mmap(0, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return at == MAP_FAILED ? 0 : at;
}

static void give_pages(void *at, size_t bytes) {
  for (int i = 0; i < SPARE && spare_bytes + bytes <= spare_limit; i++)
    if (!spare[i].at) {
      spare[i].at = at;
      spare[i].bytes = bytes;
      spare_bytes += bytes;
      return;
    }
  munmap(at, bytes);
}

static void remember(mapping *m) {
  size_t bits = staleness_bits(m->bytes), bytes = bytes_for(m);
  if (!tracking || remembered + bytes > remembered_limit)
    return;
  m->agreed = take_pages(bytes, m->bytes); // the host's bytes are copied there
  if (!m->agreed)
    return;
  remembered += bytes;
  m->taken[HOST] = m->agreed + m->bytes;
  m->taken[DEVICE] = m->taken[HOST] + bits;
  m->stale = m->taken[DEVICE] + bits;
}

static void forget(mapping *m) {
  if (m->agreed) {
    size_t bytes = bytes_for(m);
    give_pages(m->agreed, bytes);
    remembered -= bytes;
    m->agreed = m->taken[HOST] = m->taken[DEVICE] = m->stale = 0;
  }
}

static int on_this_stack(uintptr_t at) {
  uintptr_t low, high;
  host_memory_stack(&low, &high);
  return !high || (at >= low && at < high);
}

mapping *mapping_of_device(uintptr_t at, size_t slack) {
  mapping *near = 0;
  for (int i = 0; i < count; i++) {
    mapping *m = &list[i];
    if (!m->device || at + slack < m->device || at >= m->device + m->bytes + slack)
      continue;
    if (at >= m->device && at < m->device + m->bytes)
      return m;
    near = m;
  }
  return near;
}

mapping *mapping_of_host(uintptr_t at) {
  mapping *found = 0;
  for (int i = 0; i < count; i++)
    if (list[i].host && at >= list[i].host && at < list[i].host + list[i].bytes)
      if (!found || found->lost)
        found = &list[i];
  return found;
}

mapping *mapping_with_tail(uintptr_t at) {
  for (int i = 0; i < count; i++) {
    uintptr_t end = list[i].host + list[i].bytes;
    if (list[i].tail_poisoned && at / GRANULE == end / GRANULE)
      return &list[i];
  }
  return 0;
}

static void drop(mapping *m) {
  forget(m);
  *m = list[--count];
}

void mapping_trust_host(mapping *m) {
  unpoison_host(m, m->host, m->bytes);
  m->host_poisoned = 0;
  if (m->lost)
    drop(m);
  else
    mapping_take_all(m, HOST);
}

void mappings_forget_host(uintptr_t host, size_t bytes) {
  pthread_mutex_lock(&lock);
  for (int i = 0; i < count;) {
    mapping *m = &list[i];
    if (m->lost && m->host < host + bytes && host < m->host + m->bytes)
      mapping_trust_host(m);
    else
      i++;
  }
  pthread_mutex_unlock(&lock);
}

void mappings_allocate(uintptr_t device, uintptr_t host, size_t bytes, int kernel_runs) {
  if (count == CAPACITY)
    return;
  if (host)
    mappings_forget_host(host, bytes);
  mapping m = {.device = device, .host = host, .bytes = bytes, .filled = filling};
  if (host)
    remember(&m);
  if (filling)
    staleness_fill(device, bytes);
  if (m.agreed)
    guard_copy((uintptr_t)m.agreed, host, bytes);
  list[count++] = m;
  if (!kernel_runs)
    guard_poison(device, bytes);
}

void mappings_release(uintptr_t device, int kernel_runs) {
  mapping *m = mapping_of_device(device, 0);
  if (!m)
    return;
  // It stays poisoned: the runtime keeps small blocks, and nothing may use one in the meantime.
  if (!kernel_runs)
    guard_poison(m->device, m->bytes);
  staleness_forget_attached(m->device, m->bytes);
  if ((m->device_newer || m->garbage) && m->agreed && !on_this_stack(m->host)) {
    guard_unpoison(m->device, m->bytes);
    guard_copy((uintptr_t)m->agreed, m->device, m->bytes);
    guard_poison(m->device, m->bytes);
    m->lost = 1;
    m->device = 0;
    return;
  }
  unpoison_host(m, m->host, m->bytes);
  drop(m);
}

void mappings_before_copy(uintptr_t host, uintptr_t device, size_t bytes) {
  mapping *m = mapping_of_device(device, 0);
  guard_unpoison(device, bytes);
  if (m && m->host_poisoned)
    unpoison_host(m, host, bytes);
}

void mappings_after_copy(uintptr_t host, uintptr_t device, size_t bytes, int to_device,
                         int kernel_runs) {
  mapping *m = mapping_of_device(device, 0);
  if (!m)
    return; // a global of the device's image
  if (!kernel_runs)
    guard_poison(device, bytes);
  if (m->agreed && host != m->host + (device - m->device)) {
    if (to_device && bytes == sizeof(void *))
      staleness_note_attached(device);
    return;
  }
  if (!m->agreed)
    return;
  uintptr_t agreed = (uintptr_t)m->agreed + (device - m->device);
  int changed = !same(agreed, host, bytes);
  for (size_t done = 0; done < bytes;) { // the runtime gives the host its own pointers back
    size_t next = to_device ? bytes : staleness_next_attached(device + done, device + bytes) - device;
    guard_copy(agreed + done, host + done, next - done);
    done = next + sizeof(void *);
  }
  mapping_not_taken(m, host, bytes);
  m->passed = 0;
  if (!to_device && m->filled && changed) {
    int before = m->garbage;
    m->garbage = 1;
    int found = poison_garbage(m, host, bytes);
    m->garbage = before | found;
    m->host_poisoned |= found;
  }
  if (bytes != m->bytes)
    return;
  m->device_newer = 0;
  m->filled &= !to_device;
  if (to_device)
    m->garbage = 0;
  if (!m->garbage)
    m->host_poisoned = 0;
}

static void open_to_kernel(mapping *m) {
  guard_unpoison(m->device, m->bytes);
  if (m->agreed)
    poison_stale_device(m);
}

static int points_to(uintptr_t at, uintptr_t begin, size_t bytes) {
  return begin && at >= begin && at < begin + bytes;
}

void mappings_enter_kernel(void *const *pointers, size_t number) {
  for (int i = 0; i < count; i++) {
    mapping *m = &list[i];
    if (!m->device)
      continue;
    m->in_use = m->reached || clean;
    for (size_t k = 0; k < number && !m->in_use; k++)
      m->in_use = points_to((uintptr_t)pointers[k], m->host, m->bytes) ||
                  points_to((uintptr_t)pointers[k], m->device, m->bytes);
    if (m->in_use)
      open_to_kernel(m);
  }
  clean = 0;
}

int mapping_reached(mapping *m, uintptr_t at) {
  m->in_use = m->reached = 1;
  open_to_kernel(m);
  return !guard_is_poisoned(at & ~(uintptr_t)(GRANULE - 1));
}

void mappings_leave_kernel(void) {
  for (int i = 0; i < count; i++) {
    mapping *m = &list[i];
    if (m->device && !m->in_use && !m->host_poisoned)
      continue;
    if (m->device)
      guard_unpoison(m->device, m->bytes);
    if (m->agreed) {
      int stale = poison_stale_host(m);
      m->device_newer |= stale && !m->lost;
      m->host_poisoned |= stale;
    }
    if (m->device)
      guard_poison(m->device, m->bytes);
  }
}

void mappings_clean(void) {
  clean = 1;
  for (int i = 0; i < count; i++) {
    if (list[i].device)
      guard_unpoison(list[i].device, list[i].bytes);
    unpoison_host(&list[i], list[i].host, list[i].bytes);
  }
}
