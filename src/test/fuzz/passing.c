/* Messages with control data of any contents, as recvmsg(2) may deliver them, through the shim's own functions. */
#include "io_stepoll_internal_sys_Passing.h"
#include "io_stepoll_internal_sys_Sockets.h"
#include "kernel.h"

#include <stdlib.h>
#include <sys/uio.h>

#define MOST io_stepoll_internal_sys_Passing_MOST
#define MARKS (io_stepoll_internal_sys_Passing_CUT_OFF | io_stepoll_internal_sys_Passing_CONTROL)
#define MOST_BYTES 64
#define MOST_PIECES 4

static jlong address(const void *memory) { return (jlong)(intptr_t)memory; }

static void receive(void) {
  const jint length = (jint)next(MOST_BYTES);
  void *bytes = exactly((size_t)length);
  int *numbers = next(3) == 0 ? NULL : exactly(MOST * sizeof *numbers);
  const jlong answer = Java_io_stepoll_internal_sys_Passing_recv(NULL, NULL, -1, address(bytes), length, 0,
                                                                 address(numbers));
  if (answer >= 0) {
    const uint32_t count = (uint32_t)((uint64_t)answer >> 32) & ~(uint32_t)MARKS;
    CHECK((uint32_t)answer <= (uint32_t)length);
    CHECK(count <= MOST && (numbers != NULL || count == 0));
    touch(numbers, count * sizeof *numbers);
  }
  free(numbers);
  free(bytes);
}

static void sendOne(void) {
  const jint length = (jint)next(MOST_BYTES);
  const jint count = (jint)next(MOST + 4) - 2; /* too few and too many are refused */
  void *bytes = exactly((size_t)length);
  int *numbers = exactly(count > 0 && count <= MOST ? (size_t)count * sizeof *numbers : 0);
  Java_io_stepoll_internal_sys_Passing_send(NULL, NULL, -1, address(bytes), length, address(numbers), count);
  free(numbers);
  free(bytes);
}

/* recvmsg(2) and sendmsg(2) over an array of pieces. */
static void vector(void) {
  const jint count = (jint)next(MOST_PIECES);
  struct iovec *pieces = malloc((size_t)count * sizeof *pieces + 1);
  for (jint i = 0; i < count; i++) {
    pieces[i].iov_len = next(MOST_BYTES);
    pieces[i].iov_base = exactly(pieces[i].iov_len);
  }
  Java_io_stepoll_internal_sys_Sockets_recvVector(NULL, NULL, -1, address(pieces), count, 0);
  Java_io_stepoll_internal_sys_Sockets_sendVector(NULL, NULL, -1, address(pieces), count, 0);
  for (jint i = 0; i < count; i++) free(pieces[i].iov_base);
  free(pieces);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  input = (Input){data, size};
  switch (next(3)) {
    case 0: sendOne(); break;
    case 1: vector(); break;
    default: receive();
  }
  return 0;
}
