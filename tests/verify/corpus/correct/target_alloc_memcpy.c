// SPDX-License-Identifier: Apache-2.0
// correct: omp_target_alloc, memcpy in every direction, rect copies, associate_ptr
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    int device = omp_get_default_device(), host = omp_get_initial_device();
    enum { R = 6, C = 9 };
    double in[R][C], out[3][4], *extra = malloc(30 * sizeof *extra), sum = 0;
    for (int r = 0; r < R; r++)
        for (int c = 0; c < C; c++)
            in[r][c] = r * 10 + c;
    double *a = omp_target_alloc(sizeof in, device), *b = omp_target_alloc(sizeof in, device);
    omp_target_memcpy(a, in, sizeof in, 0, 0, device, host);
    omp_target_memcpy(b, a, sizeof in, 0, 0, device, device);
#pragma omp target teams distribute parallel for is_device_ptr(a, b)
    for (int i = 0; i < R * C; i++)
        b[i] += 0.5 * a[i];
    size_t volume[2] = {3, 4}, to[2] = {0, 0}, from[2] = {2, 3}, outer[2] = {3, 4},
           inner[2] = {R, C};
    omp_target_memcpy_rect(out, b, sizeof(double), 2, volume, to, from, outer, inner, host, device);
    for (int r = 0; r < 3; r++)
        for (int c = 0; c < 4; c++)
            sum += out[r][c];
    for (int i = 0; i < 30; i++)
        extra[i] = i;
    double *c = omp_target_alloc(30 * sizeof *c, device);
    int associated = omp_target_associate_ptr(extra, c, 30 * sizeof *c, 0, device) == 0;
    if (associated) {
#pragma omp target update to(extra[0 : 30])
#pragma omp target teams distribute parallel for map(tofrom : extra[0 : 30])
        for (int i = 0; i < 30; i++)
            extra[i] *= 2;
#pragma omp target update from(extra[0 : 30])
        omp_target_disassociate_ptr(extra, device);
    } else
        for (int i = 0; i < 30; i++)
            extra[i] *= 2;
    printf("sum %.1f extra %.1f\n", sum, extra[29]);
    omp_target_free(a, device);
    omp_target_free(b, device);
    omp_target_free(c, device);
    free(extra);
    return 0;
}
