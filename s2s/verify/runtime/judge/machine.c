// SPDX-License-Identifier: Apache-2.0
//
// Which GPUs there are, asked of their drivers, by a child process: a driver may crash or hang.

#define _GNU_SOURCE
#include "judge.h"

#include <dlfcn.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

enum { DRIVER_SECONDS = 60 };

// ---- in the child: one line "maker<TAB>architecture<TAB>name" for each GPU

// NVIDIA, CUDA Driver API: CUdevice_attribute 75 and 76 are the compute capability.
static void list_nvidia(void) {
  void *driver = dlopen("libcuda.so.1", RTLD_NOW);
  if (!driver)
    return;
  int (*init)(unsigned) = (int (*)(unsigned))dlsym(driver, "cuInit");
  int (*get_count)(int *) = (int (*)(int *))dlsym(driver, "cuDeviceGetCount");
  int (*get)(int *, int) = (int (*)(int *, int))dlsym(driver, "cuDeviceGet");
  int (*get_name)(char *, int, int) = (int (*)(char *, int, int))dlsym(driver, "cuDeviceGetName");
  int (*get_attribute)(int *, int, int) =
      (int (*)(int *, int, int))dlsym(driver, "cuDeviceGetAttribute");
  int count = 0;
  if (!init || !get_count || !get || !get_name || !get_attribute || init(0) || get_count(&count))
    return;
  for (int i = 0; i < count; i++) {
    int device, major = 0, minor = 0;
    char name[128] = "";
    if (get(&device, i) || get_attribute(&major, 75, device) || get_attribute(&minor, 76, device))
      continue;
    get_name(name, sizeof name - 1, device);
    printf("nvidia\tsm_%d%d\t%s\n", major, minor, name);
  }
}

// AMD, HSA Runtime Programmer's Reference: agent attribute 0 is the name, 17 the kind (1: GPU).
struct agent {
  uint64_t handle;
};

static int (*agent_info)(struct agent, int, void *);

static int list_agent(struct agent agent, void *unused) {
  (void)unused;
  uint32_t kind = 0;
  char name[65] = "";
  if (!agent_info(agent, 17, &kind) && kind == 1 && !agent_info(agent, 0, name))
    printf("amd\t%s\t%s\n", name, name);
  return 0;
}

static void list_amd(void) {
  void *driver = dlopen("libhsa-runtime64.so.1", RTLD_NOW);
  if (!driver)
    return;
  typedef int (*visitor)(struct agent, void *);
  int (*init)(void) = (int (*)(void))dlsym(driver, "hsa_init");
  int (*iterate)(visitor, void *) = (int (*)(visitor, void *))dlsym(driver, "hsa_iterate_agents");
  agent_info = (int (*)(struct agent, int, void *))dlsym(driver, "hsa_agent_get_info");
  if (init && iterate && agent_info && !init())
    iterate(list_agent, NULL);
}

// The driver of a GPU may need a newer libstdc++ than the bundle's, which would hide it.
static void list_cxx(void) {
  void *library = plan.cxx_version ? dlopen("libstdc++.so.6", RTLD_NOW) : NULL;
  if (library && dlvsym(library, plan.cxx_version, plan.cxx_version))
    printf("cxx\t%s\t\n", plan.cxx_version);
}

_Noreturn void list_devices(void) {
  list_cxx();
  fflush(stdout);
  list_nvidia();
  fflush(stdout);
  list_amd();
  fflush(stdout);
  _exit(0); // not through the destructors of the drivers
}

// ---- in the judge

static void copy_field(char *to, size_t size, char **line) {
  const char *field = strsep(line, "\t");
  snprintf(to, size, "%s", field ? field : "");
}

static void read_devices(char *text, struct machine *out) {
  for (char *line; (line = strsep(&text, "\n"));) {
    struct gpu gpu;
    if (!*line)
      continue;
    copy_field(gpu.maker, sizeof gpu.maker, &line);
    copy_field(gpu.arch, sizeof gpu.arch, &line);
    copy_field(gpu.name, sizeof gpu.name, &line);
    if (!strcmp(gpu.maker, "cxx"))
      out->has_new_cxx = true;
    else if (out->gpu_count < sizeof out->gpus / sizeof *out->gpus)
      out->gpus[out->gpu_count++] = gpu;
  }
}

static char *found_on_path(const char *name) {
  const char *path = getenv("PATH");
  char *places = strdup(path ? path : "/usr/bin:/bin"), *rest = places;
  for (char *place; (place = strsep(&rest, ":"));) {
    char *file = format_text("%s/%s", place, name);
    if (*place == '/' && !access(file, X_OK)) {
      free(places);
      return file;
    }
    free(file);
  }
  free(places);
  return NULL;
}

static struct run asked(const char *binary, const char *const *arguments, const char *scratch) {
  static const char *const nothing[] = {NULL};
  struct launch launch = {.binary = binary,
                          .arguments = arguments,
                          .environment = nothing,
                          .library_path = "",
                          .directory = scratch,
                          .timeout = DRIVER_SECONDS};
  struct run run = {.name = arguments[0]};
  launch_program(&launch, scratch, &run);
  return run;
}

void look_at_machine(const char *bundle, const char *scratch, struct machine *out) {
  static const char *const own[] = {"judge", "--devices", NULL};
  static const char *const smi[] = {"nvidia-smi", "-L", NULL};
  char *judge = format_text("%s/judge", bundle), *tool = found_on_path(smi[0]);
  struct run run = asked(judge, own, scratch);
  if (run.standard_output.data)
    read_devices(run.standard_output.data, out);
  if (tool)
    out->nvidia_smi = asked(tool, smi, scratch).standard_output;
  free(judge);
  free(tool);
}
