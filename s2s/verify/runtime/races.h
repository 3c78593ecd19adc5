// SPDX-License-Identifier: Apache-2.0
//
// What the parts of the runtime for the race detector share.

#ifndef S2S_RACES_H
#define S2S_RACES_H

// Whether the race detector does not see what this thread reads and writes.
extern _Thread_local int unwatched __attribute__((tls_model("initial-exec")));

#endif
