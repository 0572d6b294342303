/* Socket addresses of any length and contents: of sockets, of datagrams, of batches, of multicast memberships. */
#include "io_stepoll_internal_sys_Datagrams.h"
#include "io_stepoll_internal_sys_Sockets.h"
#include "kernel.h"

#include <stdlib.h>
#include <sys/socket.h>

#define MOST_BYTES 64
#define MOST_PACKETS 5

static jlong address(const void *memory) { return (jlong)(intptr_t)memory; }

static void ofSockets(void) {
  const jint capacity = (jint)next(sizeof(struct sockaddr_storage));
  void *name = exactly((size_t)capacity);
  Java_io_stepoll_internal_sys_Sockets_localAddress(NULL, NULL, -1, address(name), capacity);
  Java_io_stepoll_internal_sys_Sockets_peerAddress(NULL, NULL, -1, address(name), capacity);
  Java_io_stepoll_internal_sys_Sockets_bind(NULL, NULL, -1, address(name), capacity);
  Java_io_stepoll_internal_sys_Sockets_connect(NULL, NULL, -1, address(name), capacity);
  free(name);
}

static void ofDatagrams(void) {
  const jint length = (jint)next(MOST_BYTES);
  const jint capacity = (jint)next(sizeof(struct sockaddr_storage));
  void *bytes = exactly((size_t)length);
  void *name = exactly((size_t)capacity);
  Java_io_stepoll_internal_sys_Datagrams_recvfrom(NULL, NULL, -1, address(bytes), length, 0, address(name), capacity);
  Java_io_stepoll_internal_sys_Datagrams_sendto(NULL, NULL, -1, address(bytes), length, address(name), capacity);
  free(name);
  free(bytes);
}

/* A batch as BatchMemory lays it out: C writes what never changes, Java the lengths. */
static void ofBatches(void) {
  const jint count = (jint)next(MOST_PACKETS);
  struct mmsghdr *headers = exactly((size_t)count * sizeof *headers);
  struct iovec *pieces = exactly((size_t)count * sizeof *pieces);
  struct sockaddr_storage *names = exactly((size_t)count * sizeof *names);
  Java_io_stepoll_internal_sys_Datagrams_layOut(NULL, NULL, address(headers), count, address(pieces), address(names));
  for (jint i = 0; i < count; i++) {
    pieces[i].iov_len = next(MOST_BYTES);
    pieces[i].iov_base = exactly(pieces[i].iov_len);
    headers[i].msg_hdr.msg_namelen = sizeof *names;
  }
  Java_io_stepoll_internal_sys_Datagrams_recvmmsg(NULL, NULL, -1, address(headers), count);
  for (jint i = 0; i < count; i++) free(pieces[i].iov_base);
  free(names);
  free(pieces);
  free(headers);
}

/* Lengths that no address has are refused. */
static void ofMemberships(void) {
  const jint most = (jint)sizeof(struct sockaddr_storage);
  const jint groupLength = (jint)next(2 * (uint32_t)most) - most / 2;
  const jint sourceLength = (jint)next(2 * (uint32_t)most) - most / 2;
  void *group = exactly(groupLength < 0 || groupLength > most ? 0 : (size_t)groupLength);
  void *source = exactly(sourceLength < 0 || sourceLength > most ? 0 : (size_t)sourceLength);
  const jint result = Java_io_stepoll_internal_sys_Datagrams_membership(
      NULL, NULL, -1, 0, 0, (jint)next(UINT32_MAX), address(group), groupLength, address(source), sourceLength);
  CHECK(result <= 0);
  free(source);
  free(group);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  input = (Input){data, size};
  switch (next(3)) {
    case 0: ofSockets(); break;
    case 1: ofDatagrams(); break;
    case 2: ofBatches(); break;
    default: ofMemberships();
  }
  return 0;
}
