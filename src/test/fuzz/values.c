/* Values of options, layouts of structs, names and texts, and arrays of events: any numbers, memory of exact length. */
#include "io_stepoll_internal_sys_Datagrams.h"
#include "io_stepoll_internal_sys_Epoll.h"
#include "io_stepoll_internal_sys_Errno.h"
#include "io_stepoll_internal_sys_Options.h"
#include "io_stepoll_internal_sys_Sockets.h"
#include "kernel.h"

#include <stdlib.h>

#define MOST_BYTES 300
#define MOST_EVENTS 16
#define LARGEST_STRUCT 1024

static jlong address(const void *memory) { return (jlong)(intptr_t)memory; }

static void layouts(void) {
  jint (*const all[])(JNIEnv *, jclass, jint) = {
      Java_io_stepoll_internal_sys_Datagrams_layout, Java_io_stepoll_internal_sys_Options_layout,
      Java_io_stepoll_internal_sys_Options_tcpInfoLayout, Java_io_stepoll_internal_sys_Sockets_layout};
  const jint offset = all[next(3)](NULL, NULL, (jint)next(UINT32_MAX));
  CHECK(offset < LARGEST_STRUCT);
}

static void options(void) {
  const jint capacity = (jint)next(MOST_BYTES);
  void *value = exactly((size_t)capacity);
  const jint length = Java_io_stepoll_internal_sys_Options_get(NULL, NULL, -1, 0, 0, address(value), capacity);
  CHECK(length <= capacity);
  Java_io_stepoll_internal_sys_Options_set(NULL, NULL, -1, 0, 0, address(value), capacity);
  Java_io_stepoll_internal_sys_Sockets_getIntOption(NULL, NULL, -1, 0, 0);
  free(value);
}

static void names(void) {
  const jint capacity = (jint)next(MOST_BYTES);
  const jint number = (jint)next(UINT32_MAX);
  char *name = exactly((size_t)capacity);
  jint (*const all[])(JNIEnv *, jclass, jint, jlong, jint) = {
      Java_io_stepoll_internal_sys_Errno_name, Java_io_stepoll_internal_sys_Errno_text,
      Java_io_stepoll_internal_sys_Options_userName, Java_io_stepoll_internal_sys_Options_groupName};
  const jint length = all[next(3)](NULL, NULL, number, address(name), capacity);
  CHECK(length <= capacity);
  if (length > 0) touch(name, (size_t)length);
  free(name);
}

static void events(void) {
  const jint capacity = 1 + (jint)next(MOST_EVENTS);
  const jint size = Java_io_stepoll_internal_sys_Epoll_eventSize(NULL, NULL);
  void *array = exactly((size_t)capacity * (size_t)size);
  const jint count = Java_io_stepoll_internal_sys_Epoll_await(NULL, NULL, -1, address(array), capacity, 0);
  CHECK(count <= capacity);
  CHECK(Java_io_stepoll_internal_sys_Epoll_eventsOffset(NULL, NULL) + (jint)sizeof(uint32_t) <= size);
  CHECK(Java_io_stepoll_internal_sys_Epoll_dataOffset(NULL, NULL) + (jint)sizeof(uint64_t) <= size);
  free(array);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  input = (Input){data, size};
  switch (next(3)) {
    case 0: layouts(); break;
    case 1: options(); break;
    case 2: names(); break;
    default: events();
  }
  return 0;
}
