// SPDX-License-Identifier: Apache-2.0
//
// Device memory, its host counterparts, and which of the two is newer.
//
// For every mapped range the bytes are remembered on which both sides last agreed. Host bytes that
// differ from them when a kernel starts were written by the host: the device's are stale. Device
// bytes that differ when it ends were written by the kernel: the host's are stale. Stale bytes are
// poisoned, in whole granules of 8 bytes; whether an access really meets a stale byte is decided
// when it is reported.

#define _GNU_SOURCE
#include "guard.h"

#include <pthread.h>
#include <sys/mman.h>

enum { CAPACITY = 1 << 16, GRANULE = 8 };

static mapping *list;
static int count, filling, fill_with, tracking;
static const size_t remembered_limit = (size_t)4 << 30;
static size_t remembered;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void make_pattern(void);

void mappings_start(int fill, int fill_byte, int track_stale) {
  list = mmap(0, sizeof *list * CAPACITY, PROT_READ | PROT_WRITE,
              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  filling = fill;
  fill_with = fill_byte;
  tracking = track_stale;
  make_pattern();
}

static uint8_t *remember(size_t bytes) {
  if (!tracking || remembered + bytes > remembered_limit)
    return 0;
  void *at = mmap(0, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED)
    return 0;
  remembered += bytes;
  return at;
}

static void forget(mapping *m) {
  if (m->agreed) {
    munmap(m->agreed, m->bytes);
    remembered -= m->bytes;
    m->agreed = 0;
  }
}

static int on_this_stack(uintptr_t at) {
  pthread_attr_t attributes;
  void *low;
  size_t bytes;
  if (pthread_getattr_np(pthread_self(), &attributes))
    return 1;
  pthread_attr_getstack(&attributes, &low, &bytes);
  pthread_attr_destroy(&attributes);
  return at >= (uintptr_t)low && at < (uintptr_t)low + bytes;
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

static int same(uintptr_t a, uintptr_t b, size_t bytes) {
  for (size_t i = 0; i < bytes; i++)
    if (((const uint8_t *)a)[i] != ((const uint8_t *)b)[i])
      return 0;
  return 1;
}

// The pattern of fresh memory depends on the place, so that no run of equal values is taken for it;
// its bytes are large negative numbers and bad pointers all the same.
enum { PERIOD = 64 };
static uint8_t pattern[PERIOD];

static void make_pattern(void) {
  for (unsigned i = 0; i < PERIOD; i++)
    pattern[i] = (uint8_t)(fill_with - (int)(i * 0x9E3779B9u >> 30));
}

static void fill_fresh(uintptr_t at, size_t bytes) {
  size_t done = bytes < PERIOD ? bytes : PERIOD;
  guard_copy(at, (uintptr_t)pattern, done);
  for (; done < bytes; done *= 2)
    guard_copy(at + done, at, done < bytes - done ? done : bytes - done);
}

static int is_fill(size_t offset, uintptr_t at, size_t bytes) {
  for (size_t i = 0; i < bytes; i++)
    if (((const uint8_t *)at)[i] != pattern[(offset + i) % PERIOD])
      return 0;
  return 1;
}

// Pointers in device memory that the runtime made to point to device memory (attachment). They
// differ from the host's by right.
enum { ATTACHED = 1 << 14 };
static struct {
  uintptr_t at, value;
} attached[ATTACHED];
static int attached_count;

static void note_attached(uintptr_t at) {
  int i = 0;
  while (i < attached_count && attached[i].at != at)
    i++;
  if (i == ATTACHED)
    return;
  attached_count += i == attached_count;
  attached[i].at = at;
  guard_copy((uintptr_t)&attached[i].value, at, sizeof attached[i].value);
}

static void forget_attached(uintptr_t at, size_t bytes) {
  for (int i = 0; i < attached_count;)
    if (attached[i].at >= at && attached[i].at < at + bytes)
      attached[i] = attached[--attached_count];
    else
      i++;
}

// Whether device bytes are the agreed ones, attached pointers aside.
static int same_on_device(uintptr_t device, uintptr_t agreed, size_t bytes) {
  if (same(device, agreed, bytes))
    return 1;
  for (int i = 0; i < attached_count; i++) {
    uintptr_t at = attached[i].at;
    if (at >= device + bytes || at + sizeof at <= device)
      continue;
    if (!same(at, (uintptr_t)&attached[i].value, sizeof at))
      return 0;
    size_t before = at > device ? at - device : 0, after = at + sizeof at - device;
    return (!before || same_on_device(device, agreed, before)) &&
           (after >= bytes || same_on_device(device + after, agreed + after, bytes - after));
  }
  return 0;
}

// An access may reach past the end of a range; at least one byte of it lies inside.
static size_t clipped(const mapping *m, size_t offset, size_t bytes) {
  return offset + bytes > m->bytes ? m->bytes - offset : bytes;
}

int mapping_host_is_garbage(const mapping *m, uintptr_t at, size_t bytes) {
  return m->garbage && is_fill(at - m->host, at, clipped(m, at - m->host, bytes));
}

int mapping_host_is_stale(const mapping *m, uintptr_t at, size_t bytes) {
  if (mapping_host_is_garbage(m, at, bytes))
    return 1;
  size_t offset = at - m->host;
  bytes = clipped(m, offset, bytes);
  uintptr_t agreed = (uintptr_t)m->agreed + offset;
  if (m->lost)
    return !same(at, agreed, bytes) && !(m->filled && is_fill(offset, agreed, bytes));
  uintptr_t device = m->device + offset;
  if (!m->agreed || (m->filled && is_fill(offset, device, bytes)))
    return 0;
  return same(at, agreed, bytes) && !same_on_device(device, agreed, bytes);
}

int mapping_device_is_stale(const mapping *m, uintptr_t at, size_t bytes) {
  size_t offset = at - m->device;
  bytes = clipped(m, offset, bytes);
  uintptr_t agreed = (uintptr_t)m->agreed + offset, host = m->host + offset;
  return m->agreed && same_on_device(at, agreed, bytes) && !same(host, agreed, bytes);
}

// A few writes are taken one by one; a loop of them means that the range has new contents.
void mapping_host_written(mapping *m, uintptr_t at, size_t bytes) {
  if (++m->host_writes <= 16 && bytes <= 4 * GRANULE)
    guard_unpoison(at & ~(uintptr_t)(GRANULE - 1), GRANULE + bytes);
  else
    mapping_trust_host(m);
}

void mapping_device_written(mapping *m, uintptr_t at, size_t bytes) {
  if (++m->device_writes <= 16 && bytes <= 4 * GRANULE)
    guard_unpoison(at & ~(uintptr_t)(GRANULE - 1), GRANULE + bytes);
  else
    guard_unpoison(m->device, m->bytes);
}

static void drop(mapping *m) {
  forget(m);
  *m = list[--count];
}

void mapping_trust_host(mapping *m) {
  guard_unpoison(m->host, m->bytes);
  m->host_poisoned = 0;
  if (m->lost)
    drop(m);
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
    m.agreed = remember(bytes);
  if (filling)
    fill_fresh(device, bytes);
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
  forget_attached(m->device, m->bytes);
  if ((m->device_newer || m->garbage) && m->agreed && !on_this_stack(m->host)) {
    guard_unpoison(m->device, m->bytes);
    guard_copy((uintptr_t)m->agreed, m->device, m->bytes);
    guard_poison(m->device, m->bytes);
    m->lost = 1;
    m->device = 0;
    return;
  }
  if (m->host_poisoned)
    guard_unpoison(m->host, m->bytes);
  drop(m);
}

void mappings_before_copy(uintptr_t host, uintptr_t device, size_t bytes) {
  mapping *m = mapping_of_device(device, 0);
  guard_unpoison(device, bytes);
  if (m && m->host_poisoned)
    guard_unpoison(host, bytes);
}

// Poison the granules in a part of one side's bytes that the other side has overtaken.
static int poison_stale(const mapping *m, uintptr_t begin, size_t bytes,
                        int (*is_stale)(const mapping *, uintptr_t, size_t)) {
  int found = 0;
  uintptr_t end = begin + bytes;
  for (uintptr_t at = (begin + GRANULE - 1) & -(uintptr_t)GRANULE; at + GRANULE <= end;
       at += GRANULE)
    if (is_stale(m, at, GRANULE)) {
      uintptr_t first = at;
      while (at + 2 * GRANULE <= end && is_stale(m, at + GRANULE, GRANULE))
        at += GRANULE;
      guard_poison(first, at + GRANULE - first);
      found = 1;
    }
  return found;
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
      note_attached(device);
    return;
  }
  if (!m->agreed)
    return;
  uintptr_t agreed = (uintptr_t)m->agreed + (device - m->device);
  int changed = !same(agreed, host, bytes);
  for (size_t done = 0; done < bytes;) { // the runtime gives the host its own pointers back
    size_t next = bytes, skip = 0;
    for (int i = 0; !to_device && i < attached_count; i++)
      if (attached[i].at >= device + done && attached[i].at + sizeof(void *) <= device + next)
        next = attached[i].at - device, skip = sizeof(void *);
    guard_copy(agreed + done, host + done, next - done);
    done = next + skip;
  }
  m->device_writes = m->host_writes = 0;
  if (!to_device && m->filled && changed) {
    int before = m->garbage;
    m->garbage = 1;
    int found = poison_stale(m, host, bytes, mapping_host_is_garbage);
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

void mappings_enter_kernel(void) {
  for (int i = 0; i < count; i++) {
    mapping *m = &list[i];
    if (!m->device)
      continue;
    guard_unpoison(m->device, m->bytes);
    if (m->agreed && m->device_writes < 64 && !same(m->host, (uintptr_t)m->agreed, m->bytes))
      poison_stale(m, m->device, m->bytes, mapping_device_is_stale);
  }
}

void mappings_leave_kernel(void) {
  for (int i = 0; i < count; i++) {
    mapping *m = &list[i];
    if (m->device)
      guard_unpoison(m->device, m->bytes);
    if (m->lost)
      m->host_poisoned |= poison_stale(m, m->host, m->bytes, mapping_host_is_stale);
    else if (m->agreed && !same_on_device(m->device, (uintptr_t)m->agreed, m->bytes)) {
      int stale = poison_stale(m, m->host, m->bytes, mapping_host_is_stale);
      m->device_newer |= stale;
      m->host_poisoned |= stale;
    }
    if (m->device)
      guard_poison(m->device, m->bytes);
  }
}

void mappings_clean(void) {
  for (int i = 0; i < count; i++) {
    if (list[i].device)
      guard_unpoison(list[i].device, list[i].bytes);
    if (list[i].host_poisoned)
      guard_unpoison(list[i].host, list[i].bytes);
  }
}
