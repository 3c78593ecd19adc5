// SPDX-License-Identifier: Apache-2.0
/*
 * life_grid: cellular automaton on a torus of bytes.
 *
 * Exercises: unsigned char arrays, neighbours modulo the size, pointer exchange through a temporary
 * of a typedef, a logical-or reduction that ends the loop, a population count, do-while, and a
 * conditional expression as the new state.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

typedef unsigned char cell;

static unsigned population(const cell *g, unsigned n)
{
	unsigned i, alive = 0;
	for (i = 0; i < n; i++)				/* L:population */
		alive += g[i];
	return alive;
}

int main(int argc, char **argv)
{
	unsigned w = argc > 1 ? (unsigned)atoi(argv[1]) : 67, h = argc > 2 ? (unsigned)atoi(argv[2]) : 59;
	unsigned limit = argc > 3 ? (unsigned)atoi(argv[3]) : 30, gen = 0;
	cell *now = malloc((size_t)w * h), *next = calloc((size_t)w * h, 1), *tmp;
	unsigned x, y;
	bool changed;

	for (y = 0; y < h; y++)				/* L:init_y */
		for (x = 0; x < w; x++)			/* L:init_x */
			now[(size_t)y * w + x] = (x * 7 + y * 13 + x * y) % 5 < 2;
	printf("gen 0 alive %u\n", population(now, w * h));

	do {						/* L:generations */
		changed = false;
		for (y = 0; y < h; y++) {		/* L:step_y */
			for (x = 0; x < w; x++) {	/* L:step_x */
				unsigned l = (x + w - 1) % w, r = (x + 1) % w;
				unsigned u = (y + h - 1) % h, d = (y + 1) % h;
				unsigned sum = now[(size_t)u * w + l] + now[(size_t)u * w + x] + now[(size_t)u * w + r]
					       + now[(size_t)y * w + l] + now[(size_t)y * w + r]
					       + now[(size_t)d * w + l] + now[(size_t)d * w + x] + now[(size_t)d * w + r];
				cell c = now[(size_t)y * w + x];
				cell v = sum == 3 || (c && sum == 2) ? 1 : 0;
				next[(size_t)y * w + x] = v;
				changed = changed || v != c;
			}
		}
		tmp = now;
		now = next;
		next = tmp;
		gen++;
	} while (changed && gen < limit);

	unsigned long hash = 5381;
	for (y = 0; y < w * h; y++)			/* L:hash */
		hash = hash * 33 + now[y] * 2u + next[y];
	printf("gen %u alive %u before %u hash %lu\n", gen, population(now, w * h),
	       population(next, w * h), hash);
	free(now);
	free(next);
	return 0;
}
