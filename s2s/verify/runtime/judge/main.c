// SPDX-License-Identifier: Apache-2.0
//
// judge BUNDLE [RESULT.json]: run the bundle on this machine, on its GPU if it has one.
//
// Exit code: 0 the result does what the original does, 1 it does not, 2 nothing can be said.

#define _GNU_SOURCE
#include "judge.h"

#include <errno.h>
#include <gnu/libc-version.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

enum { MAX_RUNS = 16, MAX_NOTES = 32 };

// All that is found out; it ends as the JSON object.
struct judgement {
  const char *bundle;
  char *scratch;
  struct machine machine;
  struct run runs[MAX_RUNS];
  size_t run_count;
  struct comparison *comparisons;
  size_t comparison_count;
  char *notes[MAX_NOTES];
  size_t note_count;
  const char *verdict, *tier;
  char *reason;
};

static void note(struct judgement *j, char *text) {
  if (j->note_count < MAX_NOTES)
    j->notes[j->note_count++] = text;
}

static void decide(struct judgement *j, const char *verdict, const char *tier, char *reason) {
  j->verdict = verdict;
  j->tier = tier;
  j->reason = reason;
}

// Where the loader looks for a program's libraries, our own stand-ins for the driver's names first.
static char *library_path(const struct judgement *j, const char *device) {
  char *path = format_text("%s/lib", j->bundle);
  if (!strcmp(device, "nvidia") || !strcmp(device, "amd"))
    path = format_text("%s/lib-%s:%s", j->bundle, device, path);
  return j->machine.has_new_cxx ? path : format_text("%s:%s/lib-c++", path, j->bundle);
}

// Run a program of the bundle in a fresh copy of the working directory.
static struct run *run_program(struct judgement *j, const struct program *program) {
  struct run *run = &j->runs[j->run_count++];
  *run = (struct run){.name = program->name, .device = program->device};
  run->directory = format_text("%s/%s", j->scratch, program->name);
  char *work = format_text("%s/work", j->bundle);
  copy_tree(work, run->directory);
  struct launch launch = {.binary = format_text("%s/%s", j->bundle, program->path),
                          .arguments = plan.arguments,
                          .environment = plan.environment,
                          .library_path = library_path(j, program->device),
                          .directory = run->directory,
                          .standard_input = plan.standard_input,
                          .timeout = plan.timeout,
                          .on_device = program->probe != NULL,
                          .on_host_device = !strcmp(program->device, "host")};
  launch_program(&launch, j->scratch, run);
  free(work);
  return run;
}

// Tell whether a small target region runs on a device; if not, note its last words.
static bool answers(struct judgement *j, const struct program *program) {
  static const char *const arguments[] = {"probe", NULL}, *const nothing[] = {NULL};
  struct launch launch = {.binary = format_text("%s/%s", j->bundle, program->probe),
                          .arguments = arguments,
                          .environment = nothing,
                          .library_path = library_path(j, program->device),
                          .directory = j->scratch,
                          .timeout = plan.timeout < 60 ? 60 : plan.timeout,
                          .on_device = true};
  struct run run = {.name = "probe"};
  launch_program(&launch, j->scratch, &run);
  if (!run.exit_code && !run.timed_out)
    return true;
  size_t length = run.standard_error.size;
  while (length && strchr(" \n", run.standard_error.data[length - 1]))
    length--;
  note(j, format_text("a small target region does not run on the device '%s' (%s %d): %.*s",
                      program->device, run.timed_out ? "stopped, exit code" : "exit code",
                      run.exit_code, (int)(length < 1000 ? length : 1000),
                      run.standard_error.data ? run.standard_error.data : ""));
  return false;
}

static bool has_gpu(const struct judgement *j, const char *maker) {
  for (size_t i = 0; i < j->machine.gpu_count; i++)
    if (!strcmp(j->machine.gpus[i].maker, maker))
      return true;
  return false;
}

// The first program whose device is there and works: a GPU, else the host device.
static const struct program *choose(struct judgement *j) {
  bool any = false;
  for (size_t i = 0; i < plan.result_count; i++) {
    const struct program *program = &plan.results[i];
    bool is_host = !strcmp(program->device, "host");
    if (is_host && !any)
      note(j, format_text(j->machine.gpu_count
                              ? "the bundle has no build for the GPU that is here: the result ran "
                                "on the host device"
                              : "there is no GPU here: the result ran on the host device"));
    if (!is_host && !has_gpu(j, program->device))
      continue;
    any = true;
    if (answers(j, program))
      return program;
  }
  return NULL;
}

static struct comparison *next_comparison(struct judgement *j, const char *run,
                                          const char *stream) {
  j->comparisons =
      realloc(j->comparisons, (j->comparison_count + 1) * sizeof(struct comparison));
  if (!j->comparisons)
    give_up("no memory left", "");
  struct comparison *next = &j->comparisons[j->comparison_count++];
  *next = (struct comparison){.run = run, .stream = stream};
  return next;
}

static void compare_one(struct judgement *j, const struct run *run, const struct output *output) {
  struct comparison *comparison = next_comparison(j, run->name, output->name);
  struct bytes expected, actual = {NULL, 0};
  char *path = format_text("%s/%s", j->bundle, output->expected);
  if (!read_file(path, &expected))
    give_up("cannot read", path);
  bool there = true, is_error = !strcmp(output->name, "stderr");
  if (output->is_stream)
    actual = is_error ? run->standard_error : run->standard_output;
  else
    there = read_file(format_text("%s/%s", run->directory, output->name), &actual);
  if (there)
    compare_output(output, &plan.tolerance, expected, actual, comparison);
  else
    note_difference(comparison, 0, -1, format_text("%zu bytes", expected.size), "no file",
                    "the program did not write it");
  free(path);
  free(expected.data);
  if (!output->is_stream)
    free(actual.data);
}

// Compare a run with what is expected; return what differs, or null.
static char *difference(struct judgement *j, const struct run *run) {
  size_t first = j->comparison_count;
  compare_exit_codes(plan.exit_code, run->exit_code, run->timed_out,
                     next_comparison(j, run->name, "exit code"));
  for (size_t i = 0; i < plan.output_count; i++)
    compare_one(j, run, &plan.outputs[i]);
  for (size_t i = first; i < j->comparison_count; i++) {
    const struct comparison *c = &j->comparisons[i];
    if (c->differences)
      return format_text("%s: %s differs: expected %s, got %s (%s)", c->run, c->stream,
                         c->expected, c->actual, c->reason);
  }
  return NULL;
}

static void judge(struct judgement *j) {
  char *own = difference(j, run_program(j, &plan.original));
  const struct program *program = choose(j);
  if (!program) {
    decide(j, "not-run", "none", format_text("no device runs a small target region; see the notes"));
    return;
  }
  const char *tier = strcmp(program->device, "host") ? "T4" : "T1";
  char *differs = difference(j, run_program(j, program));
  if (own)
    decide(j, "not-run", "none",
           format_text("the original itself does something else on this machine: %s", own));
  else
    decide(j, differs ? "failed" : "passed", tier, differs ? differs : "");
}

static void write_list(FILE *file, const struct judgement *j) {
  fputs(",\n \"runs\": [", file);
  for (size_t i = 0; i < j->run_count; i++) {
    fputs(i ? ",\n  " : "\n  ", file);
    json_run(file, &j->runs[i]);
  }
  fputs("],\n \"comparisons\": [", file);
  for (size_t i = 0; i < j->comparison_count; i++) {
    fputs(i ? ",\n  " : "\n  ", file);
    json_comparison(file, &j->comparisons[i]);
  }
  fputs("],\n \"notes\": [", file);
  for (size_t i = 0; i < j->note_count; i++) {
    fputs(i ? ",\n  " : "\n  ", file);
    json_string(file, j->notes[i], strlen(j->notes[i]));
  }
  fputs("]}\n", file);
}

static void write_result(FILE *file, const struct judgement *j) {
  struct utsname system = {0};
  char date[32] = "";
  time_t seconds = time(NULL);
  uname(&system);
  strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", gmtime(&seconds));
  const char *const fields[][2] = {
      {"bundle", plan.name},      {"made_by", plan.made_by}, {"verdict", j->verdict},
      {"tier", j->tier},          {"reason", j->reason},     {"date", date},
      {"system", system.sysname}, {"release", system.release}, {"machine", system.machine},
      {"glibc", gnu_get_libc_version()}};
  fputs("{\"format\": \"s2s-bundle-result\", \"version\": 1", file);
  for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
    fputs(",\n ", file);
    json_field(file, fields[i][0], fields[i][1]);
  }
  fprintf(file, ",\n \"processors\": %ld,\n ", sysconf(_SC_NPROCESSORS_ONLN));
  json_machine(file, &j->machine);
  write_list(file, j);
}

static void save(const char *path, const struct judgement *j) {
  char *part = format_text("%s.part", path);
  FILE *file = fopen(part, "w");
  if (!file)
    give_up("cannot write", part);
  write_result(file, j);
  if (fclose(file) || rename(part, path))
    give_up("cannot write", path);
  free(part);
}

static void show(const struct judgement *j, const char *path) {
  for (size_t i = 0; i < j->run_count; i++)
    printf("%s on %s: exit code %d, %.3f s\n", j->runs[i].name, j->runs[i].device,
           j->runs[i].exit_code, j->runs[i].seconds);
  for (size_t i = 0; i < j->note_count; i++)
    printf("note: %s\n", j->notes[i]);
  printf("%s (%s)%s%s\n", j->verdict, j->tier, *j->reason ? ": " : "", j->reason);
  printf("written to %s\n", path);
}

int main(int count, char **arguments) {
  if (count == 2 && !strcmp(arguments[1], "--devices"))
    list_devices();
  if (count < 2 || count > 3) {
    fprintf(stderr, "usage: sh run.sh [RESULT.json]\n");
    return 2;
  }
  const char *path = count == 3 ? arguments[2] : "result.json";
  struct judgement j = {.bundle = realpath(arguments[1], NULL)};
  if (!j.bundle)
    give_up("cannot find", arguments[1]);
  // the offload runtime unpacks images there
  bool made_tmp = access("/tmp", F_OK) && !mkdir("/tmp", 01777);
  j.scratch = private_directory(j.bundle);
  look_at_machine(j.bundle, j.scratch, &j.machine);
  judge(&j);
  remove_tree(j.scratch);
  if (made_tmp) // the offload runtime leaves files there
    remove_tree("/tmp");
  errno = 0;
  save(path, &j);
  show(&j, path);
  return !strcmp(j.verdict, "passed") ? 0 : !strcmp(j.verdict, "failed") ? 1 : 2;
}
