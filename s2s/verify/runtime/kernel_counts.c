// SPDX-License-Identifier: Apache-2.0
//
// What kernels execute and touch: how often each basic block of the device code ran, and how many
// different bytes of device memory each launch read (before it wrote them) and wrote.
//
// The device code is built with clang's SanitizerCoverage, which calls the functions below; an OMPT
// tool tells of device memory, an interposed libomptarget call of the source line. Bytes are counted
// in whole granules of 4; what is not mapped or allocated by the program (locals, globals of the
// image) does not count. Built as a shared library, which the image for the device is linked with
// as well.
//
// Environment: S2S_COUNTS_REPORT (file). Written at the end, one JSON object a line:
//   {"construct": ";file;function;line;column;;", "launches": n, "read": bytes, "written": bytes,
//    "guards": n, "blocks": [[number, times], …]}     numbers count the guards of the image from 1

#define _GNU_SOURCE
#include "libomptarget.h"

#include <dlfcn.h>
#include <omp-tools.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { SITES = 1024, BLOCKS = 1 << 16, GUARDS = 1 << 20, GRANULE = 4 };
enum { READ = 1, WRITTEN = 2 };

typedef struct {
  const char *source;
  long launches, read, written;
  uint64_t *times; // of each guard
} site;

typedef struct {
  uintptr_t device;
  size_t bytes;
  uint8_t *marks; // of each granule: READ, WRITTEN
} memory;

static site sites[SITES];
static memory blocks[BLOCKS];
static int site_count, block_count, latest;
static uint32_t guards;
static site *here; // of the kernel that runs

static void *reserve(size_t bytes) {
  return mmap(0, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
}

// --- SanitizerCoverage ---------------------------------------------------------------------------

void __sanitizer_cov_trace_pc_guard_init(uint32_t *start, uint32_t *stop) {
  if (start == stop || *start)
    return;
  for (uint32_t *guard = start; guard < stop; guard++)
    *guard = ++guards;
}

void __sanitizer_cov_trace_pc_guard(const uint32_t *guard) {
  if (here && *guard < GUARDS)
    __atomic_fetch_add(&here->times[*guard], 1, __ATOMIC_RELAXED);
}

static memory *memory_at(uintptr_t at) {
  if (latest < block_count && at - blocks[latest].device < blocks[latest].bytes)
    return &blocks[latest];
  for (int i = 0; i < block_count; i++)
    if (at - blocks[i].device < blocks[i].bytes) {
      latest = i;
      return &blocks[i];
    }
  return 0;
}

static void touch(uintptr_t at, size_t bytes, int how) {
  memory *m = here ? memory_at(at) : 0;
  if (!m)
    return;
  size_t end = at + bytes - m->device < m->bytes ? at + bytes - m->device : m->bytes;
  for (size_t i = (at - m->device) / GRANULE; i * GRANULE < end; i++) {
    uint8_t before = __atomic_fetch_or(&m->marks[i], (uint8_t)how, __ATOMIC_RELAXED);
    if (before & (how | WRITTEN)) // what was written before needs no fetching
      continue;
    __atomic_fetch_add(how == READ ? &here->read : &here->written, GRANULE, __ATOMIC_RELAXED);
  }
}

#define ACCESS(bytes)                                                                              \
  void __sanitizer_cov_load##bytes(uintptr_t at) { touch(at, bytes, READ); }                       \
  void __sanitizer_cov_store##bytes(uintptr_t at) { touch(at, bytes, WRITTEN); }

ACCESS(1)
ACCESS(2)
ACCESS(4)
ACCESS(8)
ACCESS(16)

// --- OMPT ----------------------------------------------------------------------------------------

static void on_data_op(ompt_scope_endpoint_t endpoint, ompt_data_t *task, ompt_data_t *target,
                       ompt_id_t *id, ompt_target_data_op_t operation, void *source, int from,
                       void *destination, int to, size_t bytes, const void *code) {
  (void)task, (void)target, (void)id, (void)from, (void)to, (void)code;
  if (operation == ompt_target_data_alloc && endpoint == ompt_scope_end && destination &&
      source != destination && block_count < BLOCKS)
    blocks[block_count++] = (memory){(uintptr_t)destination, bytes, reserve(bytes / GRANULE + 1)};
  if (operation != ompt_target_data_delete || endpoint != ompt_scope_begin)
    return;
  for (int i = 0; i < block_count; i++)
    if (blocks[i].device == (uintptr_t)source) {
      munmap(blocks[i].marks, blocks[i].bytes / GRANULE + 1);
      blocks[i] = blocks[--block_count];
      return;
    }
}

static int start_tool(ompt_function_lookup_t lookup, int device, ompt_data_t *data) {
  (void)device, (void)data;
  ompt_set_callback_t set = (ompt_set_callback_t)lookup("ompt_set_callback");
  set(ompt_callback_target_data_op_emi, (ompt_callback_t)on_data_op);
  return 1;
}

static void end_tool(ompt_data_t *data) { (void)data; }

ompt_start_tool_result_t *ompt_start_tool(unsigned version, const char *runtime) {
  (void)version, (void)runtime;
  static ompt_start_tool_result_t result = {start_tool, end_tool, {0}};
  return &result;
}

// --- libomptarget --------------------------------------------------------------------------------

static site *site_of(const char *source) {
  for (int i = 0; i < site_count; i++)
    if (!strcmp(sites[i].source, source))
      return &sites[i];
  if (site_count == SITES)
    return 0;
  sites[site_count] = (site){.source = source, .times = reserve(GUARDS * sizeof(uint64_t))};
  return &sites[site_count++];
}

int __tgt_target_kernel(ident *where, int64_t device, int32_t teams, int32_t threads, void *kernel,
                        void *arguments) {
  static int (*real)(ident *, int64_t, int32_t, int32_t, void *, void *);
  if (!real)
    *(void **)&real = dlsym(RTLD_NEXT, "__tgt_target_kernel");
  here = where && where->source ? site_of(where->source) : 0;
  if (here)
    here->launches++;
  for (int i = 0; i < block_count; i++)
    memset(blocks[i].marks, 0, blocks[i].bytes / GRANULE + 1);
  int result = real(where, device, teams, threads, kernel, arguments);
  here = 0;
  return result;
}

// --- end -----------------------------------------------------------------------------------------

static void at_end(void) {
  const char *path = getenv("S2S_COUNTS_REPORT");
  FILE *out = path ? fopen(path, "w") : 0;
  if (!out)
    return;
  for (int i = 0; i < site_count; i++) {
    const site *s = &sites[i];
    fputs("{\"construct\":\"", out);
    for (const char *c = s->source; *c; c++) {
      if (*c == '"' || *c == '\\')
        fputc('\\', out);
      fputc(*c, out);
    }
    fprintf(out, "\",\"launches\":%ld,\"read\":%ld,\"written\":%ld,\"guards\":%u,\"blocks\":[",
            s->launches, s->read, s->written, guards);
    const char *comma = "";
    for (uint32_t guard = 1; guard <= guards && guard < GUARDS; guard++)
      if (s->times[guard]) {
        fprintf(out, "%s[%u,%llu]", comma, guard, (unsigned long long)s->times[guard]);
        comma = ",";
      }
    fputs("]}\n", out);
  }
  fclose(out);
}

__attribute__((constructor)) static void start(void) { atexit(at_end); }
