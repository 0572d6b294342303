/* See kernel.h. */
#include "kernel.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define MOST_ERRNO 133
#define WRAP(type, name, ...)             \
  extern type __wrap_##name(__VA_ARGS__); \
  type __wrap_##name(__VA_ARGS__)

Input input;
static volatile uint8_t touched;

uint32_t next(uint32_t limit) {
  uint32_t number = 0;
  for (uint32_t rest = limit; rest > 0 && input.left > 0; rest >>= 8) {
    number = number << 8 | *input.at++;
    input.left--;
  }
  return limit == UINT32_MAX ? number : number % (limit + 1);
}

void fill(void *memory, size_t size) {
  const size_t known = size < input.left ? size : input.left;
  if (known > 0) memcpy(memory, input.at, known);
  if (size > known) memset((char *)memory + known, 0, size - known);
  input.at += known;
  input.left -= known;
}

void *exactly(size_t size) {
  void *memory = malloc(size);
  CHECK(memory != NULL || size == 0);
  if (size > 0) fill(memory, size);
  return memory;
}

void touch(const void *memory, size_t size) {
  for (size_t i = 0; i < size; i++) touched = (uint8_t)(touched + ((const uint8_t *)memory)[i]);
}

/* Whether the next call fails, with errno set. */
static bool fails(void) {
  if (next(3) != 0) return false;
  errno = 1 + (int)next(MOST_ERRNO - 1);
  return true;
}

/* Fills the pieces of a message. Returns how many bytes they have. */
static size_t fillPieces(const struct iovec *pieces, size_t count) {
  size_t bytes = 0;
  for (size_t i = 0; i < count; i++) {
    fill(pieces[i].iov_base, pieces[i].iov_len);
    bytes += pieces[i].iov_len;
  }
  return bytes;
}

/* Fills an address. The length may say more than there is room for, as the kernel's does. */
static void fillName(void *name, socklen_t *length) {
  fill(name, *length);
  *length = next(2 * (uint32_t)sizeof(struct sockaddr_storage));
}

WRAP(ssize_t, recvmsg, int fd, struct msghdr *message, int flags) {
  (void)fd, (void)flags;
  if (fails()) return -1;
  const size_t bytes = fillPieces(message->msg_iov, message->msg_iovlen);
  message->msg_flags = (int)next(UINT16_MAX);
  const size_t room = message->msg_control == NULL ? 0 : message->msg_controllen;
  message->msg_controllen = next((uint32_t)room);
  if (room > 0) {
    memset(message->msg_control, 0x5a, room);
    fill(message->msg_control, message->msg_controllen);
  }
  return (ssize_t)next((uint32_t)bytes);
}

WRAP(ssize_t, sendmsg, int fd, const struct msghdr *message, int flags) {
  (void)fd, (void)flags;
  for (size_t i = 0; i < message->msg_iovlen; i++) touch(message->msg_iov[i].iov_base, message->msg_iov[i].iov_len);
  touch(message->msg_control, message->msg_controllen);
  return fails() ? -1 : (ssize_t)next(UINT16_MAX);
}

WRAP(ssize_t, recvfrom, int fd, void *bytes, size_t size, int flags, struct sockaddr *name, socklen_t *length) {
  (void)fd, (void)flags;
  if (fails()) return -1;
  fill(bytes, size);
  fillName(name, length);
  return (ssize_t)next(1 << 20);
}

WRAP(ssize_t, sendto, int fd, const void *bytes, size_t size, int flags, const struct sockaddr *name,
     socklen_t length) {
  (void)fd, (void)flags;
  touch(bytes, size);
  if (name != NULL) touch(name, length);
  return fails() ? -1 : (ssize_t)size;
}

WRAP(int, recvmmsg, int fd, struct mmsghdr *headers, unsigned count, int flags, struct timespec *timeout) {
  (void)fd, (void)flags, (void)timeout;
  if (fails()) return -1;
  const unsigned received = next(count);
  for (unsigned i = 0; i < received; i++) {
    struct msghdr *message = &headers[i].msg_hdr;
    CHECK(message->msg_control == NULL && message->msg_controllen == 0);
    fillPieces(message->msg_iov, message->msg_iovlen);
    fillName(message->msg_name, &message->msg_namelen);
    headers[i].msg_len = next(1 << 20);
  }
  return (int)received;
}

WRAP(int, getsockname, int fd, struct sockaddr *name, socklen_t *length) {
  (void)fd;
  if (fails()) return -1;
  fillName(name, length);
  return 0;
}

WRAP(int, getpeername, int fd, struct sockaddr *name, socklen_t *length) {
  return __wrap_getsockname(fd, name, length);
}

WRAP(int, getsockopt, int fd, int level, int option, void *value, socklen_t *length) {
  (void)fd, (void)level, (void)option;
  if (fails()) return -1;
  fill(value, *length);
  *length = next(*length);
  return 0;
}

WRAP(int, setsockopt, int fd, int level, int option, const void *value, socklen_t length) {
  (void)fd, (void)level, (void)option;
  touch(value, length);
  return fails() ? -1 : 0;
}

WRAP(int, bind, int fd, const struct sockaddr *name, socklen_t length) {
  (void)fd;
  touch(name, length);
  return fails() ? -1 : 0;
}

WRAP(int, connect, int fd, const struct sockaddr *name, socklen_t length) { return __wrap_bind(fd, name, length); }

WRAP(int, epoll_wait, int epfd, struct epoll_event *events, int capacity, int timeoutMillis) {
  (void)epfd, (void)timeoutMillis;
  if (fails()) return -1;
  fill(events, (size_t)capacity * sizeof *events);
  return (int)next((uint32_t)capacity);
}

/* Nothing is closed: the numbers are the fuzzer's. */
WRAP(int, close, int fd) {
  (void)fd;
  return fails() ? -1 : 0;
}

/* Puts a name somewhere into the memory; NULL if there is none, or no room. */
static char *nameIn(char *memory, size_t size) {
  if (size == 0 || next(3) == 0) return NULL;
  fill(memory, size);
  memory[size - 1] = 0;
  return memory + next((uint32_t)size - 1);
}

WRAP(int, getpwuid_r, uid_t uid, struct passwd *entry, char *memory, size_t size, struct passwd **found) {
  (void)uid;
  if (fails()) return errno;
  entry->pw_name = nameIn(memory, size);
  *found = entry->pw_name == NULL ? NULL : entry;
  return 0;
}

WRAP(int, getgrgid_r, gid_t gid, struct group *entry, char *memory, size_t size, struct group **found) {
  (void)gid;
  if (fails()) return errno;
  entry->gr_name = nameIn(memory, size);
  *found = entry->gr_name == NULL ? NULL : entry;
  return 0;
}
