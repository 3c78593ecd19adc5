// SPDX-License-Identifier: Apache-2.0
/*
 * volatile_and_io: loops with effects that the outside world sees.
 *
 * Exercises: volatile reads and writes, a volatile pointer, a cast to volatile, printf/putchar/puts
 * in the loop, output two statements away from parallel work, reading from a string with an
 * advancing pointer, a file written and read back in the loop, an I/O loop around a kernel.
 */
#include <stdio.h>
#include <stdlib.h>

static volatile int ready;
static volatile double sensor = 0.5;

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 211;
	double *a = malloc(n * sizeof(double)), *b = malloc(n * sizeof(double));
	unsigned char *bytes = calloc(n + 1, 1);
	volatile double *port = &sensor;
	int i, j;

	for (i = 0; i < n; i++) {		/* L:init */
		a[i] = (i * 19 % 31) * 0.5;
		b[i] = -1.0;
	}
	for (i = 0; i < n; i++) {		/* L:volatile_read */
		b[i] = a[i] + ready;
	}
	for (i = 0; i < n; i++) {		/* L:volatile_write */
		sensor = a[i];
		b[i] += sensor;
	}
	for (i = 0; i < n; i++)			/* L:volatile_pointer */
		*port = *port * 0.5 + a[i];
	for (i = 0; i < n; i++)			/* L:volatile_cast */
		*(volatile unsigned char *)&bytes[i] = (unsigned char)(i * 3);
	for (i = 0; i < n; i += 50) {		/* L:print */
		b[i] *= 2.0;
		printf("[%d] %.4f\n", i, b[i]);
	}
	for (i = 0; i < 10 && i < n; i++)	/* L:putchar */
		putchar('a' + bytes[i] % 26);
	putchar('\n');

	FILE *f = tmpfile();
	if (!f)
		return 1;
	for (i = 0; i < n; i++) {		/* L:write_file */
		a[i] += 0.25;
		fprintf(f, "%.3f ", a[i]);
	}
	rewind(f);
	for (i = 0; i < n; i++)			/* L:read_file */
		if (fscanf(f, "%lf", &b[n - 1 - i]) != 1)
			return 2;
	fclose(f);

	const char *text = "3 1 4 1 5 9 2 6 5 3 5";
	long digits = 0;
	for (i = 0; i < 6; i++) {		/* L:parse */
		char *end;
		digits = digits * 10 + strtol(text, &end, 10);
		text = end;
	}
	for (j = 0; j < 3; j++) {		/* L:outer_print */
		double s = 0.0;
		for (i = 0; i < n; i++) {	/* L:kernel */
			a[i] = a[i] * 0.75 + b[i];
			s += a[i];
		}
		printf("round %d sum %.6f\n", j, s);
	}
	double sa = 0, sb = 0, sc = 0;
	for (i = 0; i < n; i++) {		/* L:sum */
		sa += a[i] * (i % 3 + 1);
		sb += b[i] * (i % 5 + 1);
		sc += bytes[i] * (i % 7 + 1);
	}
	printf("%.6f %.6f %.1f digits %ld sensor %.9f\n", sa, sb, sc, digits, sensor);
	free(a);
	free(b);
	free(bytes);
	return 0;
}
