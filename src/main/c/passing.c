/* Passing descriptors over Unix sockets, by SCM_RIGHTS; see unix(7) and cmsg(3). */
#include "control.h"
#include "direct.h"
#include "stepoll.h"
#include "io_stepoll_internal_sys_Passing.h"

#include <string.h>
#include <sys/socket.h>

#define MOST io_stepoll_internal_sys_Passing_MOST
_Static_assert(MOST == 253, "the kernel's SCM_MAX_FD, which is in no header");

/* What a socket may report beside the descriptors, if it was asked to, here or in a former process: the time, in either
 * form (64 bytes at most), the sender's credentials (12), a pidfd (4), and a security label, which has no fixed length:
 * the kernel puts the label behind the credentials and before the descriptors. The headers take 16 bytes each. */
#define BESIDE 1024

/* Room for all of that, and for the descriptors. */
typedef union {
  struct cmsghdr header; /* for the alignment */
  char bytes[CMSG_SPACE(MOST * sizeof(int)) + BESIDE];
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
  return result(direct_sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT));
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
  if (descriptors != 0) {
    /* Room for all that the memory can hold, whatever its messages claim. */
    int numbers[sizeof control / sizeof(int)];
    const size_t room = sizeof numbers / sizeof *numbers;
    const size_t passed = controlDescriptors(&control, message.msg_controllen, SCM_RIGHTS, numbers, room);
    count = passed > MOST ? MOST : (uint32_t)passed;
    memcpy(pointer(descriptors), numbers, count * sizeof *numbers);
    for (size_t i = MOST; i < passed; i++) direct_close(numbers[i]); /* of a kernel that passes more at once */
    if (passed > MOST) count |= io_stepoll_internal_sys_Passing_CUT_OFF;
    /* Nobody has asked for a pidfd; SO_PASSPIDFD comes with a socket that another process has prepared. */
    const size_t pidfds = controlDescriptors(&control, message.msg_controllen, SCM_PIDFD, numbers, room);
    for (size_t i = 0; i < pidfds; i++) direct_close(numbers[i]);
  }
  if (message.msg_flags & MSG_CTRUNC) count |= io_stepoll_internal_sys_Passing_CUT_OFF;
  if (message.msg_controllen > 0 || message.msg_flags & MSG_CTRUNC) count |= io_stepoll_internal_sys_Passing_CONTROL;
  return (jlong)((uint64_t)received | (uint64_t)count << 32);
}
