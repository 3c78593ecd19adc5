// SPDX-License-Identifier: Apache-2.0
// correct: list nodes are mapped one by one and attached to their predecessors
#include <stdio.h>
#include <stdlib.h>

struct node {
    int weight;
    struct node *next;
};

int main(void) {
    struct node *head = NULL;
    int total = 0, check = 0;
    for (int i = 1; i <= 6; i++) {
        struct node *node = malloc(sizeof *node);
        *node = (struct node){i * i, head};
        head = node;
    }
#pragma omp target enter data map(to : head[0 : 1])
    for (struct node *at = head; at->next; at = at->next) {
#pragma omp target enter data map(to : at->next[0 : 1])
    }
#pragma omp target map(tofrom : total)
    for (struct node *at = head; at; at = at->next)
        total += at->weight;
    for (struct node *at = head; at; at = at->next)
        check += at->weight;
    while (head) {
        struct node *next = head->next;
#pragma omp target exit data map(delete : head[0 : 1])
        free(head);
        head = next;
    }
    printf("total %d check %d\n", total, check);
    return 0;
}
