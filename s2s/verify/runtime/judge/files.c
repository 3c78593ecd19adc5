// SPDX-License-Identifier: Apache-2.0
//
// Files and directories, for a machine that has no mkdir, cp or rm.

#define _GNU_SOURCE
#include "judge.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NOT_JUDGED = 2 };

_Noreturn void give_up(const char *what, const char *name) {
  fprintf(stderr, "judge: %s%s%s%s%s\n", what, *name ? " " : "", name, errno ? ": " : "",
          errno ? strerror(errno) : "");
  exit(NOT_JUDGED);
}

char *format_text(const char *format, ...) {
  va_list arguments;
  char *text;
  va_start(arguments, format);
  if (vasprintf(&text, format, arguments) < 0)
    give_up("no memory left", "");
  va_end(arguments);
  return text;
}

// Read a whole file; false if that is not possible. One byte more than the size is allocated.
bool read_file(const char *path, struct bytes *content) {
  *content = (struct bytes){NULL, 0};
  int file = open(path, O_RDONLY | O_CLOEXEC);
  struct stat status;
  if (file < 0 || fstat(file, &status) || !S_ISREG(status.st_mode)) {
    if (file >= 0)
      close(file);
    return false;
  }
  content->data = malloc((size_t)status.st_size + 1);
  if (!content->data)
    give_up("no memory left for", path);
  ssize_t got = 1;
  while (content->size < (size_t)status.st_size && got > 0) {
    got = read(file, content->data + content->size, (size_t)status.st_size - content->size);
    content->size += got > 0 ? (size_t)got : 0;
  }
  content->data[content->size] = 0;
  close(file);
  return got >= 0;
}

static void copy_file(const char *from, const char *to, mode_t mode) {
  char buffer[1 << 16];
  int in = open(from, O_RDONLY | O_CLOEXEC), out = -1;
  if (in >= 0)
    out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode | 0600);
  if (out < 0)
    give_up("cannot copy", from);
  for (ssize_t got; (got = read(in, buffer, sizeof buffer)) != 0;)
    if (got < 0 || write(out, buffer, (size_t)got) != got)
      give_up("cannot copy", from);
  close(in);
  close(out);
}

// Call `visit` for every entry of a directory.
static void for_each_entry(const char *path, void (*visit)(const char *, void *), void *data) {
  DIR *directory = opendir(path);
  if (!directory)
    return;
  for (struct dirent *entry; (entry = readdir(directory));)
    if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
      visit(entry->d_name, data);
  closedir(directory);
}

struct copy {
  const char *from, *to;
};

static void copy_entry(const char *name, void *data) {
  struct copy *copy = data;
  char *from = format_text("%s/%s", copy->from, name), *to = format_text("%s/%s", copy->to, name);
  struct stat status;
  if (stat(from, &status))
    give_up("cannot read", from);
  if (S_ISDIR(status.st_mode))
    copy_tree(from, to);
  else if (S_ISREG(status.st_mode))
    copy_file(from, to, status.st_mode & 0777);
  free(from);
  free(to);
}

// Copy a directory with all that is below it; an empty one is made where there is none.
void copy_tree(const char *from, const char *to) {
  struct copy copy = {from, to};
  if (mkdir(to, 0700) && errno != EEXIST)
    give_up("cannot make the directory", to);
  for_each_entry(from, copy_entry, &copy);
}

static void remove_entry(const char *name, void *data) {
  char *path = format_text("%s/%s", (const char *)data, name);
  struct stat status;
  if (!lstat(path, &status) && S_ISDIR(status.st_mode))
    remove_tree(path);
  else
    unlink(path);
  free(path);
}

void remove_tree(const char *path) {
  for_each_entry(path, remove_entry, (void *)path);
  rmdir(path);
}

// Make a directory of our own: where temporary files go, else in the bundle or right here.
char *private_directory(const char *bundle) {
  const char *places[] = {getenv("TMPDIR"), "/tmp", bundle, "."};
  for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
    if (!places[i] || !*places[i])
      continue;
    char *wanted = format_text("%s/s2s-bundle-XXXXXX", places[i]);
    char *made = mkdtemp(wanted) ? realpath(wanted, NULL) : NULL;
    free(wanted);
    if (made)
      return made;
  }
  give_up("no directory can be written to", "");
}
