// SPDX-License-Identifier: Apache-2.0
//
// Runs a program with a time limit, in a process group of its own that is killed at the end.

#define _GNU_SOURCE
#include "judge.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CANNOT_START = 127 };

static const rlim_t largest_file = 1u << 30;
static volatile sig_atomic_t running; // the process group, 0 for none

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void stop_and_leave(int number) {
  if (running)
    kill(-(pid_t)running, SIGKILL);
  _exit(128 + number);
}

static void set_environment(const struct launch *launch, const char *profile) {
  static const char *const prefix = "LIBOMPTARGET_";
  for (char **entry = environ; *entry;) {
    if (strncmp(*entry, prefix, strlen(prefix))) {
      entry++;
      continue;
    }
    char *name = strndup(*entry, strcspn(*entry, "="));
    unsetenv(name);
    free(name);
    entry = environ;
  }
  const char *before = getenv("LD_LIBRARY_PATH"), *own = launch->library_path;
  if (*own) // an empty part would stand for the current directory
    setenv("LD_LIBRARY_PATH", before && *before ? format_text("%s:%s", own, before) : own, 1);
  for (const char *const *entry = launch->environment; *entry; entry++)
    putenv(strdup(*entry));
  if (launch->on_device) {
    setenv("OMP_TARGET_OFFLOAD", "MANDATORY", 1);
    if (launch->on_host_device) // as in the verification
      setenv("LIBOMP_USE_HIDDEN_HELPER_TASK", "0", 1);
    setenv("LIBOMPTARGET_PROFILE", profile, 1);
  }
}

static void open_as(int number, const char *path, int flags) {
  int file = open(path, flags, 0600);
  if (file < 0 || dup2(file, number) < 0)
    _exit(CANNOT_START);
  if (file != number)
    close(file);
}

static _Noreturn void become(const struct launch *launch, const char *scratch,
                             const char *profile) {
  setpgid(0, 0);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  signal(SIGINT, SIG_DFL);
  signal(SIGTERM, SIG_DFL);
  struct rlimit limit = {largest_file, largest_file};
  setrlimit(RLIMIT_FSIZE, &limit);
  const int fresh = O_WRONLY | O_CREAT | O_TRUNC;
  open_as(2, format_text("%s/stderr", scratch), fresh);
  if (chdir(launch->directory))
    _exit(CANNOT_START);
  if (launch->standard_input)
    open_as(0, launch->standard_input, O_RDONLY);
  else // there may be no /dev/null
    open_as(0, format_text("%s/empty", scratch), O_RDONLY | O_CREAT);
  open_as(1, format_text("%s/stdout", scratch), fresh);
  set_environment(launch, profile);
  execv(launch->binary, (char *const *)launch->arguments);
  dprintf(2, "cannot start %s: %s\n", launch->binary, strerror(errno));
  _exit(CANNOT_START);
}

// Wait until the child ends; false when its time is over, in which case it was killed.
static bool await(pid_t child, double deadline, int *status) {
  sigset_t changes;
  sigemptyset(&changes);
  sigaddset(&changes, SIGCHLD);
  while (!waitpid(child, status, WNOHANG)) {
    double left = deadline - now();
    if (left <= 0) {
      kill(-child, SIGKILL);
      kill(child, SIGKILL);
      waitpid(child, status, 0);
      return false;
    }
    struct timespec pause = {(time_t)left, (long)(1e9 * (left - (double)(time_t)left))};
    sigtimedwait(&changes, NULL, &pause);
  }
  return true;
}

static char *read_profile(const char *path) {
  struct bytes content;
  if (!read_file(path, &content) || !content.size)
    return NULL;
  while (content.size && strchr(" \n", content.data[content.size - 1]))
    content.data[--content.size] = 0;
  bool is_whole = content.size && content.data[0] == '{' && content.data[content.size - 1] == '}';
  return is_whole ? content.data : NULL;
}

// Run a program; its output is kept, and the profile that libomptarget wrote if it ended well.
void launch_program(const struct launch *launch, const char *scratch, struct run *out) {
  char *profile = format_text("%s/profile.json", scratch);
  sigset_t changes;
  unlink(profile);
  sigemptyset(&changes);
  sigaddset(&changes, SIGCHLD);
  sigprocmask(SIG_BLOCK, &changes, NULL);
  signal(SIGINT, stop_and_leave);
  signal(SIGTERM, stop_and_leave);
  fflush(NULL);
  double begin = now();
  pid_t child = fork();
  if (child < 0)
    give_up("cannot start a process", "");
  if (!child)
    become(launch, scratch, profile);
  setpgid(child, child); // whichever of the two comes first
  running = child;
  int status = 0;
  out->timed_out = !await(child, begin + launch->timeout, &status);
  out->seconds = now() - begin;
  kill(-child, SIGKILL); // what it may have left behind
  running = 0;
  out->started = true;
  out->exit_code = WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
  char *output = format_text("%s/stdout", scratch), *errors = format_text("%s/stderr", scratch);
  read_file(output, &out->standard_output);
  read_file(errors, &out->standard_error);
  if (launch->on_device && !out->exit_code)
    out->profile = read_profile(profile);
  free(output);
  free(errors);
  free(profile);
}
