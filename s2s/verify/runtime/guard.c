// SPDX-License-Identifier: Apache-2.0
//
// The guard's entry points: an OMPT tool that hears of device memory, copies and kernels, an
// interposed libomptarget call that knows the source line, and ASan's report callbacks.
//
// Environment: S2S_GUARD_REPORT (file, else stderr), S2S_GUARD_FILL (byte, or "none"),
//              S2S_GUARD_STALE=0, S2S_GUARD_FINDINGS (then the guard stops looking; default 100),
//              S2S_GUARD_WATCH=0 (do not watch whether the host reads what is copied back).

#define _GNU_SOURCE
#include "guard.h"
#include "transfers.h"
#include "libomptarget.h"

#include <dlfcn.h>
#include <omp-tools.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WEAK __attribute__((weak))
extern void __asan_poison_memory_region(const volatile void *, size_t) WEAK;
extern void __asan_unpoison_memory_region(const volatile void *, size_t) WEAK;
extern void *__asan_region_is_poisoned(void *, size_t) WEAK;
extern void *__asan_get_report_address(void) WEAK;
extern void *__asan_get_report_pc(void) WEAK;
extern int __asan_get_report_access_type(void) WEAK;
extern size_t __asan_get_report_access_size(void) WEAK;
extern void __asan_set_error_report_callback(void (*)(const char *)) WEAK;
extern int omp_target_is_present(const void *, int) WEAK;
extern int omp_get_num_threads(void) WEAK;
extern int omp_get_default_device(void) WEAK;

// --- bytes ---------------------------------------------------------------------------------------

void guard_copy(uintptr_t to, uintptr_t from, size_t bytes) {
  __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(bytes)::"memory");
}

void guard_fill(uintptr_t at, uint8_t value, size_t bytes) {
  __asm__ volatile("rep stosb" : "+D"(at), "+c"(bytes) : "a"(value) : "memory");
}

void guard_poison(uintptr_t at, size_t bytes) {
  __asan_poison_memory_region((const void *)at, bytes);
}

void guard_unpoison(uintptr_t at, size_t bytes) {
  __asan_unpoison_memory_region((const void *)at, bytes);
}

int guard_is_poisoned(uintptr_t at) {
  return __asan_region_is_poisoned((void *)at, GRANULE) != 0;
}

// --- state ---------------------------------------------------------------------------------------

enum { TARGET_PARAM = 0x20, LITERAL = 0x100, PRIVATE = 0x80 };
enum phase { OUTSIDE, IN_KERNEL, REPORTING };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int enabled;
static volatile enum phase phase;
static long kernels, unguarded, findings, findings_limit = 100;
static __thread uintptr_t user_stack;
static const char *construct = "";
static void *const *pointers; // the arguments of the kernel that is launched
static size_t pointer_count;
static finding pending; // of the report that ASan is about to write
static int is_finding;

// Names of mapped ranges, the latest first.
enum { NAMES = 1024 };
static struct {
  uintptr_t host;
  size_t bytes;
  const char *name;
} names[NAMES];
static unsigned names_at;

static void note_name(void *host, int64_t bytes, const char *name) {
  if (!host || bytes <= 0 || !name)
    return;
  for (unsigned i = 1; i <= NAMES && i <= names_at; i++) {
    unsigned k = (names_at - i) % NAMES;
    if (names[k].host == (uintptr_t)host && names[k].name == name) {
      names[k].bytes = (size_t)bytes;
      return;
    }
  }
  unsigned k = names_at++ % NAMES;
  names[k].host = (uintptr_t)host;
  names[k].bytes = (size_t)bytes;
  names[k].name = name;
}

static const char *name_of(uintptr_t host) {
  for (unsigned i = 1; i <= NAMES && i <= names_at; i++) {
    unsigned k = (names_at - i) % NAMES;
    if (host >= names[k].host && host < names[k].host + names[k].bytes)
      return names[k].name;
  }
  return "";
}

// --- ASan's reports ------------------------------------------------------------------------------

static void describe(const char *kind, uintptr_t at, uintptr_t begin, size_t range, uintptr_t host) {
  int writes = __asan_get_report_access_type();
  pending = (finding){kind,  construct, host ? name_of(host) : "",     writes ? "write" : "read",
                      at,    __asan_get_report_access_size(), (long)(at - begin), range, ""};
  is_finding = 1;
}

static void enter_device(void) {
  host_memory_poison(user_stack);
  mappings_enter_kernel(pointers, pointer_count);
}

static void leave_device(void) {
  host_memory_unpoison();
  mappings_leave_kernel();
  transfers_watch_again();
}

static void error_in_kernel(uintptr_t at) {
  mapping *m = mapping_of_device(at, 0);
  size_t bytes = __asan_get_report_access_size();
  if (m && !m->in_use && mapping_reached(m, at))
    return;
  if (m && !m->agreed)
    return; // another thread got there first
  if (m) { // inside a mapped range only stale bytes are poisoned
    int writes = __asan_get_report_access_type();
    int is_stale = !writes && mapping_device_is_stale(m, at, bytes);
    if (is_stale)
      describe("device-reads-stale", at, m->device, m->bytes, m->host);
    if (!writes && !is_stale)
      mapping_passed(m, DEVICE, at, bytes);
    else if (mapping_written(m, DEVICE, at, bytes))
      guard_unpoison(m->device, m->bytes);
    return;
  }
  m = mapping_of_device(at, 64);
  if (m) {
    describe("outside-section", at, m->device, m->bytes, m->host);
    guard_unpoison(at & ~(uintptr_t)7, 8 + bytes); // say it once for each place
  } else {
    mapping *h = mapping_of_host(at);
    describe("unmapped", at, h ? h->host : at, h ? h->bytes : 0, at);
    host_memory_exempt(at, bytes);
  }
}

static void error_on_host(uintptr_t at) {
  mapping *m = mapping_of_device(at, 0);
  size_t bytes = __asan_get_report_access_size();
  if (m) {
    describe("host-reads-device-pointer", at, m->device, m->bytes, m->host);
    guard_unpoison(m->device, m->bytes);
    return;
  }
  m = mapping_of_host(at);
  if (transfers_touched(at, bytes)) {
    if (!m || !m->host_poisoned)
      return;
    mappings_leave_kernel(); // poison what is stale again
  }
  if (!m || !m->host_poisoned) {
    mapping *beside = mapping_with_tail(at);
    if (beside)
      mapping_passed(beside, HOST, at, bytes);
    else
      describe("host-error", at, at, 0, 0);
  } else if (__asan_get_report_access_type()) {
    if (mapping_written(m, HOST, at, bytes))
      mapping_trust_host(m);
  } else if (mapping_host_is_stale(m, at, bytes)) {
    const char *kind = mapping_host_is_garbage(m, at, bytes) ? "host-reads-uninitialised"
                       : m->lost                             ? "host-reads-lost"
                                                             : "host-reads-stale";
    describe(kind, at, m->host, m->bytes, m->host);
    mapping_trust_host(m);
  } else
    mapping_passed(m, HOST, at, bytes);
}

// Called before ASan writes its report.
void __asan_on_error(void) {
  uintptr_t at = (uintptr_t)__asan_get_report_address();
  is_finding = 0;
  if (phase == IN_KERNEL) {
    error_in_kernel(at);
    host_memory_swap();
    phase = REPORTING;
  } else
    error_on_host(at);
}

// The same instruction is reported once for each kind of finding.
static int is_new(const char *kind, void *pc) {
  static struct {
    const char *kind;
    void *pc;
  } seen[1024];
  static unsigned seen_count;
  for (unsigned i = 0; i < seen_count; i++)
    if (seen[i].pc == pc && seen[i].kind == kind)
      return 0;
  if (seen_count < sizeof seen / sizeof *seen) {
    seen[seen_count].kind = kind;
    seen[seen_count++].pc = pc;
  }
  return 1;
}

static void after_report(const char *text) {
  if (is_finding && is_new(pending.kind, __asan_get_report_pc())) {
    pending.stack = text;
    report_finding(&pending);
    findings++;
  }
  if (phase == REPORTING) {
    host_memory_swap();
    phase = IN_KERNEL;
  }
}

// --- OMPT ----------------------------------------------------------------------------------------

static void on_data_op(ompt_scope_endpoint_t endpoint, ompt_data_t *task, ompt_data_t *target,
                       ompt_id_t *id, ompt_target_data_op_t operation, void *source, int from,
                       void *destination, int to, size_t bytes, const void *code) {
  (void)task, (void)target, (void)id, (void)from, (void)to, (void)code;
  if (!enabled)
    return;
  uintptr_t a = (uintptr_t)source, b = (uintptr_t)destination;
  int begins = endpoint == ompt_scope_begin, runs = phase != OUTSIDE;
  pthread_mutex_lock(&lock);
  switch (operation) {
  case ompt_target_data_alloc:
    if (endpoint == ompt_scope_end && b && a != b)
      mappings_allocate(b, a, bytes, runs), transfers_allocated(b, a, bytes);
    break;
  case ompt_target_data_delete:
    if (begins)
      transfers_released(a), mappings_release(a, runs);
    break;
  case ompt_target_data_transfer_to_device:
    if (begins)
      transfers_before_send(a, b, bytes), mappings_before_copy(a, b, bytes);
    else
      mappings_after_copy(a, b, bytes, 1, runs);
    break;
  case ompt_target_data_transfer_from_device:
    if (begins)
      transfers_before_return(b, a, bytes), mappings_before_copy(b, a, bytes);
    else
      mappings_after_copy(b, a, bytes, 0, runs), transfers_after_return(b, a, bytes);
    break;
  default:
    break;
  }
  pthread_mutex_unlock(&lock);
}

static int workers; // of OpenMP

static void on_thread_begin(ompt_thread_t kind, ompt_data_t *data) {
  (void)data;
  if (kind != ompt_thread_initial)
    __atomic_add_fetch(&workers, 1, __ATOMIC_SEQ_CST);
}

// Whether the program has threads that are not OpenMP's: they use the host's memory any time.
//
// A worker that the kernel before has just started is a thread before it tells of itself. It is
// given time for that, but only until it was once in vain.
static int foreign_threads(void) {
  static int patience = 1000; // milliseconds
  struct stat tasks;
  for (;; patience--) {
    int known = 1 + __atomic_load_n(&workers, __ATOMIC_SEQ_CST);
    if (stat("/proc/self/task", &tasks) || (int)tasks.st_nlink - 2 <= known)
      return 0;
    if (patience <= 0)
      return 1;
    usleep(1000);
  }
}

static void on_submit(ompt_scope_endpoint_t endpoint, ompt_data_t *target, ompt_id_t *id,
                      unsigned teams) {
  (void)target, (void)id, (void)teams;
  if (!enabled)
    return;
  if (endpoint == ompt_scope_begin) {
    kernels++;
    phase = OUTSIDE;
    transfers_launch();
    if (findings >= findings_limit || (omp_get_num_threads && omp_get_num_threads() > 1) ||
        foreign_threads()) {
      unguarded++;
      transfers_stop_watching();
      mappings_clean();
      return;
    }
    enter_device();
    phase = IN_KERNEL;
  } else if (phase == IN_KERNEL) {
    phase = OUTSIDE;
    leave_device();
  }
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
                        kernel_arguments *arguments) {
  static int (*real)(ident *, int64_t, int32_t, int32_t, void *, kernel_arguments *);
  if (!real)
    *(void **)&real = dlsym(RTLD_NEXT, "__tgt_target_kernel");
  user_stack = (uintptr_t)__builtin_frame_address(0) + 16;
  construct = where && where->source ? where->source : "";
  int number = device < 0 ? omp_get_default_device() : (int)device;
  for (uint32_t i = 0; enabled && arguments && i < arguments->count; i++) {
    void *at = arguments->begins[i];
    const char *name = arguments->names ? arguments->names[i] : 0;
    int64_t type = arguments->types[i], bytes = arguments->sizes[i];
    note_name(at, bytes, name);
    int by_reference = (type & TARGET_PARAM) && !(type & (LITERAL | PRIVATE));
    if (by_reference && bytes == 0 && at && !omp_target_is_present(at, number) &&
        !mapping_of_device((uintptr_t)at, 0)) {
      const char *kind =
          host_memory_is_code((uintptr_t)at) ? "host-function" : "unmapped-argument";
      finding f = {kind, construct, name ? name : "", "", (uintptr_t)at, 0, 0, 0, ""};
      report_finding(&f);
    }
  }
  construct_items items = {.source = construct};
  if (arguments)
    items = (construct_items){construct,        (int32_t)arguments->count, arguments->bases,
                              arguments->begins, arguments->sizes,          arguments->types,
                              arguments->names,  0};
  pointers = arguments ? arguments->begins : 0;
  pointer_count = arguments ? arguments->count : 0;
  transfers_enter(&items);
  int result = real(where, device, teams, threads, kernel, arguments);
  transfers_leave(&items);
  pointer_count = 0;
  user_stack = 0;
  construct = "";
  return result;
}

void __tgt_target_data_begin_mapper(ident *where, int64_t device, int32_t count, void **bases,
                                    void **begins, int64_t *sizes, int64_t *types, void **arg_names,
                                    void **mappers) {
  static void (*real)(ident *, int64_t, int32_t, void **, void **, int64_t *, int64_t *, void **,
                      void **);
  if (!real)
    *(void **)&real = dlsym(RTLD_NEXT, "__tgt_target_data_begin_mapper");
  for (int32_t i = 0; enabled && i < count; i++)
    note_name(begins[i], sizes[i], arg_names ? arg_names[i] : 0);
  construct_items items = {where && where->source ? where->source : "",
                           count, bases, begins, sizes, types, arg_names, 0};
  transfers_enter(&items);
  real(where, device, count, bases, begins, sizes, types, arg_names, mappers);
  transfers_leave(&items);
}

// --- start and end -------------------------------------------------------------------------------

static void at_end(void) {
  if (enabled) {
    mappings_clean();
    transfers_report();
    report_summary(kernels, unguarded, host_memory_uncovered());
  }
}

__attribute__((constructor)) static void start(void) {
  if (!__asan_poison_memory_region || !__asan_get_report_access_size)
    return;
  const char *fill = getenv("S2S_GUARD_FILL"), *stale = getenv("S2S_GUARD_STALE");
  const char *limit = getenv("S2S_GUARD_FINDINGS"), *watch = getenv("S2S_GUARD_WATCH");
  if (limit)
    findings_limit = atol(limit);
  report_start(getenv("S2S_GUARD_REPORT"));
  mappings_start(!fill || *fill != 'n', fill ? (int)strtol(fill, 0, 0) : 0xfb,
                 !stale || atoi(stale));
  host_memory_start();
  transfers_start(!watch || atoi(watch));
  __asan_set_error_report_callback(after_report);
  atexit(at_end);
  enabled = 1;
}
