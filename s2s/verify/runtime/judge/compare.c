// SPDX-License-Identifier: Apache-2.0
//
// Compares by value what a program wrote with what is expected, by the rules of
// s2s/verify/compare.py; a test compares the two.

#define _GNU_SOURCE
#include "judge.h"

#include <math.h>
#include <string.h>

struct line {
  const char *at;
  size_t size;
};

struct side {
  struct token *tokens;
  size_t count, capacity;
};

// One comparison of texts under way.
struct text_comparison {
  const struct output *output;
  const struct tolerance *tolerance;
  struct comparison *out;
  struct side expected, actual;
  long line; // 1-based
};

static void copy_text(char *to, size_t size, const char *text, size_t length) {
  if (length >= size)
    length = size - 1;
  memcpy(to, text, length);
  to[length] = 0;
}

void note_difference(struct comparison *out, long line, long column, const char *expected,
                     const char *actual, const char *reason) {
  if (out->differences++)
    return;
  out->line = line;
  out->column = column;
  copy_text(out->expected, sizeof out->expected, expected, strlen(expected));
  copy_text(out->actual, sizeof out->actual, actual, strlen(actual));
  copy_text(out->reason, sizeof out->reason, reason, strlen(reason));
}

static double relative(double a, double b) {
  double scale = fmax(fabs(a), fabs(b));
  return scale > 0 ? fabs(a - b) / scale : 0;
}

static bool numbers_equal(double a, double b, double allowed) {
  if (isnan(a) || isnan(b))
    return isnan(a) && isnan(b);
  if (isinf(a) || isinf(b))
    return a == b;
  return a == b || fabs(a - b) <= allowed;
}

static void note_inexact(struct comparison *out, double a, double b) {
  if (a == b || !isfinite(a))
    return;
  out->inexact++;
  out->worst = fmax(out->worst, relative(a, b));
}

static void note_values(struct comparison *out, long line, long column, const char *expected,
                        const char *actual, double a, double b) {
  char reason[120];
  if (isnan(a) || isnan(b))
    snprintf(reason, sizeof reason, "only one of them is a number");
  else if (isinf(a) || isinf(b))
    snprintf(reason, sizeof reason, "infinity");
  else
    snprintf(reason, sizeof reason, "relative difference %.3g", relative(a, b));
  note_difference(out, line, column, expected, actual, reason);
}

// ---- text

static struct line next_line(const struct bytes *text, size_t *at) {
  const char *begin = text->data + *at, *end = text->data + text->size, *c = begin;
  while (c < end && *c != '\n' && *c != '\r')
    c++;
  struct line line = {begin, (size_t)(c - begin)};
  if (c < end)
    c += *c == '\r' && c + 1 < end && c[1] == '\n' ? 2 : 1;
  *at = (size_t)(c - text->data);
  return line;
}

static long count_lines(const struct bytes *text) {
  long count = 0;
  for (size_t at = 0; at < text->size; count++)
    next_line(text, &at);
  return count;
}

// Runs of digits and points that start with a digit: about how many numbers there are.
static long count_numbers(struct line line) {
  long count = 0;
  bool inside = false;
  for (size_t i = 0; i < line.size; i++) {
    bool digit = line.at[i] >= '0' && line.at[i] <= '9';
    count += digit && !inside;
    inside = digit || (inside && line.at[i] == '.');
  }
  return count;
}

static int place_order(const void *a, const void *b) {
  const struct place *x = a, *y = b;
  if (x->line != y->line)
    return x->line < y->line ? -1 : 1;
  return (x->index > y->index) - (x->index < y->index);
}

static int line_order(const void *a, const void *b) {
  const struct place *x = a, *y = b;
  return (x->line > y->line) - (x->line < y->line);
}

// The places of an output are sorted.
static bool finds(const struct output *output, struct place place,
                  int (*order)(const void *, const void *)) {
  size_t size = sizeof place;
  return output->skipped_count &&
         bsearch(&place, output->skipped, output->skipped_count, size, order);
}

static bool is_skipped(const struct output *output, long line, long index) {
  return finds(output, (struct place){(int)line, (int)index}, place_order);
}

static bool has_skipped(const struct output *output, long line) {
  return finds(output, (struct place){(int)line, 0}, line_order);
}

static bool same_text(const struct token *a, const struct token *b) {
  return a->length == b->length && !memcmp(a->text, b->text, a->length);
}

static bool is_fixed(const struct output *output, struct number_format format) {
  for (size_t i = 0; i < output->fixed_count; i++)
    if (output->fixed[i].has_exponent == format.has_exponent &&
        output->fixed[i].decimals == format.decimals)
      return true;
  return false;
}

enum { TRIMMED_DECIMALS = 3, DEFAULT_DIGITS = 6 }; // as in tokens.py

// By how much two printed numbers may differ through rounding in the last digit.
static double rounding_unit(const struct output *output, const struct token *a,
                            const struct token *b) {
  if (a->unit == 0 && b->unit == 0)
    return 0;
  const struct token *finer = a;
  if (a->unit == 0 || (b->unit > 0 && b->unit < a->unit))
    finer = b;
  int digits = finer->digits;
  if (a->unit == b->unit && a->digits > digits)
    digits = a->digits;
  if (a->unit == b->unit && b->digits > digits)
    digits = b->digits;
  bool is_short = finer->format.decimals <= TRIMMED_DECIMALS && digits < DEFAULT_DIGITS;
  return is_short && !is_fixed(output, finer->format) ? 0 : finer->unit;
}

static bool same_integer(const struct token *a, const struct token *b) {
  const struct token *sides[] = {a, b};
  const char *digits[2];
  size_t lengths[2];
  bool negative[2];
  for (int i = 0; i < 2; i++) {
    const char *at = sides[i]->text, *end = at + sides[i]->length;
    negative[i] = *at == '-';
    at += *at == '-' || *at == '+';
    while (at < end && *at == '0')
      at++;
    digits[i] = at;
    lengths[i] = (size_t)(end - at);
  }
  bool same = lengths[0] == lengths[1] && !memcmp(digits[0], digits[1], lengths[0]);
  return same && (!lengths[0] || negative[0] == negative[1]);
}

static long column_of(const struct line *line, const struct token *token) {
  return token->text - line->at + 1;
}

static void compare_tokens(struct text_comparison *c, const struct line *line,
                           const struct token *a, const struct token *b, double noise) {
  char expected[80], actual[80];
  copy_text(expected, sizeof expected, a->text, a->length);
  copy_text(actual, sizeof actual, b->text, b->length);
  long column = column_of(line, b);
  if (!a->is_number || !b->is_number) {
    if (!same_text(a, b))
      note_difference(c->out, c->line, column, expected, actual, "words differ");
    return;
  }
  c->out->numbers++;
  if (same_text(a, b))
    return;
  if (is_integer(a) && is_integer(b)) {
    if (!same_integer(a, b))
      note_difference(c->out, c->line, column, expected, actual, "integers differ");
    return;
  }
  const struct tolerance *t = c->tolerance;
  double allowed = fmax(noise, t->absolute);
  allowed = fmax(allowed, t->text * fmax(fabs(a->value), fabs(b->value)));
  allowed = fmax(allowed, rounding_unit(c->output, a, b) * (1 + 1e-7));
  if (numbers_equal(a->value, b->value, allowed))
    note_inexact(c->out, a->value, b->value);
  else
    note_values(c->out, c->line, column, expected, actual, a->value, b->value);
}

// Largest magnitude among the floating-point numbers of a line.
static double magnitude(const struct side *side) {
  double most = 0;
  for (size_t i = 0; i < side->count; i++) {
    const struct token *token = &side->tokens[i];
    if (token->is_number && !is_integer(token) && isfinite(token->value))
      most = fmax(most, fabs(token->value));
  }
  return most;
}

static void note_count(struct text_comparison *c, const struct line *line) {
  size_t at = 0;
  for (; at < c->expected.count && at < c->actual.count; at++) {
    const struct token *a = &c->expected.tokens[at], *b = &c->actual.tokens[at];
    if (!same_text(a, b) && (!a->is_number || !b->is_number))
      break;
  }
  char texts[2][80], reason[120];
  const struct side *sides[] = {&c->expected, &c->actual};
  for (int i = 0; i < 2; i++) {
    const char *end = "the end of the line";
    bool past = at >= sides[i]->count;
    copy_text(texts[i], sizeof texts[i], past ? end : sides[i]->tokens[at].text,
              past ? strlen(end) : sides[i]->tokens[at].length);
  }
  snprintf(reason, sizeof reason, "%zu words and numbers expected, %zu written", c->expected.count,
           c->actual.count);
  long column = at < c->actual.count ? column_of(line, &c->actual.tokens[at]) : 1;
  note_difference(c->out, c->line, column, texts[0], texts[1], reason);
}

static void compare_line(struct text_comparison *c, struct line mine, struct line theirs) {
  struct side *e = &c->expected, *a = &c->actual;
  e->count = split_line(mine.at, mine.size, &e->tokens, &e->capacity);
  a->count = split_line(theirs.at, theirs.size, &a->tokens, &a->capacity);
  if (e->count != a->count) {
    note_count(c, &theirs);
    return;
  }
  double noise = c->tolerance->line_noise * magnitude(e);
  for (size_t i = 0; i < e->count; i++) {
    if (is_skipped(c->output, c->line - 1, (long)i))
      c->out->unstable++;
    else
      compare_tokens(c, &theirs, &e->tokens[i], &a->tokens[i], noise);
  }
}

static void note_line_count(struct text_comparison *c, const struct bytes *expected,
                            const struct bytes *actual, long mine, long theirs) {
  long line = mine < theirs ? mine : theirs;
  const struct bytes *texts[] = {expected, actual};
  char shown[2][80], reason[120];
  for (int i = 0; i < 2; i++) {
    size_t at = 0;
    struct line last = {"the end", 7};
    if (line < (i ? theirs : mine))
      for (long number = 0; number <= line; number++)
        last = next_line(texts[i], &at);
    copy_text(shown[i], sizeof shown[i], last.at, last.size);
  }
  snprintf(reason, sizeof reason, "%ld lines expected, %ld written", mine, theirs);
  note_difference(c->out, line + 1, 1, shown[0], shown[1], reason);
}

static void compare_texts(const struct output *output, const struct tolerance *tolerance,
                          struct bytes expected, struct bytes actual, struct comparison *out) {
  struct text_comparison c = {.output = output, .tolerance = tolerance, .out = out};
  size_t at = 0, other = 0;
  while (at < expected.size && other < actual.size) {
    struct line mine = next_line(&expected, &at), theirs = next_line(&actual, &other);
    long number = c.line++;
    if (is_skipped(output, number, WHOLE_LINE))
      continue;
    bool same = mine.size == theirs.size && !memcmp(mine.at, theirs.at, mine.size);
    if (same && !has_skipped(output, number))
      out->numbers += count_numbers(mine);
    else
      compare_line(&c, mine, theirs);
  }
  long mine = count_lines(&expected), theirs = count_lines(&actual);
  if (mine != theirs)
    note_line_count(&c, &expected, &actual, mine, theirs);
  free(c.expected.tokens);
  free(c.actual.tokens);
}

// ---- binary files

static void note_sizes(struct comparison *out, struct bytes expected, struct bytes actual) {
  char texts[2][80];
  snprintf(texts[0], sizeof texts[0], "%zu bytes", expected.size);
  snprintf(texts[1], sizeof texts[1], "%zu bytes", actual.size);
  note_difference(out, 0, -1, texts[0], texts[1], "size");
}

static double element(const char *data, size_t index, bool is_double) {
  double wide;
  float narrow;
  if (!is_double) {
    memcpy(&narrow, data + index * sizeof narrow, sizeof narrow);
    return narrow;
  }
  memcpy(&wide, data + index * sizeof wide, sizeof wide);
  return wide;
}

static void compare_elements(const struct tolerance *tolerance, bool is_double,
                             struct bytes expected, struct bytes actual, struct comparison *out) {
  size_t size = is_double ? sizeof(double) : sizeof(float);
  double allowed_relative = is_double ? tolerance->f64 : tolerance->f32;
  if (expected.size != actual.size)
    note_sizes(out, expected, actual);
  size_t count = (expected.size < actual.size ? expected.size : actual.size) / size;
  out->numbers = (long)count;
  for (size_t i = 0; i < count; i++) {
    double a = element(expected.data, i, is_double), b = element(actual.data, i, is_double);
    double allowed = fmax(tolerance->absolute, allowed_relative * fmax(fabs(a), fabs(b)));
    if (numbers_equal(a, b, allowed)) {
      note_inexact(out, a, b);
      continue;
    }
    char texts[2][80];
    snprintf(texts[0], sizeof texts[0], "%.*g", is_double ? 17 : 9, a);
    snprintf(texts[1], sizeof texts[1], "%.*g", is_double ? 17 : 9, b);
    note_values(out, 0, (long)i, texts[0], texts[1], a, b);
  }
}

static void compare_bytes(struct bytes expected, struct bytes actual, struct comparison *out) {
  if (expected.size != actual.size) {
    note_sizes(out, expected, actual);
    return;
  }
  for (size_t i = 0; i < expected.size; i++) {
    unsigned char a = (unsigned char)expected.data[i], b = (unsigned char)actual.data[i];
    char texts[2][80];
    if (a == b)
      continue;
    snprintf(texts[0], sizeof texts[0], "0x%02x", a);
    snprintf(texts[1], sizeof texts[1], "0x%02x", b);
    note_difference(out, 0, (long)i, texts[0], texts[1], "bytes differ");
  }
}

void compare_output(const struct output *output, const struct tolerance *tolerance,
                    struct bytes expected, struct bytes actual, struct comparison *out) {
  if (output->format == FORMAT_TEXT)
    compare_texts(output, tolerance, expected, actual, out);
  else if (output->format == FORMAT_BYTES)
    compare_bytes(expected, actual, out);
  else
    compare_elements(tolerance, output->format == FORMAT_F64, expected, actual, out);
}

void compare_exit_codes(int expected, int actual, bool timed_out, struct comparison *out) {
  char texts[2][80];
  out->numbers = 1;
  if (expected == actual && !timed_out)
    return;
  snprintf(texts[0], sizeof texts[0], "%d", expected);
  snprintf(texts[1], sizeof texts[1], "%d", actual);
  note_difference(out, 0, -1, texts[0], timed_out ? "none: it was stopped" : texts[1],
                  "exit code");
}
