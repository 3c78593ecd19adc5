// SPDX-License-Identifier: Apache-2.0
//
// Writes the parts of the result as JSON. What programs write need not be UTF-8: a byte that is
// no part of a character is written as the Latin-1 character of its value.

#define _GNU_SOURCE
#include "judge.h"

#include <stdint.h>
#include <string.h>

enum { SHOWN_OUTPUT = 1 << 16, SHOWN_ERRORS = 1 << 12 };

// Length of the UTF-8 character at the start of a text, 0 if there is none.
static size_t character_length(const unsigned char *c, size_t left) {
  size_t length = *c < 0xC2 ? 0 : *c < 0xE0 ? 2 : *c < 0xF0 ? 3 : *c < 0xF5 ? 4 : 0;
  if (*c < 0x80)
    return 1;
  if (!length || length > left)
    return 0;
  for (size_t i = 1; i < length; i++)
    if ((c[i] & 0xC0) != 0x80)
      return 0;
  bool bad = (*c == 0xE0 && c[1] < 0xA0) || (*c == 0xED && c[1] > 0x9F) ||
             (*c == 0xF0 && c[1] < 0x90) || (*c == 0xF4 && c[1] > 0x8F);
  return bad ? 0 : length;
}

void json_string(FILE *file, const char *text, size_t length) {
  const unsigned char *c = (const unsigned char *)text;
  fputc('"', file);
  for (size_t i = 0, step; i < length; i += step) {
    step = character_length(c + i, length - i);
    if (c[i] == '"' || c[i] == '\\')
      fprintf(file, "\\%c", c[i]);
    else if (!step || c[i] < 0x20 || c[i] == 0x7F)
      fprintf(file, "\\u%04x", c[i]);
    else
      fwrite(c + i, 1, step, file);
    step = step ? step : 1;
  }
  fputc('"', file);
}

void json_field(FILE *file, const char *name, const char *text) {
  fprintf(file, "\"%s\": ", name);
  json_string(file, text, strlen(text));
}

// FNV-1a, 64 bits: tells whether two outputs are the same, not who made them.
static uint64_t hash(struct bytes content) {
  uint64_t value = 0xcbf29ce484222325u;
  for (size_t i = 0; i < content.size; i++)
    value = (value ^ (unsigned char)content.data[i]) * 0x100000001b3u;
  return value;
}

static void json_output(FILE *file, const char *name, struct bytes content, size_t shown,
                        bool from_the_end) {
  size_t part = content.size < shown ? content.size : shown;
  fprintf(file, "\"%s\": {\"bytes\": %zu, \"fnv1a\": \"%016llx\", \"text\": ", name, content.size,
          (unsigned long long)hash(content));
  json_string(file, content.data + (from_the_end ? content.size - part : 0), part);
  fputc('}', file);
}

void json_machine(FILE *file, const struct machine *machine) {
  fputs("\"gpus\": [", file);
  for (size_t i = 0; i < machine->gpu_count; i++) {
    const struct gpu *gpu = &machine->gpus[i];
    fputs(i ? ", {" : "{", file);
    json_field(file, "maker", gpu->maker);
    fputs(", ", file);
    json_field(file, "arch", gpu->arch);
    fputs(", ", file);
    json_field(file, "name", gpu->name);
    fputc('}', file);
  }
  fputs("], \"nvidia_smi\": ", file);
  json_string(file, machine->nvidia_smi.data ? machine->nvidia_smi.data : "",
              machine->nvidia_smi.size);
}

void json_run(FILE *file, const struct run *run) {
  fputc('{', file);
  json_field(file, "name", run->name);
  fputs(", ", file);
  json_field(file, "device", run->device);
  fputs(", \"exit_code\": ", file);
  if (run->timed_out)
    fputs("null", file);
  else
    fprintf(file, "%d", run->exit_code);
  fprintf(file, ", \"seconds\": %.6f, ", run->seconds);
  json_output(file, "stdout", run->standard_output, SHOWN_OUTPUT, false);
  fputs(", ", file);
  json_output(file, "stderr", run->standard_error, SHOWN_ERRORS, true);
  fprintf(file, ", \"profile\": %s}", run->profile ? run->profile : "null");
}

void json_comparison(FILE *file, const struct comparison *c) {
  fputc('{', file);
  json_field(file, "run", c->run);
  fputs(", ", file);
  json_field(file, "stream", c->stream);
  fprintf(file, ", \"numbers\": %ld, \"inexact\": %ld, \"worst\": %.17g, \"unstable\": %ld",
          c->numbers, c->inexact, c->worst, c->unstable);
  fprintf(file, ", \"differences\": %ld, \"first\": ", c->differences);
  if (!c->differences) {
    fputs("null}", file);
    return;
  }
  fprintf(file, "{\"line\": %ld, \"column\": %ld, ", c->line, c->column);
  json_field(file, "expected", c->expected);
  fputs(", ", file);
  json_field(file, "actual", c->actual);
  fputs(", ", file);
  json_field(file, "reason", c->reason);
  fputs("}}", file);
}
