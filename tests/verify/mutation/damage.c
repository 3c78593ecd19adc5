// SPDX-License-Identifier: Apache-2.0
//
// Damages map clauses and updates at run time: stands between a program and libomptarget and
// changes what a directive asks for, which is what a program damaged in its source would ask for.
// One build of a program serves for all its mutants.
//
// A shared library that programs are linked with. Environment:
//   S2S_DAMAGE        calls:line:column:index:operation
//                     calls: any of k (target construct), b (begin of data), e (end), u (update)
//                     index: of the list item; operation: t (no copy from the device), f (no copy
//                     to it), a (neither), s (without the last 8 bytes), l (without the first 8),
//                     d (item dropped), x (update the other way), n (nothing is done at all)
//   S2S_DAMAGE_SITES  file that every list item of every call is written to, once
//   S2S_DAMAGE_FILL   d or h and a byte: what the damage keeps from being copied to the device (d) or
//                     the host (h) is overwritten with the byte, so that whoever reads it reads
//                     nonsense; words that are the same on both sides anyway are left alone, save
//                     in fresh device memory, which holds anything
//   S2S_DAMAGE_LOG    file for "copies differing unknown": copies that the damage prevented, those
//                     of them whose bytes were not the same on both sides, and calls of which it is
//                     not known what they would have copied

#define _GNU_SOURCE
#include "libomptarget.h"
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TO = 1, FROM = 2, PTR_AND_OBJ = 0x10, TARGET_PARAM = 0x20, IMPLICIT = 0x200, MOST = 64 };

typedef struct {
  int count;
  void *bases[MOST], *begins[MOST], *names[MOST], *mappers[MOST];
  int64_t sizes[MOST], types[MOST];
} items;

static struct {
  char calls[8], operation;
  int line, column, index;
} damage;
static const char *sites, *fill;
// Without, nothing is done that a program damaged in its source would not do. Above all nobody looks
// at the device's memory, or at the host's where it is older: the guard reports both, as the
// directive's doing.
static int is_accounting;
static long copies, differing, unknown;

extern int omp_target_is_present(const void *, int) __attribute__((weak));
extern void *omp_get_mapped_ptr(const void *, int) __attribute__((weak));
extern int omp_get_default_device(void) __attribute__((weak));

__attribute__((destructor)) static void end(void) {
  const char *log = getenv("S2S_DAMAGE_LOG");
  FILE *file = log ? fopen(log, "w") : 0;
  if (!file)
    return;
  fprintf(file, "%ld %ld %ld\n", copies, differing, unknown);
  fclose(file);
}

__attribute__((constructor)) static void start(void) {
  fill = getenv("S2S_DAMAGE_FILL");
  is_accounting = fill || getenv("S2S_DAMAGE_LOG");
  const char *text = getenv("S2S_DAMAGE");
  sites = getenv("S2S_DAMAGE_SITES");
  if (text && sscanf(text, "%7[kbeu]:%d:%d:%d:%c", damage.calls, &damage.line, &damage.column,
                     &damage.index, &damage.operation) != 5)
    abort();
}

static void place_of(const ident *where, int *line, int *column) {
  const char *text = where && where->source ? where->source : "";
  *line = *column = 0;
  for (int skip = 3; *text && skip; text++)
    skip -= *text == ';';
  sscanf(text, "%d;%d", line, column);
}

static void note(char call, const ident *where, const items *all) {
  static struct {
    const char *source;
    char call;
  } seen[4096];
  static int count;
  for (int i = 0; i < count; i++)
    if (seen[i].source == where->source && seen[i].call == call)
      return;
  if (count == 4096)
    return;
  seen[count].source = where->source;
  seen[count++].call = call;
  FILE *file = fopen(sites, "a");
  int line, column;
  place_of(where, &line, &column);
  for (int i = 0; file && i < all->count; i++)
    fprintf(file, "%c\t%d\t%d\t%d\t%lld\t%lld\t%s\n", call, line, column, i,
            (long long)all->types[i], (long long)all->sizes[i],
            all->names[i] ? (char *)all->names[i] : "");
  if (file)
    fclose(file);
}

static void remove_item(items *all, int at) {
  all->count--;
  for (int i = at; i < all->count; i++) {
    all->bases[i] = all->bases[i + 1];
    all->begins[i] = all->begins[i + 1];
    all->names[i] = all->names[i + 1];
    all->mappers[i] = all->mappers[i + 1];
    all->sizes[i] = all->sizes[i + 1];
    all->types[i] = all->types[i + 1];
  }
}

// --- what would have been copied -----------------------------------------------------------------

static void lost_copy(void *to, const void *from, int64_t bytes, char side, int is_fresh) {
  int differs = 0, byte = fill ? atoi(fill + 1) : 0;
  for (int64_t i = 0; i < bytes; i += 4) {
    size_t word = bytes - i < 4 ? (size_t)(bytes - i) : 4;
    int unequal = memcmp((char *)to + i, (const char *)from + i, word) != 0;
    differs |= unequal;
    if (fill && *fill == side && (unequal || is_fresh))
      memset((char *)to + i, byte, word);
  }
  copies++;
  differing += differs;
}

static int number_of(int64_t device) {
  return device < 0 ? omp_get_default_device() : (int)device;
}

// The undamaged item of the damaged call, and what was known of it before the call.
static struct {
  void *begin;
  int64_t size, type;
  int was_present;
  char *kept, *old; // the device's bytes, the host's
} target;

// The part of the item that the operation is about.
static void part_of(int64_t *offset, int64_t *bytes) {
  int64_t cut = target.size % 8 ? 4 : 8;
  *offset = damage.operation == 's' ? target.size - cut : 0;
  *bytes = damage.operation == 's' || damage.operation == 'l' ? cut : target.size;
}

static int keeps_from(int64_t direction) {
  if (!(target.type & direction))
    return 0;
  return strchr(direction == TO ? "fa" : "ta", damage.operation) != 0;
}

static void before(int64_t device) {
  int number = number_of(device);
  target.was_present = omp_target_is_present(target.begin, number);
  char *there = omp_get_mapped_ptr(target.begin, number);
  free(target.kept);
  target.kept = there ? malloc((size_t)target.size) : 0;
  if (target.kept)
    memcpy(target.kept, there, (size_t)target.size);
  free(target.old);
  target.old = malloc((size_t)target.size + 1);
  memcpy(target.old, target.begin, (size_t)target.size);
}

static int is_cut(void) { return strchr("sl", damage.operation) != 0; }

// After a begin: what was not copied to the device.
static void after_begin(int64_t device) {
  int64_t offset, bytes;
  part_of(&offset, &bytes);
  char *there = omp_get_mapped_ptr(target.begin, number_of(device));
  if (there && !target.was_present && (target.type & TO) && (keeps_from(TO) || (is_cut() && fill)))
    lost_copy(there + offset, (char *)target.begin + offset, bytes, 'd', 1);
}

// After an end: what was not copied back.
static void after_end(int64_t device) {
  int64_t offset, bytes;
  part_of(&offset, &bytes);
  char *begin = target.begin;
  begin += is_cut() && !fill && !offset ? bytes : 0; // the item began later
  if (target.kept && (target.type & FROM) && (keeps_from(FROM) || is_cut()) &&
      !omp_target_is_present(begin, number_of(device))) {
    if (is_cut() && fill) // the item was whole, and copied back as a whole
      memcpy((char *)target.begin + offset, target.old + offset, (size_t)bytes);
    lost_copy((char *)target.begin + offset, target.kept + offset, bytes, 'h', 0);
  }
}

static void in_update(int64_t device) {
  int64_t offset, bytes;
  part_of(&offset, &bytes);
  char *there = omp_get_mapped_ptr(target.begin, number_of(device)), *here = target.begin;
  if (!there)
    return;
  if (damage.operation == 'x' || target.type & TO)
    lost_copy(there + offset, here + offset, bytes, 'd', 0);
  if (damage.operation == 'x' || target.type & FROM)
    lost_copy(here + offset, there + offset, bytes, 'h', 0);
}

// --- the calls -----------------------------------------------------------------------------------

// Take the items of a call over and damage them: HIT when that was done, OMITTED when the call is to
// be left out, OTHER when it is not meant, TOO_LONG when it cannot be taken over.
enum outcome { TOO_LONG, OTHER, HIT, OMITTED };

static enum outcome damaged(char call, const ident *where, int count, void **bases, void **begins,
                            int64_t *sizes, int64_t *types, void **names, void **mappers,
                            items *out) {
  if (count > MOST || !where)
    return TOO_LONG;
  out->count = count;
  for (int i = 0; i < count; i++) {
    out->bases[i] = bases[i];
    out->begins[i] = begins[i];
    out->sizes[i] = sizes[i];
    out->types[i] = types[i];
    out->names[i] = names ? names[i] : 0;
    out->mappers[i] = mappers ? mappers[i] : 0;
  }
  if (sites)
    note(call, where, out);
  int line, column, at = damage.index;
  place_of(where, &line, &column);
  if (!damage.operation || !strchr(damage.calls, call) || line != damage.line ||
      column != damage.column || at >= count)
    return OTHER;
  target.begin = out->begins[at];
  target.size = out->sizes[at];
  target.type = out->types[at];
  int cut = out->sizes[at] % 8 ? 4 : 8;
  switch (damage.operation) {
  case 't':
    out->types[at] &= ~FROM;
    break;
  case 'f':
    out->types[at] &= ~TO;
    break;
  case 'a':
    out->types[at] &= ~(TO | FROM);
    break;
  case 'l':
    if (fill && call != 'u')
      break; // the item stays whole, its first bytes are overwritten
    out->begins[at] = (char *)out->begins[at] + cut;
    out->sizes[at] -= cut;
    break;
  case 's':
    if (!fill || call == 'u')
      out->sizes[at] -= cut;
    break;
  case 'x':
    out->types[at] ^= TO | FROM;
    break;
  case 'n':
    return OMITTED;
  case 'd':
    if (call != 'k')
      remove_item(out, at);
    else { // what a pointer that no clause names gets
      out->types[at] = TARGET_PARAM | IMPLICIT;
      out->sizes[at] = 0;
      out->begins[at] = out->bases[at];
    }
  }
  return HIT;
}

// Items whose end was left out stay mapped; if they are named again, that matters.
static void *left[MOST];
static int left_count;

static void leave_out(char call, const items *all, int64_t device) {
  for (int i = 0; i < all->count; i++) {
    target.begin = all->begins[i];
    target.size = all->sizes[i];
    target.type = all->types[i];
    before(device);
    if (call == 'e' && target.kept && (target.type & FROM))
      lost_copy(target.begin, target.kept, target.size, 'h', 0);
    if (call == 'e' && left_count < MOST)
      left[left_count++] = target.begin;
    unknown += call == 'b';
  }
}

static void is_named_again(int count, void **begins) {
  for (int i = 0; i < count; i++)
    for (int k = 0; k < left_count; k++)
      unknown += begins[i] == left[k];
}

typedef void data_call(ident *, int64_t, int32_t, void **, void **, int64_t *, int64_t *, void **,
                       void **);

static void look_before(char call, enum outcome outcome, const items *all, int64_t device) {
  if (call == 'u')
    in_update(device);
  else if (outcome == OMITTED)
    leave_out(call, all, device);
  else
    before(device);
  unknown += call == 'b' && damage.operation == 'd' && !target.was_present;
  if (call == 'e' && damage.operation == 'd' && target.kept && (target.type & FROM) &&
      damage.calls[1] == 0)
    lost_copy(target.begin, target.kept, target.size, 'h', 0);
}

static void call_data(char call, const char *name, ident *where, int64_t device, int32_t count,
                      void **bases, void **begins, int64_t *sizes, int64_t *types, void **names,
                      void **mappers) {
  data_call *real;
  *(void **)&real = dlsym(RTLD_NEXT, name);
  items all;
  enum outcome outcome =
      damaged(call, where, count, bases, begins, sizes, types, names, mappers, &all);
  if (left_count)
    is_named_again(count, begins);
  if (outcome < HIT) {
    real(where, device, count, bases, begins, sizes, types, names, mappers);
    return;
  }
  if (is_accounting)
    look_before(call, outcome, &all, device);
  if (outcome == HIT && all.count)
    real(where, device, all.count, all.bases, all.begins, all.sizes, all.types, all.names,
         all.mappers);
  if (is_accounting && outcome == HIT && call == 'b')
    after_begin(device);
  if (is_accounting && outcome == HIT && call == 'e')
    after_end(device);
}

#define DATA(name, call)                                                                           \
  void name(ident *where, int64_t device, int32_t count, void **bases, void **begins,             \
            int64_t *sizes, int64_t *types, void **names, void **mappers) {                        \
    call_data(call, #name, where, device, count, bases, begins, sizes, types, names, mappers);     \
  }

DATA(__tgt_target_data_begin_mapper, 'b')
DATA(__tgt_target_data_end_mapper, 'e')
DATA(__tgt_target_data_update_mapper, 'u')

// For the accounts, a damaged target construct is put between a begin and an end of its damaged
// item, so that what is not copied can be seen.
int __tgt_target_kernel(ident *where, int64_t device, int32_t teams, int32_t threads, void *kernel,
                        kernel_arguments *arguments) {
  int (*real)(ident *, int64_t, int32_t, int32_t, void *, kernel_arguments *);
  *(void **)&real = dlsym(RTLD_NEXT, "__tgt_target_kernel");
  kernel_arguments kept = *arguments;
  items all;
  enum outcome outcome = damaged('k', where, (int)kept.count, kept.bases, kept.begins, kept.sizes,
                                 kept.types, kept.names, kept.mappers, &all);
  if (left_count)
    is_named_again((int)kept.count, kept.begins);
  if (outcome < HIT)
    return real(where, device, teams, threads, kernel, arguments);
  data_call *begin, *end;
  *(void **)&begin = dlsym(RTLD_NEXT, "__tgt_target_data_begin_mapper");
  *(void **)&end = dlsym(RTLD_NEXT, "__tgt_target_data_end_mapper");
  int i = damage.index, around = is_accounting && damage.operation != 'd';
  int64_t type = all.types[i] & (TO | FROM);
  arguments->bases = all.bases;
  arguments->begins = all.begins;
  arguments->sizes = all.sizes;
  arguments->types = all.types;
  if (is_accounting)
    before(device);
  unknown += is_accounting && !around && !target.was_present;
  if (around) {
    before(device);
    begin(where, device, 1, &all.bases[i], &all.begins[i], &all.sizes[i], &type, 0, 0);
    after_begin(device);
  }
  int result = real(where, device, teams, threads, kernel, arguments);
  if (around) {
    before(device);
    if (!target.kept && damage.operation == 'l') // the item began later
      target.kept = calloc(1, (size_t)target.size);
    end(where, device, 1, &all.bases[i], &all.begins[i], &all.sizes[i], &type, 0, 0);
    after_end(device);
  }
  *arguments = kept;
  return result;
}
