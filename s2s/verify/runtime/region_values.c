// SPDX-License-Identifier: Apache-2.0
//
// Compares the bytes that a kernel left with those of the serial text, as elements of their types.
//
// Where the type of a byte is not known, whole words are compared, and words that are close as
// doubles or as pairs of floats pass: nothing tells how they were made. In records, what is not
// known may be padding, which has any value: differences there are counted apart.

#define _GNU_SOURCE
#include "region.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { NEAREST, UPWARD, DOWNWARD };
static const double unknown_tolerance = 1e-6;
static const double float_by_double = 0x1p29; // the epsilon of float is that much larger

// An element of a block: where it lies, and the subscripts that lead there.
typedef struct {
  const item *is; // 0: unknown
  int may_be_padding;
  size_t offset, size;
  long subscripts[MOST_STEPS];
} element;

// --- which element is this byte ------------------------------------------------------------------

static int is_inside(uintptr_t at, uintptr_t begin, size_t bytes) {
  return begin && at >= begin && at < begin + bytes;
}

// Whether a clause's text "a[i][0:n]" is that of an item "a[][]"; tells how many subscripts it has.
static int is_named(const char *text, const char *name, int *subscripts) {
  *subscripts = 0;
  if (!text || *text++ != ';')
    return 0;
  int depth = 0;
  for (; *text && *text != ';'; text++) {
    *subscripts += *text == '[' && !depth;
    depth += (*text == '[') - (*text == ']');
    if (*text == ' ' || (depth && !(*text == '[' && depth == 1)))
      continue;
    if (*text != *name++)
      return 0;
  }
  return *name == 0;
}

// The offset in a block that all subscripts 0 would have.
static int find_origin(const snapshot *s, const item *i, long *origin) {
  int subscripts;
  if (is_inside(i->at, s->host, s->bytes))
    *origin = (long)(i->at - s->host);
  else if (is_inside(i->at, s->device, s->bytes))
    *origin = (long)(i->at - s->device);
  else if (s->base && s->base == i->at)
    *origin = (long)(i->at - s->host);
  else if (i->steps && is_named(s->name, i->name, &subscripts))
    *origin = subscripts == 1 ? (long)(i->at - s->host) : 0;
  else
    return 0;
  return 1;
}

static int fits(const item *i, long from_origin, element *e, size_t offset) {
  long rest = from_origin;
  for (int k = 0; k < i->steps; k++) {
    long stride = (long)i->stride[k];
    if (stride <= 0)
      return 0;
    long at = rest / stride - (rest % stride < 0);
    if (i->whole[k] && (at < 0 || (at + 1) * stride > (long)i->whole[k]))
      return 0;
    rest -= at * stride;
    e->subscripts[k] = at;
  }
  if (rest < 0 || rest >= (long)i->size || offset < (size_t)rest)
    return 0;
  e->is = i;
  e->offset = offset - (size_t)rest;
  e->size = i->size;
  return 1;
}

static element element_at(const snapshot *s, const items *known, size_t offset) {
  element e;
  int is_record = 0, is_plain = 0;
  for (int k = 0; k < known->count; k++) {
    const item *i = &known->list[k];
    long origin;
    if (!find_origin(s, i, &origin))
      continue;
    int is_here = fits(i, (long)offset - origin, &e, offset) && e.offset + e.size <= s->bytes;
    if (is_here && i->kind && i->kind != 's')
      return e;
    is_plain |= is_here && !i->kind; // a pointer
    is_record |= i->kind != 0;       // of which this is another member, or nothing
  }
  e.is = 0;
  e.may_be_padding = is_record && !is_plain;
  e.offset = offset & ~(size_t)7;
  e.size = s->bytes - e.offset < 8 ? s->bytes - e.offset : 8;
  return e;
}

static size_t usual_size(const snapshot *s, const items *known) {
  element e = element_at(s, known, 0);
  return e.is ? e.size : 8;
}

// --- values --------------------------------------------------------------------------------------

static long double real_at(int kind, const uint8_t *at) {
  float f;
  double d;
  long double l;
  switch (kind) {
  case 'f':
  case 'c':
    memcpy(&f, at, sizeof f);
    return f;
  case 'l':
    memcpy(&l, at, sizeof l);
    return l;
  default:
    memcpy(&d, at, sizeof d);
    return d;
  }
}

static long long integer_at(const element *e, const uint8_t *at) {
  unsigned long long value = 0;
  memcpy(&value, at, e->size < 8 ? e->size : 8);
  unsigned bits = 8 * (unsigned)e->size;
  if (e->is->kind == 'i' && bits < 64 && value >> (bits - 1) & 1)
    value |= ~0ull << bits;
  return (long long)value;
}

static int is_single(int kind) { return kind == 'f' || kind == 'c'; }

static void describe(char *to, size_t room, const element *e, const uint8_t *at) {
  int kind = e->is ? e->is->kind : 0, digits = is_single(kind) ? 9 : kind == 'l' ? 21 : 17;
  unsigned long long word = 0;
  switch (kind) {
  case 'f':
  case 'd':
  case 'l':
    snprintf(to, room, "%.*Lg", digits, real_at(kind, at));
    break;
  case 'c':
  case 'z':
    snprintf(to, room, "%.*Lg%+.*Lgi", digits, real_at(kind, at), digits,
             real_at(kind, at + e->size / 2));
    break;
  case 'i':
    snprintf(to, room, "%lld", integer_at(e, at));
    break;
  case 'u':
    snprintf(to, room, "%llu", (unsigned long long)integer_at(e, at));
    break;
  default:
    memcpy(&word, at, e->size < 8 ? e->size : 8);
    snprintf(to, room, "0x%0*llx", 2 * (int)e->size, word);
  }
}

// --- comparing -----------------------------------------------------------------------------------

enum outcome { SAME, CLOSE, UNTYPED, SENSITIVE, DIFFERENT };

static enum outcome compare_real(int kind, const uint8_t *serial, const uint8_t *device,
                                 const uint8_t *up, const uint8_t *down, comparison *c) {
  long double a = real_at(kind, serial), b = real_at(kind, device);
  if (a == b || (isnan(a) && isnan(b)))
    return SAME;
  long double spread = 0;
  if (c->rounding_is_known) {
    long double u = real_at(kind, up), d = real_at(kind, down);
    spread = fmaxl(fabsl(u - d), fmaxl(fabsl(u - a), fabsl(d - a)));
  }
  if (!isfinite(a) || !isfinite(b) || !isfinite(spread))
    return c->rounding_is_known && !isfinite(spread) && isfinite(a) ? SENSITIVE : DIFFERENT;
  long double scale = fmaxl(fabsl(a), fabsl(b)), apart = fabsl(a - b);
  long double relative = (long double)c->relative * (is_single(kind) ? float_by_double : 1);
  if (apart <= relative * scale) {
    c->worst = fmax(c->worst, (double)(apart / scale));
    return CLOSE;
  }
  return apart <= relative * scale + 4 * spread ? SENSITIVE : DIFFERENT;
}

static int are_close(long double a, long double b) {
  return isfinite(a) && isfinite(b) &&
         fabsl(a - b) <= (long double)unknown_tolerance * fmaxl(fabsl(a), fabsl(b));
}

static enum outcome compare_unknown(size_t size, const uint8_t *serial, const uint8_t *device) {
  uint64_t a, b;
  if (size < 8)
    return size == 4 && are_close(real_at('f', serial), real_at('f', device)) ? CLOSE : DIFFERENT;
  memcpy(&a, serial, 8);
  memcpy(&b, device, 8);
  if (launch_same_pointer(a, b))
    return SAME;
  // Small integers and pointers are doubles next to 0, all of them close to nothing.
  long double x = real_at('d', serial);
  if (are_close(x, real_at('d', device)) && fabsl(x) > 1e-290L)
    return CLOSE;
  for (int half = 0; half < 8; half += 4) {
    x = real_at('f', serial + half);
    if (memcmp(serial + half, device + half, 4) &&
        !(are_close(x, real_at('f', device + half)) && fabsl(x) > 1e-30L))
      return DIFFERENT;
  }
  return CLOSE;
}

static enum outcome compare_element(const snapshot *s, const element *e, comparison *c) {
  const uint8_t *serial = s->serial[NEAREST] + e->offset, *device = s->after + e->offset;
  const uint8_t *up = s->serial[UPWARD] ? s->serial[UPWARD] + e->offset : serial;
  const uint8_t *down = s->serial[DOWNWARD] ? s->serial[DOWNWARD] + e->offset : serial;
  int kind = e->is ? e->is->kind : 0;
  enum outcome first, second;
  switch (kind) {
  case 'f':
  case 'd':
  case 'l':
    return compare_real(kind, serial, device, up, down, c);
  case 'c':
  case 'z':
    first = compare_real(kind, serial, device, up, down, c);
    size_t half = e->size / 2;
    second = compare_real(kind, serial + half, device + half, up + half, down + half, c);
    return first > second ? first : second;
  case 'i':
  case 'u':
    if (!memcmp(serial, device, e->size))
      return SAME;
    break;
  default:
    first = compare_unknown(e->size, serial, device);
    if (first != DIFFERENT)
      return first;
    if (e->may_be_padding)
      return UNTYPED;
  }
  // An integer may depend on how a sum was rounded.
  int moves = c->rounding_is_known &&
              (memcmp(up, serial, e->size) || memcmp(down, serial, e->size));
  return moves ? SENSITIVE : DIFFERENT;
}

// --- the first difference ------------------------------------------------------------------------

static void name_element(const element *e, comparison *c) {
  int unnamed = -e->is->steps;
  for (const char *at = e->is->name; *at; at++)
    unnamed += at[0] == '[';
  size_t used = 0, room = sizeof c->variable - 24, listed = 0;
  int subscript = -unnamed;
  for (const char *at = e->is->name; *at && used < room; at++) {
    c->variable[used++] = *at;
    if (*at != '[')
      continue;
    if (subscript >= 0) {
      used += (size_t)sprintf(c->variable + used, "%ld", e->subscripts[subscript]);
      if (listed + 24 < sizeof c->indices)
        listed += (size_t)sprintf(c->indices + listed, listed ? ",%ld" : "%ld",
                                  e->subscripts[subscript]);
    } else
      c->variable[used++] = '?';
    subscript++;
  }
  c->variable[used] = 0;
}

static void name_bytes(const snapshot *s, const element *e, comparison *c) {
  const char *name = s->name && *s->name == ';' ? s->name + 1 : "";
  int length = (int)strcspn(name, ";");
  if (length && strncmp(name, "unknown", 7))
    snprintf(c->variable, sizeof c->variable, "byte %zu of %.*s", e->offset, length, name);
  else
    snprintf(c->variable, sizeof c->variable, "byte %zu of a mapped range of %zu bytes", e->offset,
             s->bytes);
}

static void note_first(const snapshot *s, const element *e, comparison *c) {
  static const struct {
    int kind;
    const char *name;
  } names[] = {{'f', "float"},  {'d', "double"},  {'l', "long double"}, {'c', "complex"},
               {'z', "complex"}, {'i', "integer"}, {'u', "integer"}};
  *c->indices = 0;
  if (e->is)
    name_element(e, c);
  else
    name_bytes(s, e, c);
  strcpy(c->kind, "unknown");
  for (size_t k = 0; e->is && k < sizeof names / sizeof *names; k++)
    if (names[k].kind == e->is->kind)
      strcpy(c->kind, names[k].name);
  describe(c->serial, sizeof c->serial, e, s->serial[NEAREST] + e->offset);
  describe(c->device, sizeof c->device, e, s->after + e->offset);
}

// Where two ranges of bytes differ, from an offset on; `bytes` if nowhere.
static size_t next_difference(const uint8_t *a, const uint8_t *b, size_t from, size_t bytes) {
  enum { PIECE = 4096 };
  for (; from + PIECE <= bytes && !memcmp(a + from, b + from, PIECE); from += PIECE)
    ;
  while (from < bytes && a[from] == b[from])
    from++;
  return from;
}

void compare_block(const snapshot *s, const items *known, comparison *c) {
  // All globals can be reached from everywhere: only those that change are worth a mention.
  if (!s->is_global || memcmp(s->before, s->after, s->bytes))
    c->elements += (long)(s->bytes / usual_size(s, known));
  for (size_t at = 0;;) {
    at = next_difference(s->serial[NEAREST], s->after, at, s->bytes);
    if (at >= s->bytes)
      return;
    element e = element_at(s, known, at);
    switch (compare_element(s, &e, c)) {
    case CLOSE:
      c->inexact++;
      break;
    case UNTYPED:
      c->untyped++;
      break;
    case SENSITIVE:
      c->sensitive++;
      break;
    case DIFFERENT:
      if (c->differences++ == 0)
        note_first(s, &e, c);
      break;
    case SAME:
      break;
    }
    at = e.offset + e.size > at ? e.offset + e.size : at + 1;
  }
}
