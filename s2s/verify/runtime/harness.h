/* SPDX-License-Identifier: Apache-2.0 */
/* What the driver of a single function asks of harness.c.
 *
 * The driver goes through the cases of a plan, takes arguments and buffers from it, calls the
 * function, and leaves everything that the function can have written in one file per object.
 * The kind of an element is i, u or f with its bits: "f64".
 */
#ifndef S2S_HARNESS_H
#define S2S_HARNESS_H

#ifdef __cplusplus
extern "C" {
#endif

/* What the integers of a buffer are for. */
enum s2s_harness_role {
    S2S_VALUES,      /* numbers */
    S2S_INDEX,       /* subscripts, repeated ones among them, or each once, as the case says */
    S2S_MONOTONE,    /* beginnings of rows: never falling */
    S2S_COUNT,       /* trip counts */
    S2S_DIVISOR      /* never zero */
};

/* Open the plan; arguments are the plan and optionally "measure". */
void s2s_harness_open(int argc, char **argv);
/* Go to the next case; 0 when there is none. */
int s2s_harness_next(void);
long s2s_harness_integer(int id);
double s2s_harness_real(int id);
/* Return a length that may come out negative for sizes that nobody would pass. */
long s2s_harness_length(long elements);
/* Return a filled buffer. `declared` is how many elements the source says it has, or -1. */
void *s2s_harness_buffer(int id, const char *name, const char *kind, int components, int role,
                         int written, long declared);
/* Fill an array that the program has itself. */
void s2s_harness_fill(int id, const char *name, const char *kind, int role, int written, void *at,
                      long elements);
/* Remember an object that is compared after the call. */
void s2s_harness_keep(const char *name, const char *kind, void *at, long elements);
/* Write what is to be compared, check what lies around the buffers, and release them. */
void s2s_harness_end(void);
int s2s_harness_close(void);

#ifdef __cplusplus
}
#endif
#endif
