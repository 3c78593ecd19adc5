// SPDX-License-Identifier: Apache-2.0
//
// Findings as JSON Lines, one object a line, each written at once: the program may die any time.
//
// Kinds: "unmapped" (device code touches host memory), "outside-section" (device code touches
// memory next to a mapped range), "device-reads-stale", "host-reads-stale", "host-reads-lost" (the
// newer bytes on the device were never copied back), "host-reads-uninitialised" (copied back, but
// never written on the device), "host-reads-device-pointer", "host-function" (a kernel takes the
// address of a host function), "unmapped-argument" (a pointer argument of a kernel is not mapped),
// "host-error" (an error of the host code, whether there is a device or not), "summary".

#define _GNU_SOURCE
#include "guard.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { LINE = 1 << 16 };

static int file = -1;
// Neither a global array nor heap: those are poisoned while a kernel runs.
static char *line;
static size_t used;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void put(const char *text) {
  for (; *text && used + 8 < LINE; text++)
    line[used++] = *text;
}

static void put_string(const char *text) {
  static const char digits[] = "0123456789abcdef";
  line[used++] = '"';
  for (; *text && used + 16 < LINE; text++) {
    unsigned char c = (unsigned char)*text;
    if (c == '"' || c == '\\') {
      line[used++] = '\\';
      line[used++] = (char)c;
    } else if (c < 0x20) {
      put("\\u00");
      line[used++] = digits[c >> 4];
      line[used++] = digits[c & 15];
    } else
      line[used++] = (char)c;
  }
  line[used++] = '"';
}

static void put_field(const char *name, const char *text) {
  put(used > 1 ? ",\"" : "\"");
  put(name);
  put("\":");
  put_string(text ? text : "");
}

static void put_number(const char *name, long value) {
  put(",\"");
  put(name);
  put("\":");
  char digits[24];
  int n = 0;
  unsigned long rest = value < 0 ? -(unsigned long)value : (unsigned long)value;
  if (value < 0)
    line[used++] = '-';
  do
    digits[n++] = (char)('0' + rest % 10);
  while (rest /= 10);
  while (n > 0 && used + 8 < LINE)
    line[used++] = digits[--n];
}

static void flush_line(void) {
  line[used++] = '}';
  line[used++] = '\n';
  for (size_t done = 0; done < used;) {
    long n = syscall(SYS_write, file, line + done, used - done); // write(2) is intercepted
    if (n <= 0)
      break;
    done += (size_t)n;
  }
}

void report_start(const char *path) {
  line = mmap(0, LINE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  file = path && *path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : 2;
}

void report_finding(const finding *f) {
  pthread_mutex_lock(&lock);
  used = 0;
  line[used++] = '{';
  put_field("kind", f->kind);
  put_field("construct", f->construct);
  put_field("variable", f->variable);
  put_field("access", f->access);
  put_number("bytes", (long)f->bytes);
  put_number("offset", f->offset);
  put_number("range", (long)f->range);
  put_field("stack", f->stack);
  flush_line();
  pthread_mutex_unlock(&lock);
}

void report_summary(long kernels, long unguarded, size_t uncovered) {
  pthread_mutex_lock(&lock);
  used = 0;
  line[used++] = '{';
  put_field("kind", "summary");
  put_number("kernels", kernels);
  put_number("unguarded", unguarded);
  put_number("uncovered", (long)uncovered);
  flush_line();
  pthread_mutex_unlock(&lock);
}

void report_numbers(const char *kind, const char *construct, const char *variable,
                    const report_number *numbers, size_t count) {
  pthread_mutex_lock(&lock);
  used = 0;
  line[used++] = '{';
  put_field("kind", kind);
  put_field("construct", construct);
  put_field("variable", variable);
  for (size_t i = 0; i < count; i++)
    put_number(numbers[i].name, numbers[i].value);
  flush_line();
  pthread_mutex_unlock(&lock);
}
