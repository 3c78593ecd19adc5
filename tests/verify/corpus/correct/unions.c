// SPDX-License-Identifier: Apache-2.0
// correct: unions and bit fields are mapped and read through several members
#include <stdint.h>
#include <stdio.h>

typedef union {
    float number;
    uint32_t bits;
    struct {
        unsigned fraction : 23, exponent : 8, sign : 1;
    } part;
} word;

int main(void) {
    word w[37];
    unsigned signs = 0, exponents = 0;
    double sum = 0;
    for (int i = 0; i < 37; i++)
        w[i].number = (float)(i - 18) * 1.5f;
#pragma omp target teams distribute parallel for map(tofrom : w, signs, exponents)                 \
    reduction(+ : signs, exponents)
    for (int i = 0; i < 37; i++) {
        signs += w[i].part.sign;
        exponents += w[i].part.exponent;
        w[i].bits ^= 0x80000000u;
    }
    for (int i = 0; i < 37; i++)
        sum += w[i].number * (float)i;
    printf("signs %u exponents %u sum %.2f\n", signs, exponents, sum);
    return 0;
}
