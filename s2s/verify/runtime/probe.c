// SPDX-License-Identifier: Apache-2.0
//
// One small target region: exits with 0 if a device ran it. Where it does not run, a program that
// fails does not say anything about the program.

int main(void) {
  int on_host = 1, sum = 0;
#pragma omp target teams distribute parallel for reduction(+ : sum) map(from : on_host)
  for (int i = 0; i < 10; i++) {
    sum += i;
    if (i == 0)
      on_host = 0;
  }
  return sum != 45 || on_host;
}
