// SPDX-License-Identifier: Apache-2.0
/*
 * random_walk: static state in callees next to counter-based generators.
 *
 * Exercises: rand()/srand(), a static generator in the file, a generator with its state behind a
 * pointer that is shared (serial) and one with a state private to the iteration (parallel), pure
 * 64-bit hashing, two reductions at once over samples, a walk that is a recurrence.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static double uniform_static(void)
{
	static uint32_t state = 2463534242u;
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state / 4294967296.0;
}

static double uniform_shared(uint64_t *state)
{
	*state = *state * 6364136223846793005ull + 1442695040888963407ull;
	return (double)(*state >> 11) * 0x1p-53;
}

static uint64_t splitmix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15ull;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
	return x ^ (x >> 31);
}

int main(int argc, char **argv)
{
	long n = argc > 1 ? atol(argv[1]) : 1511, i;
	double *x = malloc(n * sizeof(double)), *y = malloc(n * sizeof(double));
	double *z = malloc(n * sizeof(double));
	uint64_t state = 42;
	double sum = 0.0;
	long inside = 0;

	srand(7);
	for (i = 0; i < n; i++)				/* L:libc */
		x[i] = rand() >= 0 ? 0.5 : -0.5;
	for (i = 0; i < n; i++)				/* L:static_state */
		x[i] += uniform_static();
	for (i = 0; i < n; i++)				/* L:shared_state */
		y[i] = uniform_shared(&state);
	for (i = 0; i < n; i++) {			/* L:private_state */
		uint64_t mine = splitmix((uint64_t)i);
		double u = uniform_shared(&mine), v = uniform_shared(&mine);
		z[i] = sqrt(-2.0 * log(u + 1e-12)) * cos(6.283185307179586 * v);
	}
	for (i = 0; i < n; i++) {			/* L:pi */
		uint64_t h = splitmix((uint64_t)(i + 1000));
		double u = (double)(h & 0xffffffffu) / 4294967296.0, v = (double)(h >> 32) / 4294967296.0;
		if (u * u + v * v < 1.0)
			inside++;
		sum += u * v;
	}
	for (i = 1; i < n; i++)				/* L:walk */
		y[i] += y[i - 1] > 3.0 ? -y[i - 1] : y[i - 1];

	double sx = 0, sy = 0, sz = 0;
	for (i = 0; i < n; i++) {			/* L:sum */
		sx += x[i] * (double)(i % 3 + 1);
		sy += y[i] * (double)(i % 5 + 1);
		sz += z[i] * (double)(i % 7 + 1);
	}
	printf("%.9f %.9f %.9f inside %ld %.9f state %llu\n", sx, sy, sz, inside, sum,
	       (unsigned long long)state);
	free(x);
	free(y);
	free(z);
	return 0;
}
