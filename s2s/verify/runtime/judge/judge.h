// SPDX-License-Identifier: Apache-2.0
//
// The judge of a bundle: runs the programs on a machine that has glibc and little else, compares
// what they write with the expected texts, and writes one JSON object.
//
// What to run and to expect is the table `plan`, which s2s generates (s2s/verify/bundle_plan.py)
// and compiles together with these files.

#ifndef S2S_JUDGE_H
#define S2S_JUDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

enum { WHOLE_LINE = -1 };

// ---- what is planned

enum format { FORMAT_TEXT, FORMAT_BYTES, FORMAT_F32, FORMAT_F64 };

// A value that is not compared: 0-based line and index of the number or word in it, or WHOLE_LINE.
struct place {
  int line, index;
};

struct number_format {
  int has_exponent, decimals;
};

// Relative differences that are allowed; see Tolerance in s2s/verify/compare.py.
struct tolerance {
  double text, f32, f64, absolute, line_noise;
};

// A stream ("stdout", "stderr") or a file that the program writes; `expected` is its content's
// path below the bundle. `fixed` are the formats of numbers printed with a fixed count of decimals.
struct output {
  const char *name, *expected;
  bool is_stream;
  enum format format;
  const struct place *skipped;
  size_t skipped_count;
  const struct number_format *fixed;
  size_t fixed_count;
};

// A built program; `device` is "none", "host", "nvidia" or "amd". `probe` has one small target
// region and exits with 0 if the device ran it; null for the serial original.
struct program {
  const char *name, *device, *path, *probe;
};

struct plan {
  const char *name, *made_by, *cxx_version;
  // argv of the program, ended by a null pointer, and further NAME=value
  const char *const *arguments, *const *environment;
  const char *standard_input; // below the working directory, or null
  double timeout;             // seconds for each run
  int exit_code;
  struct tolerance tolerance;
  const struct output *outputs;
  size_t output_count;
  struct program original;
  const struct program *results; // the host device is the last one
  size_t result_count;
};

extern const struct plan plan;

// ---- files.c

struct bytes {
  char *data;
  size_t size;
};

_Noreturn void give_up(const char *what, const char *name);
char *format_text(const char *format, ...) __attribute__((format(printf, 1, 2)));
bool read_file(const char *path, struct bytes *content);
void copy_tree(const char *from, const char *to);
void remove_tree(const char *path);
char *private_directory(const char *bundle);

// ---- compare.c

// What differs first; the fields are those of Comparison and Difference in s2s/verify/base.py.
struct comparison {
  const char *run, *stream;
  long numbers, inexact, unstable, differences;
  double worst;
  long line, column;
  char expected[80], actual[80], reason[120];
};

void compare_output(const struct output *output, const struct tolerance *tolerance,
                    struct bytes expected, struct bytes actual, struct comparison *out);
void compare_exit_codes(int expected, int actual, bool timed_out, struct comparison *out);
void note_difference(struct comparison *out, long line, long column, const char *expected,
                     const char *actual, const char *reason);

// ---- tokens.c

struct token {
  const char *text;
  size_t length;
  bool is_number;
  double value, unit; // unit: value of the last printed digit, 0 for what is printed exactly
  struct number_format format;
  int digits;
};

size_t split_line(const char *line, size_t length, struct token **tokens, size_t *capacity);
bool is_integer(const struct token *token);

// ---- process.c

struct run {
  const char *name, *device;
  int exit_code; // negative for a signal
  bool started, timed_out;
  double seconds;
  struct bytes standard_output, standard_error;
  char *directory, *profile;
};

struct launch {
  const char *binary;
  const char *const *arguments, *const *environment;
  const char *library_path, *directory, *standard_input;
  double timeout;
  bool on_device, on_host_device;
};

void launch_program(const struct launch *launch, const char *scratch, struct run *out);

// ---- machine.c

struct gpu {
  char maker[16], arch[32], name[128];
};

struct machine {
  struct gpu gpus[32];
  size_t gpu_count;
  bool has_new_cxx; // the machine's own libstdc++ is at least as new as the bundle's
  struct bytes nvidia_smi;
};

_Noreturn void list_devices(void);
void look_at_machine(const char *bundle, const char *scratch, struct machine *out);

// ---- json.c

void json_string(FILE *file, const char *text, size_t length);
void json_field(FILE *file, const char *name, const char *text);
void json_machine(FILE *file, const struct machine *machine);
void json_run(FILE *file, const struct run *run);
void json_comparison(FILE *file, const struct comparison *comparison);

#endif
