// SPDX-License-Identifier: Apache-2.0
//
// Which of two copies is newer.
//
// For every mapped range the bytes are remembered on which both sides last agreed. Host bytes that
// differ from them when a kernel starts were written by the host: the device's are stale. Device
// bytes that differ when it ends were written by the kernel: the host's are stale. What is compared
// are units of 4 bytes, the smallest that programs usually share; poisoned are granules of 8 bytes,
// ASan's. Whether an access really meets a stale byte is decided when it is reported.
//
// A side that overwrites stale bytes makes them its own. It is seen to do so only where it meets
// poison, so it is given the granule, and the more of its surroundings the longer the run of its
// writes already is: a loop over a million elements must not be reported a million times.

#include "guard.h"

enum { UNIT = 4, CHUNK = 1 << 10, PERIOD = 64, ATTACHED = 1 << 14 };
// A run of writes goes on after a gap of so many bytes, and is given a GROWTH-th of its length more.
enum { GAP = 64, GROWTH = 4 };
// Reports that are spent on a range: on writes of one side, on accesses beside stale bytes.
enum { MOST_WRITES = 192, MOST_PASSED = 64 };

typedef uint64_t __attribute__((may_alias, aligned(1))) word8;

// --- comparing -----------------------------------------------------------------------------------

static uint64_t at8(uintptr_t at) { return *(const word8 *)at; }

int same(uintptr_t a, uintptr_t b, size_t bytes) {
  size_t i = 0;
  for (; i + 64 <= bytes; i += 64) {
    uint64_t differs = 0;
    for (size_t k = 0; k < 64; k += 8)
      differs |= at8(a + i + k) ^ at8(b + i + k);
    if (differs)
      return 0;
  }
  for (; i + 8 <= bytes; i += 8)
    if (at8(a + i) != at8(b + i))
      return 0;
  for (; i < bytes; i++)
    if (((const uint8_t *)a)[i] != ((const uint8_t *)b)[i])
      return 0;
  return 1;
}

// The pattern of fresh memory depends on the place, so that no run of equal values is taken for it;
// its bytes are large negative numbers and bad pointers all the same.
static uint8_t pattern[PERIOD + GRANULE]; // its beginning again at the end

void staleness_start(int fill_byte) {
  for (unsigned i = 0; i < sizeof pattern; i++)
    pattern[i] = (uint8_t)(fill_byte - (int)(i % PERIOD * 0x9E3779B9u >> 30));
}

void staleness_fill(uintptr_t at, size_t bytes) {
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

// --- attached pointers ---------------------------------------------------------------------------

// Pointers in device memory that the runtime made to point to device memory (attachment). They
// differ from the host's by right.
static struct {
  uintptr_t at, value;
} attached[ATTACHED];
static int attached_count;

void staleness_note_attached(uintptr_t at) {
  int i = 0;
  while (i < attached_count && attached[i].at != at)
    i++;
  if (i == ATTACHED)
    return;
  attached_count += i == attached_count;
  attached[i].at = at;
  guard_copy((uintptr_t)&attached[i].value, at, sizeof attached[i].value);
}

void staleness_forget_attached(uintptr_t at, size_t bytes) {
  for (int i = 0; i < attached_count;)
    if (attached[i].at >= at && attached[i].at < at + bytes)
      attached[i] = attached[--attached_count];
    else
      i++;
}

uintptr_t staleness_next_attached(uintptr_t begin, uintptr_t end) {
  uintptr_t next = end;
  for (int i = 0; i < attached_count; i++)
    if (attached[i].at >= begin && attached[i].at + sizeof next <= next)
      next = attached[i].at;
  return next;
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

// --- what a side has taken -----------------------------------------------------------------------

static uintptr_t start_of(const mapping *m, enum side side) {
  return side == HOST ? m->host : m->device;
}

// One bit for each unit; a range may begin and end within one.
size_t staleness_bits(size_t bytes) { return (bytes / UNIT + 2) / 8 + 1; }

static size_t unit_of(const mapping *m, enum side side, uintptr_t at) {
  return (at - start_of(m, side)) / UNIT;
}

static int is_taken(const mapping *m, enum side by, uintptr_t at) {
  size_t unit = unit_of(m, by, at);
  return m->taken[by][unit / 8] >> unit % 8 & 1;
}

static void set_taken(mapping *m, enum side by, uintptr_t begin, uintptr_t end, int value) {
  uint8_t *bits = m->taken[by];
  for (size_t u = unit_of(m, by, begin), last = unit_of(m, by, end - 1); u <= last;)
    if (u % 8 == 0 && u + 7 <= last) {
      bits[u / 8] = value ? 0xff : 0;
      u += 8;
    } else {
      uint8_t bit = (uint8_t)(1 << u % 8);
      bits[u / 8] = value ? bits[u / 8] | bit : bits[u / 8] & (uint8_t)~bit;
      u++;
    }
}

// --- what is known to be stale -------------------------------------------------------------------

// As long as a granule of the host is poisoned, a write to it would have been reported: it has not
// changed, and need not be looked at before or after a kernel.

static uintptr_t granule(uintptr_t at) { return at & -(uintptr_t)GRANULE; }
static uintptr_t least(uintptr_t a, uintptr_t b) { return a < b ? a : b; }

size_t staleness_granules(size_t bytes) { return bytes / GRANULE + 2; }

static uint8_t *stale_at(const mapping *m, uintptr_t host) {
  return m->stale + (granule(host) - granule(m->host)) / GRANULE;
}

// Nothing is known any more of the granules of [begin, end).
static void not_known(mapping *m, uintptr_t begin, uintptr_t end) {
  if (begin < end)
    guard_fill((uintptr_t)stale_at(m, begin), 0,
               (size_t)(stale_at(m, end - 1) - stale_at(m, begin)) + 1);
}

static int all_stale(const mapping *m, uintptr_t host) { // eight granules
  return at8((uintptr_t)stale_at(m, host)) == 0x0101010101010101u;
}

// The same for whole granules, many of them.
static int chunk_is_stale(const mapping *m, uintptr_t begin, uintptr_t end) {
  if (begin % GRANULE || end % GRANULE)
    return 0;
  const uint8_t *stale = stale_at(m, begin);
  uint8_t every = 1;
  for (size_t i = 0; i < (end - begin) / GRANULE; i++)
    every &= stale[i];
  return every;
}

// Whether the host's bytes are the agreed ones; `begin` is the start of a granule.
static int host_is_unchanged(const mapping *m, uintptr_t begin, uintptr_t end) {
  if (chunk_is_stale(m, begin, end))
    return 1;
  uintptr_t agreed = (uintptr_t)m->agreed - m->host;
  for (uintptr_t at = begin; at < end;) {
    uintptr_t next = least(at + 8 * GRANULE, end);
    if (next - at < 8 * GRANULE || at % GRANULE || !all_stale(m, at))
      if (!same(at, agreed + at, next - at))
        return 0;
    at = next;
  }
  return 1;
}

void mapping_take_all(mapping *m, enum side by) {
  if (m->agreed && by == HOST)
    not_known(m, m->host, m->host + m->bytes);
  if (m->agreed)
    set_taken(m, by, start_of(m, by), start_of(m, by) + m->bytes, 1);
}

void mapping_not_taken(mapping *m, uintptr_t host, size_t bytes) {
  if (!bytes)
    return;
  not_known(m, host, host + bytes);
  uintptr_t device = m->device + (host - m->host);
  set_taken(m, HOST, host, host + bytes, 0);
  set_taken(m, DEVICE, device, device + bytes, 0);
}

// --- stale or not --------------------------------------------------------------------------------

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
  if (!m->agreed || is_taken(m, HOST, at))
    return 0;
  if (m->lost)
    return !same(at, agreed, bytes) && !(m->filled && is_fill(offset, agreed, bytes));
  uintptr_t device = m->device + offset;
  if (m->filled && is_fill(offset, device, bytes))
    return 0;
  return same(at, agreed, bytes) && !same_on_device(device, agreed, bytes);
}

int mapping_device_is_stale(const mapping *m, uintptr_t at, size_t bytes) {
  size_t offset = at - m->device;
  bytes = clipped(m, offset, bytes);
  uintptr_t agreed = (uintptr_t)m->agreed + offset, host = m->host + offset;
  return m->agreed && !is_taken(m, DEVICE, at) && same_on_device(at, agreed, bytes) &&
         !same(host, agreed, bytes);
}

// --- poison --------------------------------------------------------------------------------------

typedef int staleness(const mapping *, uintptr_t, size_t);

// Whether a granule, cut to the range, is stale as a whole or in one of its units.
static int has_stale(const mapping *m, uintptr_t begin, uintptr_t end, staleness *is_stale) {
  if (is_stale(m, begin, end - begin))
    return 1;
  if (m->passed >= MOST_PASSED)
    return 0;
  for (uintptr_t at = begin; at < end;) {
    uintptr_t next = least((at & -(uintptr_t)UNIT) + UNIT, end);
    if (is_stale(m, at, next - at))
      return 1;
    at = next;
  }
  return 0;
}

// The same for the host's bytes, quick for the cases that are by far the most frequent.
static int host_has_stale(const mapping *m, uintptr_t begin, uintptr_t end) {
  if (end - begin == GRANULE && !m->garbage && !m->lost) {
    size_t offset = begin - m->host;
    uint64_t agreed = at8((uintptr_t)m->agreed + offset), device = at8(m->device + offset);
    if (device == agreed || (m->filled && device == at8((uintptr_t)pattern + offset % PERIOD)))
      return 0;
    if (at8(begin) == agreed && !attached_count && !is_taken(m, HOST, begin))
      return 1;
  }
  return has_stale(m, begin, end, mapping_host_is_stale);
}

static int device_has_stale(const mapping *m, uintptr_t begin, uintptr_t end) {
  if (end - begin == GRANULE) {
    size_t offset = begin - m->device;
    if (at8(m->host + offset) == at8((uintptr_t)m->agreed + offset))
      return 0;
  }
  return has_stale(m, begin, end, mapping_device_is_stale);
}

static int has_garbage(const mapping *m, uintptr_t begin, uintptr_t end) {
  return mapping_host_is_garbage(m, begin, end - begin);
}

// ASan's shadow can tell of a granule that its first bytes are good and the others not, nothing
// else. A range may begin within a granule; one that ends within it poisons all of it, if the rest
// is in use: accesses to the rest are reported then, and let pass.
static int poison(mapping *m, uintptr_t begin, uintptr_t end,
                  int (*wanted)(const mapping *, uintptr_t, uintptr_t)) {
  uintptr_t first = 0, at = begin;
  int found = 0;
  while (at < end) {
    uintptr_t next = least(granule(at) + GRANULE, end);
    if (wanted(m, at, next)) {
      first = first ? first : at;
      found = 1;
    } else if (first) {
      guard_poison(first, at - first);
      first = 0;
    }
    at = next;
  }
  if (!first)
    return found;
  guard_poison(first, end - first);
  if (end % GRANULE && end == m->host + m->bytes && !guard_is_poisoned(granule(end))) {
    guard_poison(granule(end), GRANULE);
    m->tail_poisoned = 1;
  }
  return found;
}

static int any_taken(const mapping *m, uintptr_t begin, uintptr_t end) {
  size_t first = unit_of(m, HOST, begin) / 8, last = unit_of(m, HOST, end - 1) / 8;
  uint8_t any = 0;
  for (size_t i = first; i <= last; i++)
    any |= m->taken[HOST][i];
  return any != 0;
}

// What poison() does, for a chunk of the host's bytes without anything special: after every kernel
// most of the time goes here.
static int poison_plain_chunk(mapping *m, uintptr_t begin, uintptr_t end) {
  size_t offset = begin - m->host;
  uintptr_t agreed = (uintptr_t)m->agreed + offset, device = m->device + offset, first = 0;
  int found = 0;
  for (uintptr_t at = begin; at < end;) {
    uint8_t *stale = stale_at(m, at);
    if (at + 8 * GRANULE <= end && all_stale(m, at)) {
      first = first ? first : at;
      at += 8 * GRANULE;
      continue;
    }
    uint64_t is = at8(device + (at - begin)), was = at8(agreed + (at - begin));
    int changed = is != was;
    if (changed && m->filled)
      changed = is != at8((uintptr_t)pattern + (at - m->host) % PERIOD);
    *stale = *stale || (changed && at8(at) == was);
    if (*stale)
      first = first ? first : at;
    else if (first) {
      guard_poison(first, at - first);
      found = 1;
      first = 0;
    }
    if (changed && !*stale) // on both sides
      found |= poison(m, at, at + GRANULE, host_has_stale);
    at += GRANULE;
  }
  if (first)
    guard_poison(first, end - first);
  return found || first;
}

static int poison_chunk(mapping *m, enum side side, uintptr_t begin, uintptr_t end,
                        int (*wanted)(const mapping *, uintptr_t, uintptr_t)) {
  int plain = side == HOST && !m->garbage && !m->lost && !attached_count &&
              begin % GRANULE == 0 && end % GRANULE == 0 && !any_taken(m, begin, end);
  return plain ? poison_plain_chunk(m, begin, end) : poison(m, begin, end, wanted);
}

// Go through a range in chunks; in those that are the same in both copies, nothing is stale.
static int poison_changed(mapping *m, enum side side, uintptr_t copy,
                          int (*wanted)(const mapping *, uintptr_t, uintptr_t)) {
  int found = 0, known = side == HOST && !m->garbage && !m->lost && !attached_count;
  uintptr_t begin = start_of(m, side), end = begin + m->bytes, agreed = (uintptr_t)m->agreed;
  uintptr_t stale = 0; // where a run of chunks begins that are known to be stale as a whole
  for (uintptr_t at = begin, next; at < end; at = next) {
    next = least((at & -(uintptr_t)CHUNK) + CHUNK, end);
    if (known && chunk_is_stale(m, at, next)) {
      stale = stale ? stale : at;
      found = 1;
      continue;
    }
    if (stale)
      guard_poison(stale, at - stale);
    stale = 0;
    int is_same = side == DEVICE ? host_is_unchanged(m, copy + (at - begin), copy + (next - begin))
                                 : same(copy + (at - begin), agreed + (at - begin), next - at);
    if (m->garbage || !is_same)
      found |= poison_chunk(m, side, at, next, wanted);
  }
  if (stale)
    guard_poison(stale, end - stale);
  return found;
}

int poison_stale_host(mapping *m) {
  return poison_changed(m, HOST, m->lost ? m->host : m->device, host_has_stale);
}

// A kernel that overwrites before each launch what the host wrote is not asked for ever.
int poison_stale_device(mapping *m) {
  if (m->written[DEVICE].reports >= MOST_WRITES)
    return 0;
  return poison_changed(m, DEVICE, m->host, device_has_stale);
}

int poison_garbage(mapping *m, uintptr_t at, size_t bytes) {
  return poison(m, at, at + bytes, has_garbage);
}

void unpoison_host(mapping *m, uintptr_t at, size_t bytes) {
  uintptr_t end = m->host + m->bytes;
  if (m->host_poisoned)
    guard_unpoison(at, bytes);
  if (m->tail_poisoned && at + bytes == end) {
    guard_unpoison(granule(end), GRANULE);
    m->tail_poisoned = 0;
  }
}

// --- reported accesses ---------------------------------------------------------------------------

// Find the run that a write goes on with, and return what it is given: the write and, the longer
// the run, the more in its direction. Within the range from `low` to `high`.
static void go_on(writes *w, uintptr_t *begin, uintptr_t *end, uintptr_t low, uintptr_t high) {
  for (int i = 0; i < RUNS; i++) {
    uintptr_t first = w->runs[i].begin, last = w->runs[i].end;
    size_t more = granule((last - first) / GROWTH);
    if (!last)
      continue;
    if (*begin + GAP >= last && *begin <= last + GAP) {
      *end = high - *end > more ? *end + more : high;
      w->runs[i].end = *end > last ? *end : last;
      return;
    }
    if (*end + GAP >= first && *end <= first + GAP) {
      *begin = *begin - low > more ? *begin - more : low;
      w->runs[i].begin = *begin < first ? *begin : first;
      return;
    }
  }
  w->runs[w->next % RUNS].begin = *begin;
  w->runs[w->next++ % RUNS].end = *end;
}

int mapping_written(mapping *m, enum side by, uintptr_t at, size_t bytes) {
  writes *w = &m->written[by];
  uintptr_t low = start_of(m, by), high = low + m->bytes, begin = at, end = least(at + bytes, high);
  if (++w->reports > MOST_WRITES)
    return 1;
  go_on(w, &begin, &end, low, high);
  if (by == HOST)
    not_known(m, begin, end);
  set_taken(m, by, begin, end, 1);
  uintptr_t first = granule(begin) < low ? low : granule(begin);
  for (uintptr_t g = first; g < end;) { // the first and the last may have other stale bytes
    uintptr_t next = least(granule(g) + GRANULE, high), inner = granule(end);
    if (g >= begin && g < inner && g % GRANULE == 0) {
      guard_unpoison(g, inner - g);
      g = inner;
      continue;
    }
    int stale = by == HOST ? host_has_stale(m, g, next) : device_has_stale(m, g, next);
    if (stale)
      m->passed++;
    else
      guard_unpoison(g, next - g);
    g = next;
  }
  return 0;
}

void mapping_passed(mapping *m, enum side by, uintptr_t at, size_t bytes) {
  uintptr_t low = start_of(m, by), high = low + m->bytes;
  if (++m->passed <= MOST_PASSED)
    return;
  if (m->tail_poisoned && by == HOST && granule(at + bytes - 1) == granule(high)) {
    guard_unpoison(granule(high), GRANULE);
    m->tail_poisoned = 0;
  }
  uintptr_t begin = granule(at) < low ? low : granule(at);
  uintptr_t end = least(granule(at + bytes - 1) + GRANULE, high);
  if (begin < end)
    guard_unpoison(begin, end - begin);
  if (by == HOST && m->agreed)
    not_known(m, begin, end);
}
