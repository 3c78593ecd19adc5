// SPDX-License-Identifier: Apache-2.0
// fault: only the head of a list is mapped, the nodes behind it are not
// tier: T2
// kind: unmapped
#include <stdio.h>
#include <stdlib.h>

struct node {
    long weight;
    struct node *next;
};

int main(void) {
    struct node *head = NULL;
    for (long i = 1; i <= 12; i++) {
        struct node *node = malloc(sizeof *node);
        node->weight = i * i;
        node->next = head;
        head = node;
    }
    long total = 0;
#pragma omp target map(to : head[0 : 1]) map(tofrom : total)
    for (struct node *at = head; at; at = at->next) // HERE
        total += at->weight;                        // HERE
    printf("total %ld\n", total);
    while (head) {
        struct node *next = head->next;
        free(head);
        head = next;
    }
    return 0;
}
