// SPDX-License-Identifier: Apache-2.0
//
// Lets tests compare texts with the judge's code. Each case on stdin is a line "FORMAT EXPECTED
// ACTUAL SKIPPED FIXED" (sizes in bytes, counts), a line for every place and format, then the two
// contents; each answer is a line of tab-separated fields.

#include "judge.h"

const struct plan plan = {.name = "driver"};

static struct bytes taken(size_t size) {
  struct bytes out = {malloc(size + 1), size};
  if (fread(out.data, 1, size, stdin) != size)
    exit(2);
  return out;
}

int main(void) {
  const struct tolerance tolerance = {1e-6, 1e-5, 1e-9, 0, 1e-12};
  static struct place skipped[100];
  static struct number_format fixed[100];
  int format;
  size_t expected, actual, skips, fixes;
  while (scanf("%d %zu %zu %zu %zu", &format, &expected, &actual, &skips, &fixes) == 5) {
    for (size_t i = 0; i < skips; i++)
      scanf("%d %d", &skipped[i].line, &skipped[i].index);
    for (size_t i = 0; i < fixes; i++)
      scanf("%d %d", &fixed[i].has_exponent, &fixed[i].decimals);
    getchar();
    struct bytes a = taken(expected), b = taken(actual);
    struct output output = {"stdout", "", true, (enum format)format, skipped, skips, fixed, fixes};
    struct comparison c = {.run = "", .stream = "stdout"};
    compare_output(&output, &tolerance, a, b, &c);
    printf("%ld\t%ld\t%ld\t%ld\t%.17g\t%ld\t%ld\t%s\n", c.numbers, c.inexact, c.unstable,
           c.differences, c.worst, c.line, c.column, c.reason);
  }
  return 0;
}
