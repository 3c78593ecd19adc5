// SPDX-License-Identifier: Apache-2.0
//
// Removes the files that LLVM's host device loads its images from: it writes one to /tmp in every
// run and leaves it there. They may go only at the end, since reports look up places in them.
//
// Linked into a program for the host device.

#define _GNU_SOURCE
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int remove_image(struct dl_phdr_info *object, size_t size, void *data) {
  static const char prefix[] = "/tmp/tmpfile_"; // openmp's plugin 'host'
  enum { LENGTH = sizeof prefix - 1, RANDOM = 6 };
  (void)size, (void)data;
  const char *name = object->dlpi_name;
  if (name && !strncmp(name, prefix, LENGTH) && strlen(name) == LENGTH + RANDOM)
    unlink(name);
  return 0;
}

static void at_end(void) { dl_iterate_phdr(remove_image, 0); }

// A destructor would come after the images are unloaded.
__attribute__((constructor)) static void begin(void) { atexit(at_end); }
