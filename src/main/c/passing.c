/* Passing descriptors over Unix sockets, by SCM_RIGHTS; see unix(7) and cmsg(3). */
#include "stepoll.h"
#include "io_stepoll_internal_sys_Passing.h"

#include <string.h>
#include <sys/socket.h>

#define MOST io_stepoll_internal_sys_Passing_MOST
_Static_assert(MOST == 253, "the kernel's SCM_MAX_FD, which is in no header");

/* Room for the descriptors, and for the time of a record on a seqpacket socket: a struct timeval of either width. */
typedef union {
  struct cmsghdr header; /* for the alignment */
  char bytes[CMSG_SPACE(MOST * sizeof(int)) + CMSG_SPACE(2 * sizeof(int64_t))];
} Control;

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Passing_send(JNIEnv *env, jclass type, jint fd, jlong address,
                                                                 jint length, jlong descriptors, jint count) {
  (void)env, (void)type;
  if (count <= 0 || count > MOST) return -EINVAL;
  struct iovec piece = {.iov_base = pointer(address), .iov_len = (size_t)length};
  Control control;
  memset(&control, 0, sizeof control);
  const size_t size = (size_t)count * sizeof(int);
  struct msghdr message = {
      .msg_iov = &piece, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = CMSG_SPACE(size)};
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(size);
  memcpy(CMSG_DATA(header), pointer(descriptors), size);
  return result(sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT));
}

/* Returns the number of bytes in the low half, and in the high half the number of descriptors, CUT_OFF and CONTROL. */
JNIEXPORT jlong JNICALL Java_io_stepoll_internal_sys_Passing_recv(JNIEnv *env, jclass type, jint fd, jlong address,
                                                                  jint length, jint flags, jlong descriptors) {
  (void)env, (void)type;
  struct iovec piece = {.iov_base = pointer(address), .iov_len = (size_t)length};
  Control control;
  struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
  if (descriptors != 0) {
    message.msg_control = &control;
    message.msg_controllen = sizeof control;
  }
  const ssize_t received = recvmsg(fd, &message, flags | MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  if (received < 0) return -errno;
  uint32_t count = 0;
  for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header != NULL; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS) {
      const size_t size = header->cmsg_len - CMSG_LEN(0);
      memcpy((char *)pointer(descriptors) + count * sizeof(int), CMSG_DATA(header), size);
      count += (uint32_t)(size / sizeof(int));
    }
  }
  if (message.msg_flags & MSG_CTRUNC) count |= io_stepoll_internal_sys_Passing_CUT_OFF;
  if (message.msg_controllen > 0 || message.msg_flags & MSG_CTRUNC) count |= io_stepoll_internal_sys_Passing_CONTROL;
  return (jlong)((uint64_t)received | (uint64_t)count << 32);
}
