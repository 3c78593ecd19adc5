// SPDX-License-Identifier: Apache-2.0
// correct: small members and elements side by side, some newer here, some there
#include <stdio.h>
#include <stdlib.h>

struct mixed {
    char state;
    char host_count;
    short device_count;
    int total;
};

int main(void) {
    struct mixed *m = calloc(10, sizeof *m);
    char *bytes = calloc(33, 1);
    int sum = 0;
#pragma omp target enter data map(to : m[0 : 10], bytes[0 : 33])
    for (int round = 0; round < 3; round++) {
#pragma omp target teams distribute parallel for
        for (int i = 0; i < 10; i++)
            m[i].device_count += (short)(i + 1);
#pragma omp target teams distribute parallel for
        for (int i = 0; i < 33; i += 2)
            bytes[i] += 1;
        for (int i = 0; i < 10; i++)
            m[i].host_count++;
        for (int i = 1; i < 33; i += 2)
            bytes[i] += 2;
        sum += m[3].host_count + bytes[1];
    }
    for (int i = 0; i < 10; i++) {
#pragma omp target update from(m[i].device_count)
        sum += m[i].device_count;
    }
    for (int i = 0; i < 33; i += 2) {
#pragma omp target update from(bytes[i : 1])
        sum += bytes[i];
    }
#pragma omp target exit data map(release : m[0 : 10], bytes[0 : 33])
    printf("sum %d\n", sum);
    free(m);
    free(bytes);
    return 0;
}
