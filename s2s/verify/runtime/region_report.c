// SPDX-License-Identifier: Apache-2.0
//
// JSON Lines of compare mode: one object for each launch that was compared ("comparison"), and one
// for each region that could not be ("obstacle").

#define _GNU_SOURCE
#include "region.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int file = 2;

void region_report_start(const char *path) {
  if (path && *path)
    file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

// A JSON string's inside; control characters do not occur in names and numbers.
static const char *escaped(const char *text, char *to, size_t room) {
  size_t used = 0;
  for (; *text && used + 2 < room; text++) {
    if (*text == '"' || *text == '\\')
      to[used++] = '\\';
    if ((unsigned char)*text >= ' ')
      to[used++] = *text;
  }
  to[used] = 0;
  return to;
}

static void put(const char *line, int length, size_t room) {
  if (length > 0 && (size_t)length < room && write(file, line, (size_t)length) < 0)
    file = 2;
}

void region_report_comparison(int region, const launch *of, const comparison *c) {
  char line[2048], variable[2 * sizeof c->variable];
  int length = snprintf(
      line, sizeof line,
      "{\"kind\":\"comparison\",\"region\":%d,\"launch\":%ld,\"elements\":%ld,\"inexact\":%ld,"
      "\"worst\":%.17g,\"sensitive\":%ld,\"untyped\":%ld,\"differences\":%ld,"
      "\"relative\":%.17g,\"terms\":%llu,"
      "\"type\":\"%s\",\"variable\":\"%s\",\"indices\":[%s],\"serial\":\"%s\",\"device\":\"%s\"}\n",
      region, of->launch, c->elements, c->inexact, c->worst, c->sensitive, c->untyped,
      c->differences,
      c->relative, (unsigned long long)of->trips, c->kind,
      escaped(c->variable, variable, sizeof variable), c->indices, c->serial, c->device);
  put(line, length, sizeof line);
}

void region_report_obstacle(int region, const char *why) {
  char line[512];
  int length = snprintf(line, sizeof line,
                        "{\"kind\":\"obstacle\",\"region\":%d,\"reason\":\"%s\"}\n", region, why);
  put(line, length, sizeof line);
}
