// SPDX-License-Identifier: Apache-2.0
//
// Follows device memory through OMPT, and copies what a kernel can reach before and after it runs.

#define _GNU_SOURCE
#include "region.h"
#include "libomptarget.h"

#include <dlfcn.h>
#include <omp-tools.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

#define WEAK __attribute__((weak))
extern void *omp_get_mapped_ptr(const void *, int) WEAK;
extern int omp_get_default_device(void) WEAK;
extern int omp_in_parallel(void) WEAK;

enum { FROM = 2, PRIVATE = 0x80, LITERAL = 0x100 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

// --- the launch under way ------------------------------------------------------------------------

launch current;

static kernel_arguments *arguments;
static int device_number;
static size_t copied;
static const size_t copied_limit = (size_t)1 << 30; // of both copies and the serial values

static void free_copies(snapshot *s) {
  if (s->before)
    munmap(s->before, s->bytes);
  if (s->after)
    munmap(s->after, s->bytes);
}

void launch_forget(void) {
  for (int i = 0; i < current.count; i++)
    free_copies(&current.blocks[i]);
  current.count = current.taken = 0;
  copied = 0;
}

static uint8_t *copy_of(uintptr_t at, size_t bytes) {
  copied += bytes;
  if (copied > copied_limit)
    return 0;
  void *to = mmap(0, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (to == MAP_FAILED)
    return 0;
  memcpy(to, (const void *)at, bytes);
  return to;
}

static int is_inside(uintptr_t at, uintptr_t begin, size_t bytes) {
  return at >= begin && at < begin + bytes;
}

static int is_reached(uintptr_t device) {
  for (int i = 0; i < current.count; i++)
    if (current.blocks[i].device == device)
      return 1;
  return 0;
}

static void reach(uintptr_t device, uintptr_t host, size_t bytes, int is_live_out) {
  if (!bytes || is_reached(device) || current.obstacle)
    return;
  if (current.count == MOST_SNAPSHOTS) {
    current.obstacle = "it reaches too many pieces of device memory";
    return;
  }
  snapshot *s = &current.blocks[current.count++];
  *s = (snapshot){.device = device, .host = host, .bytes = bytes, .is_live_out = is_live_out};
  s->name = name_of(host);
  s->base = base_of(host);
  s->before = copy_of(device, bytes);
  if (!s->before)
    current.obstacle = "it reaches too much device memory to be copied";
}

// What the kernel writes matters to the program when the memory stays, or is copied back.
static int is_live_out(const block *b) {
  if (b->call != calls)
    return 1;
  for (uint32_t i = 0; i < arguments->count; i++) {
    if (arguments->mappers && arguments->mappers[i])
      return 1; // what a mapper makes of it is not in the list
    uintptr_t begin = (uintptr_t)arguments->begins[i];
    if ((arguments->types[i] & FROM) && is_inside(begin, b->host, b->bytes))
      return 1;
  }
  return 0;
}

static void reach_block(const block *b) { reach(b->device, b->host, b->bytes, is_live_out(b)); }

static const block *block_of_device(uintptr_t at) {
  for (int i = 0; i < block_count; i++)
    if (is_inside(at, blocks[i].device, blocks[i].bytes))
      return &blocks[i];
  return 0;
}

static void reach_arguments(void) {
  for (uint32_t i = 0; i < arguments->count; i++) {
    uintptr_t begin = (uintptr_t)arguments->begins[i];
    int64_t type = arguments->types[i];
    if (type & PRIVATE)
      continue; // the kernel's own copy
    const block *b = block_of_device(begin); // is_device_ptr
    if (b)
      reach_block(b);
    for (int k = 0; !(type & LITERAL) && k < block_count; k++)
      if (blocks[k].host && begin && (is_inside(begin, blocks[k].host, blocks[k].bytes) ||
                                      begin == base_of(blocks[k].host)))
        reach_block(&blocks[k]);
  }
}

static void reach_globals(void) {
  for (int i = 0; i < global_count; i++) {
    uintptr_t host = (uintptr_t)globals[i].host;
    if (globals[i].by_link) {
      for (int k = 0; k < block_count; k++)
        if (blocks[k].host == host)
          reach_block(&blocks[k]);
      continue;
    }
    void *device = omp_get_mapped_ptr ? omp_get_mapped_ptr(globals[i].host, device_number) : 0;
    if (device && device != globals[i].host) {
      int before = current.count;
      reach((uintptr_t)device, host, globals[i].bytes, 1);
      if (current.count > before)
        current.blocks[before].is_global = 1;
    }
  }
}

// The block that an attached pointer points to: it may point before the section that is mapped.
static const block *block_of_attached(uint64_t device_word, uint64_t host_word) {
  for (int i = 0; i < block_count; i++)
    if (blocks[i].host && device_word - host_word == blocks[i].device - blocks[i].host)
      return &blocks[i];
  return 0;
}

static void reach_pointees(void) {
  uintptr_t low = UINTPTR_MAX, high = 0;
  for (int i = 0; i < block_count; i++) {
    low = blocks[i].device < low ? blocks[i].device : low;
    high = blocks[i].device + blocks[i].bytes > high ? blocks[i].device + blocks[i].bytes : high;
  }
  const uintptr_t slack = (uintptr_t)1 << 32; // pointers before a section
  low = low > slack ? low - slack : 0;
  for (int i = 0; i < current.count && !current.obstacle; i++) {
    const snapshot *s = &current.blocks[i];
    for (size_t at = 0; at + 8 <= s->bytes; at += 8) {
      uint64_t word, host_word;
      memcpy(&word, s->before + at, 8);
      if (word < low || word >= high)
        continue;
      const block *b = block_of_device(word);
      if (!b && s->host) {
        memcpy(&host_word, (const void *)(s->host + at), 8);
        b = host_word && host_word != word ? block_of_attached(word, host_word) : 0;
      }
      if (b) {
        reach_block(b);
        s = &current.blocks[i];
      }
    }
  }
}

static int by_device(const void *a, const void *b) {
  uintptr_t x = ((const snapshot *)a)->device, y = ((const snapshot *)b)->device;
  return (x > y) - (x < y);
}

static int workers; // of OpenMP

// Whether the program has threads that are not OpenMP's: they use memory any time.
static int foreign_threads(void) {
  struct stat tasks;
  return !stat("/proc/self/task", &tasks) && (int)tasks.st_nlink - 2 > 1 + workers;
}

static void before_kernel(void) {
  if (!current.blocks) {
    void *at = mmap(0, sizeof *current.blocks * MOST_SNAPSHOTS, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (at == MAP_FAILED)
      return;
    current.blocks = at;
  }
  if ((omp_in_parallel && omp_in_parallel()) || foreign_threads()) {
    current.obstacle = "it was launched while other threads of the host were running";
    return;
  }
  current.trips = arguments->version >= 2 ? arguments->trips : 0;
  reach_arguments();
  reach_globals();
  reach_pointees();
  qsort(current.blocks, (size_t)current.count, sizeof *current.blocks, by_device);
}

static void after_kernel(void) {
  if (current.obstacle || !current.blocks)
    return;
  for (int i = 0; i < current.count; i++) {
    snapshot *s = &current.blocks[i];
    s->after = copy_of(s->device, s->bytes);
    if (!s->after) {
      current.obstacle = "it reaches too much device memory to be copied";
      return;
    }
  }
  current.taken = 1;
}

int launch_is_mapped(const snapshot *s) {
  for (int i = 0; i < block_count; i++)
    if (blocks[i].device == s->device && blocks[i].host == s->host && blocks[i].bytes == s->bytes)
      return 1;
  return 0;
}

static const snapshot *snapshot_of_device(uintptr_t at) {
  int low = 0, high = current.count;
  while (low < high) {
    int middle = (low + high) / 2;
    if (current.blocks[middle].device <= at)
      low = middle + 1;
    else
      high = middle;
  }
  const snapshot *s = low ? &current.blocks[low - 1] : 0;
  return s && is_inside(at, s->device, s->bytes) ? s : 0;
}

int launch_same_pointer(uint64_t serial, uint64_t device) {
  if (serial == device)
    return 1;
  const snapshot *s = snapshot_of_device(device);
  if (s && s->host && device - serial == s->device - s->host)
    return 1;
  for (int i = 0; i < current.count; i++) {
    s = &current.blocks[i];
    if (s->host && device - serial == s->device - s->host)
      return serial && device;
  }
  return 0;
}

uint64_t launch_host_word(uint64_t word, uint64_t host_word) {
  if (launch_same_pointer(host_word, word))
    return host_word;
  const snapshot *s = snapshot_of_device(word);
  return s && s->host ? word - s->device + s->host : word;
}

// --- OMPT ----------------------------------------------------------------------------------------

static void on_data_op(ompt_scope_endpoint_t endpoint, ompt_data_t *task, ompt_data_t *target,
                       ompt_id_t *id, ompt_target_data_op_t operation, void *source, int from,
                       void *destination, int to, size_t bytes, const void *code) {
  (void)task, (void)target, (void)id, (void)from, (void)to, (void)code;
  pthread_mutex_lock(&lock);
  if (operation == ompt_target_data_alloc && endpoint == ompt_scope_end && destination &&
      source != destination)
    block_allocated((uintptr_t)destination, (uintptr_t)source, bytes);
  else if (operation == ompt_target_data_delete && endpoint == ompt_scope_begin)
    block_released((uintptr_t)source);
  pthread_mutex_unlock(&lock);
}

double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void on_submit(ompt_scope_endpoint_t endpoint, ompt_data_t *target, ompt_id_t *id,
                      unsigned teams) {
  (void)target, (void)id, (void)teams;
  if (!arguments || current.region < 0 || current.taken)
    return;
  double started = now();
  pthread_mutex_lock(&lock);
  if (endpoint == ompt_scope_begin)
    before_kernel();
  else
    after_kernel();
  pthread_mutex_unlock(&lock);
  current.seconds += now() - started;
}

static void on_thread_begin(ompt_thread_t kind, ompt_data_t *data) {
  (void)data;
  if (kind != ompt_thread_initial)
    __atomic_add_fetch(&workers, 1, __ATOMIC_SEQ_CST);
}

static int start_tool(ompt_function_lookup_t lookup, int device, ompt_data_t *data) {
  (void)device, (void)data;
  ompt_set_callback_t set = (ompt_set_callback_t)lookup("ompt_set_callback");
  set(ompt_callback_target_data_op_emi, (ompt_callback_t)on_data_op);
  set(ompt_callback_target_submit_emi, (ompt_callback_t)on_submit);
  set(ompt_callback_thread_begin, (ompt_callback_t)on_thread_begin);
  return 1;
}

static void end_tool(ompt_data_t *data) { (void)data; }

ompt_start_tool_result_t *ompt_start_tool(unsigned version, const char *runtime) {
  (void)version, (void)runtime;
  static ompt_start_tool_result_t result = {start_tool, end_tool, {0}};
  return &result;
}

// --- libomptarget --------------------------------------------------------------------------------

int __tgt_target_kernel(ident *where, int64_t device, int32_t teams, int32_t threads, void *kernel,
                        kernel_arguments *given) {
  static int (*real)(ident *, int64_t, int32_t, int32_t, void *, kernel_arguments *);
  if (!real)
    *(void **)&real = dlsym(RTLD_NEXT, "__tgt_target_kernel");
  pthread_mutex_lock(&lock);
  calls++;
  for (uint32_t i = 0; given && i < given->count; i++)
    note_name(given->begins[i], given->bases[i], given->names ? given->names[i] : 0);
  pthread_mutex_unlock(&lock);
  device_number = device < 0 && omp_get_default_device ? omp_get_default_device() : (int)device;
  kernel_arguments unchanged; // libomptarget makes the kernel's own arguments of `given`
  if (given) {
    unchanged = *given;
    arguments = &unchanged;
  }
  int result = real(where, device, teams, threads, kernel, given);
  arguments = 0;
  return result;
}

void __tgt_target_data_begin_mapper(ident *where, int64_t device, int32_t count, void **bases,
                                    void **begins, int64_t *sizes, int64_t *types, void **arg_names,
                                    void **mappers) {
  static void (*real)(ident *, int64_t, int32_t, void **, void **, int64_t *, int64_t *, void **,
                      void **);
  if (!real)
    *(void **)&real = dlsym(RTLD_NEXT, "__tgt_target_data_begin_mapper");
  pthread_mutex_lock(&lock);
  calls++;
  for (int32_t i = 0; i < count; i++)
    note_name(begins[i], bases[i], arg_names ? arg_names[i] : 0);
  pthread_mutex_unlock(&lock);
  real(where, device, count, bases, begins, sizes, types, arg_names, mappers);
}
